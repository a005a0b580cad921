using PostalSimulator.Scenarios;
using PostalSimulator.Traffic;

namespace PostalSimulator.Tests;

public sealed class TrafficPlanTests
{
    private static readonly DateTimeOffset Start = new(2026, 3, 18, 10, 0, 0, TimeSpan.Zero);

    [Fact]
    public void Small_domains_of_an_episode_are_in_the_countries_it_names_and_each_stays_in_its_own()
    {
        var messages = Messages("recipients: {rest: 1}, regions: {br: 3, vn: 1}, bounces: {unknown_recipients: 0}");

        var countries = messages.CountBy(message => message.Domain.Split('.')[^1]).ToDictionary();
        Assert.Equal(["br", "vn"], countries.Keys.Order(StringComparer.Ordinal));
        Assert.InRange(countries["br"] / (double)messages.Count, 0.6, 0.9);
        Assert.All(messages.GroupBy(message => message.Domain.Split('.')[0]), company => Assert.Single(company.DistinctBy(message => message.Domain)));
    }

    [Theory]
    [InlineData("business")]
    [InlineData("{rest: 1}")]
    public void The_share_of_free_mail_is_as_said_whatever_the_mix(string mix)
    {
        var messages = Messages($"recipients: {mix}, free_mail: 0.7, bounces: {{unknown_recipients: 0}}");

        Assert.InRange(messages.Count(message => message.Domain is "gmail.com" or "outlook.com" or "hotmail.com" or "yahoo.com" or "icloud.com"
            or "gmx.de" or "web.de" or "aol.com") / (double)messages.Count, 0.65, 0.75);
    }

    [Fact]
    public void Clients_of_an_episode_come_from_as_many_networks_as_it_has()
    {
        var clients = Messages("source_networks: 300").Select(message => message.ClientAddress!).ToList();

        var networks = clients.Select(client => client[..client.LastIndexOf('.')]).Distinct().ToList();
        Assert.InRange(networks.Count, 250, 300);
        Assert.All(networks, network => Assert.True(network.StartsWith("198.18.", StringComparison.Ordinal) || network.StartsWith("198.19.", StringComparison.Ordinal)));
        Assert.All(Messages("messages_per_second: 10"), message => Assert.Null(message.ClientAddress));
    }

    [Fact]
    public void A_loop_sends_to_the_one_address_it_is_told()
    {
        var messages = Messages("kind: loop, loop_recipient: alarms@example.net");

        Assert.Equal("alarms@example.net", Assert.Single(messages.DistinctBy(message => message.Recipient)).Recipient);
    }

    [Fact]
    public void Options_of_an_episode_leave_the_rest_of_its_mail_as_it_was()
    {
        var plain = Messages("bounces: {unknown_recipients: 0.3}");
        var dressed = Messages("bounces: {unknown_recipients: 0.3}, source_networks: 20, subject: x, links: [https://a.example/], reactions: {opens: 0.5}");

        Assert.Equal(plain.Select(Essence), dressed.Select(Essence));
        Assert.Contains(dressed, message => message.Reaction?.OpensAfter is not null);

        static (long, string, string?, int) Essence(PlannedMessage message) =>
            (message.AtMicroseconds, message.Recipient, message.Reply?.Text, message.SizeBytes);
    }

    [Theory]
    [InlineData("03:00", "2026-03-19T03:00:00Z")]
    [InlineData("23:30", "2026-03-18T23:30:00Z")]
    [InlineData("-3d 03:00", "2026-03-15T03:00:00Z")]
    [InlineData("-3d", "2026-03-15T10:00:00Z")]
    [InlineData("90s", "2026-03-18T10:01:30Z")]
    [InlineData("2026-01-31T09:00:00Z", "2026-01-31T09:00:00Z")]
    public void An_episode_begins_when_it_is_told(string start, string moment)
    {
        var episode = Episode($"start: '{start}'");

        Assert.Equal(DateTimeOffset.Parse(moment, System.Globalization.CultureInfo.InvariantCulture), episode.StartFor(Start));
    }

    /// <summary>The messages of ten minutes of an episode with these keys.</summary>
    private static List<PlannedMessage> Messages(string keys)
    {
        var plan = TrafficPlan.Of(7, Episode(keys), Start);
        return [.. Enumerable.Range(0, 10).SelectMany(minute => plan.Minute(Start.ToUnixTimeSeconds() / 60 + minute))];
    }

    private static Episode Episode(string keys) => ScenarioFile.Parse("s.yml", new StringReader($$"""
        organizations: [{permalink: a, servers: [{permalink: b, domains: [a.example], credentials: [{name: c}]}]}]
        episodes: [{name: e, server: a/b, credential: c, {{keys}}}]
        """)).Episodes[0];
}
