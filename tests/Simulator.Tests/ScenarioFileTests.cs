using PostalSimulator.Scenarios;

namespace PostalSimulator.Tests;

public sealed class ScenarioFileTests
{
    [Fact]
    public void The_demo_has_what_its_description_says()
    {
        var scenario = ScenarioFile.Read(Path.Combine(AppContext.BaseDirectory, "Scenarios", "demo.yml"));

        Assert.Equal(3, scenario.Organizations.Count);
        Assert.Equal(5, scenario.Servers.Count());
        Assert.Equal(10, scenario.Servers.Sum(server => server.Server.Credentials.Count));
        Assert.Contains(scenario.Episodes, episode => episode.Name == "stolen-reception");
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
