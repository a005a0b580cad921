using System.Globalization;
using PostalExporter.Configuration;
using PostalExporter.Signals;

namespace PostalExporter.Lists;

/// <summary>What a list's file held when it was read: hashes of domains and addresses, nothing that can be read.</summary>
/// <param name="Hashes">Hashes of the entries as <see cref="ListLine"/> gives them.</param>
/// <param name="DeepestDomain">Most labels of an entry that is a domain; 0 when none is.</param>
/// <param name="HasAddresses">Whether any entry is an address.</param>
/// <param name="Stamp">The file as it was when reading began.</param>
internal sealed record ListContent(HashTable Hashes, int DeepestDomain, bool HasAddresses, FileStamp Stamp)
{
    /// <summary>Most entries of a list.</summary>
    public const int MostEntries = 2_000_000;

    private const long MostBytes = 128 * 1024 * 1024;
    private const int MostProblems = 20;

    /// <summary>Reads a file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="hash">Hashes the entries.</param>
    /// <exception cref="ConfigurationException">The file cannot be read or used; the problems name lines and no word of them.</exception>
    public static ListContent Read(string path, KeyedHash hash)
    {
        try
        {
            return ReadFile(path, hash);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw Failure(path, FileProblem.Describe(exception));
        }
    }

    private static ListContent ReadFile(string path, KeyedHash hash)
    {
        // Before the file is opened: what is written meanwhile makes it another one.
        var stamp = FileStamp.Of(path) ?? throw new FileNotFoundException();
        if (stamp.Bytes > MostBytes)
            throw Failure(path, "the file is larger than 128 MiB; split it");
        var hashes = new List<ulong>();
        var problems = new List<ConfigurationProblem>();
        var (line, wrong, deepest, addresses) = (0L, 0, 0, false);
        foreach (var text in File.ReadLines(path))
        {
            line++;
            if (ListLine.TryRead(text, out var entry) is { } problem)
            {
                if (wrong++ < MostProblems)
                    problems.Add(new ConfigurationProblem(path, line, "", $"the line {problem}"));
            }
            if (entry is null)
                continue;
            if (hashes.Count == MostEntries)
                throw Failure(path, string.Create(CultureInfo.InvariantCulture, $"the file has more than {MostEntries} entries; split it"));
            hashes.Add(hash.OfText(entry));
            if (entry.Contains('@', StringComparison.Ordinal))
                addresses = true;
            else
                deepest = Math.Max(deepest, entry.Count(character => character == '.') + 1);
        }
        if (wrong > MostProblems)
            problems.Add(new ConfigurationProblem(path, 0, "", $"{wrong - MostProblems} more lines are wrong; correct the file"));
        if (problems.Count > 0)
            throw new ConfigurationException(problems);
        // A file that is just being written, or whose source failed, is empty more often than a list without entries is wanted.
        if (hashes.Count == 0)
            throw Failure(path, "the file has no entry; write one, or remove the list from the configuration");
        return new ListContent(new HashTable(hashes), deepest, addresses, stamp);
    }

    private static ConfigurationException Failure(string path, string message) => new([new ConfigurationProblem(path, 0, "", message)]);
}

/// <summary>What tells whether a file has changed.</summary>
/// <param name="Bytes">Its size.</param>
/// <param name="Written">When it was written, UTC.</param>
internal readonly record struct FileStamp(long Bytes, DateTime Written)
{
    /// <summary>The stamp of a file; null when there is none.</summary>
    public static FileStamp? Of(string path)
    {
        var file = new FileInfo(path);
        return file.Exists ? new FileStamp(file.Length, file.LastWriteTimeUtc) : null;
    }
}
