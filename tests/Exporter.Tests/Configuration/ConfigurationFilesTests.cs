using PostalExporter.Configuration;
using Xunit;

namespace PostalExporter.Tests.Configuration;

/// <summary>Good and bad files, side by side in <c>testdata</c>; a bad one says in its head what is expected of it.</summary>
public sealed class ConfigurationFilesTests
{
    private const string ExpectPrefix = "# expect: ";

    private static readonly string Folder = Path.Combine(AppContext.BaseDirectory, "Configuration", "testdata");

    private readonly ConfigurationLoader loader = new(new EnvironmentReader(_ => null));

    public static TheoryData<string> GoodFiles => Files("*.good.yml");

    public static TheoryData<string> BadFiles => Files("*.bad.yml");

    [Theory]
    [MemberData(nameof(GoodFiles))]
    public void Good_file_is_loaded(string name)
    {
        var loaded = loader.Load(Path.Combine(Folder, name));

        Assert.InRange(loaded.Configuration.MainDatabase.Port, 1, 65535);
    }

    [Theory]
    [MemberData(nameof(BadFiles))]
    public void Bad_file_is_refused_with_all_its_problems(string name)
    {
        var file = Path.Combine(Folder, name);
        var expected = File.ReadLines(file)
            .Where(line => line.StartsWith(ExpectPrefix, StringComparison.Ordinal))
            .Select(line => $"{file}:{line[ExpectPrefix.Length..]}");

        var exception = Assert.Throws<ConfigurationException>(() => loader.Load(file));

        Assert.Equal(expected, exception.Problems.Select(problem => problem.ToString()));
        Assert.DoesNotContain("hunter2", exception.ToString(), StringComparison.Ordinal);
    }

    private static TheoryData<string> Files(string pattern)
    {
        var names = Directory.EnumerateFiles(Folder, pattern).Select(file => Path.GetFileName(file)).Order(StringComparer.Ordinal).ToList();
        Assert.NotEmpty(names);
        return new TheoryData<string>(names);
    }
}
