namespace PostalExporter.Baselines;

/// <summary>Why an hour does not count as normal.</summary>
internal enum LeftOut : byte
{
    /// <summary>It counts.</summary>
    No,

    /// <summary>A critical alert about abuse was firing, in it or in the hour before or after.</summary>
    Alert,

    /// <summary>A planned campaign ran.</summary>
    Campaign,
}

/// <summary>What is normal for the mail of one credential, or of a whole server.</summary>
internal sealed class MailBaseline
{
    /// <param name="span">The hours.</param>
    /// <param name="credential">Name of the credential, or null for a whole server.</param>
    /// <param name="messages">Messages of each hour, not a number where nothing is known.</param>
    /// <param name="highs">The seasonal high of each hour, as the rules recorded it, not a number where they did not.</param>
    /// <param name="leftOut">Why an hour does not count.</param>
    /// <param name="outcomes">What became of the mail of the normal hours.</param>
    /// <param name="comparedWeeks">Weeks that the rules compare with now, or null when they do not say.</param>
    public MailBaseline(
        BaselineSpan span, string? credential, double[] messages, double[] highs, LeftOut[] leftOut, OutcomeTotals outcomes, int? comparedWeeks)
    {
        (Span, Credential, Messages, Highs, LeftOut, Outcomes, ComparedWeeks) = (span, credential, messages, highs, leftOut, outcomes, comparedWeeks);
        Normal = new Distribution(NormalHours.Select(hour => messages[hour]));
    }

    /// <summary>The hours.</summary>
    public BaselineSpan Span { get; }

    /// <summary>Name of the credential, or null for a whole server.</summary>
    public string? Credential { get; }

    /// <summary>Messages of each hour, not a number where nothing is known.</summary>
    public double[] Messages { get; }

    /// <summary>The seasonal high of each hour, not a number where there is none.</summary>
    public double[] Highs { get; }

    /// <summary>Why an hour does not count.</summary>
    public LeftOut[] LeftOut { get; }

    /// <summary>What became of the mail of the normal hours.</summary>
    public OutcomeTotals Outcomes { get; }

    /// <summary>Weeks that the rules compare with now, or null when they do not say.</summary>
    public int? ComparedWeeks { get; }

    /// <summary>Messages of the normal hours.</summary>
    public Distribution Normal { get; }

    /// <summary>Weeks of history: hours with a value, divided by those of a week.</summary>
    public double Weeks => Messages.Count(double.IsFinite) / (double)BaselineSpan.Week;

    /// <summary>The normal hour with the most messages, the latest of equal ones, or null without one.</summary>
    public int? BusiestHour => Normal.Count == 0 ? null : NormalHours.MaxBy(hour => (Messages[hour], hour));

    private IEnumerable<int> NormalHours => Span.Numbers.Where(IsNormal);

    /// <summary>Messages of the normal hours at an hour of the week.</summary>
    public Distribution At(int hourOfWeek) => new(Span.NumbersAt(hourOfWeek).Where(IsNormal).Select(hour => Messages[hour]));

    /// <summary>How many hours with a value were left out for a reason.</summary>
    public int CountOf(LeftOut reason) => Span.Numbers.Count(hour => LeftOut[hour] == reason && double.IsFinite(Messages[hour]));

    private bool IsNormal(int hour) => LeftOut[hour] == Baselines.LeftOut.No && double.IsFinite(Messages[hour]);
}

/// <summary>What became of mail.</summary>
/// <param name="Outcomes">Messages delivered or refused for good.</param>
/// <param name="Bounces">Refused for good or returned.</param>
/// <param name="UnknownRecipients">To recipients that do not exist.</param>
/// <param name="Complaints">Complained about; null where it is not known by credential.</param>
internal sealed record OutcomeTotals(double Outcomes, double Bounces, double UnknownRecipients, double? Complaints);

/// <summary>What is normal for a mail server, and which limits follow.</summary>
/// <param name="Organization">Its organization.</param>
/// <param name="Server">Its name within that.</param>
/// <param name="Whole">All its mail.</param>
/// <param name="Credentials">Its credentials, by name.</param>
/// <param name="Advice">Limits that should be other than they are, and what else is to be known of limits.</param>
internal sealed record ServerBaseline(
    string Organization, string Server, MailBaseline Whole, IReadOnlyList<MailBaseline> Credentials, ThresholdAdvice Advice)
{
    /// <summary><c>ORGANIZATION/SERVER</c>, as the configuration writes it.</summary>
    public string Name => $"{Organization}/{Server}";
}
