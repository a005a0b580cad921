using PostalExporter.Configuration;
using PostalExporter.Signals;

namespace PostalExporter.Lists;

/// <summary>A list of domains and addresses that the operator keeps in a file. YAML: an entry of <c>lists</c>.</summary>
internal sealed class OperatorList
{
    private readonly KeyedHash hash;
    private volatile ListContent content;
    private FileStamp? seen;

    /// <param name="name">The label <c>list</c>.</param>
    /// <param name="path">Its file.</param>
    /// <param name="hash">Hashes the entries.</param>
    /// <exception cref="ConfigurationException">The file cannot be used.</exception>
    public OperatorList(string name, string path, KeyedHash hash)
    {
        this.hash = hash;
        Name = name;
        Path = path;
        content = ListContent.Read(path, hash);
        seen = content.Stamp;
    }

    /// <summary>The label <c>list</c>.</summary>
    public string Name { get; }

    /// <summary>Its file.</summary>
    public string Path { get; }

    /// <summary>What it holds; replaced whole.</summary>
    public ListContent Content => content;

    /// <summary>Whether the file as it was seen last could not be used, so that what it held before is in force.</summary>
    public bool IsOutdated { get; private set; }

    /// <summary>Reads the file again if it is another one than it was at the last look.</summary>
    /// <returns>Whether it was read, or is gone for the first time.</returns>
    /// <exception cref="ConfigurationException">It cannot be used. What it held before stays in force.</exception>
    public bool Refresh()
    {
        var now = FileStamp.Of(Path);
        if (now == seen)
            return false;
        // A broken file is told of once, until it is written again.
        seen = now;
        IsOutdated = true;
        content = ListContent.Read(Path, hash);
        seen = content.Stamp;
        IsOutdated = false;
        return true;
    }
}
