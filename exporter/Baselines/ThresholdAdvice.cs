using System.Globalization;
using PostalExporter.Configuration;

namespace PostalExporter.Baselines;

/// <summary>Limits that should be other than they are on one server, and what else is to be known of them.</summary>
/// <param name="Proposals">The limits, in the order of the configuration's signals.</param>
/// <param name="Remarks">Sentences on what no limit can mend, for people.</param>
internal sealed record ThresholdAdvice(IReadOnlyList<ThresholdProposal> Proposals, IReadOnlyList<string> Remarks)
{
    private const string VolumeSignal = "messages_per_hour";

    // Half as much again as was ever normal: what varies by 15 % on honest days does not reach it.
    private const double VolumeMargin = 1.5;
    private const double CriticalPerWarning = 2;

    // Limits that are off by less than this change nothing that anybody would notice.
    private const double Material = 1.5;

    private const double RatioMargin = 1.2;

    /// <summary>Compares what was normal on a server with its limits.</summary>
    /// <param name="span">The hours.</param>
    /// <param name="credentials">What is known of its credentials, by hour.</param>
    /// <param name="limits">The limits in force.</param>
    public static ThresholdAdvice Of(BaselineSpan span, IReadOnlyList<CredentialHours> credentials, PresentLimits limits)
    {
        var normal = Enumerable.Range(0, span.Hours).Count(hour => credentials.Any(credential => credential.IsNormal(hour)));
        if (normal < BaselineSpan.Week)
        {
            return new ThresholdAdvice([], [string.Create(
                CultureInfo.InvariantCulture, $"There are {normal} normal hours, less than the {BaselineSpan.Week} of a week: no limit is proposed.")]);
        }

        var remarks = new List<string>();
        ThresholdProposal?[] proposals =
        [
            Volume(span, credentials, limits),
            Ratio(span, credentials, limits, "bounce_ratio", remarks, (credential, hour) =>
                credential.Outcomes[hour] >= limits.Warning("bounce_minimum_outcomes") && credential.Bounces[hour] >= limits.Warning("bounce_minimum_failures")
                    ? credential.BounceRatios[hour] : double.NaN),
            Ratio(span, credentials, limits, "unknown_recipient_ratio", remarks, (credential, hour) =>
                credential.UnknownRecipients[hour] >= limits.Warning("unknown_recipients_per_hour") ? credential.UnknownRecipientRatios[hour] : double.NaN),
        ];
        return new ThresholdAdvice([.. proposals.OfType<ThresholdProposal>()], remarks);
    }

    /// <summary>A limit that people can read, never below the value: one to two digits that matter.</summary>
    internal static double Readable(double value)
    {
        var scale = (decimal)Math.Pow(10, Math.Floor(Math.Log10(Math.Max(value, 1))));
        return (double)(scale * ((decimal[])[1, 1.2m, 1.5m, 2, 2.5m, 3, 4, 5, 6, 8, 10]).First(step => step * scale >= (decimal)value));
    }

    // The limit of a credential without a baseline must let pass what the busiest of the server does on normal days.
    private static ThresholdProposal? Volume(BaselineSpan span, IReadOnlyList<CredentialHours> credentials, PresentLimits limits)
    {
        if (Highest(span, credentials, (credential, hour) => credential.Peaks[hour]) is not { } peak)
            return null;
        var minimum = limits.Warning("volume_minimum_messages");
        var floor = double.IsFinite(minimum) ? minimum : ThresholdSignals.Find("volume_minimum_messages")!.Warning;
        var warning = Readable(Math.Max(VolumeMargin * peak.Value, floor));
        // One that is off stays off.
        double? Unless(double present, double proposed) => double.IsFinite(present) ? proposed : null;
        var proposal = new ThresholdProposal(
            VolumeSignal, Unless(limits.Warning(VolumeSignal), warning), Unless(limits.Critical(VolumeSignal), Readable(CriticalPerWarning * warning)),
            string.Create(CultureInfo.InvariantCulture,
                $"The busiest normal hour of a credential had {Figures.Count(peak.Value)} messages (“{peak.Credential.Name}”, {span.Name(peak.Hour)} UTC), 99.9 % of its normal hours at most {Figures.Count(Normal(span, peak.Credential).Percentile(99.9m))}. ")
            + string.Create(CultureInfo.InvariantCulture, $"The warning is {VolumeMargin} times that, rounded up{(VolumeMargin * peak.Value < floor ? ", and not below volume_minimum_messages" : "")}. ")
            + limits.Words(VolumeSignal));
        return IsMaterial(proposal.Warning, limits.Warning(VolumeSignal)) || IsMaterial(proposal.Critical, limits.Critical(VolumeSignal)) ? proposal : null;
    }

    // Shares are judged by published limits, which hold for everybody. Only a warning is raised, only where it is usual that it would be
    // reached, and never above what pages: that receivers call abuse.
    private static ThresholdProposal? Ratio(
        BaselineSpan span, IReadOnlyList<CredentialHours> credentials, PresentLimits limits, string signal, List<string> remarks, Func<CredentialHours, int, double> value)
    {
        var (warning, critical) = (limits.Warning(signal), limits.Critical(signal));
        var reached = credentials
            .SelectMany(credential => span.Numbers.Where(credential.IsNormal).Where(hour => value(credential, hour) >= warning).Select(hour => (Credential: credential, Hour: hour)))
            .ToList();
        if (reached.Count == 0 || Highest(span, credentials, value) is not { } highest)
            return null;
        var weeks = reached.Select(one => one.Hour / BaselineSpan.Week).Distinct().Count();
        var facts = string.Create(CultureInfo.InvariantCulture,
            $"{Figures.Hours(reached.Count)} of {Figures.Weeks(weeks)} reached the warning of {signal}, {Figures.Share(warning)}; the highest share was {Figures.Share(highest.Value)} (“{highest.Credential.Name}”, {span.Name(highest.Hour)} UTC).");
        if (weeks < 2)
        {
            remarks.Add($"{facts} It was in one week only: look at that mail before you call it normal.");
            return null;
        }
        if (highest.Value > critical)
        {
            remarks.Add($"{facts} That is above the critical limit, {Figures.Share(critical)}, and no limit is proposed: mend the list of recipients.");
            return null;
        }

        // Half a percent is as fine as a limit needs to be.
        var proposed = Math.Min((double)(Math.Ceiling((decimal)(RatioMargin * highest.Value) * 200) / 200), critical);
        return proposed <= warning ? null : new ThresholdProposal(signal, proposed, null, $"{facts} The warning is {RatioMargin.ToString(CultureInfo.InvariantCulture)} times that, at most the critical limit; better is a clean list. {limits.Words(signal)}");
    }

    private static (double Value, CredentialHours Credential, int Hour)? Highest(
        BaselineSpan span, IReadOnlyList<CredentialHours> credentials, Func<CredentialHours, int, double> value)
    {
        var all =
            from credential in credentials
            from hour in span.Numbers
            where credential.IsNormal(hour)
            let one = value(credential, hour)
            where double.IsFinite(one)
            select (Value: one, Credential: credential, Hour: hour);
        (double, CredentialHours, int)? highest = null;
        foreach (var one in all)
            highest = highest is { } other && other.Item1 >= one.Value ? other : one;
        return highest;
    }

    private static Distribution Normal(BaselineSpan span, CredentialHours credential) => new(span.Numbers.Where(credential.IsNormal).Select(hour => credential.Messages[hour]));

    private static bool IsMaterial(double? proposed, double present) => proposed is { } limit && (limit >= Material * present || limit * Material <= present);
}

/// <summary>A limit that should be other than it is.</summary>
/// <param name="Signal">A key of <c>thresholds</c>.</param>
/// <param name="Warning">The limit of severity <c>warning</c>, or null to leave it.</param>
/// <param name="Critical">The limit of severity <c>critical</c>, or null to leave it.</param>
/// <param name="Reason">Why, in sentences; names of credentials are as people made them.</param>
internal sealed record ThresholdProposal(string Signal, double? Warning, double? Critical, string Reason);

/// <summary>The limits in force on a server.</summary>
/// <param name="Limits">Those that the rules recorded, by signal and severity; others are the built-in ones.</param>
internal sealed record PresentLimits(IReadOnlyDictionary<(string Signal, string Severity), double> Limits)
{
    /// <summary>The limit of severity <c>warning</c>; infinite when it is off.</summary>
    public double Warning(string signal) => Limits.TryGetValue((signal, ThresholdLevel.Warning), out var limit) ? limit : ThresholdSignals.Find(signal)!.Warning;

    /// <summary>The limit of severity <c>critical</c>; infinite when it is off.</summary>
    public double Critical(string signal) => Limits.TryGetValue((signal, ThresholdLevel.Critical), out var limit) ? limit : ThresholdSignals.Find(signal)!.Critical;

    /// <summary>Both limits of a signal in a sentence.</summary>
    public string Words(string signal) => $"Now: warning {Figures.Limit(Warning(signal))}, critical {Figures.Limit(Critical(signal))}.";
}
