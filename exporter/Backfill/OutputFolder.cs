namespace PostalExporter.Backfill;

/// <summary>The folder of the files.</summary>
internal static class OutputFolder
{
    /// <summary>Makes it, or sees that it can take files of a run that begins.</summary>
    /// <exception cref="BackfillException">It is not empty, or cannot be written.</exception>
    public static void Begin(string path) => Try(path, () =>
    {
        Directory.CreateDirectory(path);
        if (Directory.EnumerateFileSystemEntries(path).Any())
            throw new BackfillException($"{path}: is not empty, and no backfill was begun there with this state directory; name an empty folder in --output");
        Probe(path);
    });

    /// <summary>Sees that it can take more files, and removes what a run that was killed left unfinished.</summary>
    /// <exception cref="BackfillException">It is gone, or cannot be written.</exception>
    public static void Resume(string path) => Try(path, () =>
    {
        if (!Directory.Exists(path))
            throw new BackfillException($"{path}: is gone with the files that were complete; begin anew: delete backfill.db in the state directory");
        foreach (var unfinished in Directory.EnumerateFiles(path, "*" + OpenMetricsFile.PartSuffix))
            File.Delete(unfinished);
        Probe(path);
    });

    private static void Probe(string path)
    {
        var probe = Path.Combine(path, "probe" + OpenMetricsFile.PartSuffix);
        File.WriteAllText(probe, "");
        File.Delete(probe);
    }

    private static void Try(string path, Action action)
    {
        try
        {
            action();
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new BackfillException($"{path}: cannot be written ({exception.Message}); name a folder that this account may write in --output");
        }
    }
}
