using PostalExporter.Signals;

namespace PostalExporter.Configuration;

/// <summary>What of the content of outgoing mail is looked at: nothing, unless it is asked for. YAML: <c>content</c>.</summary>
internal sealed record ContentOptions
{
    /// <summary>The operator's rules.</summary>
    public IReadOnlyList<ContentRule> Rules { get; init; } = [];

    /// <summary>Whether text parts may be read, which rules with <c>text</c> need.</summary>
    public bool ReadText { get; init; }

    /// <summary>Whether each credential's last subjects are compared with each other.</summary>
    public bool SimilarSubjects { get; init; }

    /// <summary>Whether any rule looks at such a part.</summary>
    public bool Has(ContentPart part)
    {
        foreach (var rule in Rules)
        {
            if (rule.Part == part)
                return true;
        }
        return false;
    }
}
