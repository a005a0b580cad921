namespace PostalExporter.Benchmarks.Detection.Traffic;

/// <summary>Weeks of scraped series, and what really happened in them.</summary>
/// <param name="Start">Moment of the first sample: a Monday, 00:00 UTC.</param>
/// <param name="Minutes">Number of minutes, one scrape each.</param>
/// <param name="Series">Everything the exporter exposed.</param>
/// <param name="Credentials">The accounts, in the order of their creation.</param>
/// <param name="Abuse">The episodes of abuse, all in the last week.</param>
/// <param name="Benign">What looks like abuse and is none, all over the trace.</param>
internal sealed record LabelledTrace(
    DateTimeOffset Start,
    int Minutes,
    IReadOnlyList<MetricSeries> Series,
    IReadOnlyList<TracedCredential> Credentials,
    IReadOnlyList<AbuseEpisode> Abuse,
    IReadOnlyList<BenignEvent> Benign)
{
    /// <summary>Minutes of the first samples after a restart that lost the exporter's state: counters begin anew there, and nowhere else.</summary>
    public IReadOnlyList<int> Resets { get; init; } = [];
}

/// <summary>One credential of a server.</summary>
/// <param name="Organization">Permalink.</param>
/// <param name="Server">Permalink, unique within the organization.</param>
/// <param name="Name">The label <c>credential</c>.</param>
/// <param name="MessagesPerDay">Mean of a weekday of the first week; 0 for one that is not used then.</param>
internal sealed record TracedCredential(string Organization, string Server, string Name, double MessagesPerDay);

/// <summary>Abuse of one credential, by minutes of the trace, the end excluded.</summary>
/// <param name="Kind">Kebab-case, e.g. <c>burst-busy</c>.</param>
/// <param name="Credential">Whose.</param>
/// <param name="BeginMinute">Its first messages show in the sample after this one.</param>
/// <param name="EndMinute">The end.</param>
internal sealed record AbuseEpisode(string Kind, TracedCredential Credential, int BeginMinute, int EndMinute);

/// <summary>An honest event, by minutes of the trace, the end excluded.</summary>
/// <param name="Kind">Kebab-case, e.g. <c>unplanned-campaign</c>.</param>
/// <param name="Credential">Null where the event concerns everybody, such as an outage of a provider.</param>
/// <param name="BeginMinute">The begin.</param>
/// <param name="EndMinute">The end.</param>
internal sealed record BenignEvent(string Kind, TracedCredential? Credential, int BeginMinute, int EndMinute);
