using PostalExporter.Baselines;

namespace PostalExporter.Tests.Baselines;

/// <summary>Hours of credentials as Prometheus could know them.</summary>
internal static class History
{
    /// <summary>Three weeks that begin on a Monday.</summary>
    public static readonly BaselineSpan Span = new(new DateTimeOffset(2026, 3, 2, 0, 0, 0, TimeSpan.Zero), 3 * BaselineSpan.Week);

    /// <summary>The limits that are built in.</summary>
    public static readonly PresentLimits BuiltIn = new(new Dictionary<(string, string), double>());

    /// <summary>A credential with this many messages in each hour, all of which arrive.</summary>
    public static CredentialHours Credential(string name, Func<int, double> messages, BaselineSpan? span = null)
    {
        var hours = new CredentialHours(span ?? Span, name);
        foreach (var hour in (span ?? Span).Numbers)
        {
            hours.Messages[hour] = hours.Peaks[hour] = hours.Outcomes[hour] = messages(hour);
            hours.Bounces[hour] = hours.UnknownRecipients[hour] = 0;
        }

        return hours;
    }

    /// <summary>Lets a share of the mail of some hours bounce.</summary>
    public static CredentialHours Bouncing(this CredentialHours credential, double share, params int[] hours)
    {
        foreach (var hour in hours)
        {
            credential.Bounces[hour] = share * credential.Outcomes[hour];
            credential.BounceRatios[hour] = share;
        }

        return credential;
    }

    /// <summary>What follows for a server of these credentials.</summary>
    public static ServerBaseline Server(string organization, string server, params CredentialHours[] credentials)
    {
        var baselines = credentials.Select(credential => credential.ToBaseline()).ToList();
        var leftOut = Span.Numbers.Select(hour => credentials.Max(credential => credential.LeftOut[hour])).ToArray();
        var outcomes = new OutcomeTotals(baselines.Sum(one => one.Outcomes.Outcomes), baselines.Sum(one => one.Outcomes.Bounces), 0, 3);
        return new ServerBaseline(
            organization, server,
            new MailBaseline(Span, null, Sum(credential => credential.Messages), Sum(credential => credential.Highs), leftOut, outcomes, 2),
            baselines, ThresholdAdvice.Of(Span, credentials, BuiltIn));

        double[] Sum(Func<CredentialHours, double[]> of) => [.. Span.Numbers.Select(hour => credentials.Sum(credential => of(credential)[hour]))];
    }
}
