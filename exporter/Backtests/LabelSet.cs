namespace PostalExporter.Backtests;

/// <summary>Labels as a key: two of the same names and values are equal.</summary>
internal sealed class LabelSet : IEquatable<LabelSet>
{
    private readonly string text;

    /// <param name="labels">Names and values.</param>
    public LabelSet(IEnumerable<KeyValuePair<string, string>> labels)
    {
        Labels = labels.OrderBy(label => label.Key, StringComparer.Ordinal).ToDictionary();
        text = string.Join('\n', Labels.Select(label => $"{label.Key}={label.Value}"));
    }

    /// <summary>Names and values, by name.</summary>
    public IReadOnlyDictionary<string, string> Labels { get; }

    /// <inheritdoc/>
    public bool Equals(LabelSet? other) => other is not null && other.text == text;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as LabelSet);

    /// <inheritdoc/>
    public override int GetHashCode() => text.GetHashCode(StringComparison.Ordinal);

    /// <summary><c>{name="value", …}</c>.</summary>
    public override string ToString() => $"{{{string.Join(", ", Labels.Select(label => $"{label.Key}={PrometheusApi.PrometheusClient.Quote(label.Value)}"))}}}";
}
