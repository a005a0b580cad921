using System.Globalization;

namespace PostalExporter.Configuration;

/// <summary>Reads the section <c>thresholds</c>.</summary>
internal static class ThresholdSectionReader
{
    /// <summary>Reads the section.</summary>
    public static ThresholdOptions Read(YamlSection section)
    {
        var defaults = ReadLevel(section.Section("defaults"), []);

        var organizations = new Dictionary<string, ThresholdLevel>(StringComparer.Ordinal);
        var organizationsSection = section.Section("organizations");
        foreach (var entry in organizationsSection.Entries)
        {
            var level = ReadLevel(organizationsSection.Section(entry.Key), [defaults]);
            if (Permalink.IsValid(entry.Key))
                organizations[entry.Key] = level;
            else
                organizationsSection.Problem(entry.Key, $"not the permalink of an organization; {Permalink.Form}");
        }

        var servers = new Dictionary<string, ThresholdLevel>(StringComparer.Ordinal);
        var serversSection = section.Section("servers");
        foreach (var entry in serversSection.Entries)
        {
            var parts = entry.Key.Split('/');
            var organization = organizations.GetValueOrDefault(parts[0], ThresholdLevel.Empty);
            var level = ReadLevel(serversSection.Section(entry.Key), [organization, defaults]);
            if (parts.Length == 2 && parts.All(Permalink.IsValid))
                servers[entry.Key] = level;
            else
                serversSection.Problem(entry.Key, $"not a server; write ORGANIZATION/SERVER with their permalinks ({Permalink.Form})");
        }

        section.RefuseUnknown();
        return new ThresholdOptions(defaults, organizations, servers);
    }

    private static ThresholdLevel ReadLevel(YamlSection section, IReadOnlyList<ThresholdLevel> below)
    {
        var limits = new Dictionary<(string, string), double?>();
        foreach (var entry in section.Entries)
        {
            if (ThresholdSignals.Find(entry.Key) is not { } signal)
            {
                section.Problem(entry.Key, $"unknown signal; {NearMiss.Remedy(entry.Key, ThresholdSignals.Names)}");
                continue;
            }

            var severities = section.Section(entry.Key);
            foreach (var severity in (string[])[ThresholdLevel.Warning, ThresholdLevel.Critical])
            {
                if (TryReadLimit(severities, severity, signal, out var limit))
                    limits[(signal.Name, severity)] = limit;
            }

            severities.RefuseUnknown();
            CheckOrder(section, signal, [new ThresholdLevel(limits), .. below]);
        }

        return new ThresholdLevel(limits);
    }

    private static bool TryReadLimit(YamlSection severities, string severity, ThresholdSignal signal, out double? limit)
    {
        limit = null;
        if (severities.Text(severity) is not { } text)
            return false;

        if (text == "off")
            return true;

        if (!double.TryParse(text, NumberStyles.AllowDecimalPoint | NumberStyles.AllowLeadingSign | NumberStyles.AllowExponent, CultureInfo.InvariantCulture, out var value))
        {
            severities.Problem(severity, "not a number; write a number, or off for no limit");
            return false;
        }

        if (value < 0 || value > signal.Maximum || !double.IsFinite(value))
        {
            severities.Problem(severity, string.Create(CultureInfo.InvariantCulture, $"out of range; give between 0 and {signal.Maximum}"));
            return false;
        }

        limit = value;
        return true;
    }

    // What counts is what comes out, so an override is judged together with what it leaves in force below it.
    private static void CheckOrder(YamlSection section, ThresholdSignal signal, IReadOnlyList<ThresholdLevel> levels)
    {
        var warning = ThresholdLevel.Find(levels, signal.Name, ThresholdLevel.Warning, signal.Warning);
        var critical = ThresholdLevel.Find(levels, signal.Name, ThresholdLevel.Critical, signal.Critical);
        if (signal.Rises && warning > critical)
            section.Problem(signal.Name, string.Create(
                CultureInfo.InvariantCulture, $"the warning limit ({warning}) lies above the critical one ({critical}) that is in force here; raise critical or lower warning"));
    }
}
