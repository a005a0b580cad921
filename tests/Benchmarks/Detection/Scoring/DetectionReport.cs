using System.Globalization;
using PostalExporter.Benchmarks.Detection.Traffic;

namespace PostalExporter.Benchmarks.Detection.Scoring;

/// <summary>The figures of several traces of the same conditions together.</summary>
internal sealed class DetectionReport(TraceConditions conditions, IReadOnlyList<DetectionScore> scores)
{
    private static readonly string[] Bursts = ["burst-busy", "burst-tiny", "night-burst"];

    private readonly List<EpisodeScore> episodes = [.. scores.SelectMany(score => score.Episodes)];
    private readonly double serverWeeks = scores.Sum(score => score.Servers);

    /// <summary>Prints recall by kind, false alarms by alert, and adds the judged figures to the table.</summary>
    public void Print(ResultTable table)
    {
        Console.WriteLine($"\n| kind ({conditions}) | episodes | found | paged | first alert, median | page, median |\n|---|---|---|---|---|---|");
        foreach (var kind in episodes.GroupBy(episode => episode.Episode.Kind).OrderBy(kind => kind.Key, StringComparer.Ordinal))
            Console.WriteLine($"| {kind.Key} | {kind.Count()} | {kind.Count(found => found.AlertAfter is not null)} | {kind.Count(found => found.PageAfter is not null)} "
                + $"| {Median(kind.Select(found => found.AlertAfter))} | {Median(kind.Select(found => found.PageAfter))} |");
        Console.WriteLine($"\n| alert ({conditions}) | episodes found | false, a server and week | false in the week before |\n|---|---|---|---|");
        foreach (var alert in AlertNames())
            Console.WriteLine($"| {alert} | {episodes.Count(episode => episode.Alerts.Contains(alert))} "
                + $"| {PerServerWeek(score => score.False.Where(incident => incident.Alert == alert))} "
                + $"| {PerServerWeek(score => score.QuietWeek.Where(incident => incident.Alert == alert))} |");
        Console.WriteLine();

        var hard = conditions == TraceConditions.Hard;
        var where = hard ? ", hard conditions" : "";
        Judge(table, $"recall{where}", Share(episode => episode.AlertAfter is not null), "≥", hard ? 0.93 : 0.97);
        Judge(table, $"found by chance in the quiet week{where}", Share(episode => episode.FoundInQuietWeek), "≤", hard ? null : 0.05);
        Judge(table, $"recall by critical alerts{where}", Share(episode => episode.PageAfter is not null), "≥", hard ? null : 0.78);
        var busy = episodes.Where(episode => episode.Episode.Kind == "burst-busy").Select(episode => episode.PageAfter).ToList();
        Judge(table, $"page on a busy account's burst, median, minutes{where}", MedianOrMissed(busy), "≤", hard ? null : 3);
        Judge(table, $"first alert on any burst, median, minutes{where}",
            MedianOrMissed([.. episodes.Where(episode => Bursts.Contains(episode.Episode.Kind)).Select(episode => episode.AlertAfter)]), "≤", hard ? null : 10);
        Judge(table, $"false warnings per server and week{where}",
            scores.Sum(score => DetectionScore.Disturbances(score.False)) / serverWeeks, "≤", hard ? 0.5 : 0.12);
        Judge(table, $"false pages per server and week{where}",
            scores.Sum(score => DetectionScore.Disturbances(score.False.Where(DetectionScore.IsPage))) / serverWeeks, "≤", hard ? 0.10 : 0.01);
        Judge(table, $"false warnings per server in the week before{where}",
            scores.Sum(score => DetectionScore.Disturbances(score.QuietWeek)) / serverWeeks, "≤", null);
        foreach (var kind in scores.SelectMany(score => score.Campaigns).GroupBy(campaign => campaign.Event.Kind).OrderBy(kind => kind.Key, StringComparer.Ordinal))
            Judge(table, $"{kind.Key}: alerted of {kind.Count()}{where}", kind.Count(campaign => campaign.Incidents.Count > 0) / (double)kind.Count(), "≤",
                (kind.Key, hard) switch { ("unplanned-campaign", false) => 0.10, ("planned-campaign", false) => 0, _ => null });
        Judge(table, $"slow ramp, first alert, median, hours{where}",
            MedianOrMissed([.. episodes.Where(episode => episode.Episode.Kind == "slow-ramp").Select(episode => episode.AlertAfter)]) / 60, "≤", hard ? null : 48);
    }

    /// <summary>Prints every episode with what was found, and every false incident with the honest event that explains it.</summary>
    public static void PrintDetails(LabelledTrace trace, DetectionScore score)
    {
        foreach (var episode in score.Episodes)
            Console.WriteLine($"    {episode.Episode.Kind,-20} {Subject(episode.Episode.Credential),-44} {episode.Episode.BeginMinute}-{episode.Episode.EndMinute} "
                + $"({episode.Episode.Credential.MessagesPerDay:F0}/d) alert +{episode.AlertAfter} page +{episode.PageAfter} {string.Join(' ', episode.Alerts)}");
        foreach (var benign in trace.Benign.Where(benign => benign.Kind.StartsWith("provider", StringComparison.Ordinal)))
            Console.WriteLine($"    benign {benign.Kind} {benign.BeginMinute}-{benign.EndMinute}");
        foreach (var (when, incidents) in new[] { ("false", score.False), ("quiet", score.QuietWeek) })
            foreach (var incident in incidents)
                Console.WriteLine($"    {when} {incident.Severity,-8} {incident.Alert,-40} {incident.Organization}/{incident.Server}/{incident.Credential} "
                    + $"{incident.Begin}-{incident.End} {string.Join(' ', trace.Benign
                        .Where(benign => (benign.Credential is null || incident.Concerns(benign.Credential)) && incident.Begin < benign.EndMinute + 180 && incident.End > benign.BeginMinute - 60)
                        .Select(benign => benign.Kind))}");
    }

    private static string Subject(TracedCredential credential) => $"{credential.Organization}/{credential.Server}/{credential.Name}";

    private IEnumerable<string> AlertNames() => scores
        .SelectMany(score => score.Episodes.SelectMany(episode => episode.Alerts)
            .Concat(score.False.Select(incident => incident.Alert)).Concat(score.QuietWeek.Select(incident => incident.Alert)))
        .Distinct().Order(StringComparer.Ordinal);

    private string PerServerWeek(Func<DetectionScore, IEnumerable<Incident>> of) =>
        (scores.Sum(score => DetectionScore.Disturbances(of(score))) / serverWeeks).ToString("0.000", CultureInfo.InvariantCulture);

    private double Share(Func<EpisodeScore, bool> counts) => episodes.Count(counts) / (double)episodes.Count;

    // What was never found took longer than anything.
    private static double MedianOrMissed(List<int?> minutes)
    {
        var ordered = minutes.Select(value => value ?? double.PositiveInfinity).Order().ToList();
        return ordered.Count == 0 ? double.NaN : ordered[ordered.Count / 2];
    }

    private static string Median(IEnumerable<int?> minutes) =>
        minutes.OfType<int>().Order().ToList() is { Count: > 0 } found ? $"{found[found.Count / 2]} min" : "-";

    private static void Judge(ResultTable table, string what, double value, string comparison, double? target)
    {
        var text = value.ToString("0.###", CultureInfo.InvariantCulture);
        table.Add(what, text, "", text, target is null ? "" : string.Create(CultureInfo.InvariantCulture, $"{comparison} {target}"),
            target is null ? null : comparison == "≥" ? value >= target : value <= target);
    }
}
