using System.Globalization;
using PostalExporter.Signals;

namespace PostalExporter.Tests.Signals;

public sealed class RecipientRegionsTests
{
    [Theory]
    [InlineData("example.de", "DE")]
    [InlineData("mail.example.co.uk", "GB")]
    [InlineData("example.eu", "EU")]
    [InlineData("example.ευ", "EU")]
    [InlineData("example.xn--p1ai", "RU")]
    [InlineData("пример.рф", "RU")]
    [InlineData("उदाहरण.भारत", "IN")]
    [InlineData("example.xn--fiqs8s", "CN")]
    [InlineData("example.xn--node", "GE")]
    [InlineData("example.com", "generic")]
    [InlineData("example.berlin", "generic")]
    [InlineData("example.xn--vermgensberatung-pwb", "generic")]
    [InlineData("example.io", "generic")]
    [InlineData("example.com.co", "generic")]
    [InlineData("example.ly", "generic")]
    [InlineData("example.zz", "generic")]
    [InlineData("example.de.", "generic")]
    [InlineData("de", "generic")]
    [InlineData("", "generic")]
    public void A_domain_belongs_to_the_country_of_its_top_level_domain(string domain, string region) =>
        Assert.Equal(region, RecipientRegions.Of(domain));

    [Fact]
    public void Every_line_has_a_region_of_two_letters_and_both_forms_of_a_domain_in_another_script()
    {
        var idn = new IdnMapping();
        var seen = new HashSet<string>();
        foreach (var words in DomainFile.Lines("country-domains.txt").Select(line => line.Split(' ')))
        {
            Assert.Matches("^[A-Z]{2}$", words[^1]);
            Assert.All(words[..^1], top => Assert.True(seen.Add(top), top));
            if (words is [var ascii, var script, _])
                Assert.Equal((ascii, script), (idn.GetAscii(script), idn.GetUnicode(ascii)));
            else
                Assert.Matches("^[a-z]{2}$", Assert.Single(words[..^1]));
            Assert.All(words[..^1], top => Assert.Equal(words[^1], RecipientRegions.Of($"example.{top}")));
        }
    }
}
