using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace PostalExporter.Web;

/// <summary>An address of <c>--web.listen-address</c>: <c>:port</c>, <c>host:port</c> or <c>[ipv6]:port</c>.</summary>
/// <param name="Host">Name or address; empty for all addresses.</param>
/// <param name="Port">Port; 0 lets the system choose.</param>
internal sealed record ListenAddress(string Host, int Port)
{
    /// <summary>Reads an address.</summary>
    /// <returns>The address, or null when the text is none.</returns>
    public static ListenAddress? TryParse(string text)
    {
        var colon = text.LastIndexOf(':');
        if (colon < 0 || !int.TryParse(text.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var port) || port > 65535)
            return null;

        var host = text[..colon];
        if (host.StartsWith('[') && host.EndsWith(']'))
        {
            host = host[1..^1];
            return IPAddress.TryParse(host, out var address) && address.AddressFamily is AddressFamily.InterNetworkV6
                ? new ListenAddress(host, port)
                : null;
        }

        return host.Contains(':', StringComparison.Ordinal) || host.Any(char.IsWhiteSpace) ? null : new ListenAddress(host, port);
    }

    /// <summary>The end points of the address; <see cref="IPAddress.IPv6Any"/> for all addresses of the machine.</summary>
    /// <exception cref="WebStartException">The host's name has no address.</exception>
    public async Task<IReadOnlyList<IPEndPoint>> ResolveAsync(CancellationToken cancellationToken)
    {
        if (Host.Length == 0)
            return [new IPEndPoint(IPAddress.IPv6Any, Port)];

        try
        {
            var addresses = await Dns.GetHostAddressesAsync(Host, cancellationToken);
            // Only a fixed port can be had on several addresses at once.
            return [.. addresses.Distinct().Take(Port == 0 ? 1 : int.MaxValue).Select(address => new IPEndPoint(address, Port))];
        }
        catch (SocketException exception)
        {
            throw new WebStartException($"--web.listen-address {this}: the host has no address ({exception.Message}); name one of this machine");
        }
    }

    /// <inheritdoc/>
    public override string ToString()
    {
        var host = Host.Contains(':', StringComparison.Ordinal) ? $"[{Host}]" : Host;
        return string.Create(CultureInfo.InvariantCulture, $"{host}:{Port}");
    }
}

/// <summary>The web surface cannot start; the message says why and what to do.</summary>
internal sealed class WebStartException(string message) : Exception(message);
