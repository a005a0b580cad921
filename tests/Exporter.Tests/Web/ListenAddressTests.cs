using PostalExporter.Web;
using Xunit;

namespace PostalExporter.Tests.Web;

public sealed class ListenAddressTests
{
    [Theory]
    [InlineData(":10587", "", 10587)]
    [InlineData("localhost:0", "localhost", 0)]
    [InlineData("127.0.0.1:10587", "127.0.0.1", 10587)]
    [InlineData("[::1]:65535", "::1", 65535)]
    public void Address_is_read_and_written_alike(string text, string host, int port)
    {
        var address = ListenAddress.TryParse(text);

        Assert.Equal(new ListenAddress(host, port), address);
        Assert.Equal(text, address?.ToString());
    }

    [Theory]
    [InlineData("")]
    [InlineData("10587")]
    [InlineData(":")]
    [InlineData(":65536")]
    [InlineData(":-1")]
    [InlineData("::1:10587")]
    [InlineData("[localhost]:1")]
    [InlineData("[127.0.0.1]:1")]
    [InlineData("http://localhost:1")]
    [InlineData("a b:1")]
    public void Anything_else_is_none(string text) => Assert.Null(ListenAddress.TryParse(text));

    [Fact]
    public async Task Host_without_an_address_is_refused_by_name()
    {
        var exception = await Assert.ThrowsAsync<WebStartException>(
            () => new ListenAddress("nowhere.invalid", 1).ResolveAsync(TestContext.Current.CancellationToken));

        Assert.Contains("nowhere.invalid:1", exception.Message, StringComparison.Ordinal);
    }
}
