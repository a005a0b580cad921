using Microsoft.Extensions.Time.Testing;
using PostalExporter.Configuration;
using PostalExporter.Metrics;
using PostalExporter.Postal;
using PostalExporter.Signals;
using PostalExporter.State;
using PostalExporter.Tail;
using PostalExporter.Tests.Signals;

namespace PostalExporter.Tests.Tail;

/// <summary>Which credentials and sending domains have series, and for how long; on a real state store.</summary>
public sealed class ServerTailTests : IDisposable
{
    private static readonly TimeSpan Grace = TimeSpan.FromHours(1);
    private readonly string directory = Directory.CreateTempSubdirectory("postal-exporter-places-").FullName;
    private readonly FakeTimeProvider time = new();
    private readonly RowEffects effects = new();
    private readonly LimitOptions limits = new() { CredentialsPerServer = 3, SenderDomainsPerServer = 2 };
    private StateStore store;
    private CounterTable counters = NewCounters();
    private ServerState state = new(5, "uuid", fromEnd: false) { IsNew = true };
    private ServerTail? tail;
    private long id;

    public ServerTailTests() => store = StateStore.Open(directory);

    public void Dispose()
    {
        store.Dispose();
        Directory.Delete(directory, recursive: true);
    }

    [Fact]
    public void Places_go_to_the_credentials_used_last_and_then_to_the_lowest_ids()
    {
        Discover([Credential(1, "never"), Credential(2, "never too"), Credential(3, "long ago", 100), Credential(4, "lately", 200)]);

        Assert.Equal(["lately", "long ago", "never"], Named());
        Assert.Equal(["lately", "long ago", "never"], Shown());
    }

    [Fact]
    public void A_flood_of_new_credentials_takes_no_place_of_those_that_send()
    {
        Credential[] working = [Credential(1, "app", 100), Credential(2, "shop", 100)];
        Discover(working);
        Send(1, 20);
        Send(2, 10);

        Discover([.. working, .. Enumerable.Range(10, 1000).Select(number => Credential(number, $"flood-{number}", 500))]);
        Send(500, 30);
        Send(501, 31);
        Collect();

        Assert.Equal(["app", "flood-501", "shop"], Named());
        Send(1, 1);
        Send(2, 1);
        Send(501, 5);
        Collect();
        Assert.Equal((21, 11, 5, 61), (Count("app"), Count("shop"), Count("flood-501"), Count("other")));
        Assert.Equal(61, counters.Get(Families.LabelValuesLimited, "postal_messages_total").Value);
    }

    [Fact]
    public void A_credential_that_is_gone_leaves_after_the_grace_time_with_all_that_is_kept_of_it()
    {
        Discover([Credential(1, "app"), Credential(2, "leaked")]);
        Send(2, 3);
        Discover([Credential(1, "app")]);
        Collect();
        Pass(Grace);
        Assert.Equal(["app", "leaked"], Shown());

        Pass(TimeSpan.FromMinutes(1));

        Assert.Equal(["app"], Shown());
        Assert.DoesNotContain(counters.All, series => series.Labels.Contains("leaked"));
        Restart([Credential(1, "app")]);
        Assert.Equal(["app"], Shown());
        Assert.Empty(state.Windows.Keys);
    }

    [Fact]
    public void A_credential_that_is_made_again_under_its_name_goes_on_with_its_series()
    {
        Discover([Credential(1, "app")]);
        Send(1, 3);
        Discover([]);
        Collect();
        Pass(Grace / 2);

        Discover([Credential(2, "app")]);
        Send(2, 2);
        Collect();
        Pass(Grace);

        Assert.Equal(5, Count("app"));
    }

    [Fact]
    public void What_is_deleted_a_second_time_has_the_whole_grace_time_again()
    {
        Domain[] domains = [new Domain(1, "d.example", "acme", "mail", true, null, null, null, null)];
        Discover([Credential(1, "app"), Credential(2, "leaked")], domains);
        Send(2, 1, domain: 1);
        Discover([Credential(1, "app")]);
        Collect();
        Pass(Grace / 2);
        Discover([Credential(1, "app"), Credential(3, "leaked")], domains);
        Collect();
        Pass(Grace);
        Discover([Credential(1, "app")]);
        Collect();
        Pass(Grace / 2);

        Assert.Equal(1, Count("leaked"));
        Assert.Equal([("d.example", 1)], Domains());
        Pass(Grace);
        Assert.Equal(["app"], Shown());
        Assert.Empty(Domains());
    }

    [Fact]
    public void Mail_of_a_deleted_credential_has_its_id_as_long_as_there_is_some_and_a_place()
    {
        Discover([Credential(1, "app"), Credential(2, "shop")]);
        Send(9, 2);
        Send(10, 4);
        Collect();
        Assert.Equal((2, 4), (Count("id:9"), Count("other")));

        Pass(Grace);
        Send(9, 1);
        Collect();
        Pass(Grace);
        Assert.Equal(3, Count("id:9"));

        Pass(TimeSpan.FromMinutes(1));
        Assert.Equal(["app", "other", "shop"], Shown());
    }

    [Fact]
    public void A_restart_keeps_places_of_the_busy_and_the_idle()
    {
        Credential[] all = [Credential(1, "idle"), Credential(2, "app"), Credential(3, "shop"), Credential(4, "late")];
        Discover(all);
        Send(2, 20);
        Collect();
        Send(4, 5);
        Collect();
        Assert.Equal(["app", "late", "shop"], Named());

        Restart([.. all.Select(credential => credential with { LastUsed = credential.Id == 1 ? 1000 : null })]);

        Assert.Equal(["app", "late", "shop"], Named());
        Assert.Equal((20, 0, 5), (Count("app"), Count("late"), Count("other")));
    }

    [Fact]
    public void A_reload_keeps_places_too_and_lets_go_on_what_was_about_to_leave()
    {
        Credential[] all = [Credential(1, "a"), Credential(2, "b"), Credential(3, "c"), Credential(4, "d")];
        Discover(all);
        Send(1, 1);
        Send(2, 20);
        Send(4, 20);
        Collect();
        Send(3, 20);
        Collect();
        Send(1, 1);
        Collect();
        Assert.Equal(["b", "c", "d"], Named());
        Assert.Contains("a", Shown());

        // The configuration in force is another one; credential a is the one that was used last.
        tail = null;
        Discover([all[0] with { LastUsed = 1000 }, .. all[1..]]);

        Assert.Equal(["b", "c", "d"], Named());
        Collect();
        Pass(Grace + TimeSpan.FromMinutes(1));
        Assert.DoesNotContain("a", Shown());
    }

    [Fact]
    public void A_credential_that_lost_its_place_is_shown_for_the_grace_time_and_sums_stay_right()
    {
        Discover([Credential(1, "a"), Credential(2, "b"), Credential(3, "c"), Credential(4, "d")]);
        Send(1, 1);
        Send(2, 20);
        Send(3, 20);
        Send(4, 20);
        Collect();
        Send(1, 1);
        Send(4, 1);
        Collect();
        Assert.Equal((1, 20, 20, 1, 21), (Count("a"), Count("b"), Count("c"), Count("d"), Count("other")));

        Pass(Grace);
        Assert.Contains("a", Shown());
        Pass(TimeSpan.FromMinutes(1));

        Assert.Equal(["b", "c", "d", "other"], Shown());
    }

    [Fact]
    public void A_credential_that_gets_its_place_back_in_time_goes_on_with_its_series()
    {
        Credential[] all = [Credential(1, "a"), Credential(2, "b"), Credential(3, "c"), Credential(4, "d")];
        Discover(all);
        Send(1, 1);
        Send(2, 20);
        Send(3, 20);
        Send(4, 3);
        Collect();
        Send(1, 30);
        Collect();
        Assert.Equal(["a", "b", "c"], Named());
        Send(1, 1);
        Collect();
        Pass(Grace * 2);

        Restart(all);

        Assert.Equal(2, Count("a"));
    }

    [Fact]
    public void No_more_values_are_shown_than_twice_the_places_however_often_they_change_hands()
    {
        Discover([.. Enumerable.Range(1, 100).Select(number => Credential(number, $"c-{number}"))]);
        for (var number = 4; number <= 100; number++)
        {
            Send(number, 3);
            Collect();
            // Idle again, while the grace time lasts.
            tail!.Elapse(TimeSpan.FromHours(9));
        }

        Assert.Equal((3, 3 + 3 + 1), (Named().Count(), Shown().Count()));
    }

    [Fact]
    public void A_credential_keeps_its_place_under_another_name()
    {
        Credential[] all = [Credential(1, "app", 9), Credential(2, "b", 9), Credential(3, "c", 9), Credential(4, "d")];
        Discover(all);

        // Another one of this name: labels get ids.
        Discover([Credential(1, "app#1", 9), .. all[1..], Credential(5, "app#5", 10)]);

        Assert.Equal(["app#1", "b", "c"], Named());
        Send(1, 2);
        Collect();
        Assert.Equal(2, Count("app#1"));
    }

    [Fact]
    public void Nothing_is_kept_of_the_recipients_of_a_credential_without_a_place()
    {
        Discover([.. Enumerable.Range(1, 4).Select(number => Credential(number, $"c-{number}"))]);
        Send(1, 1);
        Send(4, 1);

        Assert.Equal([1], state.Windows.Keys.Select(key => key.CredentialId));
        Bounce(1);
        Bounce(4);
        Assert.Equal([1], state.Scores.Credentials);

        Collect();
        Discover([Credential(2, "c-2")]);
        Collect();
        Restart([Credential(2, "c-2")]);
        Assert.Empty(state.Scores.Credentials);
        Assert.Empty(state.Windows.Keys);
    }

    [Fact]
    public void A_message_that_failed_while_its_credential_had_no_place_has_no_first_outcome_later()
    {
        Discover([.. Enumerable.Range(1, 4).Select(number => Credential(number, $"c-{number}"))]);
        Bounce(4);
        Assert.Empty(state.Scores.Credentials);

        Discover([Credential(4, "c-4")]);
        Collect();
        Pass(TimeSpan.FromHours(2));
        Bounce(4, messageId: id);
        Assert.Empty(state.Scores.Credentials);
        Bounce(4);
        Assert.Equal([4], state.Scores.Credentials);
    }

    [Fact]
    public void Places_of_sending_domains_go_to_the_first_and_to_the_busy_and_are_free_when_the_domain_is_gone()
    {
        Domain[] domains = [.. Enumerable.Range(1, 3).Select(number => new Domain(number, $"d{number}.example", "acme", number == 1 ? "" : "mail", true, null, null, null, null))];
        Discover([Credential(1, "app")], domains);
        Send(1, 20, domain: 1);
        Send(1, 1, domain: 2);
        Send(1, 9, domain: 3);
        Collect();
        Send(1, 1, domain: 3);
        Collect();
        Assert.Equal([("d1.example", 20), ("d2.example", 1), ("d3.example", 1), ("other", 9)], Domains());
        Assert.Equal(9, counters.Get(Families.LabelValuesLimited, "postal_sender_domain_messages_total").Value);

        // Another organization may have it: here it is gone.
        Discover([Credential(1, "app")], [domains[0] with { Organization = "globex" }, .. domains[1..]]);
        Collect();
        Pass(Grace);
        Assert.Contains(("d1.example", 20), Domains());
        Pass(TimeSpan.FromMinutes(1));

        Assert.Equal([("d3.example", 1), ("other", 9)], Domains());
    }

    [Fact]
    public void A_lower_limit_leaves_places_to_the_credentials_used_last()
    {
        Credential[] all = [Credential(1, "a", 10), Credential(2, "b", 30), Credential(3, "c", 20)];
        Discover(all);
        Send(1, 1);
        Send(2, 1);
        Send(3, 1);
        Collect();

        Restart(all, limits with { CredentialsPerServer = 2 });

        Assert.Equal(["b", "c"], Named());
        Collect();
        Assert.Contains("a", Shown());
        Pass(Grace + TimeSpan.FromMinutes(1));
        Assert.Equal(["b", "c"], Shown());
    }

    [Theory]
    [InlineData(0)]
    [InlineData(2)]
    public void Providers_that_send_feedback_keep_their_series_beside_those_of_the_busiest_domains(int most)
    {
        var only = limits with { RecipientDomainsPerServer = most };
        Restart([], only);
        Deliver("gmail.com", 1);
        Deliver("idle.example", 1);
        Deliver("Yahoo.com", 1);
        Deliver("busy.example", 500);
        Collect();
        Pass(TimeSpan.FromHours(10));
        Restart([], only);
        Deliver("busier.example", 5_000);
        Collect();
        Deliver("busier.example", 5_000);
        Pass(TimeSpan.FromHours(10));
        Deliver("busiest.example", 50_000);
        Pass(Grace + TimeSpan.FromMinutes(1));
        Deliver("yahoo.com", 1);
        Deliver("mail.ru", 3);
        Deliver("busier.example", 1);
        Deliver("busiest.example", 1);
        Pass(Grace + TimeSpan.FromMinutes(1));

        var shown = RecipientDomains();
        Assert.Equal(2, shown["yahoo.com"]);
        Assert.Equal(3, shown["mail.ru"]);
        Assert.Equal(most, shown.Keys.Except(["yahoo.com", "mail.ru", "other"]).Count());
        Assert.True(shown["other"] > 0);
    }

    [Fact]
    public void Nothing_is_unusual_until_history_was_read()
    {
        Discover([Credential(1, "app")]);
        const long Now = 1_777_000_000;
        foreach (var (isOpen, expected) in new[] { (true, 0), (false, 1) })
        {
            state.Memories.History.Next = isOpen ? 100 : 0;
            state.Memories.Habits.Clear();
            tail!.Signals.Learn(Message(domain: 1, Now - (40 * 86_400)), effects);
            effects.Apply(counters);
            tail.Signals.Observe(Message(domain: 2, Now), effects);
            effects.Apply(counters);

            var families = new[] { Families.DormantCredentialMessages, Families.UnusualHourMessages, Families.NewSenderDomainMessages };
            Assert.All(families, family => Assert.Equal(expected, counters.All.Single(series => series.Family == family).Pending));
        }

        static MessageEvent Message(int domain, long seconds) => new(1, true, 1, domain, 100, "a@example.com", seconds);
    }

    private static Credential Credential(int id, string label, double? lastUsed = null) => new(id, label, "SMTP", false, lastUsed);

    private static CounterTable NewCounters() => new(new MetricsPage());

    private IEnumerable<string> Named() => tail!.NamedCredentials.Select(credential => credential.Label).Order(StringComparer.Ordinal);

    /// <summary>The credentials whose messages the page counts.</summary>
    private IEnumerable<string> Shown() => counters.All.Where(series => series.Family == Families.Messages).Select(series => series.Labels[3]).Order(StringComparer.Ordinal);

    private long Count(string credential) => counters.All.Single(series => series.Family == Families.Messages && series.Labels[3] == credential).Value;

    private IEnumerable<(string, long)> Domains() => counters.All
        .Where(series => series.Family == Families.SenderDomainMessages).Select(series => (series.Labels[2], series.Value)).OrderBy(pair => pair.Item1, StringComparer.Ordinal);

    private Dictionary<string, long> RecipientDomains() => counters.All
        .Where(series => series.Family == Families.RecipientDomainDeliveries).ToDictionary(series => series.Labels[2], series => series.Value);

    private void Deliver(string domain, int deliveries)
    {
        for (var i = 0; i < deliveries; i++)
        {
            tail!.Signals.Observe(
                new DeliveryEvent { Id = ++id, MessageId = id, Status = "Sent", Outgoing = true, CredentialId = 0, Recipient = $"anna@{domain}" }, effects);
            effects.Apply(counters);
        }
    }

    private void Discover(IEnumerable<Credential> credentials, params Domain[] domains)
    {
        var server = Server(credentials);
        if (tail is null)
            tail = new ServerTail(server, new DomainNames(domains), state, counters, SignalContexts.Of(limits), time);
        else
            tail.Update(server, new DomainNames(domains));
    }

    private void Send(int credential, int messages, int domain = 0)
    {
        for (var i = 0; i < messages; i++)
        {
            tail!.Signals.Observe(new MessageEvent(++id, true, credential, domain, 100, $"{id}@example.com", 1_777_000_000), effects);
            effects.Apply(counters);
        }
    }

    private void Bounce(int credential, long? messageId = null)
    {
        var delivery = new DeliveryEvent
        {
            Id = ++id, MessageId = messageId ?? id, Status = "HardFail", Output = "550 5.1.1 User unknown", Outgoing = true, CredentialId = credential,
        };
        tail!.Signals.Observe(delivery, effects);
        effects.Apply(counters);
    }

    /// <summary>The end of a collection.</summary>
    private void Collect()
    {
        tail!.Rebalance();
        tail.DropGone(Grace);
        store.Commit(time.GetUtcNow(), [state], [], counters, counters.Dropped);
        counters.RemoveRetired();
        counters.Publish();
    }

    private void Pass(TimeSpan elapsed)
    {
        time.Advance(elapsed);
        tail!.Elapse(elapsed);
        Collect();
    }

    private void Restart(IEnumerable<Credential> credentials, LimitOptions? newLimits = null)
    {
        store.Dispose();
        store = StateStore.Open(directory);
        counters = NewCounters();
        store.LoadCounters(counters);
        if (store.LoadServers().TryGetValue(5, out var saved))
            state = saved;
        tail = new ServerTail(Server(credentials), new DomainNames([]), state, counters, SignalContexts.Of(newLimits ?? limits), time);
    }

    private static MailServer Server(IEnumerable<Credential> credentials) => new()
    {
        Id = 5, Uuid = "uuid", OrganizationId = 1, Organization = "acme", Permalink = "mail", Mode = "Live", Suspended = false,
        Credentials = credentials.ToDictionary(credential => credential.Id),
    };
}
