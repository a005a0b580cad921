using PostalExporter.Integration;
using PostalSimulator.Databases;

[assembly: AssemblyFixture(typeof(MariaDbFixture))]

namespace PostalExporter.Integration;

/// <summary>One MariaDB for all tests; each test makes its own installation in it. Tests that stop or stall it start one of their own.</summary>
public sealed class MariaDbFixture : IAsyncLifetime
{
    /// <summary>The server.</summary>
    public MariaDbServer Server { get; private set; } = null!;

    /// <inheritdoc/>
    public async ValueTask InitializeAsync() => Server = await MariaDbServer.StartAsync(CancellationToken.None);

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => Server.DisposeAsync();
}
