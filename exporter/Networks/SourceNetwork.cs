using System.Buffers.Binary;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace PostalExporter.Networks;

/// <summary>
/// The network that an address is counted under: /24 of IPv4, /48 of IPv6 (what a customer of a provider usually has).
/// Its text is for explanations only and never becomes a label.
/// </summary>
/// <param name="Prefix">The network's first 64 bits, the address's first bit first; the bits behind the network are zero.</param>
/// <param name="IsIPv6">Whether it is a /48 of IPv6, otherwise a /24 of IPv4.</param>
internal readonly record struct SourceNetwork(ulong Prefix, bool IsIPv6)
{
    // Loopback, link-local, private use (RFC 1918), shared by a provider's customers (RFC 6598). None is longer than 24 bits.
    private static readonly IPNetwork[] PrivateIPv4 =
    [
        IPNetwork.Parse("0.0.0.0/8"), IPNetwork.Parse("10.0.0.0/8"), IPNetwork.Parse("100.64.0.0/10"), IPNetwork.Parse("127.0.0.0/8"),
        IPNetwork.Parse("169.254.0.0/16"), IPNetwork.Parse("172.16.0.0/12"), IPNetwork.Parse("192.168.0.0/16"),
    ];

    // The first holds ::1; then unique local and link-local addresses.
    private static readonly IPNetwork[] PrivateIPv6 = [IPNetwork.Parse("::/48"), IPNetwork.Parse("fc00::/7"), IPNetwork.Parse("fe80::/10")];

    /// <summary>Whether the network is no part of the internet: loopback, link-local, private use, or shared behind a provider's NAT.</summary>
    public bool IsPrivate
    {
        get
        {
            var address = FirstAddress;
            return Array.Exists(IsIPv6 ? PrivateIPv6 : PrivateIPv4, network => network.Contains(address));
        }
    }

    private IPAddress FirstAddress
    {
        get
        {
            Span<byte> bytes = stackalloc byte[16];
            bytes.Clear();
            BinaryPrimitives.WriteUInt64BigEndian(bytes, Prefix);
            return new IPAddress(IsIPv6 ? bytes : bytes[..4]);
        }
    }

    /// <summary>The network of an address. An IPv4 address within IPv6 (<c>::ffff:192.0.2.1</c>) counts as IPv4; zones are left out.</summary>
    public static SourceNetwork Of(IPAddress address)
    {
        if (address.IsIPv4MappedToIPv6)
            address = address.MapToIPv4();
        var isIPv6 = address.AddressFamily == AddressFamily.InterNetworkV6;
        Span<byte> bytes = stackalloc byte[16];
        bytes.Clear();
        address.TryWriteBytes(bytes, out _);
        bytes[(isIPv6 ? 6 : 3)..].Clear();
        return new SourceNetwork(BinaryPrimitives.ReadUInt64BigEndian(bytes), isIPv6);
    }

    /// <summary>Such as <c>192.0.2.0/24</c> or <c>2001:db8:1::/48</c>.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{FirstAddress}/{(IsIPv6 ? 48 : 24)}");
}
