namespace PostalExporter.Backtests;

/// <summary>Which alerts would have fired, beside those that did.</summary>
/// <param name="Prometheus">Where the history is from.</param>
/// <param name="PackVersion">The pack's version.</param>
/// <param name="Limits">The file whose limits hold; null for those that were in force.</param>
/// <param name="Begin">Begin of the span.</param>
/// <param name="End">Its end.</param>
/// <param name="WeeksBefore">How many of the three weeks before there were to compare with at its begin.</param>
/// <param name="Now">What would have fired, in the order of time.</param>
/// <param name="OnlyThen">What fired and would not have.</param>
internal sealed record BacktestResult(
    Uri Prometheus, string PackVersion, string? Limits, DateTimeOffset Begin, DateTimeOffset End, int WeeksBefore,
    IReadOnlyList<ReplayedFiring> Now, IReadOnlyList<FiredAlert> OnlyThen)
{
    /// <summary>The weeks that baselines compare with.</summary>
    public const int Weeks = 3;
}

/// <summary>One time that an alert would have fired.</summary>
/// <param name="Firing">The alert.</param>
/// <param name="FiredAlso">Whether it really fired at about that time.</param>
/// <param name="Evidence">Points of the signals against its credential when it began; none of other alerts.</param>
internal sealed record ReplayedFiring(Firing Firing, bool FiredAlso, IReadOnlyList<KeyValuePair<string, double>> Evidence);
