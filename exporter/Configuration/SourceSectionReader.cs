namespace PostalExporter.Configuration;

/// <summary>Reads the section <c>sources</c>.</summary>
internal static class SourceSectionReader
{
    private static readonly string[] Switch = ["true", "false"];

    /// <summary>Reads the section.</summary>
    /// <param name="section">The section.</param>
    /// <param name="folder">Of the configuration file: paths are relative to it.</param>
    public static SourceOptions Read(YamlSection section, string folder)
    {
        var defaults = new SourceOptions();
        var sources = new SourceOptions
        {
            Enabled = section.OneOf("enabled", Switch) == "true",
            LookBack = section.Duration("look_back", TimeSpan.FromDays(1), TimeSpan.FromDays(365)) ?? defaults.LookBack,
            LearnFor = section.Duration("learn_for", TimeSpan.Zero, TimeSpan.FromDays(30)) ?? defaults.LearnFor,
            CountryDatabase = ReadPath(section, "country_database", folder),
            AsnDatabase = ReadPath(section, "asn_database", folder),
        };
        section.RefuseUnknown();
        return sources;
    }

    private static string? ReadPath(YamlSection section, string key, string folder)
    {
        if (section.Text(key) is not { } relative)
            return null;
        var path = Path.GetFullPath(Path.Combine(folder, relative));
        if (!File.Exists(path))
            section.Problem(key, "the file does not exist; check the path, or remove the key");
        return path;
    }
}
