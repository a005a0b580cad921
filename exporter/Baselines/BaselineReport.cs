using System.Globalization;
using PostalExporter.Cli;

namespace PostalExporter.Baselines;

/// <summary>What the report says, whatever its format.</summary>
/// <param name="Source">Address of the Prometheus.</param>
/// <param name="Span">The hours.</param>
/// <param name="Servers">The mail servers.</param>
internal sealed record BaselineReport(string Source, BaselineSpan Span, IReadOnlyList<ServerBaseline> Servers)
{
    private static readonly string[] Columns =
    [
        "", "weeks", "weeks compared", "left out: alerts", "left out: campaigns", "mean", "deviation", "median", "95 %", "99 %", "99.9 %", "highest", "bounces",
        "unknown", "complaints",
    ];

    private static readonly string[] Method =
    [
        "Messages are outgoing ones, one for each recipient, in whole hours of UTC: the sample at the end of each hour of credential:postal_messages:increase1h and "
            + "server:postal_messages:increase1h. Hours without a sample are not known and count nowhere.",
        "Left out are, in hours, those in which a critical alert of the category abuse was firing about the credential, or about its server, with the hour before and the hour after "
            + "(ALERTS); and hours in which a campaign was planned for the server (server:postal_planned_campaign:max70m). Of a whole server every hour is left out in which one "
            + "of its credentials is. All other hours are normal, also those with abuse that nobody noticed: look at the busiest ones.",
        "Deviation is the standard deviation of the normal hours. A percentile is the smallest number that so many percent of the normal hours do not exceed (nearest "
            + "rank), so always one that occurred; of the few hours of one hour of the week the 95th is the highest.",
        "Weeks are the hours with a value, divided by 168. Weeks compared is what the rules have for the present hour (credential:postal_messages:baseline_weeks, of three).",
        "The seasonal high is the baseline that the rules compare with (credential:postal_messages:baseline1h), as they recorded it then.",
        "Bounces and unknown recipients (unknown) are shares of outcomes (delivered or refused for good) in the normal hours; complaints are numbers.",
        "messages_per_hour holds for a credential of the server without a baseline. Its warning is 1.5 times the most messages of any sixty minutes that ended in a normal hour, "
            + "rounded up to a number that is easy to read and not below volume_minimum_messages; critical is twice that. It is proposed when it differs from the present limit by half or "
            + "more, and never for a limit that is off.",
        "bounce_ratio and unknown_recipient_ratio are only raised, only their warning, and only where normal hours of two weeks or more reached it with the numbers that the "
            + "alert asks for: to 1.2 times the highest share, rounded up to half a percent, never above the critical limit. Limits that are multiples of a baseline need no proposal.",
    ];

    /// <summary>Writes the report.</summary>
    public void Write(ReportWriter writer)
    {
        writer.Begin("What mail is normal");
        var credentials = Servers.Sum(server => server.Credentials.Count);
        writer.Paragraph(
            $"{CheckReport.Count(Servers.Count, "mail server")}, {CheckReport.Count(credentials, "credential")}, from {Time(Span.Start)} to {Time(Span.End)} UTC, by what the rules recorded in {Source}.");
        writer.Part("Proposed limits", () =>
        {
            writer.Yaml(ThresholdsYaml.Of(Servers));
            writer.List([.. Servers.SelectMany(server => server.Advice.Remarks.Select(remark => $"{server.Name}: {remark}"))]);
        });
        writer.Part("Mail servers, messages of an hour", () => writer.Table(Columns, Servers.Select(server => Row(server.Name, server.Whole))));
        foreach (var server in Servers)
        {
            writer.Part(server.Name, () =>
            {
                writer.Paragraph(Sentence(server.Whole));
                writer.Plot(server.Whole);
                writer.Table(Columns, server.Credentials.Select(credential => Row(credential.Credential!, credential)));
                foreach (var credential in server.Credentials)
                {
                    writer.Fold($"Credential {credential.Credential}", () =>
                    {
                        writer.Paragraph(Sentence(credential));
                        writer.Plot(credential);
                    });
                }
            });
        }

        writer.Part("How it was computed", () => writer.List(Method));
        writer.End();
    }

    private string Sentence(MailBaseline baseline) => baseline.BusiestHour is { } hour
        ? $"A normal hour has {Figures.Count(baseline.Normal.Mean)} messages, half of them {Figures.Count(baseline.Normal.Percentile(50))} at most, 99.9 % of them {Figures.Count(baseline.Normal.Percentile(99.9m))} at most. "
            + $"The busiest had {Figures.Count(baseline.Messages[hour])} ({Span.Name(hour)} UTC). {LeftOutSentence(baseline)}"
        : "No hour of it is known and normal.";

    private static string LeftOutSentence(MailBaseline baseline)
    {
        var (alerts, campaigns) = (baseline.CountOf(LeftOut.Alert), baseline.CountOf(LeftOut.Campaign));
        return alerts + campaigns == 0 ? "No hour was left out." : $"Left out: {CheckReport.Count(alerts, "hour")} near critical alerts, {CheckReport.Count(campaigns, "hour")} of planned campaigns.";
    }

    private static string[] Row(string name, MailBaseline baseline)
    {
        var (normal, outcomes) = (baseline.Normal, baseline.Outcomes);
        return
        [
            name, Figures.History(baseline.Weeks), baseline.ComparedWeeks?.ToString(CultureInfo.InvariantCulture) ?? "–",
            Number(baseline.CountOf(LeftOut.Alert)), Number(baseline.CountOf(LeftOut.Campaign)),
            Figures.Count(normal.Mean), Figures.Count(normal.Deviation),
            Figures.Count(normal.Percentile(50)), Figures.Count(normal.Percentile(95)), Figures.Count(normal.Percentile(99)), Figures.Count(normal.Percentile(99.9m)), Figures.Count(normal.Highest),
            Figures.Share(outcomes.Bounces / outcomes.Outcomes), Figures.Share(outcomes.UnknownRecipients / outcomes.Outcomes), Figures.Count(outcomes.Complaints ?? double.NaN),
        ];
    }

    private static string Number(int value) => value.ToString(CultureInfo.InvariantCulture);

    private static string Time(DateTimeOffset time) => time.ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture);
}
