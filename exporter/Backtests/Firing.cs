using PostalExporter.RulePacks;

namespace PostalExporter.Backtests;

/// <summary>One time that an alert fired.</summary>
/// <param name="Rule">The alert's rule.</param>
/// <param name="Labels">All its labels, <c>alertname</c> among them.</param>
/// <param name="Begin">The first evaluation at which it fired.</param>
/// <param name="First">Value of the expression then.</param>
internal sealed record Firing(PackRule Rule, LabelSet Labels, DateTimeOffset Begin, double First)
{
    /// <summary>The first evaluation at which it did not fire any more; null while it does.</summary>
    public DateTimeOffset? End { get; set; }

    /// <summary>The highest value of the expression meanwhile.</summary>
    public double Peak { get; set; } = First;

    /// <summary>Whether it fires at a moment.</summary>
    public bool Covers(DateTimeOffset moment) => Begin <= moment && (End is not { } end || moment < end);

    /// <summary>How long it fires, up to a moment when it still does.</summary>
    public TimeSpan LengthUntil(DateTimeOffset moment) => (End ?? moment) - Begin;
}
