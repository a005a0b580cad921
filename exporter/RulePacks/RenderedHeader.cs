using System.Security.Cryptography;
using System.Text;
using PostalExporter.Cli;

namespace PostalExporter.RulePacks;

/// <summary>The comment at the head of a rendered file: what it was made from, and the checksum of what stands below it.</summary>
internal static class RenderedHeader
{
    private const string Beginning = "# Rendered by postal-exporter ";
    private const string ChecksumBeginning = "# SHA-256 of what stands below: ";

    /// <summary>A file with its header.</summary>
    /// <param name="pack">What it was made from.</param>
    /// <param name="target">What it is for.</param>
    /// <param name="body">Its content.</param>
    public static string Above(RulePack pack, RenderTarget target, string body) =>
        $"""
        {Beginning}{BuildInformation.Version} from rule pack {pack.Version}, metric contract {pack.Contract}, for {target.ToString().ToLowerInvariant()}.
        # Do not edit it: change the configuration of "rules render", and render again.
        {ChecksumBeginning}{Checksum(body)}

        """.ReplaceLineEndings("\n") + body;

    /// <summary>Whether a file begins with such a header.</summary>
    public static bool IsIn(string text) => text.StartsWith(Beginning, StringComparison.Ordinal);

    /// <summary>Whether the content is still what the header's checksum was made of.</summary>
    public static bool Fits(string text)
    {
        var start = text.IndexOf($"\n{ChecksumBeginning}", StringComparison.Ordinal) + 1;
        var end = text.IndexOf('\n', start);
        return start > 0 && end > 0 && text[(start + ChecksumBeginning.Length)..end] == Checksum(text[(end + 1)..]);
    }

    /// <summary>SHA-256 of a text in UTF-8, as 64 hexadecimal digits.</summary>
    public static string Checksum(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));
}
