using PostalExporter.Signals;

namespace PostalExporter.Tests.Signals;

public sealed class RecipientDomainsTests
{
    private readonly RecipientDomains domains = new(new LabelPlaces(5));

    [Theory]
    [InlineData("someone@Example.COM", "example.com")]
    [InlineData("a@b@mail.example", "mail.example")]
    [InlineData("someone@müller.example", "müller.example")]
    [InlineData("someone@उदाहरण.भारत", "उदाहरण.भारत")]
    [InlineData("someone", "other")]
    [InlineData("someone@", "other")]
    [InlineData("someone@a b", "other")]
    [InlineData("someone@a\"b", "other")]
    [InlineData("someone@Other", "other")]
    [InlineData(null, "other")]
    public void A_domain_is_what_follows_the_last_at_sign(string? address, string expected) =>
        Assert.Equal((expected, expected == "other"), (domains.Count(address) is var place ? place.Name : "", place == domains.Other));

    [Fact]
    public void A_name_longer_than_any_domain_is_other() => Assert.Same(domains.Other, domains.Count($"a@{new string('x', 254)}"));
}
