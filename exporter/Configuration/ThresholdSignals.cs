namespace PostalExporter.Configuration;

/// <summary>A signal that rules compare with a limit.</summary>
/// <param name="Name">Key of <c>thresholds</c> and the label <c>signal</c>; ends in its unit.</param>
/// <param name="Warning">Built-in limit of severity <c>warning</c>.</param>
/// <param name="Critical">Built-in limit of severity <c>critical</c>.</param>
/// <param name="Meaning">What is compared with it.</param>
/// <param name="Maximum">The largest value that makes sense.</param>
/// <param name="Rises">Whether a warning above the critical limit would be nonsense.</param>
internal sealed record ThresholdSignal(
    string Name, double Warning, double Critical, string Meaning, double Maximum = 1e9, bool Rises = true);

/// <summary>The closed list of signals. A signal is added by one line here.</summary>
internal static class ThresholdSignals
{
    /// <summary>Every signal with its built-in limits.</summary>
    public static IReadOnlyList<ThresholdSignal> All { get; } =
    [
        new("messages_per_hour", 500, 1000, "Outgoing messages per hour of a credential that has no baseline yet."),
        new("volume_score", 4, 4, "Score of a volume against its baseline, in standard deviations."),
        new("volume_ratio", 3, 20, "Volume as a multiple of the seasonal high."),
        new("volume_minimum_messages", 100, 100, "Messages in the window below which volume never alarms.", Rises: false),
        new("bounce_ratio", 0.05, 0.10, "Failed messages divided by outcomes.", Maximum: 1),
        // A higher ratio shows with fewer outcomes, so critical needs fewer than warning.
        new("bounce_minimum_outcomes", 200, 50, "Outcomes in the window below which the bounce ratio never alarms.", Rises: false),
        new("bounce_minimum_failures", 10, 10, "Failed messages in the window below which the bounce ratio never alarms.", Rises: false),
        new("unknown_recipients_per_hour", 25, 100, "Messages per hour of a credential to recipients that do not exist."),
        new("unknown_recipient_ratio", 0.05, 0.10, "Messages to recipients that do not exist divided by outcomes.", Maximum: 1),
        new("queue_age_seconds", 300, 900, "Age of the oldest ready message in the queue."),
        new("send_limit_ratio", 0.9, 1.0, "Messages of the last hour divided by the server's send limit.", Maximum: 10),
        new("organization_bounce_ratio", 0.04, 0.08, "Failed messages of an organization divided by its outcomes, in 24 hours.", Maximum: 1),
        new("organization_bounce_minimum_outcomes", 1000, 1000, "Outcomes in 24 hours below which that ratio never alarms.", Rises: false),
        new("complaint_ratio", 0.001, 0.003, "Complaints divided by mail that providers with feedback took, in 24 hours.", Maximum: 1),
        new("complaint_minimum_complaints", 5, 5, "Complaints in 24 hours below which the complaint ratio never alarms.", Rises: false),
        new("complaint_minimum_deliveries", 1000, 1000, "Mail that providers with feedback took in 24 hours below which complaints are counted.", Rises: false),
        new("complaints_per_day", 3, 5, "Complaints in 24 hours about a sender too small for the complaint ratio."),
        new("listed_replies_per_quarter_hour", 3, 20, "Replies in 15 minutes that name the sending address as listed or of low reputation."),
        new("deferral_ratio", 0.15, 0.40, "Messages that receivers put off by rate limit or policy divided by messages tried, in an hour.", Maximum: 1),
        new("deferral_minimum_attempts", 100, 100, "Messages tried in the hour below which the deferral ratio never alarms.", Rises: false),
        new("volume_drop_minimum_messages", 100, 100, "Messages in every hour of three weeks before that make an hour without any an alarm.", Rises: false),
    ];

    /// <summary>Names of the signals.</summary>
    public static IReadOnlyCollection<string> Names { get; } = [.. All.Select(signal => signal.Name)];

    /// <summary>The signal of a name, or null.</summary>
    public static ThresholdSignal? Find(string name) => All.FirstOrDefault(signal => signal.Name == name);
}
