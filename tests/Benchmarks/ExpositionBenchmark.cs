using System.Globalization;
using Prometheus;
using PostalExporter.Collection;
using PostalExporter.Metrics;

namespace PostalExporter.Benchmarks;

/// <summary>
/// The page of 100,000 series, of which half are gauges that are gathered anew, held against prometheus-net's own serialization of a
/// registry in which the same series stand still.
/// </summary>
internal sealed class ExpositionBenchmark : IBenchmark
{
    private const int Credentials = 12_500;
    private const int CredentialsPerServer = 10;
    private const int Rounds = 40;

    private static readonly (Family Family, string[] Labels)[] SeriesOfCredential =
    [
        (Families.Messages, ["outgoing", Credential]), (Families.Deliveries, ["outgoing", Credential, "Sent"]),
        (Families.Deliveries, ["outgoing", Credential, "HardFail"]), (Families.MessageFailures, [Credential, "recipient_unknown"]),
        (Families.CredentialHeld, [Credential]), (Families.CredentialLastUsed, [Credential]), (Families.CredentialRecipientScore, [Credential]),
        (Families.CredentialRecipients, [Credential, "1h"]),
    ];

    // Stands for the credential's name above.
    private const string Credential = "?";

    private readonly List<(Family Family, string[] Labels)> all = [.. Enumerable.Range(0, Credentials).SelectMany(Of)];

    /// <inheritdoc/>
    public string Name => "exposition";

    /// <inheritdoc/>
    public async Task RunAsync(ResultTable table, CancellationToken cancellationToken)
    {
        var empty = GC.GetTotalMemory(forceFullCollection: true);
        var page = new MetricsPage();
        var counters = new CounterTable(page);
        var picture = new GaugePicture();
        Collect(page, counters, picture, 1);
        var oursKept = GC.GetTotalMemory(forceFullCollection: true) - empty;

        var before = GC.GetTotalMemory(forceFullCollection: true);
        var registry = Registry();
        await registry.CollectAndExportAsTextAsync(Stream.Null, cancellationToken);
        var theirsKept = GC.GetTotalMemory(forceFullCollection: true) - before;

        var (ours, theirs, allocated) = (new List<double>(), new List<double>(), new List<double>());
        for (var round = 0; round < Rounds; round++)
        {
            var begin = GC.GetTotalAllocatedBytes(precise: true);
            var started = TimeProvider.System.GetTimestamp();
            Collect(page, counters, picture, round);
            Write(page);
            ours.Add(TimeProvider.System.GetElapsedTime(started).TotalMilliseconds);
            allocated.Add(GC.GetTotalAllocatedBytes(precise: true) - begin);
            started = TimeProvider.System.GetTimestamp();
            await registry.CollectAndExportAsTextAsync(Stream.Null, cancellationToken);
            theirs.Add(TimeProvider.System.GetElapsedTime(started).TotalMilliseconds);
        }

        var ratio = ResultTable.Median(ours) / ResultTable.Median(theirs);
        table.Add(
            Text($"exposition of {all.Count:N0} series, half of them set anew"), Text($"{ResultTable.Median(ours):F1} ms"),
            Text($"prometheus-net, nothing set: {ResultTable.Median(theirs):F1} ms"), Text($"{ratio:F2}"), "≤ 2", ratio <= 2);
        var perSeries = ResultTable.Median(allocated) / all.Count;
        table.Add("the same, allocated", Text($"{ResultTable.Median(allocated):N0} bytes"), "", Text($"{perSeries:F3} bytes a series"), "≤ 0.1", perSeries <= 0.1);
        table.Add(
            "the same, kept in memory", Text($"{(double)oursKept / all.Count:F0} bytes a series"),
            Text($"prometheus-net {(double)theirsKept / all.Count:F0}"), Text($"{(double)oursKept / theirsKept:F2}"), "", reached: null);
    }

    // As a collection does: counters keep their series, gauges are named and set one by one.
    private void Collect(MetricsPage page, CounterTable counters, GaugePicture picture, int value)
    {
        picture.Begin();
        foreach (var (family, labels) in all)
        {
            if (family.Type == FamilyType.Gauge)
                picture.Set(family, value, labels);
            else if (counters.All.Count < all.Count / 2)
                counters.Add(counters.Get(family, labels), value);
        }
        picture.Publish(page);
        counters.Show();
        counters.Publish();
    }

    private static void Write(MetricsPage page)
    {
        using var answer = new ExpositionPage(page.Snapshot(), ReadOnlyMemory<byte>.Empty, openMetrics: false);
        foreach (var piece in answer.Pieces)
            Stream.Null.Write(piece.Span);
    }

    private CollectorRegistry Registry()
    {
        var registry = Prometheus.Metrics.NewCustomRegistry();
        var factory = Prometheus.Metrics.WithCustomRegistry(registry);
        foreach (var (family, labels) in all)
        {
            if (family.Type == FamilyType.Gauge)
                factory.CreateGauge(family.Name, family.Help, family.Labels).WithLabels(labels).Set(1);
            else
                factory.CreateCounter(family.Name, family.Help, family.Labels).WithLabels(labels).Inc();
        }
        return registry;
    }

    private static IEnumerable<(Family Family, string[] Labels)> Of(int number)
    {
        var server = Text($"server-{number / CredentialsPerServer}");
        var credential = Text($"credential-{number % CredentialsPerServer}");
        return SeriesOfCredential.Select(series => (
            series.Family, (string[])["organization", server, .. series.Labels.Select(label => label == Credential ? credential : label)]));
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
