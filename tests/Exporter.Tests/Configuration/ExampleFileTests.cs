using System.Text.RegularExpressions;
using PostalExporter.Configuration;

namespace PostalExporter.Tests.Configuration;

public sealed partial class ExampleFileTests
{
    private static readonly string Example = Path.Combine(AppContext.BaseDirectory, "exporter.example.yml");

    private readonly ConfigurationLoader loader = new(new EnvironmentReader(_ => null));

    [Fact]
    public void Example_is_a_valid_configuration_with_the_built_in_defaults()
    {
        var configuration = loader.Load(Example).Configuration;

        Assert.Equal(new StateOptions(), configuration.State);
        Assert.Equal(ShardOptions.Whole, configuration.Shard);
        Assert.Equal(new CollectionOptions(), configuration.Collection);
        Assert.Equal(new LimitOptions(), configuration.Limits);
        Assert.Equal(new SignalOptions(), configuration.Signals);
        Assert.Empty(configuration.Content.Rules);
        Assert.Equal(new ContentOptions() with { Rules = configuration.Content.Rules }, configuration.Content);
        Assert.Equal(new MainDatabaseOptions() with { Username = "postal_exporter" }, configuration.MainDatabase);
        Assert.Equal(new MessageDatabaseOptions() with { Username = "postal_exporter" }, configuration.MessageDatabase);
        Assert.Equal(new ThresholdOptions().Resolve("other", "shop"), configuration.Thresholds.Resolve("other", "shop"));
    }

    [Fact]
    public void Example_shows_every_signal()
    {
        var text = File.ReadAllText(Example);

        Assert.All(ThresholdSignals.Names, name => Assert.Contains($"\n    {name}: ", text, StringComparison.Ordinal));
    }

    [Fact]
    public void Every_key_that_the_reader_knows_is_in_the_example_and_every_setting_in_it_is_known()
    {
        // The settings that are switched off, switched on: a setting has no space after its "#", prose has one.
        var everything = Path.Combine(Directory.CreateTempSubdirectory().FullName, "exporter.yml");
        File.WriteAllText(everything, SwitchedOff().Replace(File.ReadAllText(Example), "$1"));
        var known = KnownKeys(everything, out var problems);

        // Of keys that exclude each other, entries of a list show one each.
        var written = Paths(YamlTree.Load(everything, everything), "").Select(path => Position().Replace(path, "[]")).ToHashSet();
        Assert.Equal([], known.Where(key => !written.Contains(Position().Replace(key, "[]"))));
        Assert.DoesNotContain(problems, problem => problem.Message.StartsWith("unknown", StringComparison.Ordinal));
    }

    private static IReadOnlyCollection<string> KnownKeys(string file, out IReadOnlyList<ConfigurationProblem> problems)
    {
        var list = new ProblemList(file);
        ConfigurationLoader.ReadFile(file, list, [], []);
        problems = list.All;
        return list.Known;
    }

    private static IEnumerable<string> Paths(YamlValue value, string path) => value switch
    {
        YamlMap map => map.Entries.SelectMany(entry =>
        {
            var own = path.Length == 0 ? entry.Key : $"{path}.{entry.Key}";
            return Paths(entry.Value, own).Prepend(own);
        }),
        YamlList list => list.Items.SelectMany((item, index) => Paths(item, $"{path}[{index}]")),
        _ => [],
    };

    [GeneratedRegex(@"^(\s*)#(?! )(?=\w|- )", RegexOptions.Multiline)]
    private static partial Regex SwitchedOff();

    [GeneratedRegex(@"\[\d+\]")]
    private static partial Regex Position();
}
