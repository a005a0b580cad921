namespace PostalExporter.RulePacks;

/// <summary>A rule: one that records a series, or an alert.</summary>
internal sealed record PackRule
{
    /// <summary>The label of an alert that says how urgent it is.</summary>
    public const string SeverityLabel = "severity";

    /// <summary>The label of an alert that says what it is about.</summary>
    public const string CategoryLabel = "category";

    /// <summary>Line of the file, from 1.</summary>
    public required long Line { get; init; }

    /// <summary>The series that it records; null for an alert.</summary>
    public string? Record { get; init; }

    /// <summary>The alert's name; null for a recording rule.</summary>
    public string? Alert { get; init; }

    /// <summary>The expression, character for character.</summary>
    public required string Expr { get; init; }

    /// <summary>How long the condition must hold, or null.</summary>
    public string? For { get; init; }

    /// <summary>How long an alert stays when the condition is gone, or null.</summary>
    public string? KeepFiringFor { get; init; }

    /// <summary>Labels, in the order of the file.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Labels { get; init; } = [];

    /// <summary>Annotations, in the order of the file.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Annotations { get; init; } = [];

    /// <summary>The label <c>severity</c>, or null.</summary>
    public string? Severity => Label(SeverityLabel);

    /// <summary>The label <c>category</c>, or null.</summary>
    public string? Category => Label(CategoryLabel);

    /// <summary>The value of a label, or null.</summary>
    public string? Label(string name) => Labels.FirstOrDefault(label => label.Key == name).Value;

    /// <summary>The name; of an alert with its severity, which tells apart the rules of one alert.</summary>
    public override string ToString() => Alert is null ? Record! : $"{Alert} ({Severity})";
}
