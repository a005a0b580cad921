namespace PostalStack;

/// <summary>The temporary folder of one stack, and where the repository's files are.</summary>
internal sealed class StackFolder : IDisposable
{
    private readonly DirectoryInfo root = Directory.CreateTempSubdirectory("postal-stack-");

    public StackFolder()
    {
        // Other accounts pass through to their own folders and see nothing else.
        if (!OperatingSystem.IsWindows())
            root.UnixFileMode |= UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;
    }

    /// <summary>The repository: the folder of <c>Exporter.sln</c>.</summary>
    public static string Repository { get; } = FindRepository();

    public string Root => root.FullName;

    /// <summary>A new folder for one program.</summary>
    public string Create(string name) => root.CreateSubdirectory(name).FullName;

    /// <summary>Copies a folder of the repository, which the unprivileged account need not be able to read.</summary>
    public static void Copy(string source, string target)
    {
        foreach (var file in Directory.EnumerateFiles(Path.Combine(Repository, source), "*", SearchOption.AllDirectories))
        {
            var copy = Path.Combine(target, Path.GetRelativePath(Path.Combine(Repository, source), file));
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            File.Copy(file, copy);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => root.Delete(recursive: true);

    private static string FindRepository()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "Exporter.sln")))
            folder = folder.Parent;
        return folder?.FullName ?? throw new StackException($"no Exporter.sln above {AppContext.BaseDirectory}: run this from a checkout");
    }
}
