using System.Globalization;
using Microsoft.Extensions.Logging.Abstractions;
using PostalExporter.Configuration;
using PostalExporter.Metrics;
using PostalExporter.Postal;
using PostalExporter.Signals;
using PostalExporter.State;
using PostalExporter.Tail;

namespace PostalExporter.Benchmarks.InnerLoops;

/// <summary>One mail server as the tail follows it, with ten credentials; nothing is read from a database.</summary>
internal sealed class WarmServer
{
    /// <summary>Credentials, with the ids from 1.</summary>
    public const int Credentials = 10;

    /// <summary>Sending domains, with the ids from 1; recipients' domains are as many.</summary>
    public const int Domains = 50;

    private readonly ServerState state;
    private readonly SignalSet signals;
    private readonly CounterTable counters;
    private readonly RowEffects effects = new();

    private WarmServer(ServerState state, SignalSet signals, CounterTable counters)
    {
        this.state = state;
        this.signals = signals;
        this.counters = counters;
    }

    /// <summary>Follows the server.</summary>
    public static async Task<WarmServer> FollowAsync()
    {
        var configuration = new ExporterConfiguration { MainDatabase = new(), MessageDatabase = new() };
        var states = new Dictionary<int, ServerState>();
        var counters = new CounterTable(new MetricsPage());
        var server = new MailServer
        {
            Id = 1, Uuid = "uuid", OrganizationId = 1, Organization = "organization", Permalink = "server", Mode = "Live", Suspended = false,
            Credentials = Enumerable.Range(1, Credentials).ToDictionary(id => id, id => new Credential(id, Text($"credential {id}"), "SMTP", Held: false, LastUsed: null)),
        };
        var domains = Enumerable.Range(1, Domains).Select(id => new Domain(
            id, Text($"sender{id}.example"), "organization", "server", Verified: true, Spf: null, Dkim: null, Mx: null, ReturnPath: null));
        await using var tail = new InstallationTail(configuration, states, counters, new KeyedHash("0123456789abcdef"u8), TimeProvider.System, NullLogger<InstallationTail>.Instance);
        tail.Follow(new Installation([server], [.. domains]), first: false);
        return new WarmServer(states[server.Id], tail.Servers.Single().Signals, counters);
    }

    /// <summary>An address at one of the recipients' domains.</summary>
    public static string Recipient(int number) => Text($"recipient.{number}@mail{1 + (number % Domains)}.example");

    /// <summary>Counts a message, as the tail does.</summary>
    public void Count(in MessageEvent message)
    {
        signals.Observe(message, effects);
        effects.Apply(counters);
    }

    /// <summary>Counts a delivery, as the tail does.</summary>
    public void Count(in DeliveryEvent delivery)
    {
        signals.Observe(delivery, effects);
        effects.Apply(counters);
    }

    /// <summary>What ends a collection: everything is saved, and marks of messages that are gone are dropped.</summary>
    /// <param name="oldestMessage">The first id that still exists.</param>
    public void EndCollection(long oldestMessage)
    {
        state.Marks.RemoveBelow(oldestMessage);
        state.Saved();
        counters.Publish();
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
