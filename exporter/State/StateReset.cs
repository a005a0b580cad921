using System.Globalization;

namespace PostalExporter.State;

/// <summary>Forgets what was counted; a copy of the store stays beside it.</summary>
internal static class StateReset
{
    /// <summary>Forgets everything. The next start counts from the tables' end, as the first one did.</summary>
    /// <param name="files">The store, of which no exporter runs. It may be damaged.</param>
    /// <param name="now">For the copy's name.</param>
    /// <returns>The copy.</returns>
    /// <exception cref="StateStoreException">Nothing was forgotten.</exception>
    public static string Everything(StateFiles files, DateTimeOffset now)
    {
        try
        {
            var copy = files.Backup(now);
            files.Delete();
            return copy;
        }
        catch (StateStoreException exception) when (exception.IsDamage)
        {
            return files.MoveAway(now);
        }
    }

    /// <summary>The servers of a store that a word names.</summary>
    /// <param name="files">The store.</param>
    /// <param name="word"><c>ORGANIZATION/SERVER</c> or an id.</param>
    /// <exception cref="StateStoreException">There is not exactly one.</exception>
    public static ServerState Find(StateFiles files, string word)
    {
        using var connection = files.OpenForReading();
        var servers = new StateReader(connection, files.Path).Servers().Values;
        var found = servers.Where(server => server.Id.ToString(CultureInfo.InvariantCulture) == word || $"{server.Organization}/{server.Permalink}" == word).ToList();
        return found switch
        {
            [var only] => only,
            [] => throw new StateStoreException($"{files.Path}: has no server {word}; `postal-exporter state show` lists them"),
            _ => throw new StateStoreException($"{files.Path}: has several servers {word}; give the id: {string.Join(", ", found.Select(server => server.Id))}"),
        };
    }

    /// <summary>Forgets a server with its series. It is counted from its tables' end, not from their first row.</summary>
    /// <param name="files">The store, of which no exporter runs.</param>
    /// <param name="server">From <see cref="Find"/>.</param>
    /// <param name="now">For the copy's name.</param>
    /// <returns>The copy.</returns>
    /// <exception cref="StateStoreException">Nothing was forgotten.</exception>
    public static string Server(StateFiles files, ServerState server, DateTimeOffset now)
    {
        var copy = files.Backup(now);
        using var connection = files.OpenForWriting(create: false);
        var reader = new StateReader(connection, files.Path);
        var series = new List<SavedSeries>();
        reader.Series(series.Add);
        var isOwner = StateExport.SeriesOwners(reader.Servers().Values).GetValueOrDefault((server.Organization, server.Permalink)) == server.Id;
        var blank = new ServerState(server.Id, server.Uuid, fromEnd: true) { IsNew = true };
        blank.Rename(server.Organization, server.Permalink);
        files.Change(connection, writer =>
        {
            writer.WriteServer(blank);
            foreach (var own in series.Where(saved => isOwner && StateExport.OwnerOf(saved) == (server.Organization, server.Permalink)))
                writer.DropSeries(own.Id);
            writer.WriteMeta(StateMeta.LastSave, now.ToString("O", CultureInfo.InvariantCulture));
        });
        return copy;
    }
}
