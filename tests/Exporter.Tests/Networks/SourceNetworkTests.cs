using System.Net;
using PostalExporter.Networks;

namespace PostalExporter.Tests.Networks;

public sealed class SourceNetworkTests
{
    [Theory]
    [InlineData("192.0.2.7", "192.0.2.0/24")]
    [InlineData("255.255.255.255", "255.255.255.0/24")]
    [InlineData("::ffff:192.0.2.7", "192.0.2.0/24")]
    [InlineData("2001:db8:1:2:3:4:5:6", "2001:db8:1::/48")]
    [InlineData("fe80::1%7", "fe80::/48")]
    public void It_is_a_24_of_IPv4_and_a_48_of_IPv6(string address, string network) =>
        Assert.Equal(network, SourceNetwork.Of(IPAddress.Parse(address)).ToString());

    [Theory]
    [InlineData("192.0.2.1", "192.0.2.255", true)]
    [InlineData("192.0.2.1", "192.0.3.1", false)]
    [InlineData("2001:db8:1:2::1", "2001:db8:1:ffff::1", true)]
    [InlineData("2001:db8:1::1", "2001:db8:2::1", false)]
    [InlineData("32.1.13.0", "2001:d00::", false)]
    public void Neighbours_are_equal(string one, string other, bool same)
    {
        var (first, second) = (SourceNetwork.Of(IPAddress.Parse(one)), SourceNetwork.Of(IPAddress.Parse(other)));

        Assert.Equal(same, first == second);
        Assert.Equal(same, new HashSet<SourceNetwork> { first, second }.Count == 1);
    }

    [Theory]
    [InlineData("127.0.0.1", true)]
    [InlineData("10.200.0.1", true)]
    [InlineData("172.31.0.1", true)]
    [InlineData("172.32.0.1", false)]
    [InlineData("192.168.1.1", true)]
    [InlineData("169.254.1.1", true)]
    [InlineData("100.127.0.1", true)]
    [InlineData("100.128.0.1", false)]
    [InlineData("::ffff:10.0.0.1", true)]
    [InlineData("::1", true)]
    [InlineData("fd00::1", true)]
    [InlineData("fe80::1", true)]
    [InlineData("2001:db8::1", false)]
    [InlineData("11.0.0.1", false)]
    public void Networks_that_are_no_part_of_the_internet_are_marked(string address, bool isPrivate) =>
        Assert.Equal(isPrivate, SourceNetwork.Of(IPAddress.Parse(address)).IsPrivate);
}
