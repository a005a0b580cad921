using PostalExporter.Signals;

namespace PostalExporter.Tests.Signals;

public sealed class DomainFileTests
{
    [Theory]
    [InlineData("feedback-provider-domains.txt")]
    [InlineData("free-mail-domains.txt")]
    public void Every_line_is_a_domain_as_signals_see_it_and_stands_there_once(string name)
    {
        var lines = DomainFile.Lines(name).ToList();

        Assert.NotEmpty(lines);
        Span<char> lower = stackalloc char[RecipientAddress.LongestDomain];
        foreach (var line in lines)
        {
            var length = RecipientAddress.ReadDomain($"anna@{line}", lower);
            Assert.Equal(line, lower[..length].ToString());
            Assert.Contains('.', line);
        }
        Assert.Equal(lines.Count, lines.Distinct().Count());
    }

    [Fact]
    public void Gmail_reports_no_messages() => Assert.DoesNotContain("gmail.com", DomainFile.Lines("feedback-provider-domains.txt"));
}
