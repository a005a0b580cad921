using System.Globalization;
using PostalExporter.Configuration;
using PostalExporter.Lists;

namespace PostalExporter.Tests.Lists;

public sealed class OperatorListsTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("postal-lists-").FullName;

    private string File1 => Path.Combine(folder, "first.txt");

    private string File2 => Path.Combine(folder, "second.txt");

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Theory]
    [InlineData("a@trap.example", 1)]
    [InlineData("A@TRAP.Example.", 1)]
    [InlineData("a@deep.below.trap.example", 1)]
    [InlineData("a@nottrap.example", 0)]
    [InlineData("a@trap.example.org", 0)]
    [InlineData("a@example", 0)]
    [InlineData("a@b\u00fccher.example", 1)]
    [InlineData("a@xn--bcher-kva.example", 1)]
    [InlineData("a@anything.zip", 1)]
    [InlineData("someone@shared.example", 2)]
    [InlineData("Someone@shared.example.", 2)]
    [InlineData("someone.else@shared.example", 0)]
    [InlineData("someone@below.shared.example", 0)]
    [InlineData("\"x@y\"@shared.example", 2)]
    [InlineData("both@trap.example", 3)]
    [InlineData("trap.example", 0)]
    [InlineData("a@", 0)]
    [InlineData("", 0)]
    [InlineData("a@\u200b.\ud800", 0)]
    public void An_address_is_on_the_lists_that_hold_it_or_a_domain_that_it_lies_in(string address, int expected)
    {
        var lists = Lists(["trap.example", "b\u00fccher.example", "*.zip"], ["someone@SHARED.example", "\"x@y\"@shared.example", "both@trap.example"]);

        Assert.Equal((uint)expected, lists.FindAddress(address));
    }

    [Fact]
    public void An_address_of_any_number_of_dots_is_looked_up_no_deeper_than_the_entries_go()
    {
        var lists = Lists(["a.b.trap.example"], ["other.example"]);

        Assert.Equal(1u, lists.FindAddress($"x@{string.Concat(Enumerable.Repeat("y.", 500_000))}a.b.trap.example"));
        Assert.Equal(0u, lists.FindAddress($"x@{new string('.', 1_000_000)}b.trap.example"));
    }

    [Fact]
    public void A_long_list_holds_each_of_its_entries_and_no_other()
    {
        const int entries = 100_000;
        var lists = Lists(Enumerable.Range(0, entries).Select(number => Domain("trap", number)), ["other.example"]);

        Assert.Equal(entries, lists.All[0].Content.Hashes.Count);
        Assert.Equal(entries, Enumerable.Range(0, entries).Count(number => lists.FindDomain(Domain("trap", number)) == 1));
        Assert.Equal(entries, Enumerable.Range(0, entries).Count(number => lists.FindDomain(Domain("honest", number)) == 0));
    }

    [Fact]
    public void An_entry_that_comes_twice_counts_once()
    {
        var lists = Lists(["trap.example", "TRAP.example", "@trap.example"], ["other.example"]);

        Assert.Equal(1, lists.All[0].Content.Hashes.Count);
    }

    [Fact]
    public void Wrong_lines_are_named_by_their_numbers_twenty_of_them()
    {
        File.WriteAllLines(File1, [.. Enumerable.Range(0, 30).Select(number => Domain("hunter2 ", number)), "fine.example"]);

        var problems = Assert.Throws<ConfigurationException>(() => new OperatorLists().Add("traps", File1)).Problems;

        Assert.Equal(21, problems.Count);
        Assert.Equal($"{File1}:1: the line holds more than one word; write one domain or address a line", problems[0].ToString());
        Assert.Equal($"{File1}: 10 more lines are wrong; correct the file", problems[^1].ToString());
        Assert.DoesNotContain(problems, problem => problem.ToString().Contains("hunter2", StringComparison.Ordinal));
    }

    [Fact]
    public void A_file_of_more_entries_than_a_list_may_have_is_refused()
    {
        File.WriteAllLines(File1, Enumerable.Repeat("trap.example", ListContent.MostEntries + 1));

        var exception = Assert.Throws<ConfigurationException>(() => new OperatorLists().Add("traps", File1));

        Assert.Equal($"{File1}: the file has more than 2000000 entries; split it", exception.Message);
    }

    [Fact]
    public void A_file_is_read_again_when_it_changes_and_what_it_held_stays_when_it_cannot_be_used()
    {
        var list = Lists(["old.example"], ["other.example"]).All[0];
        Assert.False(list.Refresh());

        Write(File1, ["new.example", "newer.example"]);
        Assert.True(list.Refresh());
        Assert.Equal((2, false), (list.Content.Hashes.Count, list.IsOutdated));

        Write(File1, ["one word and more"]);
        Assert.Throws<ConfigurationException>(() => list.Refresh());
        Assert.False(list.Refresh());
        Assert.Equal((2, true), (list.Content.Hashes.Count, list.IsOutdated));

        File.Delete(File1);
        Assert.Throws<ConfigurationException>(() => list.Refresh());
        Assert.False(list.Refresh());
        Assert.Equal((2, true), (list.Content.Hashes.Count, list.IsOutdated));

        Write(File1, []);
        Assert.Contains("has no entry", Assert.Throws<ConfigurationException>(() => list.Refresh()).Message, StringComparison.Ordinal);
        Assert.Equal((2, true), (list.Content.Hashes.Count, list.IsOutdated));

        Write(File1, ["newest.example"]);
        Assert.True(list.Refresh());
        Assert.Equal((1, false), (list.Content.Hashes.Count, list.IsOutdated));
    }

    private static string Domain(string name, int number) => string.Create(CultureInfo.InvariantCulture, $"{name}{number}.example");

    private static void Write(string file, IEnumerable<string> lines) => File.WriteAllLines(file, lines);

    private OperatorLists Lists(IEnumerable<string> first, IEnumerable<string> second)
    {
        Write(File1, first);
        Write(File2, second);
        var lists = new OperatorLists();
        lists.Add("first", File1);
        lists.Add("second", File2);
        return lists;
    }
}
