using MySqlConnector;
using PostalSimulator.Databases;

namespace PostalSimulator.Installations;

// Bare rows for tests that need what ordinary traffic produces only now and then, and the nightly retention.
public sealed partial class MailServer
{
    /// <summary>Writes a message row and nothing else: no statistics, no queue row.</summary>
    /// <returns>Its id.</returns>
    public async Task<long> InsertMessageRowAsync(MessageRow row, CancellationToken cancellationToken)
    {
        var counted = await installation.Messages.InsertAsync(Table("messages"), Cells(row), cancellationToken);
        return row.Id ?? counted;
    }

    /// <summary>Writes a delivery row and nothing else.</summary>
    /// <returns>Its id.</returns>
    public async Task<long> InsertDeliveryRowAsync(DeliveryRow row, CancellationToken cancellationToken)
    {
        var counted = await installation.Messages.InsertAsync(Table("deliveries"), Cells(row), cancellationToken);
        return row.Id ?? counted;
    }

    /// <summary>Writes a message row that others see only after <see cref="UncommittedRow.CommitAsync"/>, while later ids become visible before it.</summary>
    public Task<UncommittedRow> InsertUncommittedMessageAsync(MessageRow row, CancellationToken cancellationToken) =>
        UncommittedAsync("messages", row.Id, Cells(row), cancellationToken);

    /// <summary>Writes a delivery row that others see only after <see cref="UncommittedRow.CommitAsync"/>.</summary>
    public Task<UncommittedRow> InsertUncommittedDeliveryAsync(DeliveryRow row, CancellationToken cancellationToken) =>
        UncommittedAsync("deliveries", row.Id, Cells(row), cancellationToken);

    /// <summary>Runs Postal's nightly retention as of now: old messages with all that belongs to them, old and excess raw tables.</summary>
    public async Task RunRetentionAsync(CancellationToken cancellationToken)
    {
        var (messageDays, rawDays, rawMebibytes) = (await installation.Main.QueryAsync<(int?, int?, int?)>(
            "SELECT message_retention_days, raw_message_retention_days, raw_message_retention_size "
            + $"FROM {installation.MainTable("servers")} WHERE id = @Id", new { Id }, cancellationToken)).Single();
        var today = new DateTimeOffset(Now.Date, TimeSpan.Zero);
        if (rawDays is { } days)
            await DropRawTablesAsync(older: RawTables.NameOf(today.AddDays(-days)), maximumBytes: null, cancellationToken);
        if (messageDays is { } keep)
            await DeleteMessagesAsync(until: today.AddDays(1 - keep), cancellationToken);
        if (rawMebibytes is { } limit)
            await DropRawTablesAsync(older: null, maximumBytes: limit * 1024L * 1024L, cancellationToken);
    }

    /// <summary>Creates the raw table of a day with the size of what arrived on it.</summary>
    internal async Task AddRawTableAsync(string name, long bytes, CancellationToken cancellationToken)
    {
        await raw.CreateAsync(name, cancellationToken);
        await installation.Messages.ExecuteAsync(
            $"UPDATE {Table("raw_message_sizes")} SET size = @bytes WHERE table_name = @name", new { name, bytes }, cancellationToken);
    }

    private async Task DeleteMessagesAsync(DateTimeOffset until, CancellationToken cancellationToken)
    {
        var last = await installation.Messages.ValueAsync<long?>(
            $"SELECT MAX(id) FROM {Table("messages")} WHERE timestamp < @until", new { until = Sql.UnixSeconds(until) }, cancellationToken);
        if (last is null)
            return;
        foreach (var table in (string[])["clicks", "loads", "deliveries", "spam_checks"])
            await installation.Messages.ExecuteAsync($"DELETE FROM {Table(table)} WHERE message_id <= @last", new { last }, cancellationToken);
        await installation.Messages.ExecuteAsync($"DELETE FROM {Table("messages")} WHERE id <= @last", new { last }, cancellationToken);
    }

    /// <summary>Removes the oldest raw tables: those before a name, or as many as it takes to stay below a size.</summary>
    private async Task DropRawTablesAsync(string? older, long? maximumBytes, CancellationToken cancellationToken)
    {
        var tables = await installation.Messages.QueryAsync<(string Name, long Bytes)>(
            $"SELECT table_name, size FROM {Table("raw_message_sizes")} ORDER BY table_name", null, cancellationToken);
        var total = tables.Sum(table => table.Bytes);
        foreach (var (name, bytes) in tables)
        {
            if (older is not null ? string.CompareOrdinal(name, older) >= 0 : total <= maximumBytes)
                break;
            await installation.Messages.ExecuteAsync(
                $"UPDATE {Table("messages")} SET raw_table = NULL, raw_headers_id = NULL, raw_body_id = NULL, size = NULL WHERE raw_table = @name",
                new { name }, cancellationToken);
            await installation.Messages.ExecuteAsync($"DELETE FROM {Table("raw_message_sizes")} WHERE table_name = @name", new { name }, cancellationToken);
            await installation.Messages.ExecuteAsync($"DROP TABLE IF EXISTS {Table(name)}", null, cancellationToken);
            total -= bytes;
        }
        raw.Forget();
    }

    private async Task<UncommittedRow> UncommittedAsync(
        string table, long? id, IReadOnlyCollection<(string, object?)> cells, CancellationToken cancellationToken)
    {
        var connection = await installation.Messages.OpenAsync(cancellationToken);
        var transaction = await connection.BeginTransactionAsync(cancellationToken);
        var counted = await Database.InsertAsync(connection, transaction, Table(table), cells, cancellationToken);
        return new UncommittedRow(connection, transaction, id ?? counted);
    }

    private IReadOnlyCollection<(string Column, object? Value)> Cells(MessageRow row) =>
    [
        ("id", row.Id), ("token", Tokens.Random(16)), ("scope", row.Scope), ("rcpt_to", row.Recipient), ("mail_from", row.Sender),
        ("subject", row.Subject), ("timestamp", Sql.UnixSeconds(row.ReceivedAt ?? installation.Time.GetUtcNow())), ("domain_id", row.DomainId),
        ("credential_id", row.CredentialId), ("status", row.Status), ("held", row.Status == "Held"), ("size", row.SizeBytes), ("spam", row.Spam),
        ("threat", row.Threat), ("spam_score", row.SpamScore), ("inspected", row.Spam || row.Threat), ("bounce", row.IsBounce),
        ("bounce_for_id", row.BounceForId), ("tag", row.Tag),
    ];

    private IReadOnlyCollection<(string Column, object? Value)> Cells(DeliveryRow row) =>
    [
        ("id", row.Id), ("message_id", row.MessageId), ("status", row.Status), ("details", row.Details), ("output", row.Output),
        ("log_id", Tokens.Random(8)), ("timestamp", Sql.UnixSeconds(row.At ?? installation.Time.GetUtcNow())),
    ];
}

/// <summary>A row in an open transaction. Disposing it without <see cref="CommitAsync"/> takes the row back and leaves a gap.</summary>
public sealed class UncommittedRow : IAsyncDisposable
{
    private readonly MySqlConnection connection;
    private readonly MySqlTransaction transaction;

    internal UncommittedRow(MySqlConnection connection, MySqlTransaction transaction, long id)
    {
        this.connection = connection;
        this.transaction = transaction;
        Id = id;
    }

    /// <summary>The id the row has, whether or not it can be seen yet.</summary>
    public long Id { get; }

    /// <summary>Makes the row visible.</summary>
    public Task CommitAsync(CancellationToken cancellationToken) => transaction.CommitAsync(cancellationToken);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await transaction.DisposeAsync();
        await connection.DisposeAsync();
    }
}
