using PostalExporter.Configuration;

namespace PostalExporter.RulePacks;

/// <summary>The folder that rules are rendered into. Files of an earlier rendering are replaced or removed, others are not touched.</summary>
/// <param name="path">The folder; made when it does not exist.</param>
internal sealed class RenderedFolder(string path)
{
    private static readonly string[] Extensions = [".yml", ".yaml"];

    /// <summary>Writes the files, each whole or not at all, then removes those that are not of this rendering.</summary>
    /// <param name="files">Names within the folder, with texts.</param>
    /// <returns>Names of the files that were removed.</returns>
    /// <exception cref="ConfigurationException">A file stands there that was not rendered; nothing was written.</exception>
    /// <exception cref="IOException">The folder cannot be written to.</exception>
    /// <exception cref="UnauthorizedAccessException">The folder may not be written to.</exception>
    public IReadOnlyList<string> Write(IReadOnlyList<KeyValuePair<string, string>> files)
    {
        var present = RulePackReader.Folders.SelectMany(RuleFiles).ToList();
        var foreign = present.Where(name => !RenderedHeader.IsIn(File.ReadAllText(Path.Combine(path, name)))).ToList();
        if (foreign.Count > 0)
        {
            throw new ConfigurationException([.. foreign.Select(name => new ConfigurationProblem(
                Path.Combine(path, name), 0, "", "was not rendered, and would be loaded beside what is; move it away, or give --output another folder"))]);
        }

        foreach (var (name, text) in files)
        {
            var file = Path.Combine(path, name);
            Directory.CreateDirectory(Path.GetDirectoryName(file)!);
            // Not a name that an engine loads, until it is whole.
            var beside = file + ".part";
            File.WriteAllText(beside, text);
            File.Move(beside, file, overwrite: true);
        }

        var stale = present.Except(files.Select(file => file.Key)).ToList();
        foreach (var name in stale)
            File.Delete(Path.Combine(path, name));
        return stale;
    }

    private IEnumerable<string> RuleFiles(string part)
    {
        var folder = Path.Combine(path, part);
        return Directory.Exists(folder)
            ? Directory.EnumerateFiles(folder).Where(file => Extensions.Contains(Path.GetExtension(file)))
                .Select(file => $"{part}/{Path.GetFileName(file)}").Order(StringComparer.Ordinal)
            : [];
    }
}
