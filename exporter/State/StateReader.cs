using System.Globalization;
using System.Text.Json;
using Microsoft.Data.Sqlite;
using PostalExporter.Signals;
using PostalExporter.Tail;

namespace PostalExporter.State;

/// <summary>Reads what a store holds, of every version.</summary>
/// <param name="connection">The open store.</param>
/// <param name="path">Its file, for errors.</param>
internal sealed class StateReader(SqliteConnection connection, string path)
{
    /// <summary>Looks at the whole file for damage. Takes some 30 ms for 100,000 series.</summary>
    /// <exception cref="StateStoreException">It is damaged.</exception>
    public void Check() => Read("sqlite_schema", "PRAGMA quick_check(1)", row =>
    {
        if (row.GetString(0) != "ok")
            throw new FormatException("SQLite's check failed");
    });

    /// <summary>A value of the store about itself, null when it was never saved.</summary>
    /// <param name="key">One of <see cref="StateMeta"/>.</param>
    /// <exception cref="StateStoreException">It cannot be read.</exception>
    public string? Meta(string key)
    {
        string? value = null;
        Read("meta", "SELECT value FROM meta WHERE key = $1", row => value = row.GetString(0), key);
        return value;
    }

    /// <summary>Every series.</summary>
    /// <exception cref="StateStoreException">They cannot be read.</exception>
    public void Series(Action<SavedSeries> take) =>
        Read("series", "SELECT s.id, s.family, s.labels, c.value FROM series s JOIN counter c ON c.id = s.id ORDER BY s.id", row =>
        {
            var labels = JsonSerializer.Deserialize<string[]>(row.GetString(2)) ?? throw new FormatException("a series has no labels");
            var value = row.GetInt64(3);
            take(new SavedSeries(row.GetInt64(0), row.GetString(1), labels, value >= 0 ? value : throw new FormatException("a counter is negative")));
        });

    /// <summary>The servers with everything that is kept of them, by id.</summary>
    /// <exception cref="StateStoreException">They cannot be read.</exception>
    public Dictionary<int, ServerState> Servers()
    {
        var servers = new Dictionary<int, ServerState>();
        ServerState Owner(SqliteDataReader row) =>
            servers.GetValueOrDefault(row.GetInt32(0)) ?? throw new FormatException($"there is no server {row.GetInt32(0)}");

        // Version 1 had no names.
        var names = StateSchema.ReadVersion(connection, path) >= 2 ? "organization, permalink" : "'', ''";
        Read("server", $"SELECT id, uuid, from_end, {names} FROM server ORDER BY id", row =>
        {
            var server = new ServerState(row.GetInt32(0), row.GetString(1), row.GetBoolean(2));
            server.Rename(row.GetString(3), row.GetString(4));
            server.Saved();
            servers.Add(server.Id, server);
        });
        var abandoned = StateSchema.ReadVersion(connection, path) >= 2 ? "abandoned" : "x''";
        Read("cursor", $"SELECT server_id, stream, position, start, anchor, latest, restored_through, counted_until, missing, {abandoned} FROM cursor", row =>
        {
            var cursors = Owner(row).Cursors;
            var stream = row.GetInt32(1);
            if (stream < 0 || stream >= cursors.Length)
                throw new FormatException($"there is no stream {stream}");
            cursors[stream] = ReadCursor(row);
        });
        Read("mark", "SELECT server_id, kind, chunk, bits FROM mark", row =>
        {
            var kind = (MarkKind)row.GetInt32(1);
            if (!Enum.IsDefined(kind))
                throw new FormatException($"there is no kind {kind}");
            Owner(row).Marks[kind].Restore(row.GetInt64(2), Bytes(row, 3, length => length == MarkSet.ChunkIds / 8));
        });
        Read("score", "SELECT server_id, credential_id, value FROM score", row => Owner(row).Scores.Restore(row.GetInt32(1), row.GetDouble(2)));
        Read("recipients", "SELECT server_id, credential_id, step, counter FROM recipients", row =>
            Owner(row).Windows.Restore(row.GetInt32(1), row.GetInt64(2), Bytes(row, 3, DistinctCounter.IsLength)));
        // Version 2 had no memories.
        if (StateSchema.ReadVersion(connection, path) >= 3)
            Read("memory", "SELECT server_id, kind, key, data FROM memory", row => Owner(row).Memories[(MemoryKind)row.GetInt32(1)].Restore(row.GetInt64(2), row.GetFieldValue<byte[]>(3)));
        return servers;
    }

    private static StreamCursor ReadCursor(SqliteDataReader row)
    {
        var missing = MissingIds.FromBytes(Bytes(row, 8, length => length % 24 == 0));
        for (var i = 0; i < missing.Ranges.Count; i++)
        {
            if (missing.Ranges[i].First > missing.Ranges[i].Last || (i > 0 && missing.Ranges[i].First <= missing.Ranges[i - 1].Last))
                throw new FormatException("missing ids are out of order");
        }
        return new StreamCursor
        {
            Position = row.GetInt64(2),
            Start = row.GetInt64(3),
            Anchor = row.IsDBNull(4) ? null : ToDecimal(row.GetString(4)),
            Latest = ToDecimal(row.GetString(5)),
            RestoredThrough = row.GetInt64(6),
            CountedUntil = ToDecimal(row.GetString(7)),
            Missing = missing,
            Abandoned = AbandonedIds.FromBytes(Bytes(row, 9, length => length % 32 == 0)),
        };
    }

    private static byte[] Bytes(SqliteDataReader row, int column, Func<int, bool> isLength)
    {
        var bytes = row.GetFieldValue<byte[]>(column);
        return isLength(bytes.Length) ? bytes : throw new FormatException($"a column of bytes has {bytes.Length} of them");
    }

    private static decimal ToDecimal(string text) => decimal.Parse(text, CultureInfo.InvariantCulture);

    private void Read(string table, string query, Action<SqliteDataReader> read, params ReadOnlySpan<object> values)
    {
        try
        {
            using var command = connection.CreateCommand();
            command.CommandText = query;
            for (var i = 0; i < values.Length; i++)
                command.Parameters.AddWithValue(string.Create(CultureInfo.InvariantCulture, $"${i + 1}"), values[i]);
            using var reader = command.ExecuteReader();
            while (reader.Read())
                read(reader);
        }
        catch (SqliteException exception)
        {
            throw StateStoreException.From(path, exception);
        }
        catch (Exception exception) when (exception is FormatException or InvalidCastException or OverflowException or InvalidOperationException or JsonException)
        {
            throw StateStoreException.OfContent(path, table, exception.Message);
        }
    }
}

/// <summary>A counter series as the store has it.</summary>
/// <param name="Id">Row id.</param>
/// <param name="Family">Name of its family, which may be one of another release.</param>
/// <param name="Labels">Label values.</param>
/// <param name="Value">What was counted.</param>
internal sealed record SavedSeries(long Id, string Family, string[] Labels, long Value);
