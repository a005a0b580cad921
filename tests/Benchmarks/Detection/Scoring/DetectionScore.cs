using PostalExporter.Benchmarks.Detection.Traffic;

namespace PostalExporter.Benchmarks.Detection.Scoring;

/// <summary>What a pack found in one trace, and what it found that was not there.</summary>
internal sealed class DetectionScore
{
    private const int WeekMinutes = 7 * 1440;

    // An alert that begins within an hour after the abuse ended still found it; complaints come hours later.
    private const int GraceMinutes = 60;
    private const int ComplaintGraceMinutes = 8 * 60;

    // What fires within six hours after an episode on its server is its consequence and no false alarm.
    private const int AftermathMinutes = 6 * 60;

    // Alerts of one subject with smaller gaps than this are one incident for whoever is woken.
    private const int JoinMinutes = 30;

    public DetectionScore(LabelledTrace trace, IReadOnlyList<Incident> incidents)
    {
        var lastWeek = trace.Minutes - WeekMinutes;
        Servers = trace.Credentials.Select(credential => (credential.Organization, credential.Server)).Distinct().Count();
        Episodes =
        [
            .. from episode in trace.Abuse
               let own = incidents.Where(incident => incident.Concerns(episode.Credential)).ToList()
               let grace = episode.Kind == "complaints" ? ComplaintGraceMinutes : GraceMinutes
               let found = own.Where(incident => incident.Begin >= episode.BeginMinute && incident.Begin < episode.EndMinute + grace).ToList()
               let quiet = own.Where(incident => incident.Begin >= episode.BeginMinute - WeekMinutes
                   && incident.Begin < episode.EndMinute + grace - WeekMinutes).ToList()
               select new EpisodeScore(
                   episode,
                   found.Count == 0 ? null : found.Min(incident => incident.Begin) - episode.BeginMinute,
                   found.Where(IsPage).Select(incident => (int?)incident.Begin - episode.BeginMinute).Min(),
                   quiet.Count > 0, [.. found.Select(incident => incident.Alert).Distinct()]),
        ];
        bool IsTrue(Incident incident) => trace.Abuse.Any(episode => incident.Concerns(episode.Credential)
            && incident.Begin < episode.EndMinute + AftermathMinutes && incident.End > episode.BeginMinute);
        False = [.. incidents.Where(incident => incident.Begin >= lastWeek && !IsTrue(incident))];
        QuietWeek = [.. incidents.Where(incident => incident.Begin >= lastWeek - WeekMinutes && incident.Begin < lastWeek)];
        Campaigns =
        [
            .. from campaign in trace.Benign
               where campaign.Credential is not null && campaign.BeginMinute >= lastWeek - WeekMinutes
               select (campaign, incidents.Where(incident => incident.Concerns(campaign.Credential!)
                   && incident.Begin >= campaign.BeginMinute && incident.Begin < campaign.EndMinute + GraceMinutes
                   && !IsTrue(incident)).ToList()),
        ];
    }

    /// <summary>Number of mail servers.</summary>
    public int Servers { get; }

    /// <summary>The episodes, each with what was found of it.</summary>
    public IReadOnlyList<EpisodeScore> Episodes { get; }

    /// <summary>Incidents of the last week that no episode explains.</summary>
    public IReadOnlyList<Incident> False { get; }

    /// <summary>Incidents of the week before, in which nothing is abuse.</summary>
    public IReadOnlyList<Incident> QuietWeek { get; }

    /// <summary>Honest events of both weeks with the incidents that began in them.</summary>
    public IReadOnlyList<(BenignEvent Event, List<Incident> Incidents)> Campaigns { get; }

    /// <summary>Number of times somebody was bothered: incidents of one subject that join count once.</summary>
    public static int Disturbances(IEnumerable<Incident> incidents) =>
        incidents.GroupBy(incident => (incident.Organization, incident.Server, incident.Credential)).Sum(subject =>
        {
            int count = 0, end = int.MinValue / 2;
            foreach (var incident in subject.OrderBy(incident => incident.Begin))
            {
                if (incident.Begin > end + JoinMinutes)
                    count++;
                end = Math.Max(end, incident.End);
            }
            return count;
        });

    /// <summary>Whether somebody is paged.</summary>
    public static bool IsPage(Incident incident) => incident.Severity == "critical";
}

/// <summary>What was found of one episode.</summary>
/// <param name="Episode">The episode.</param>
/// <param name="AlertAfter">Minutes from its begin to the first alert; null when there was none.</param>
/// <param name="PageAfter">The same for the first critical one.</param>
/// <param name="FoundInQuietWeek">Whether the same time of the week before had an alert too: what chance finds.</param>
/// <param name="Alerts">Names of the alerts that found it.</param>
internal sealed record EpisodeScore(AbuseEpisode Episode, int? AlertAfter, int? PageAfter, bool FoundInQuietWeek, IReadOnlyList<string> Alerts);
