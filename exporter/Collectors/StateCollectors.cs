namespace PostalExporter.Collectors;

/// <summary>The list of state collectors; flags, help and runner take it from here.</summary>
internal static class StateCollectors
{
    /// <summary>Every collector, in the order in which they run.</summary>
    public static IReadOnlyList<IStateCollector> All { get; } =
    [
        new ServersCollector(),
        new CredentialsCollector(),
        new QueueCollector(),
        new WebhookQueueCollector(),
        new DomainDnsCollector(),
        new ThresholdsCollector(),
        new CampaignsCollector(),
    ];
}
