using System.Security.Cryptography;
using System.Text;
using PostalSimulator.Databases;

namespace PostalSimulator.Installations;

// What the first processing of a message changes in it: tag, tracking links, headers in front; and what readers do with those links.
public sealed partial class MailServer
{
    private const string TrackingHost = "https://track.postal.example";
    private const string ReaderAddress = "198.51.100.77";
    private const string ReaderProgram = "Mozilla/5.0 (X11; Linux x86_64)";

    /// <summary>Somebody opens the message: a row of <c>loads</c>; <c>messages.loaded</c> keeps the first time.</summary>
    /// <returns>The id of the row.</returns>
    public async Task<long> LoadAsync(Message message, CancellationToken cancellationToken)
    {
        var now = Sql.UnixSeconds(installation.Time.GetUtcNow());
        await installation.Messages.ExecuteAsync(
            $"UPDATE {Table("messages")} SET loaded = @now WHERE id = @Id AND loaded IS NULL", new { message.Id, now }, cancellationToken);
        return await installation.Messages.InsertAsync(Table("loads"),
            [("message_id", message.Id), ("ip_address", ReaderAddress), ("user_agent", ReaderProgram), ("timestamp", now)], cancellationToken);
    }

    /// <summary>Somebody follows the message's first tracked link: <c>messages.clicked</c> takes the last time; a row of <c>clicks</c>.</summary>
    /// <returns>The id of the row.</returns>
    /// <exception cref="InvalidOperationException">The message has no tracked link: it was sent without, or not processed yet.</exception>
    public async Task<long> ClickAsync(Message message, CancellationToken cancellationToken)
    {
        var link = await installation.Messages.ValueAsync<long?>(
            $"SELECT MIN(id) FROM {Table("links")} WHERE message_id = @Id", new { message.Id }, cancellationToken)
            ?? throw new InvalidOperationException($"message {message.Id} has no tracked link: give its draft Links, and process it first");
        var now = Sql.UnixSeconds(installation.Time.GetUtcNow());
        await installation.Messages.ExecuteAsync(
            $"UPDATE {Table("messages")} SET clicked = @now WHERE id = @Id", new { message.Id, now }, cancellationToken);
        return await installation.Messages.InsertAsync(Table("clicks"),
        [
            ("message_id", message.Id), ("link_id", link), ("ip_address", ReaderAddress), ("user_agent", ReaderProgram), ("timestamp", now),
        ], cancellationToken);
    }

    /// <summary>Takes the tag from the header, which is the first thing Postal does with an outgoing message.</summary>
    private async Task TagAsync(Message message, CancellationToken cancellationToken)
    {
        if (message.Scope == "outgoing" && message.TagHeader is { } tag)
            await installation.Messages.ExecuteAsync(
                $"UPDATE {Table("messages")} SET tag = @tag WHERE id = @Id AND tag IS NULL", new { message.Id, tag }, cancellationToken);
    }

    /// <summary>The first processing rewrites what is stored; a later one finds its work done.</summary>
    private async Task PrepareAsync(Message message, CancellationToken cancellationToken)
    {
        var rows = await installation.Messages.QueryAsync<StoredMessage>(
            "SELECT raw_table AS RawTable, CAST(raw_headers_id AS INT) AS HeadersId, CAST(raw_body_id AS INT) AS BodyId, COALESCE(parsed, 0) <> 0 AS IsParsed, "
            + $"COALESCE(inspected, 0) <> 0 AS IsInspected FROM {Table("messages")} WHERE id = @Id", new { message.Id }, cancellationToken);
        if (rows is not [{ RawTable: not null } stored])
            return;
        if (message.Scope == "outgoing")
            await PrepareOutgoingAsync(message, stored, cancellationToken);
        else if (stored.IsInspected == 0)
        {
            await installation.Messages.ExecuteAsync(
                $"UPDATE {Table("messages")} SET inspected = 1, spam_score = 0, threat = 0 WHERE id = @Id", new { message.Id }, cancellationToken);
            await PutInFrontAsync(stored, RawMessage.IncomingHeaders(), unless: null, cancellationToken);
        }
    }

    private async Task PrepareOutgoingAsync(Message message, StoredMessage stored, CancellationToken cancellationToken)
    {
        if (stored.IsParsed != 0)
            return;
        if (message.Links.Count > 0)
            await TrackAsync(message, stored, cancellationToken);
        await installation.Messages.ExecuteAsync(
            $"UPDATE {Table("messages")} SET parsed = 1, tracked_links = @links, tracked_images = @images WHERE id = @Id",
            new { message.Id, links = message.Links.Count, images = message.Links.Count > 0 ? 1 : 0 }, cancellationToken);
        var domain = domains.FirstOrDefault(known => known.Id == message.DomainId)?.Name;
        // A sender who writes this header keeps Postal from adding its own.
        await PutInFrontAsync(
            stored, RawMessage.OutgoingHeaders(message.Token, domain, installation.Time.GetUtcNow()), unless: "(?im)^X-Postal-MsgID:", cancellationToken);
    }

    private async Task TrackAsync(Message message, StoredMessage stored, CancellationToken cancellationToken)
    {
        var body = await installation.Messages.ValueAsync<byte[]>(
            $"SELECT data FROM {Table(stored.RawTable!)} WHERE id = @BodyId", new { stored.BodyId }, cancellationToken);
        var text = Encoding.UTF8.GetString(body ?? []);
        foreach (var url in message.Links)
        {
            var token = Tokens.Random(16);
            await installation.Messages.InsertAsync(Table("links"),
            [
                ("message_id", message.Id), ("token", token), ("hash", UrlHash(url)), ("url", url),
                ("timestamp", Sql.UnixSeconds(installation.Time.GetUtcNow())),
            ], cancellationToken);
            text = text.Replace($"href='{url}'", $"href='{TrackingHost}/{Token}/{token}'", StringComparison.Ordinal);
        }
        text = text.Replace("</body>", $"<img src='{TrackingHost}/img/{Token}/{message.Token}' alt=''></body>", StringComparison.Ordinal);
        await installation.Messages.ExecuteAsync(
            $"UPDATE {Table(stored.RawTable!)} SET data = @data WHERE id = @BodyId", new { data = Encoding.UTF8.GetBytes(text), stored.BodyId }, cancellationToken);
    }

    private Task PutInFrontAsync(StoredMessage stored, string lines, string? unless, CancellationToken cancellationToken) =>
        installation.Messages.ExecuteAsync(
            $"UPDATE {Table(stored.RawTable!)} SET data = CONCAT(@data, data) WHERE id = @HeadersId AND (@unless IS NULL OR data NOT REGEXP @unless)",
            new { data = Encoding.UTF8.GetBytes(lines), stored.HeadersId, unless }, cancellationToken);

    /// <summary><c>links.hash</c>: Postal's way to find equal links, which protects nothing.</summary>
#pragma warning disable CA5350 // The hash is Postal's choice.
    private static string UrlHash(string url) => Convert.ToHexStringLower(SHA1.HashData(Encoding.UTF8.GetBytes(url)));
#pragma warning restore CA5350

    private sealed record StoredMessage(string? RawTable, long? HeadersId, long? BodyId, int IsParsed, int IsInspected);
}
