using Microsoft.Extensions.Logging.Abstractions;
using PostalExporter.Networks;

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
            CountryDatabase = ReadDatabase(section, "country_database", GeoData.Country, folder),
            AsnDatabase = ReadDatabase(section, "asn_database", GeoData.Asn, folder),
        };
        section.RefuseUnknown();
        return sources;
    }

    private static string? ReadDatabase(YamlSection section, string key, GeoData data, string folder)
    {
        if (section.Text(key) is not { } relative)
            return null;
        var path = Path.GetFullPath(Path.Combine(folder, relative));
        try
        {
            GeoDatabase.Open(path, data, NullLogger.Instance).Dispose();
        }
        catch (GeoDatabaseException exception)
        {
            section.Problem(key, exception.Message);
        }
        return path;
    }
}
