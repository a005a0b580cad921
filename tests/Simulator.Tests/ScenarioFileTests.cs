using PostalSimulator.Scenarios;
using PostalSimulator.Traffic;

namespace PostalSimulator.Tests;

public sealed class ScenarioFileTests
{
    private const string Server = "organizations: [{permalink: a, servers: [{permalink: b, credentials: [{name: c}]}]}]\n";

    [Fact]
    public void The_demo_has_what_its_description_says()
    {
        var scenario = ScenarioFile.Read(Path.Combine(AppContext.BaseDirectory, "Scenarios", "demo.yml"));

        Assert.Equal(3, scenario.Organizations.Count);
        Assert.Equal(5, scenario.Servers.Count());
        Assert.Equal(11, scenario.Servers.Sum(server => server.Server.Credentials.Count));
        // The first hijack is what the demo starts.
        Assert.Equal("stolen-reception", scenario.Episodes.First(episode => episode.Kind == EpisodeKind.Hijack).Name);
    }

    [Fact]
    public void The_demo_has_an_episode_for_every_sign_of_abuse()
    {
        var scenario = ScenarioFile.Read(Path.Combine(AppContext.BaseDirectory, "Scenarios", "demo.yml"));
        var dormant = scenario.Servers.SelectMany(server => server.Server.Description.Credentials).Where(credential => credential.UnusedFor is not null);

        Assert.Contains(scenario.Episodes, episode => episode is
        {
            SourceNetworks: > 0, Subject: not null, Links.Count: > 0, SenderDomain: not null, ListedShare: > 0, Reactions: { Opens: > 0, Clicks: > 0, Complaints: > 0 },
        });
        Assert.Contains(scenario.Episodes, episode => episode.Bounces.RepeatedUnknown > 0.5);
        Assert.Contains(scenario.Episodes, episode => episode.IsNewCredential);
        Assert.Contains(scenario.Episodes, episode => episode.Kind == EpisodeKind.Loop);
        Assert.Contains(scenario.Episodes, episode => dormant.Any(credential => credential.Name == episode.Credential));
    }

    [Theory]
    [InlineData("seed: 1\nsede: 2\n", "s.yml:2: sede: is not known here; known are episodes, organizations, seed")]
    [InlineData("organizations:\n  - name: A\n", "s.yml:2: organizations[0].permalink: is missing")]
    [InlineData("organizations: x\n", "s.yml:1: organizations: must be a list")]
    [InlineData("organizations:\n  - permalink: a\n    servers:\n      - {permalink: b, credentials: [{name: c, weekend: lots}]}\n",
        "s.yml:4: organizations[0].servers[0].credentials[0].weekend: 'lots' is not a number from 0 to 100")]
    [InlineData("organizations:\n  - permalink: a\n    servers:\n      - {permalink: b, mode: Dead}\n",
        "s.yml:4: organizations[0].servers[0].mode: 'Dead' is none of Live, Development")]
    [InlineData("episodes:\n  - {name: e, server: a/b, credential: c}\n", "s.yml:2: episodes[0].server: 'a/b' is no server of this scenario; there are ")]
    [InlineData("organizations:\n  - permalink: a\n    servers:\n      - {permalink: b, credentials: [{name: c, dormant: 40d, messages_per_day: 1}]}\n",
        "s.yml:4: organizations[0].servers[0].credentials[0].dormant: a dormant credential sends nothing of its own: leave messages_per_day out, and let an episode wake it")]
    [InlineData("organizations:\n  - permalink: a\n    servers:\n      - {permalink: b, credentials: [{name: c, dormant: -40d}]}\n",
        "s.yml:4: organizations[0].servers[0].credentials[0].dormant: must be longer than nothing, such as 40d")]
    [InlineData(Server + "episodes:\n  - {name: e, server: a/b, credential: c, new_credential: true}\n",
        "s.yml:3: episodes[0].credential: 'c' is a credential of a/b already, and the episode is to make it; take another name, or leave new_credential out")]
    [InlineData(Server + "episodes:\n  - {name: e, server: a/b, credential: c, sender_domain: d.example}\n",
        "s.yml:3: episodes[0].sender_domain: 'd.example' is no domain of a/b; there are ")]
    [InlineData(Server + "episodes:\n  - {name: e, server: a/b, credential: c, reactions: {complaints: 0.1}}\n",
        "s.yml:3: episodes[0].reactions: complaints arrive at a domain of the server, and b has none; give it domains")]
    [InlineData(Server + "episodes:\n  - {name: e, server: a/b, credential: c, listed_recipients: {share: 0.1}}\n",
        "s.yml:3: episodes[0].listed_recipients: needs addresses")]
    [InlineData(Server + "episodes:\n  - {name: e, server: a/b, credential: c, source_networks: 513}\n",
        "s.yml:3: episodes[0].source_networks: '513' is not a number from 0 to 512")]
    [InlineData(Server + "episodes:\n  - {name: e, server: a/b, credential: c, start: soon}\n",
        "s.yml:3: episodes[0].start: 'soon' is neither 'on_demand', a duration such as 30s or -3d, a time of the day such as 03:00 or -3d 03:00, nor a moment such as 2026-01-31T09:00:00Z")]
    public void A_mistake_is_named_with_file_line_and_key(string yaml, string message)
    {
        var error = Assert.Throws<ScenarioException>(() => ScenarioFile.Parse("s.yml", new StringReader(yaml)));

        Assert.Equal(message, error.Message);
    }

    [Fact]
    public void Text_that_is_no_YAML_is_named_with_its_line()
    {
        var error = Assert.Throws<ScenarioException>(() => ScenarioFile.Parse("s.yml", new StringReader("seed: 1\n  x: [\n")));

        Assert.StartsWith("s.yml:2: not valid YAML", error.Message, StringComparison.Ordinal);
    }
}
