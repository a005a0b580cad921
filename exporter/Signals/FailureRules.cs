namespace PostalExporter.Signals;

/// <summary>Replies by their first digit.</summary>
[Flags]
internal enum ReplyClasses
{
    /// <summary>4xx, or a text without code of a delivery that Postal repeats.</summary>
    Temporary = 1,

    /// <summary>5xx, and everything else.</summary>
    Permanent = 2,

    /// <summary>All of them.</summary>
    Any = Temporary | Permanent,
}

/// <summary>Enhanced status codes (RFC 3463) that mean the same.</summary>
/// <param name="Class">4 or 5, or 0 for both.</param>
/// <param name="Subject">The middle number.</param>
/// <param name="First">The lowest last number.</param>
/// <param name="Last">The highest last number.</param>
internal readonly record struct EnhancedCodes(int Class, int Subject, int First, int Last);

/// <summary>Codes from one number to another.</summary>
internal readonly record struct CodeRange(int First, int Last);

/// <summary>How a sentence of Postal's begins, and what it says further on.</summary>
/// <param name="Start">The beginning.</param>
/// <param name="Later">What follows somewhere, or empty.</param>
internal readonly record struct OwnSentence(string Start, string Later);

/// <summary>What says why a delivery failed. Of the rules that fit, the one that stands first decides.</summary>
internal sealed record FailureRule(FailureReason Reason)
{
    /// <summary>In which replies its phrases and combinations count.</summary>
    public ReplyClasses Replies { get; init; } = ReplyClasses.Any;

    /// <summary>Values of <c>deliveries.status</c>.</summary>
    public IReadOnlyList<string> Statuses { get; init; } = [];

    /// <summary>What <c>deliveries.details</c> says.</summary>
    public IReadOnlyList<OwnSentence> Details { get; init; } = [];

    /// <summary>Answers of an HTTP endpoint; negative ones are Postal's own.</summary>
    public IReadOnlyList<CodeRange> Http { get; init; } = [];

    /// <summary>What the reply says.</summary>
    public IReadOnlyList<Phrase> Phrases { get; init; } = [];

    /// <summary>Kinds of words that stand near each other in the reply, by their names.</summary>
    public IReadOnlyList<IReadOnlyList<string>> Together { get; init; } = [];

    /// <summary>Enhanced status codes anywhere in the reply.</summary>
    public IReadOnlyList<EnhancedCodes> Enhanced { get; init; } = [];

    /// <summary>Codes with which the reply begins.</summary>
    public IReadOnlyList<CodeRange> Smtp { get; init; } = [];
}

/// <summary>Rules in their order, and the kinds of words that they combine.</summary>
/// <param name="Words">Words by the name of their kind.</param>
/// <param name="Rules">Rules, the first of which decides.</param>
internal sealed record FailureRules(IReadOnlyDictionary<string, IReadOnlyList<Phrase>> Words, IReadOnlyList<FailureRule> Rules)
{
    /// <summary>These rules before others.</summary>
    public FailureRules Before(FailureRules others) =>
        new(Words.Concat(others.Words).ToDictionary(kind => kind.Key, kind => kind.Value, StringComparer.Ordinal), [.. Rules, .. others.Rules]);
}
