using Microsoft.Extensions.Logging.Abstractions;
using PostalExporter.Configuration;

namespace PostalExporter.Tests.Configuration;

public sealed class ConfigurationReloadTests
{
    private static readonly string Folder = Path.Combine(AppContext.BaseDirectory, "Configuration", "testdata");
    private static readonly LoadedConfiguration Loaded = new ConfigurationLoader(new EnvironmentReader(_ => null)).Load(Path.Combine(Folder, "shard.good.yml"));

    public static TheoryData<string> Fixed => ["state.path", "shard"];

    [Theory]
    [MemberData(nameof(Fixed))]
    public void What_the_state_store_depends_on_needs_a_restart(string key)
    {
        var changed = key == "shard"
            ? Loaded.Configuration with { Shard = new ShardOptions(1, 3) }
            : Loaded.Configuration with { State = Loaded.Configuration.State with { Path = "/elsewhere" } };
        var applied = 0;
        var failures = 0;
        var reload = new ConfigurationReload(
            () => Loaded with { Configuration = changed }, Loaded.Configuration, _ => applied++, () => failures++, NullLogger.Instance);

        Assert.False(reload.Reload());

        Assert.Equal((0, 1), (applied, failures));
        Assert.Same(Loaded.Configuration, reload.Current);
    }
}
