namespace PostalExporter.Conformance;

/// <summary>Where the repository's files are, whatever folder the tests run from.</summary>
internal static class Repository
{
    /// <summary>The folder that holds <c>Exporter.sln</c>.</summary>
    public static string Root { get; } = FindRoot();

    /// <summary>The full path of a file or folder given relative to the repository's root.</summary>
    public static string PathOf(params string[] parts) => Path.Combine([Root, .. parts]);

    private static string FindRoot()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "Exporter.sln")))
                return folder.FullName;
        }
        throw new InvalidOperationException(
            $"No Exporter.sln above {AppContext.BaseDirectory}: run the tests from a checkout of the repository.");
    }
}
