using System.Globalization;
using System.Text.Json;
using Microsoft.Data.Sqlite;
using PostalExporter.Metrics;
using PostalExporter.Signals;
using PostalExporter.Tail;

namespace PostalExporter.State;

/// <summary>
/// Writes the changes of one collection within a transaction: the work grows with what changed. Its statements stay
/// prepared as long as the connection lives.
/// </summary>
internal sealed class StateWriter(SqliteConnection connection) : IDisposable
{
    private static readonly MarkKind[] Kinds = Enum.GetValues<MarkKind>();

    private readonly SeriesStatements statements = new(connection);
    private readonly Dictionary<string, SqliteCommand> commands = [];
    private SqliteTransaction? transaction;

    /// <summary>Runs the work in one transaction: all or nothing, and on disk when this ends.</summary>
    /// <exception cref="SqliteException">Nothing was written.</exception>
    public void Transact(Action work)
    {
        using (transaction = connection.BeginTransaction())
        {
            work();
            transaction.Commit();
        }
    }

    /// <summary>Sets a value of the store about itself.</summary>
    /// <param name="key">One of <see cref="StateMeta"/>.</param>
    /// <param name="value">The value.</param>
    public void WriteMeta(string key, string value) => Run("INSERT OR REPLACE INTO meta VALUES ($1, $2)", key, value);

    /// <summary>Drops a server and everything that is kept of it, but for its series.</summary>
    public void DropServer(int id)
    {
        Run("DELETE FROM server WHERE id = $1", id);
        DropContent(id);
    }

    /// <summary>Writes what changed of a server; all of it when it is new.</summary>
    public void WriteServer(ServerState server)
    {
        if (server.IsNew)
        {
            DropContent(server.Id);
            Run(
                "INSERT OR REPLACE INTO server (id, uuid, from_end, organization, permalink) VALUES ($1, $2, $3, $4, $5)",
                server.Id, server.Uuid, server.FromEnd, server.Organization, server.Permalink);
        }
        else if (server.IsRenamed)
        {
            Run("UPDATE server SET organization = $2, permalink = $3 WHERE id = $1", server.Id, server.Organization, server.Permalink);
        }
        for (var stream = 0; stream < server.Cursors.Length; stream++)
        {
            if (server.Cursors[stream] is { } cursor && (cursor.Changed || server.IsNew))
                WriteCursor(server.Id, stream, cursor);
        }
        foreach (var kind in Kinds)
            WriteMarks(server.Id, kind, server.Marks[kind], server.IsNew);
        foreach (var credentialId in server.IsNew ? server.Scores.Credentials : server.Scores.Dirty)
        {
            if (server.Scores.Find(credentialId) is { } score)
                Run("INSERT OR REPLACE INTO score VALUES ($1, $2, $3)", server.Id, credentialId, score);
            else
                Run("DELETE FROM score WHERE server_id = $1 AND credential_id = $2", server.Id, credentialId);
        }
        WriteWindows(server.Id, server.Windows, server.IsNew);
        foreach (var (kind, memory) in server.Memories.All)
            WriteMemory(server.Id, kind, memory, server.IsNew);
    }

    /// <summary>Writes values of series that have a row, and gives one to those that have none.</summary>
    /// <param name="series">The series.</param>
    /// <param name="added">Gets the series that were given a row id, also when an exception ends the work.</param>
    public void WriteSeries(IReadOnlyCollection<CounterSeries> series, List<CounterSeries> added)
    {
        foreach (var counted in series)
        {
            if (counted.StateId != 0)
                continue;
            counted.StateId = AddSeries(counted.Family.Name, counted.Labels);
            added.Add(counted);
        }
        // In the order of the rows each page of the table is looked up once.
        var ordered = series.ToArray();
        Array.Sort(Array.ConvertAll(ordered, counted => counted.StateId), ordered);
        foreach (var counted in ordered)
            WriteValue(counted.StateId, counted.Value + counted.Pending);
    }

    /// <summary>The row id of a series, which is made when it does not exist.</summary>
    public long AddSeries(string family, string[] labels) => statements.Add(family, JsonSerializer.Serialize(labels));

    /// <summary>Sets the value of a series.</summary>
    public void WriteValue(long id, long value) => statements.Write(id, value);

    /// <summary>Drops a series.</summary>
    public void DropSeries(long id)
    {
        Run("DELETE FROM counter WHERE id = $1", id);
        Run("DELETE FROM series WHERE id = $1", id);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        statements.Dispose();
        foreach (var command in commands.Values)
            command.Dispose();
    }

    private void DropContent(int serverId)
    {
        Run("DELETE FROM cursor WHERE server_id = $1", serverId);
        Run("DELETE FROM mark WHERE server_id = $1", serverId);
        Run("DELETE FROM score WHERE server_id = $1", serverId);
        Run("DELETE FROM recipients WHERE server_id = $1", serverId);
        Run("DELETE FROM memory WHERE server_id = $1", serverId);
    }

    private void WriteCursor(int serverId, int stream, StreamCursor cursor) => Run(
        "INSERT OR REPLACE INTO cursor VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        serverId, stream, cursor.Position, cursor.Start, cursor.Anchor is { } anchor ? ToText(anchor) : DBNull.Value,
        ToText(cursor.Latest), cursor.RestoredThrough, ToText(cursor.CountedUntil), cursor.Missing.ToBytes(), cursor.Abandoned.ToBytes());

    private void WriteMarks(int serverId, MarkKind kind, MarkSet marks, bool all)
    {
        foreach (var chunk in all ? marks.Chunks : marks.Dirty)
        {
            if (marks.ChunkBytes(chunk) is { } bits)
                Run("INSERT INTO mark (server_id, kind, chunk, bits) VALUES ($1, $2, $3, $4) ON CONFLICT DO UPDATE SET bits = excluded.bits", serverId, (int)kind, chunk, bits);
            else
                Run("DELETE FROM mark WHERE server_id = $1 AND kind = $2 AND chunk = $3", serverId, (int)kind, chunk);
        }
    }

    private void WriteWindows(int serverId, RecipientWindows windows, bool all)
    {
        foreach (var key in all ? windows.Keys : windows.Dirty)
        {
            if (windows.Bytes(key) is { } bytes)
                Run("INSERT OR REPLACE INTO recipients VALUES ($1, $2, $3, $4)", serverId, key.CredentialId, key.Step, bytes);
            else
                Run("DELETE FROM recipients WHERE server_id = $1 AND credential_id = $2 AND step = $3", serverId, key.CredentialId, key.Step);
        }
    }

    private void WriteMemory(int serverId, MemoryKind kind, ISignalMemory memory, bool all)
    {
        foreach (var key in all ? memory.Keys : memory.Dirty)
        {
            if (memory.Bytes(key) is { } data)
                Run("INSERT INTO memory (server_id, kind, key, data) VALUES ($1, $2, $3, $4) ON CONFLICT DO UPDATE SET data = excluded.data", serverId, (int)kind, key, data);
            else
                Run("DELETE FROM memory WHERE server_id = $1 AND kind = $2 AND key = $3", serverId, (int)kind, key);
        }
    }

    private void Run(string sql, params ReadOnlySpan<object> values)
    {
        var command = Prepare(sql, values.Length);
        for (var i = 0; i < values.Length; i++)
            command.Parameters[i].Value = values[i];
        command.ExecuteNonQuery();
    }

    private SqliteCommand Prepare(string sql, int parameters)
    {
        if (!commands.TryGetValue(sql, out var command))
        {
            command = connection.CreateCommand();
            command.CommandText = sql;
            for (var i = 1; i <= parameters; i++)
                command.Parameters.Add(new SqliteParameter(string.Create(CultureInfo.InvariantCulture, $"${i}"), null));
            commands.Add(sql, command);
        }
        command.Transaction = transaction;
        return command;
    }

    // Postal's time stamps are decimal(18,6): text keeps every digit, a floating-point column would not.
    private static string ToText(decimal value) => value.ToString(CultureInfo.InvariantCulture);
}
