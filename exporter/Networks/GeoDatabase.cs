using System.Globalization;
using System.Net;
using MaxMind.Db;

namespace PostalExporter.Networks;

/// <summary>An operator's MaxMind database file: country or autonomous system of an address. It is in memory as a whole.</summary>
internal sealed class GeoDatabase : IDisposable
{
    private readonly Reader reader;

    private GeoDatabase(Reader reader) => this.reader = reader;

    /// <summary>Opens a file.</summary>
    /// <exception cref="IOException">It cannot be read.</exception>
    /// <exception cref="InvalidDatabaseException">It is no such database.</exception>
    public static GeoDatabase Open(string path) => new(new Reader(path, FileAccessMode.Memory));

    /// <summary>ISO 3166 code of the country, or null.</summary>
    public string? Country(IPAddress address) => Text(Find(address), "country") is { Length: 2 } code ? code.ToUpperInvariant() : null;

    /// <summary>Number of the autonomous system, or null.</summary>
    public long? Asn(IPAddress address)
    {
        var record = Find(address);
        var value = record?.GetValueOrDefault("autonomous_system_number") ?? record?.GetValueOrDefault("asn");
        var text = Convert.ToString(value, CultureInfo.InvariantCulture)?.TrimStart('A', 'S');
        return long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;
    }

    /// <inheritdoc/>
    public void Dispose() => reader.Dispose();

    private Dictionary<string, object>? Find(IPAddress address) => reader.Find<Dictionary<string, object>>(address);

    private static string? Text(Dictionary<string, object>? record, string key) => record?.GetValueOrDefault(key) switch
    {
        Dictionary<string, object> country => country.GetValueOrDefault("iso_code") as string,
        string code => code,
        _ => null,
    };
}
