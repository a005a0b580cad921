using System.Globalization;
using Dapper;
using MySqlConnector;
using PostalExporter.Configuration;
using PostalExporter.State;

namespace PostalExporter.Postal;

/// <summary>
/// One connection to one of Postal's MariaDB hosts, opened when first needed, kept, and opened anew after a failure.
/// One statement at a time; not thread-safe.
/// </summary>
internal sealed class DatabaseSession(DatabaseOptions options, string? database) : IAsyncDisposable
{
    // A table that is being altered must not hold up a statement that asks a hundred databases: fail at once
    // instead, so that the one table is found and left for the next collection.
    private const string SessionSettings =
        "SET SESSION TRANSACTION READ ONLY; SET SESSION time_zone = '+00:00', lock_wait_timeout = 0, max_statement_time = 60";

    private const int LongestConnectSeconds = 5;
    private const int LongestStatementSeconds = 60;

    private MySqlConnection? connection;

    /// <summary>What everything from now on is limited by; null outside of collections.</summary>
    public Deadline? Deadline { get; set; }

    // A token breaks off a statement by asking the host to end it, which one that stands still does not do. When a statement's
    // own time is up the socket is closed. It has whole seconds: rather a little less than there is.
    private int StatementSeconds =>
        Deadline is null ? LongestStatementSeconds : Math.Clamp((int)Deadline.Left.TotalSeconds, 1, LongestStatementSeconds);

    /// <summary>The open connection.</summary>
    /// <exception cref="MySqlException">The host cannot be reached or refuses the account.</exception>
    public async ValueTask<MySqlConnection> OpenAsync(CancellationToken cancellationToken)
    {
        if (connection is { State: System.Data.ConnectionState.Open })
            return connection;
        await CloseAsync();
        var opened = new MySqlConnection(ConnectionString());
        try
        {
            await opened.OpenAsync(cancellationToken);
            await using var command = new MySqlCommand(SessionSettings, opened) { CommandTimeout = StatementSeconds };
            await command.ExecuteNonQueryAsync(cancellationToken);
        }
        catch
        {
            await opened.DisposeAsync();
            throw;
        }
        return connection = opened;
    }

    /// <summary>A statement on the open connection, which ends at the deadline even if the host stands still.</summary>
    /// <exception cref="MySqlException">The host cannot be reached or refuses the account.</exception>
    public async ValueTask<MySqlCommand> CommandAsync(string sql, CancellationToken cancellationToken) =>
        new(sql, await OpenAsync(cancellationToken)) { CommandTimeout = StatementSeconds };

    /// <summary>The rows of a statement, see <see cref="CommandAsync"/>.</summary>
    /// <exception cref="MySqlException">The host cannot be reached, or the statement fails.</exception>
    public async Task<IReadOnlyList<T>> QueryAsync<T>(string sql, CancellationToken cancellationToken)
    {
        var open = await OpenAsync(cancellationToken);
        return (await open.QueryAsync<T>(new CommandDefinition(sql, commandTimeout: StatementSeconds, cancellationToken: cancellationToken))).AsList();
    }

    /// <summary>
    /// Drops the connection if the host ended it since its last use, by a restart or <c>wait_timeout</c>; once a
    /// collection, so that such an end does not show as a failure.
    /// </summary>
    public async ValueTask DropDeadAsync(CancellationToken cancellationToken)
    {
        if (connection is null)
            return;
        try
        {
            // A statement and no ping, which has no time limit: the host may stand still.
            await using var command = await CommandAsync("DO 0", cancellationToken);
            await command.ExecuteNonQueryAsync(cancellationToken);
        }
        catch (Exception exception) when (IsConnectionFailure(exception) && !IsTimeout(exception) && !cancellationToken.IsCancellationRequested)
        {
            await CloseAsync();
        }
    }

    /// <summary>Drops the connection; the next use opens a new one.</summary>
    public async ValueTask CloseAsync()
    {
        var closing = connection;
        connection = null;
        if (closing is not null)
            await closing.DisposeAsync();
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => CloseAsync();

    /// <summary>Whether an error concerns the connection or the host rather than one statement or database.</summary>
    /// <param name="exception">What the last use of this session threw.</param>
    public bool IsConnectionFailure(Exception exception) =>
        // Whatever kept it from being opened, or ended it.
        connection is not { State: System.Data.ConnectionState.Open }
        // The host has announced the end, or ended the statement on somebody's behalf.
        || exception is MySqlException { Number: 1053 or 1077 or 1079 or 1152 or 1159 or 1160 or 1161 or 1184 or 1317 or 1927 };

    private static bool IsTimeout(Exception exception) => exception is MySqlException { ErrorCode: MySqlErrorCode.CommandTimeoutExpired };

    private string ConnectionString()
    {
        var tlsMode = Enum.Parse<MySqlSslMode>(options.TlsMode.Replace("_", "", StringComparison.Ordinal), ignoreCase: true);
        var builder = new MySqlConnectionStringBuilder
        {
            Server = options.Host,
            Port = (uint)options.Port,
            UserID = options.Username,
            Password = options.Password,
            Database = database ?? "",
            SslMode = tlsMode,
            SslCa = options.TlsCaFile ?? "",
            // Private authorities, which databases have mostly, publish no list of what they revoked.
            SkipCertificateRevocationCheck = tlsMode == MySqlSslMode.VerifyFull,
            // One connection is kept per host: a pool would only add a round trip for its reset.
            Pooling = false,
            ConnectionTimeout = (uint)Math.Min(LongestConnectSeconds, StatementSeconds),
            DefaultCommandTimeout = LongestStatementSeconds,
            // Do not wait for a host that no longer answers: close the socket.
            CancellationTimeout = -1,
            CharacterSet = "utf8mb4",
            DateTimeKind = MySqlDateTimeKind.Utc,
            ConvertZeroDateTime = true,
            ApplicationName = "postal-exporter",
        };
        return builder.ConnectionString;
    }

    /// <summary>The short form of an error for logs and the status page: its number and what it means, no names of accounts or hosts.</summary>
    public static string Describe(Exception exception) => exception switch
    {
        SchemaException schema => schema.Message,
        StateStoreException state => state.Message,
        MySqlException mysql => TlsProblem.Describe(mysql) ?? (int)mysql.ErrorCode switch
        {
            -1 => "the host does not answer",
            0 or 2006 or 2013 => "the connection was lost",
            1044 or 1142 or 1143 => "access denied: grant SELECT (see exporter/grants.sql)",
            1045 => "access denied: check username and password, and tls_mode if the account demands TLS",
            1049 => "the database does not exist",
            1146 => "a table does not exist",
            1054 => "a column does not exist",
            1205 => "a table is locked, for example by ALTER TABLE",
            1969 or 3024 => "a statement took too long",
            1040 => "the host has no connection left: raise its max_connections, or find out who has them",
            1203 or 1226 => "the account has no connection left: raise its MAX_USER_CONNECTIONS",
            1042 or 2002 or 2003 => "cannot connect",
            var number => string.Create(CultureInfo.InvariantCulture, $"MariaDB error {number} ({mysql.ErrorCode})"),
        },
        OperationCanceledException => "not finished within the time of the scrape",
        _ => exception.GetType().Name,
    };
}
