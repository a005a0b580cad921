using PostalExporter.Postal;

namespace PostalExporter.Tests.Postal;

public sealed class LabelTextTests
{
    [Theory]
    [InlineData("plain", "plain")]
    [InlineData("line\nbreak\tand tab", "line\nbreak\tand tab")]
    [InlineData("nul\0 and return\r", "nul\uFFFD and return\uFFFD")]
    [InlineData("😀", "😀")]
    public void Only_what_would_break_a_page_is_replaced(string text, string expected) => Assert.Equal(expected, LabelText.Clean(text));

    // Attributes are stored as UTF-8, which cannot hold half of a pair: these texts are made here.
    [Fact]
    public void Halves_of_surrogate_pairs_are_replaced()
    {
        Assert.Equal("half \uFFFD of a pair", LabelText.Clean($"half {'\ud83d'} of a pair"));
        Assert.Equal("\uFFFD\uFFFD", LabelText.Clean(new string(['\udc00', '\ud800'])));
    }
}
