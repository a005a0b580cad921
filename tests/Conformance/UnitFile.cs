namespace PostalExporter.Conformance;

/// <summary>A unit file of systemd: settings by section, each with all its values in their order.</summary>
internal sealed class UnitFile
{
    private readonly ILookup<(string Section, string Setting), string> settings;

    /// <param name="text">The file. Settings that go on over several lines are not understood.</param>
    public UnitFile(string text)
    {
        var section = "";
        var found = new List<(string Section, string Setting, string Value)>();
        foreach (var line in text.Split('\n').Select(line => line.Trim()).Where(line => line.Length > 0 && line[0] is not ('#' or ';')))
        {
            if (line is ['[', .. var name, ']'])
                section = name;
            else if (line.Split('=', 2) is [var setting, var value] && !line.EndsWith('\\'))
                found.Add((section, setting, value));
            else
                throw new InvalidDataException($"Not a setting: {line}");
        }
        settings = found.ToLookup(entry => (entry.Section, entry.Setting), entry => entry.Value);
    }

    /// <summary>Names of the settings of a section.</summary>
    public IEnumerable<string> Names(string section) => settings.Where(group => group.Key.Section == section).Select(group => group.Key.Setting);

    /// <summary>The values of a setting of <c>[Service]</c>; none when it is missing.</summary>
    public IReadOnlyList<string> Service(string setting) => [.. settings[("Service", setting)]];

    /// <summary>The value of a setting of <c>[Service]</c> that stands there once.</summary>
    public string Only(string setting) => Assert.Single(Service(setting));
}
