using System.Buffers;
using System.Globalization;

namespace PostalExporter.Signals;

/// <summary>The host of a link, as a browser takes it and not as the sender wrote it.</summary>
internal static class LinkHost
{
    private const int LongestName = 253;

    private static readonly IdnMapping Idn = new() { AllowUnassigned = true, UseStd3AsciiRules = false };
    private static readonly SearchValues<char> NameCharacters = SearchValues.Create("abcdefghijklmnopqrstuvwxyz0123456789-_.");

    /// <summary>The host of an address of the web in lower case, with other scripts in their ASCII form; null when there is none.</summary>
    public static string? Of(string url)
    {
        var scheme = url.IndexOf(':', StringComparison.Ordinal);
        if (scheme < 0)
            return null;
        // Browsers take any number of slashes, of either kind, and leave out tabs and line breaks.
        var rest = url[(scheme + 1)..].Replace("\t", "", StringComparison.Ordinal).ReplaceLineEndings("").TrimStart('/', '\\');
        var end = rest.AsSpan().IndexOfAny("/\\?#");
        var authority = end < 0 ? rest : rest[..end];
        authority = authority[(authority.LastIndexOf('@') + 1)..];
        var port = authority.IndexOf(':', StringComparison.Ordinal);
        var host = port < 0 ? authority : authority[..port];
        return Normalize(host.Contains('%', StringComparison.Ordinal) ? Uri.UnescapeDataString(host) : host);
    }

    /// <summary>A name of a host in lower case, with other scripts in their ASCII form; null when it is none.</summary>
    public static string? Normalize(string name)
    {
        if (name.Length > LongestName)
            return null;
        if (!System.Text.Ascii.IsValid(name))
        {
            try
            {
                name = Idn.GetAscii(Narrow(name).TrimEnd('.').ToLowerInvariant());
            }
            catch (ArgumentException)
            {
                return null;
            }
        }
        name = name.TrimEnd('.').ToLowerInvariant();
        return name.Length is > 0 and <= LongestName && name[0] != '.' && !name.AsSpan().ContainsAnyExcept(NameCharacters) ? name : null;
    }

    // Browsers take the wide forms of letters and dots of East Asian scripts for the usual ones.
    private static string Narrow(string name) => string.Create(name.Length, name, static (narrow, wide) =>
    {
        for (var i = 0; i < wide.Length; i++)
            narrow[i] = wide[i] switch { >= '\uFF01' and <= '\uFF5E' => (char)(wide[i] - '\uFEE0'), '\u3002' or '\uFF61' => '.', var other => other };
    });
}
