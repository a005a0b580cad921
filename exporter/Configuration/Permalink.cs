using System.Text.RegularExpressions;

namespace PostalExporter.Configuration;

/// <summary>The short names that Postal gives organizations and servers; they stand in the addresses of its pages.</summary>
internal static partial class Permalink
{
    /// <summary>What a permalink looks like, for messages.</summary>
    public const string Form = "a permalink is the short name in the address of Postal's page: lower-case letters, digits and dashes";

    /// <summary>Whether Postal would accept it.</summary>
    public static bool IsValid(string text) => Pattern().IsMatch(text);

    [GeneratedRegex(@"\A[a-z0-9-]+\z")]
    private static partial Regex Pattern();
}
