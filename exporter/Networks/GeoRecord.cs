using System.Globalization;

namespace PostalExporter.Networks;

/// <summary>Reads a network's record in the layouts of the providers that are known.</summary>
internal static class GeoRecord
{
    /// <summary>The country's code in capitals; null when there is none.</summary>
    public static string? Country(IReadOnlyDictionary<string, object> record) =>
        // IPinfo lite: country_code, and country is a name; its older files: country is the code. All others: a map for each.
        Code(record.GetValueOrDefault("country_code"))
        ?? Code(record.GetValueOrDefault("country"))
        ?? CodeWithin(record.GetValueOrDefault("country"))
        ?? CodeWithin(record.GetValueOrDefault("registered_country"));

    /// <summary>The number of the autonomous system; null when there is none.</summary>
    public static uint? Asn(IReadOnlyDictionary<string, object> record) =>
        Number(record.GetValueOrDefault("autonomous_system_number")) ?? Number(record.GetValueOrDefault("asn"));

    private static string? CodeWithin(object? country) =>
        country is IReadOnlyDictionary<string, object> map ? Code(map.GetValueOrDefault("iso_code")) : null;

    private static string? Code(object? value) =>
        value is string { Length: 2 } code && code.All(char.IsAsciiLetter) ? code.ToUpperInvariant() : null;

    // Databases have it as an unsigned number of any width, IPinfo as "AS64500". 0 is no system.
    private static uint? Number(object? value)
    {
        var text = Convert.ToString(value, CultureInfo.InvariantCulture) ?? "";
        if (text.StartsWith("AS", StringComparison.OrdinalIgnoreCase))
            text = text[2..];
        return uint.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number > 0 ? number : null;
    }
}
