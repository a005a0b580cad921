using PostalExporter.Signals;
using PostalExporter.Lists;

namespace PostalExporter.Configuration;

/// <summary>What the files say, before the environment has its word.</summary>
internal sealed record ConfigurationParts
{
    public DatabaseLayer Main { get; init; } = new();

    public DatabaseLayer Messages { get; init; } = new();

    public StateOptions State { get; init; } = new();

    public ShardLayer Shard { get; init; } = new();

    public CollectionOptions Collection { get; init; } = new();

    public LimitOptions Limits { get; init; } = new();

    public SignalOptions Signals { get; init; } = new();

    public ThresholdOptions Thresholds { get; init; } = new();

    public ComplaintOptions Complaints { get; init; } = new();

    public SourceOptions Sources { get; init; } = new();

    public ContentOptions Content { get; init; } = new();

    public OperatorLists Lists { get; init; } = OperatorLists.None;

    public IReadOnlySet<CanaryCredential> CanaryCredentials { get; init; } = new HashSet<CanaryCredential>();

    public IReadOnlyList<Campaign> Campaigns { get; init; } = [];

    public FailureClassifier FailureReasons { get; init; } = FailureReasonsReader.BuiltIn;
}
