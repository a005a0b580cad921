using PostalExporter.Configuration;
using PostalExporter.Networks;

namespace PostalExporter.Signals;

/// <summary>What the signals of all servers share: made anew with the configuration.</summary>
internal sealed class SignalContext
{
    /// <summary>The configuration in force.</summary>
    public required ExporterConfiguration Configuration { get; init; }

    /// <summary>Hashes with the secret of the installation.</summary>
    public required KeyedHash Hash { get; init; }

    /// <summary>The signals of every server.</summary>
    public IReadOnlyList<Func<ServerView, ISignal?>> Signals { get; init; } = SignalSet.All;

    /// <summary>The recipient of the message that signals are shown. One for all servers, as one row is read at a time.</summary>
    public RecipientAddress Recipient => field ??= new RecipientAddress(Hash);

    /// <summary>When the collection began, Unix seconds. What happened cannot be later, whatever the clock of a host of Postal says.</summary>
    public long Now { get; set; } = long.MaxValue;

    /// <summary>Uses of credentials after this are those of rows that are still to be replayed, Unix seconds.</summary>
    public long UsesUntil { get; init; } = long.MaxValue;

    /// <summary>The operator's database of countries, or null.</summary>
    public GeoDatabase? Countries { get; init; }

    /// <summary>The operator's database of autonomous systems, or null.</summary>
    public GeoDatabase? Systems { get; init; }

    /// <summary>What of raw messages the configuration asks for.</summary>
    public InspectionNeeds Needs { get; init; }
}
