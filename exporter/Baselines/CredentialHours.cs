namespace PostalExporter.Baselines;

/// <summary>What Prometheus knows of a credential, by hour of the span; not a number where it knows nothing.</summary>
internal sealed class CredentialHours(BaselineSpan span, string name)
{
    /// <summary>Its name.</summary>
    public string Name { get; } = name;

    /// <summary>Messages of each hour.</summary>
    public double[] Messages { get; } = span.Unknown();

    /// <summary>The most messages of sixty minutes that ended within the hour.</summary>
    public double[] Peaks { get; } = span.Unknown();

    /// <summary>The seasonal high.</summary>
    public double[] Highs { get; } = span.Unknown();

    /// <summary>Messages delivered or refused for good.</summary>
    public double[] Outcomes { get; } = span.Unknown();

    /// <summary>Messages refused for good or returned.</summary>
    public double[] Bounces { get; } = span.Unknown();

    /// <summary>Their share, as the rules compute it.</summary>
    public double[] BounceRatios { get; } = span.Unknown();

    /// <summary>Messages to recipients that do not exist.</summary>
    public double[] UnknownRecipients { get; } = span.Unknown();

    /// <summary>Their share, as the rules compute it.</summary>
    public double[] UnknownRecipientRatios { get; } = span.Unknown();

    /// <summary>Why an hour does not count as normal.</summary>
    public LeftOut[] LeftOut { get; } = new LeftOut[span.Hours];

    /// <summary>Weeks that the rules compare with now, or null when they do not say.</summary>
    public int? ComparedWeeks { get; set; }

    /// <summary>Whether an hour is known and counts.</summary>
    public bool IsNormal(int hour) => LeftOut[hour] == Baselines.LeftOut.No && double.IsFinite(Messages[hour]);

    /// <summary>What is normal for it.</summary>
    public MailBaseline ToBaseline() => new(
        span, Name, Messages, Highs, LeftOut, new OutcomeTotals(SumOf(Outcomes), SumOf(Bounces), SumOf(UnknownRecipients), null), ComparedWeeks);

    private double SumOf(double[] values) => span.Numbers.Where(hour => IsNormal(hour) && double.IsFinite(values[hour])).Sum(hour => values[hour]);
}
