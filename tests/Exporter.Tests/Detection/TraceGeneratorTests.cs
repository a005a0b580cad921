using PostalExporter.Benchmarks.Detection.Traffic;
using PostalExporter.Metrics;

namespace PostalExporter.Tests.Detection;

/// <summary>What the detection benchmark's figures rest on: that its traffic is what the labels say.</summary>
public sealed class TraceGeneratorTests
{
    private static readonly TraceOptions Normal = new() { Seed = 11, Credentials = 30, Weeks = 2, MostMessagesPerDay = 5_000 };
    private static readonly TraceOptions Hard = Normal with { Conditions = TraceConditions.Hard };
    private static readonly Lazy<LabelledTrace> NormalTrace = new(() => TraceGenerator.Generate(Normal));
    private static readonly Lazy<LabelledTrace> HardTrace = new(() => TraceGenerator.Generate(Hard));

    public static TheoryData<bool> Conditions => [false, true];

    [Fact]
    public void The_same_options_give_the_same_trace_and_another_seed_another_one()
    {
        var again = TraceGenerator.Generate(Normal);
        var other = TraceGenerator.Generate(Normal with { Seed = Normal.Seed + 1 });

        Assert.Equal(NormalTrace.Value.Abuse, again.Abuse);
        Assert.Equal(NormalTrace.Value.Benign, again.Benign);
        Assert.Equal(NormalTrace.Value.Series.Count, again.Series.Count);
        foreach (var (first, second) in NormalTrace.Value.Series.Zip(again.Series))
        {
            Assert.Equal(first.Labels, second.Labels);
            Assert.True(first.Values.AsSpan().SequenceEqual(second.Values), string.Join(' ', first.Labels));
        }
        Assert.NotEqual(NormalTrace.Value.Abuse, other.Abuse);
    }

    [Theory]
    [MemberData(nameof(Conditions))]
    public void Every_series_is_one_that_the_exporter_declares_and_is_there_once(bool hard)
    {
        var trace = Trace(hard);
        var families = Families.All.ToDictionary(family => family.Name, family => family.Labels);

        foreach (var series in trace.Series.Where(series => TracedIncreases.Label(series, "__name__") != "up"))
        {
            var labels = series.Labels.Select(label => label.Key).Except(["__name__", "instance", "job"]);
            Assert.Equal(families[TracedIncreases.Label(series, "__name__")].Order(StringComparer.Ordinal), labels);
            Assert.Equal(trace.Minutes, series.Values.Length);
        }
        Assert.Equal(trace.Series.Count, trace.Series.Select(series => string.Join(',', series.Labels)).Distinct().Count());
    }

    [Theory]
    [MemberData(nameof(Conditions))]
    public void Counters_never_fall_but_where_the_exporter_lost_its_state(bool hard)
    {
        var trace = Trace(hard);
        var resets = trace.Resets.ToHashSet();
        Assert.NotEmpty(resets);

        foreach (var series in trace.Series.Where(series => TracedIncreases.Label(series, "__name__").EndsWith("_total", StringComparison.Ordinal)))
        {
            var before = 0.0;
            for (var minute = 0; minute < trace.Minutes; minute++)
            {
                if (resets.Contains(minute))
                    before = 0;
                if (double.IsNaN(series.Values[minute]))
                    continue;
                if (series.Values[minute] < before)
                    Assert.Fail($"minute {minute}: {string.Join(' ', series.Labels)}");
                before = series.Values[minute];
            }
        }
    }

    [Theory]
    [MemberData(nameof(Conditions))]
    public void There_are_no_samples_during_a_restart_and_the_scrape_is_known_to_have_failed(bool hard)
    {
        var trace = Trace(hard);
        var up = Assert.Single(new TracedIncreases(trace).Find("up")).Values;

        var restarts = trace.Benign.Where(happened => happened.Kind == "restart").ToList();
        Assert.Equal(2 * Normal.Weeks, restarts.Count);
        Assert.All(restarts, restart => Assert.All(trace.Series, series =>
            Assert.Equal(series.Values == up ? 0 : double.NaN, series.Values[restart.BeginMinute])));
        Assert.Equal(up.Count(value => value == 0), restarts.Sum(restart => restart.EndMinute - restart.BeginMinute));
    }

    [Theory]
    [MemberData(nameof(Conditions))]
    public void Every_kind_of_abuse_occurs_in_the_last_week_and_no_credential_has_two(bool hard)
    {
        var trace = Trace(hard);

        Assert.Equal(
            AbuseKinds.All.Select(kind => kind.Name).Order(StringComparer.Ordinal),
            trace.Abuse.Select(episode => episode.Kind).Distinct().Order(StringComparer.Ordinal));
        Assert.Equal(trace.Abuse.Count, trace.Abuse.Select(episode => episode.Credential).Distinct().Count());
        Assert.All(trace.Abuse, episode =>
        {
            Assert.InRange(episode.BeginMinute, trace.Minutes - TraceTime.Week, episode.EndMinute - 1);
            Assert.InRange(episode.EndMinute, episode.BeginMinute + 1, trace.Minutes);
        });
    }

    [Theory]
    [InlineData(false, "unplanned-campaign", "planned-campaign", "holiday", "provider-outage", "restart")]
    [InlineData(
        true, "unplanned-campaign", "dirty-campaign", "planned-campaign", "holiday", "provider-outage", "restart", "provider-unknown-hour", "wake-up",
        "new-customer", "decaying-list")]
    public void Every_kind_of_honest_event_occurs(bool hard, params string[] kinds) =>
        Assert.Equal(kinds.Order(StringComparer.Ordinal), Trace(hard).Benign.Select(happened => happened.Kind).Distinct().Order(StringComparer.Ordinal));

    [Theory]
    [MemberData(nameof(Conditions))]
    public void A_message_is_sent_or_failed_or_held_or_waits(bool hard)
    {
        var trace = Trace(hard);
        var series = new TracedIncreases(trace);
        // Up to there counters hold everything.
        var minute = trace.Resets[0] - 30;

        foreach (var (organization, server) in trace.Credentials.Select(credential => (credential.Organization, credential.Server)).Distinct())
        {
            (string, string)[] host = [("organization", organization), ("server", server)];
            var messages = series.Find("postal_messages_total", host).ToList();
            var ended = series.Find("postal_deliveries_total", host).Where(one => TracedIncreases.Label(one, "status") is "Sent" or "HardFail" or "Held");
            var delayed = TracedIncreases.Sum(series.Find("postal_queue_messages", [.. host, ("state", "delayed")]), minute);

            var rest = TracedIncreases.Sum(messages, minute) - TracedIncreases.Sum(ended, minute) - delayed;

            // What was not tried yet: mail of the last minutes.
            Assert.InRange(rest, 0, messages.Sum(one => TracedIncreases.Increase(one, minute - TraceTime.Hour, minute)));
        }
    }

    [Theory]
    [MemberData(nameof(Conditions))]
    public void Deliveries_by_domain_and_messages_by_region_add_up_to_those_of_the_credentials(bool hard)
    {
        var trace = Trace(hard);
        var series = new TracedIncreases(trace);
        var minute = trace.Minutes - 1;

        foreach (var (organization, server) in trace.Credentials.Select(credential => (credential.Organization, credential.Server)).Distinct())
        {
            (string, string)[] host = [("organization", organization), ("server", server)];
            Assert.Equal(Sum("postal_messages_total"), Sum("postal_recipient_region_messages_total"));
            foreach (var status in (string[])["Sent", "SoftFail", "HardFail", "Bounced", "Held"])
                Assert.Equal(Sum("postal_deliveries_total", ("status", status)), Sum("postal_recipient_domain_deliveries_total", ("status", status)));

            double Sum(string family, params (string, string)[] labels) => TracedIncreases.Sum(series.Find(family, [.. host, .. labels]), minute);
        }
    }

    [Fact]
    public void A_weekday_has_about_as_many_messages_as_the_profile_says()
    {
        var trace = NormalTrace.Value;
        var series = new TracedIncreases(trace);
        var disturbed = trace.Benign.Where(happened => happened.BeginMinute < TraceTime.Week).Select(happened => happened.Credential);
        var large = trace.Credentials.Where(credential => credential.MessagesPerDay >= 200).Except(disturbed.OfType<TracedCredential>()).ToList();

        Assert.InRange(large.Count, 5, 30);
        foreach (var credential in large)
        {
            var messages = series.Find("postal_messages_total", credential).Single();
            // From Monday to Friday, one of which may be the holiday.
            var mean = TracedIncreases.Increase(messages, 0, 5 * TraceTime.Day) / 5;
            Assert.InRange(mean / credential.MessagesPerDay, 0.6, 1.5);
        }
    }

    [Fact]
    public void In_the_hour_of_a_provider_who_calls_addresses_unknown_its_mail_fails_at_all_servers()
    {
        var trace = HardTrace.Value;
        var hour = trace.Benign.Single(happened => happened.Kind == "provider-unknown-hour");

        // Of that provider's domain, on all servers.
        var failed = MailHost.Domains.Max(domain => Share(domain, hour.BeginMinute, hour.EndMinute));
        var before = MailHost.Domains.Max(domain => Share(domain, hour.BeginMinute - TraceTime.Hour, hour.BeginMinute));

        Assert.InRange(failed, 0.4, 1);
        Assert.InRange(before, 0, 0.3);

        double Share(string domain, int begin, int end)
        {
            var series = new TracedIncreases(trace).Find("postal_recipient_domain_deliveries_total", ("recipient_domain", domain)).ToLookup(
                one => TracedIncreases.Label(one, "status"), one => TracedIncreases.Increase(one, begin, end));
            return series["HardFail"].Sum() / Math.Max(1, series["HardFail"].Sum() + series["Sent"].Sum());
        }
    }

    private static LabelledTrace Trace(bool hard) => (hard ? HardTrace : NormalTrace).Value;
}
