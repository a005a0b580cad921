namespace PostalExporter.Metrics;

/// <summary>Label values as one string, for lookups and for the state store.</summary>
internal static class LabelKey
{
    // A unit separator cannot occur within a label value: control characters are replaced before (see LabelText).
    private const char Separator = '\u001f';

    /// <summary>The values joined.</summary>
    public static string Of(ReadOnlySpan<string> labels) => string.Join(Separator, labels);

    /// <summary>The values of a joined key.</summary>
    /// <param name="key">Made by <see cref="Of"/>.</param>
    /// <param name="count">Number of labels.</param>
    public static string[] Split(string key, int count) => count == 0 ? [] : key.Split(Separator);
}
