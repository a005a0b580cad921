using PostalExporter.Postal;

namespace PostalExporter.Tests.Postal;

public sealed class LabelTextTests
{
    [Theory]
    [InlineData("plain", "plain")]
    [InlineData("line\nbreak\tand tab", "line\nbreak\tand tab")]
    [InlineData("nul\0 and return\r", "nul\uFFFD and return\uFFFD")]
    [InlineData("😀", "😀")]
    [InlineData("half \ud83d of a pair", "half \uFFFD of a pair")]
    [InlineData("\udc00\ud800", "\uFFFD\uFFFD")]
    public void Only_what_would_break_a_page_is_replaced(string text, string expected) => Assert.Equal(expected, LabelText.Clean(text));
}
