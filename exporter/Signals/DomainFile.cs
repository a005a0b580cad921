using System.Collections.Frozen;

namespace PostalExporter.Signals;

/// <summary>Lists of domains that the program brings with it: one a line in lower case, empty lines and those that begin with <c>#</c> aside.</summary>
internal static class DomainFile
{
    /// <summary>Domains of providers that send feedback: <c>feedback-provider-domains.txt</c>.</summary>
    public static FrozenSet<string> FeedbackProviders { get; } = Read("feedback-provider-domains.txt");

    /// <summary>Domains where anybody gets a mailbox: <c>free-mail-domains.txt</c>.</summary>
    public static FrozenSet<string> FreeMail { get; } = Read("free-mail-domains.txt");

    /// <summary>The lines of a list.</summary>
    public static IEnumerable<string> Lines(string name)
    {
        using var stream = typeof(DomainFile).Assembly.GetManifestResourceStream(name) ?? throw new InvalidOperationException($"{name} was not built in");
        using var reader = new StreamReader(stream);
        while (reader.ReadLine() is { } line)
        {
            if (line.Length > 0 && !line.StartsWith('#'))
                yield return line;
        }
    }

    private static FrozenSet<string> Read(string name) => Lines(name).ToFrozenSet(StringComparer.Ordinal);
}
