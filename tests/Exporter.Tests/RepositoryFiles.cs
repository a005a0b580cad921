namespace PostalExporter.Tests;

/// <summary>Finds files of the repository from where the tests run.</summary>
internal static class RepositoryFiles
{
    /// <summary>The full path of a file or folder named from the repository's root.</summary>
    public static string PathTo(string relativePath) => Path.Combine(Root(), relativePath);

    private static string Root()
    {
        for (var directory = new DirectoryInfo(AppContext.BaseDirectory); directory is not null; directory = directory.Parent)
        {
            if (File.Exists(Path.Combine(directory.FullName, "Exporter.sln")))
                return directory.FullName;
        }

        throw new InvalidOperationException($"no Exporter.sln in or above {AppContext.BaseDirectory}");
    }
}
