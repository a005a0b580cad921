namespace PostalExporter.Metrics;

/// <summary>Label values as one string, for lookups.</summary>
internal static class LabelKey
{
    // A unit separator cannot occur within a label value: control characters are replaced before (see LabelText).
    private const char Separator = '\u001f';

    /// <summary>The values joined.</summary>
    public static string Of(ReadOnlySpan<string> labels) => string.Join(Separator, labels);
}
