using Dapper;
using PostalSimulator.Installations;

namespace PostalSimulator.Tests;

public sealed class StoredMessageTests(MariaDbFixture database)
{
    private static readonly DateTimeOffset ReceivedAt = new(2026, 3, 3, 7, 5, 9, TimeSpan.Zero);

    private readonly CancellationToken cancellationToken = TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(ReceivedKind.Smtp, "Received: from box ([192.0.2.1]) by smtp.postal.example with SMTP; x (mail.example.net [198.51.100.7]) by smtp.postal.example with SMTP; Tue, 03 Mar 2026 07:05:09 -0000")]
    [InlineData(ReceivedKind.Api, "Received: from api (mail.example.net [198.51.100.7]) by postal.example with HTTP; Tue, 03 Mar 2026 07:05:09 +0000")]
    [InlineData(ReceivedKind.WebUi, "Received: from web-ui (mail.example.net [198.51.100.7]) by postal.example with HTTP; Tue, 03 Mar 2026 07:05:09 +0000")]
    [InlineData(ReceivedKind.ApiRaw, "From: hello@acme.example")]
    public async Task The_first_line_is_Postals_own_and_holds_what_the_client_called_itself(ReceivedKind kind, string line)
    {
        await using var installation = await CreateAsync();
        var server = installation.Server("mail");

        var stored = await StoreAsync(server, Draft(server) with
        {
            ReceivedKind = kind, Helo = "box ([192.0.2.1]) by smtp.postal.example with SMTP; x", ClientAddress = "198.51.100.7", ReverseDns = "mail.example.net",
        });

        Assert.Equal(line, stored.Lines[0]);
        Assert.Equal("This is the text of the message.\r\n", stored.Body);
        Assert.Matches("^Message-ID: <[^>]+>$", stored.Lines[^1]);
    }

    [Fact]
    public async Task Received_lines_of_an_API_caller_stand_before_Postals_and_those_of_an_SMTP_client_behind_it()
    {
        await using var installation = await CreateAsync();
        var server = installation.Server("mail");
        var draft = Draft(server) with { ExtraHeaders = ["Received: from elsewhere", "X-Mailer: none"] };

        var smtp = await StoreAsync(server, draft);
        var api = await StoreAsync(server, draft with { ReceivedKind = ReceivedKind.Api });

        Assert.Equal(["Received: from client", "Received: from elsewhere", "X-Mailer: none"], smtp.Lines.Take(3).Select(Begin));
        Assert.Equal(["Received: from elsewhere", "Received: from api", "X-Mailer: none"], api.Lines.Take(3).Select(Begin));
    }

    [Fact]
    public async Task Privacy_mode_hides_the_clients_that_send_and_not_those_that_bring_mail_in()
    {
        await using var installation = await CreateAsync();
        var server = installation.Server("mail");
        await server.SetPrivacyModeAsync(true, cancellationToken);

        var smtp = await StoreAsync(server, Draft(server));
        var api = await StoreAsync(server, Draft(server) with { ReceivedKind = ReceivedKind.Api });
        var incoming = await StoreAsync(server, Draft(server) with { Scope = "incoming", Credential = null });
        await using var reopened = await Installation.OpenAsync(
            database.ConnectionString, database.ConnectionString, installation.DatabasePrefix, TimeProvider.System, cancellationToken);
        var later = await StoreAsync(reopened.Server("mail"), Draft(server));

        Assert.Equal("Received: by smtp.postal.example with SMTP; Tue, 03 Mar 2026 07:05:09 -0000", smtp.Lines[0]);
        Assert.Equal("Received: by postal.example with HTTP; Tue, 03 Mar 2026 07:05:09 +0000", api.Lines[0]);
        Assert.Equal("Received: from client (192.0.2.10 [192.0.2.10]) by smtp.postal.example with SMTP; Tue, 03 Mar 2026 07:05:09 -0000", incoming.Lines[0]);
        Assert.Equal(smtp.Lines[0], later.Lines[0]);
    }

    [Fact]
    public async Task The_first_processing_puts_signature_and_token_in_front_once()
    {
        await using var installation = await CreateAsync();
        var server = installation.Server("mail");
        var message = await server.AcceptAsync(Draft(server), cancellationToken);
        var before = await ReadAsync(server, message);

        await server.ProcessAsync(message, DeliveryOutcome.SoftFail(), cancellationToken);
        await server.ProcessAsync(message, DeliveryOutcome.Sent(message.Recipient), cancellationToken);

        var after = await ReadAsync(server, message);
        Assert.StartsWith("DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d=acme.example;", after.Lines[0], StringComparison.Ordinal);
        Assert.Equal($"X-Postal-MsgID: {message.Token}", after.Lines[1]);
        Assert.Equal(before.Lines, after.Lines.Skip(2));
        Assert.Equal(1, await ValueAsync(server, $"SELECT COUNT(*) FROM {{0}}.messages WHERE parsed = 1 AND token = '{message.Token}' AND message_id = '{message.MessageId}'"));
    }

    [Fact]
    public async Task A_sender_who_writes_the_token_header_keeps_Postal_from_adding_its_own()
    {
        await using var installation = await CreateAsync();
        var server = installation.Server("mail");
        var message = await server.AcceptAsync(Draft(server) with { ExtraHeaders = ["x-postal-msgid: forged"] }, cancellationToken);

        await server.DeliverAsync(message, DeliveryOutcome.Sent(message.Recipient), cancellationToken);

        Assert.DoesNotContain((await ReadAsync(server, message)).Lines, line => line.Contains(message.Token, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_held_message_stays_as_it_was_stored_but_for_its_tag()
    {
        await using var installation = await CreateAsync();
        var server = installation.Server("mail");
        await server.SetCredentialHoldAsync(server.Credential("app"), true, cancellationToken);
        var message = await server.AcceptAsync(Draft(server) with { TagHeader = "weekly" }, cancellationToken);

        await server.ProcessAsync(message, DeliveryOutcome.Sent(message.Recipient), cancellationToken);

        Assert.StartsWith("Received: ", (await ReadAsync(server, message)).Headers, StringComparison.Ordinal);
        Assert.Equal(1, await ValueAsync(server, "SELECT COUNT(*) FROM {0}.messages WHERE status = 'Held' AND tag = 'weekly' AND parsed = 0"));
    }

    [Fact]
    public async Task A_tag_of_the_API_is_there_at_once_and_the_header_does_not_replace_it()
    {
        await using var installation = await CreateAsync();
        var server = installation.Server("mail");
        var api = await server.AcceptAsync(Draft(server) with { Tag = "receipt", TagHeader = "weekly" }, cancellationToken);
        var smtp = await server.AcceptAsync(Draft(server) with { TagHeader = "weekly" }, cancellationToken);
        var before = await TagsAsync();

        await server.ProcessAsync(api, DeliveryOutcome.Sent(api.Recipient), cancellationToken);
        await server.ProcessAsync(smtp, DeliveryOutcome.Sent(smtp.Recipient), cancellationToken);

        Assert.Equal(["receipt", null], before);
        Assert.Equal(["receipt", "weekly"], await TagsAsync());

        async Task<IEnumerable<string?>> TagsAsync()
        {
            await using var connection = await database.ConnectAsync(cancellationToken);
            return await connection.QueryAsync<string?>($"SELECT tag FROM `{server.DatabaseName}`.messages ORDER BY id");
        }
    }

    [Fact]
    public async Task Tracked_links_are_written_and_replaced_at_the_first_processing_and_opens_and_clicks_follow()
    {
        await using var installation = await CreateAsync();
        var server = installation.Server("mail");
        string[] links = ["https://shop.example/a?x=1", "https://shop.example/b"];
        var message = await server.AcceptAsync(Draft(server) with { Links = links }, cancellationToken);
        var before = await ReadAsync(server, message);

        await server.ProcessAsync(message, DeliveryOutcome.Sent(message.Recipient), cancellationToken);
        foreach (var _ in links)
        {
            await server.LoadAsync(message, cancellationToken);
            await server.ClickAsync(message, cancellationToken);
        }

        var after = await ReadAsync(server, message);
        Assert.Contains("href='https://shop.example/b'", before.Body, StringComparison.Ordinal);
        Assert.DoesNotContain("href='https://shop.example/", after.Body, StringComparison.Ordinal);
        Assert.Equal(2, await ValueAsync(server,
            $"SELECT COUNT(*) FROM {{0}}.links WHERE message_id = {message.Id} AND hash = SHA1(url) AND LENGTH(token) = 16 AND timestamp > 0"));
        Assert.Equal(2, await ValueAsync(server, $"SELECT COUNT(*) FROM {{0}}.loads WHERE message_id = {message.Id}"));
        Assert.Equal(2, await ValueAsync(server, $"SELECT COUNT(*) FROM {{0}}.clicks c JOIN {{0}}.links l ON l.id = c.link_id AND l.url = '{links[0]}'"));
        // The first open counts, and the last click.
        Assert.Equal(1, await ValueAsync(server,
            "SELECT COUNT(*) FROM {0}.messages WHERE tracked_links = 2 AND tracked_images = 1 AND loaded = (SELECT MIN(timestamp) FROM {0}.loads) "
            + "AND clicked = (SELECT MAX(timestamp) FROM {0}.clicks)"));
    }

    [Fact]
    public async Task A_click_needs_a_tracked_link()
    {
        await using var installation = await CreateAsync();
        var server = installation.Server("mail");
        var message = await server.AcceptAsync(Draft(server), cancellationToken);

        var error = await Assert.ThrowsAsync<InvalidOperationException>(() => server.ClickAsync(message, cancellationToken));

        Assert.Contains("has no tracked link", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_message_may_lack_its_id_and_its_body()
    {
        await using var installation = await CreateAsync();
        var server = installation.Server("mail");

        var message = await server.AcceptAsync(Draft(server) with { MessageId = "", Body = null }, cancellationToken);

        var stored = await ReadAsync(server, message);
        Assert.Null(stored.Body);
        Assert.DoesNotContain("Message-ID", stored.Headers, StringComparison.Ordinal);
        Assert.Equal(1, await ValueAsync(server, "SELECT COUNT(*) FROM {0}.messages WHERE message_id IS NULL"));
    }

    private static MessageDraft Draft(MailServer server) => new("someone@example.com")
    {
        Credential = server.Credential("app"), Domain = server.Domains[0], ReceivedAt = ReceivedAt,
    };

    /// <summary>The beginning of a header line, up to where it differs from client to client.</summary>
    private static string Begin(string line) => line.Split(" (")[0];

    private async Task<StoredText> StoreAsync(MailServer server, MessageDraft draft) =>
        await ReadAsync(server, await server.AcceptAsync(draft, cancellationToken));

    private Task<StoredText> ReadAsync(MailServer server, Message message) => StoredText.ReadAsync(database, server, message, cancellationToken);

    private Task<Installation> CreateAsync() =>
        Installation.CreateAsync(database.ConnectionString, InstallationDescription.WithCredentials("app"), cancellationToken);

    private async Task<double> ValueAsync(MailServer server, string sql)
    {
        await using var connection = await database.ConnectAsync(cancellationToken);
        return await connection.ExecuteScalarAsync<double>(sql.Replace("{0}", $"`{server.DatabaseName}`", StringComparison.Ordinal));
    }
}
