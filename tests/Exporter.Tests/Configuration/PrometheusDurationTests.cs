using PostalExporter.Configuration;
using Xunit;

namespace PostalExporter.Tests.Configuration;

public sealed class PrometheusDurationTests
{
    [Theory]
    [InlineData("0", 0)]
    [InlineData("500ms", 0.5)]
    [InlineData("60s", 60)]
    [InlineData("5m", 300)]
    [InlineData("1h30m", 5400)]
    [InlineData("1d2h3m4s5ms", 93784.005)]
    [InlineData("2w", 1209600)]
    public void Duration_is_read(string text, double seconds)
    {
        Assert.True(PrometheusDuration.TryParse(text, out var duration));
        Assert.Equal(seconds, duration.TotalSeconds, 3);
    }

    [Theory]
    [InlineData("")]
    [InlineData("60")]
    [InlineData("-1s")]
    [InlineData("1.5h")]
    [InlineData("5m1h")]
    [InlineData("1 h")]
    [InlineData("1h ")]
    [InlineData("1y")]
    [InlineData("99999999999999999999w")]
    public void Anything_else_is_none(string text) => Assert.False(PrometheusDuration.TryParse(text, out _));
}
