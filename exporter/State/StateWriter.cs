using System.Globalization;
using System.Text.Json;
using Microsoft.Data.Sqlite;
using PostalExporter.Metrics;
using PostalExporter.Signals;
using PostalExporter.Tail;

namespace PostalExporter.State;

/// <summary>Writes the changes of one collection within its transaction: the work grows with what changed.</summary>
internal sealed class StateWriter(SqliteConnection connection, SqliteTransaction transaction)
{
    /// <summary>Writes everything; see <see cref="StateStore.Commit"/>.</summary>
    /// <param name="now">Time of the collection.</param>
    /// <param name="servers">Servers that may have changed.</param>
    /// <param name="goneServers">Ids whose state is to be dropped.</param>
    /// <param name="dirty">Series with pending increments.</param>
    /// <param name="goneSeries">Series to be dropped.</param>
    /// <param name="added">Gets the series that were given a row id, also when an exception ends the work.</param>
    public void Write(
        DateTimeOffset now,
        IReadOnlyCollection<ServerState> servers,
        IReadOnlyCollection<int> goneServers,
        IReadOnlyCollection<CounterSeries> dirty,
        IReadOnlyCollection<CounterSeries> goneSeries,
        List<CounterSeries> added)
    {
        Run("INSERT OR IGNORE INTO meta VALUES ('first_collection', $1)", now.ToString("O", CultureInfo.InvariantCulture));
        foreach (var id in goneServers)
            DropServer(id);
        WriteServers(servers.Where(server => !goneServers.Contains(server.Id)));
        foreach (var series in goneSeries.Where(series => series.StateId != 0))
        {
            Run("DELETE FROM counter WHERE id = $1", series.StateId);
            Run("DELETE FROM series WHERE id = $1", series.StateId);
        }
        WriteCounters(dirty.Except(goneSeries), added);
    }

    private void DropServer(int id)
    {
        Run("DELETE FROM server WHERE id = $1", id);
        Run("DELETE FROM cursor WHERE server_id = $1", id);
        Run("DELETE FROM mark WHERE server_id = $1", id);
        Run("DELETE FROM score WHERE server_id = $1", id);
        Run("DELETE FROM recipients WHERE server_id = $1", id);
    }

    private void WriteServers(IEnumerable<ServerState> servers)
    {
        foreach (var server in servers)
        {
            if (server.IsNew)
            {
                DropServer(server.Id);
                Run("INSERT INTO server VALUES ($1, $2, $3)", server.Id, server.Uuid, server.FromEnd);
            }
            for (var stream = 0; stream < server.Cursors.Length; stream++)
            {
                if (server.Cursors[stream] is { Changed: true } cursor)
                    WriteCursor(server.Id, stream, cursor);
            }
            foreach (var kind in Enum.GetValues<MarkKind>())
                WriteMarks(server.Id, kind, server.Marks[kind]);
            foreach (var credentialId in server.Scores.Dirty)
                Run("INSERT OR REPLACE INTO score VALUES ($1, $2, $3)", server.Id, credentialId, server.Scores[credentialId]);
            WriteWindows(server.Id, server.Windows);
        }
    }

    private void WriteCursor(int serverId, int stream, StreamCursor cursor) => Run(
        "INSERT OR REPLACE INTO cursor VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        serverId, stream, cursor.Position, cursor.Start, cursor.Anchor is { } anchor ? ToText(anchor) : DBNull.Value,
        ToText(cursor.Latest), cursor.RestoredThrough, ToText(cursor.CountedUntil), cursor.Missing.ToBytes(), cursor.Abandoned.ToBytes());

    private void WriteMarks(int serverId, MarkKind kind, MarkSet marks)
    {
        foreach (var chunk in marks.Dirty)
        {
            if (marks.ChunkBytes(chunk) is { } bits)
                Run("INSERT OR REPLACE INTO mark VALUES ($1, $2, $3, $4)", serverId, (int)kind, chunk, bits);
            else
                Run("DELETE FROM mark WHERE server_id = $1 AND kind = $2 AND chunk = $3", serverId, (int)kind, chunk);
        }
    }

    private void WriteWindows(int serverId, RecipientWindows windows)
    {
        foreach (var key in windows.Dirty)
        {
            if (windows.Bytes(key) is { } bytes)
                Run("INSERT OR REPLACE INTO recipients VALUES ($1, $2, $3, $4)", serverId, key.CredentialId, key.Step, bytes);
            else
                Run("DELETE FROM recipients WHERE server_id = $1 AND credential_id = $2 AND step = $3", serverId, key.CredentialId, key.Step);
        }
    }

    private void WriteCounters(IEnumerable<CounterSeries> dirty, List<CounterSeries> added)
    {
        using var upsert = Prepare("INSERT INTO counter VALUES ($1, $2) ON CONFLICT (id) DO UPDATE SET value = excluded.value", 2);
        using var insert = Prepare("INSERT INTO series (family, labels) VALUES ($1, $2) RETURNING id", 2);
        foreach (var series in dirty)
        {
            if (series.StateId == 0)
            {
                insert.Parameters[0].Value = series.Family.Name;
                insert.Parameters[1].Value = JsonSerializer.Serialize(series.Labels);
                series.StateId = (long)insert.ExecuteScalar()!;
                added.Add(series);
            }
            upsert.Parameters[0].Value = series.StateId;
            upsert.Parameters[1].Value = series.Value + series.Pending;
            upsert.ExecuteNonQuery();
        }
    }

    private void Run(string sql, params object[] values)
    {
        using var command = Prepare(sql, values.Length);
        for (var i = 0; i < values.Length; i++)
            command.Parameters[i].Value = values[i];
        command.ExecuteNonQuery();
    }

    private SqliteCommand Prepare(string sql, int parameters)
    {
        var command = connection.CreateCommand();
        command.Transaction = transaction;
        command.CommandText = sql;
        for (var i = 1; i <= parameters; i++)
            command.Parameters.Add(new SqliteParameter(string.Create(CultureInfo.InvariantCulture, $"${i}"), null));
        return command;
    }

    // Postal's time stamps are decimal(18,6): text keeps every digit, a floating-point column would not.
    private static string ToText(decimal value) => value.ToString(CultureInfo.InvariantCulture);
}
