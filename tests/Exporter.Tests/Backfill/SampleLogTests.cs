using PostalExporter.Backfill;
using PostalExporter.Configuration;
using PostalExporter.Metrics;
using PostalExporter.Postal;
using PostalExporter.State;
using PostalExporter.Tail;
using PostalExporter.Tests.Signals;

namespace PostalExporter.Tests.Backfill;

/// <summary>Which samples the files have, as <see cref="OpenMetricsFile"/> writes them.</summary>
public sealed class SampleLogTests : IDisposable
{
    // A full hour, and the last minute before it.
    private const long Hour = 1_795_500_000;

    private readonly string folder = Directory.CreateTempSubdirectory("postal-samples-").FullName;
    private readonly CounterTable counters = new(new MetricsPage());
    private readonly ServerState state = new(5, "uuid", fromEnd: true);
    private readonly MailServer server = new()
    {
        Id = 5, Uuid = "uuid", OrganizationId = 1, Organization = "acme", Permalink = "ma\"il", Mode = "Live", Suspended = false,
        Credentials = new Dictionary<int, Credential> { [7] = new(7, "app", "SMTP", false, null), [8] = new(8, "idle", "SMTP", false, null) },
    };

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public void A_series_has_a_sample_where_it_changes_one_step_before_and_every_five_minutes()
    {
        counters.Add(Messages("app"), 10);
        counters.Publish();

        var text = Write(Minutes(1, 20), (7, () => counters.Add(Messages("app"), 3)), (8, () => counters.Add(Messages("app"), 1)), (16, () => counters.Add(Messages("app"), 2)));

        Assert.Equal(
            [(1, 10), (5, 10), (6, 10), (7, 13), (8, 14), (10, 14), (15, 14), (16, 16), (20, 16)],
            Samples(text, """postal_messages_total{organization="acme",server="ma\"il",scope="outgoing",credential="app",job="postal"}"""));
    }

    [Fact]
    public void What_begins_has_a_zero_before_and_all_series_of_its_credential_with_it()
    {
        var text = Write(Minutes(1, 12), (4, () => counters.Add(Messages("app"), 2)), (8, () => counters.Add(Get(Families.MessagesHeld, "app", "suppression"), 1)));

        Assert.Equal([(3, 0), (4, 2), (5, 2), (10, 2), (12, 2)], Samples(text, "postal_messages_total{", "app"));
        Assert.Equal([(3, 0), (5, 0), (10, 0), (12, 0)], Samples(text, "postal_deliveries_total{", "status=\"HardFail\""));
        Assert.Equal([(3, 0), (12, 0)], Samples(text, "postal_dormant_credential_messages_total{", "app"));
        // One that the credential does not have from the begin begins with what it counts.
        Assert.Equal([(7, 0), (8, 1), (10, 1), (12, 1)], Samples(text, "postal_messages_held_total{", "app"));
        Assert.DoesNotContain("\"idle\"", text, StringComparison.Ordinal);
        Assert.Equal([(3, 1), (5, 1), (10, 1), (12, 1)], Samples(text, "postal_exporter_server_up{"));
    }

    [Fact]
    public void What_begins_at_the_first_moment_of_a_file_has_its_zero_there()
    {
        Assert.Equal([(1, 0), (2, 2), (5, 2), (6, 2)], Samples(Write(Minutes(1, 6), (1, () => counters.Add(Messages("app"), 2))), "postal_messages_total{", "app"));
        Assert.Equal(
            [(1, 0), (2, 5), (5, 5), (6, 5)],
            Samples(Write(Minutes(1, 6), (1, () => counters.Add(Messages("idle"), 2)), (2, () => counters.Add(Messages("idle"), 3))), "postal_messages_total{", "idle"));
    }

    [Fact]
    public void A_series_that_no_baseline_builds_on_has_two_samples_an_hour_when_it_does_not_change()
    {
        var text = Write(Minutes(1, 359), (100, () =>
        {
            counters.Add(Messages("app"), 1);
            counters.Add(Get(Families.FreeMailMessages, "app"), 1);
        }));

        Assert.Equal(2 + 51 + 1, Samples(text, "postal_messages_total{", "app").Count);
        Assert.Equal(
            [(99, 0), (100, 1), (105, 1), (110, 1), (115, 1), .. Enumerable.Range(0, 8).Select(half => (145 + (30 * half), 1.0)), (359, 1)],
            Samples(text, "postal_free_mail_messages_total{", "app"));
    }

    [Fact]
    public void A_credential_that_sent_before_the_begin_has_its_series_from_there()
    {
        state.Memories.Habits.Take(PostalExporter.Signals.CredentialHabits.NoteOf(7, 0, Hour - 100_000, isPast: false));
        state.Cursors[0] = new StreamCursor { Position = 5, Start = 5 };

        var text = Write(Minutes(0, 6));

        Assert.Equal([(0, 0), (5, 0), (6, 0)], Samples(text, "postal_messages_total{", "app"));
        Assert.Equal([(0, 1), (5, 1), (6, 1)], Samples(text, "postal_exporter_server_up{"));
        Assert.DoesNotContain("\"idle\"", text, StringComparison.Ordinal);
    }

    [Fact]
    public void A_histogram_is_whole_and_in_seconds_and_its_bounds_have_a_point()
    {
        var text = Write(Minutes(1, 5), (3, () =>
        {
            foreach (var (part, amount) in new[] { ("300", 1), ("1800", 1), ("14400", 1), (HistogramPart.Infinity, 1), (HistogramPart.Count, 1), (HistogramPart.Sum, 61_500) })
                counters.Add(Get(Families.MessageDeliveryDelay, part), amount);
        }));

        Assert.Equal([(2, 0), (3, 61.5), (5, 61.5)], Samples(text, "postal_message_delivery_delay_seconds_sum{"));
        Assert.Equal([(2, 0), (5, 0)], Samples(text, "postal_message_delivery_delay_seconds_bucket{", """le="1.0" """.Trim()));
        Assert.Equal([(2, 0), (3, 1), (5, 1)], Samples(text, "postal_message_delivery_delay_seconds_bucket{", "le=\"+Inf\""));
        Assert.Contains("# TYPE postal_message_delivery_delay_seconds histogram\n", text, StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_holds_each_family_once_with_its_type_and_ends_as_the_format_asks_and_nothing_is_left_beside_it()
    {
        var text = Write(Minutes(1, 5), (2, () => counters.Add(Messages("app"), 1)), (3, () => counters.Add(Messages("idle"), 1)));

        Assert.EndsWith("\n# EOF\n", text, StringComparison.Ordinal);
        var types = text.Split('\n').Where(line => line.StartsWith("# TYPE", StringComparison.Ordinal)).ToList();
        Assert.Equal(types.Distinct(), types);
        Assert.Contains("# TYPE postal_messages counter", types);
        Assert.Single(Directory.GetFiles(folder));
    }

    [Fact]
    public void Nothing_to_say_makes_no_file()
    {
        Assert.Equal("", Write(Minutes(1, 5)));
        Assert.Empty(Directory.GetFiles(folder));
    }

    private static BackfillSpan Minutes(int first, int last)
    {
        var step = TimeSpan.FromMinutes(1);
        return BackfillSpan.After(DateTimeOffset.FromUnixTimeSeconds(Hour + (60 * (first - 1))), step, DateTimeOffset.FromUnixTimeSeconds(Hour + (60 * last)))!;
    }

    private CounterSeries Messages(string credential) => Get(Families.Messages, "outgoing", credential);

    private CounterSeries Get(Family family, params string[] labels) => counters.Get(family, ["acme", "ma\"il", .. labels]);

    private string Write(BackfillSpan span, params (int Minute, Action Count)[] counts)
    {
        var tail = new ServerTail(server, new DomainNames([]), state, counters, SignalContexts.Of(new LimitOptions()), TimeProvider.System);
        var log = new SampleLog(span, counters, [tail], []);
        for (var index = 0; index < span.Moments.Count; index++)
        {
            foreach (var (_, count) in counts.Where(one => DateTimeOffset.FromUnixTimeSeconds(Hour + (60 * one.Minute)) == span.Moments[index]))
                count();
            log.Reached(index);
        }
        var path = Path.Combine(folder, span.FileName);
        using var file = new OpenMetricsFile(path, ["job=postal"]);
        log.Write(file);
        return file.Complete() == 0 ? "" : File.ReadAllText(path);
    }

    // Minute after the hour and value of each sample of the series that the texts select.
    private static List<(int Minute, double Value)> Samples(string text, string name, string label = "") => [.. text.Split('\n')
        .Where(line => line.StartsWith(name, StringComparison.Ordinal) && line.Contains(label, StringComparison.Ordinal))
        .Select(line => line.Split(' ')[^2..])
        .Select(parts => ((int)((long.Parse(parts[1], System.Globalization.CultureInfo.InvariantCulture) - Hour) / 60), double.Parse(parts[0], System.Globalization.CultureInfo.InvariantCulture)))];
}
