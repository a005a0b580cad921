using System.Net;
using System.Net.Sockets;

namespace PostalStack;

/// <summary>A port on loopback that the system chose; held until the program that shall have it starts.</summary>
internal sealed class LoopbackPort : IDisposable
{
    private readonly TcpListener listener = new(IPAddress.Loopback, 0);

    public LoopbackPort()
    {
        listener.Start();
        Address = new Uri($"http://{listener.LocalEndpoint}");
    }

    public Uri Address { get; }

    /// <summary>Lets go of the port.</summary>
    public Uri Release()
    {
        listener.Stop();
        return Address;
    }

    /// <inheritdoc/>
    public void Dispose() => listener.Dispose();
}
