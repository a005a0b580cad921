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
    IReadOnlyList<BenignEvent> Benign);

/// <summary>One credential of a server.</summary>
internal sealed record TracedCredential(string Organization, string Server, string Name, double MessagesPerDay);

/// <summary>Abuse of one credential, by minutes of the trace, the end excluded.</summary>
/// <param name="Kind">Kebab-case, e.g. <c>burst-busy</c>.</param>
/// <param name="Credential">The account.</param>
/// <param name="BeginMinute">First minute with abuse.</param>
/// <param name="EndMinute">First minute without.</param>
internal sealed record AbuseEpisode(string Kind, TracedCredential Credential, int BeginMinute, int EndMinute);

/// <summary>An honest event, by minutes of the trace, the end excluded.</summary>
/// <param name="Kind">Kebab-case, e.g. <c>unplanned-campaign</c>.</param>
/// <param name="Credential">Null where the event concerns everybody, such as an outage of a provider.</param>
/// <param name="BeginMinute">First minute of the event.</param>
/// <param name="EndMinute">First minute after it.</param>
internal sealed record BenignEvent(string Kind, TracedCredential? Credential, int BeginMinute, int EndMinute);
