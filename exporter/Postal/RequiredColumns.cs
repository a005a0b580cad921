namespace PostalExporter.Postal;

/// <summary>A column of the main database that the exporter reads.</summary>
/// <param name="Table">Table.</param>
/// <param name="Name">Column.</param>
/// <param name="Without">What is missing without it, or null when the exporter cannot work without it.</param>
internal sealed record MainColumn(string Table, string Name, string? Without = null);

/// <summary>
/// Everything that is read from the main database, and from which tables of the message databases. The grants of
/// <c>exporter/grants.sql</c> are these; a test compares them.
/// </summary>
internal static class RequiredColumns
{
    /// <summary>The columns of the main database.</summary>
    public static IReadOnlyList<MainColumn> Main { get; } =
    [
        .. Table("servers", null, "id", "uuid", "organization_id", "permalink", "mode", "send_limit", "suspended_at", "deleted_at"),
        new("servers", "outbound_spam_threshold", "the blind spot outbound_scan_off is not reported"),
        new("servers", "privacy_mode", "the blind spot privacy_mode is not reported (Postal before 2.3 has no such column)"),
        .. Table("organizations", null, "id", "permalink", "suspended_at", "deleted_at"),
        .. Table("credentials", null, "id", "server_id", "name", "type", "hold", "last_used_at"),
        .. Table("domains", "domains and their DNS checks are not reported",
            "id", "name", "owner_type", "owner_id", "server_id", "verified_at", "spf_status", "dkim_status", "mx_status", "return_path_status"),
        .. Table("queued_messages", "the queue is not reported", "server_id", "locked_by", "retry_after", "created_at"),
        .. Table("webhook_requests", "the webhook queue is not reported", "server_id"),
    ];

    /// <summary>The tables of a message database.</summary>
    public static IReadOnlyList<string> MessageTables { get; } = ["messages", "deliveries", "live_stats", "suppressions", "raw_message_sizes", "loads", "clicks"];

    /// <summary>Columns of the main database that hold secrets: the account should not be able to read them.</summary>
    public static IReadOnlyList<(string Table, string Column)> Secrets { get; } =
    [
        ("credentials", "key"),
        ("users", "password_digest"),
        ("users", "password_reset_token"),
        ("domains", "dkim_private_key"),
        ("track_certificates", "key"),
        ("authie_sessions", "token"),
        ("authie_sessions", "token_hash"),
        ("webhook_requests", "payload"),
    ];

    private static IEnumerable<MainColumn> Table(string table, string? without, params string[] columns) =>
        columns.Select(column => new MainColumn(table, column, without));
}
