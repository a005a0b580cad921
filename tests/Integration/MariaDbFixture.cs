using PostalSimulator.Databases;
using Xunit;

[assembly: AssemblyFixture(typeof(PostalExporter.Integration.MariaDbFixture))]

namespace PostalExporter.Integration;

/// <summary>One real MariaDB for all tests of the assembly; each test makes databases of its own in it.</summary>
public sealed class MariaDbFixture : IAsyncLifetime
{
    private MariaDbServer? server;

    /// <summary>The running server.</summary>
    public MariaDbServer Server => server ?? throw new InvalidOperationException("the fixture was not initialized");

    /// <inheritdoc/>
    public async ValueTask InitializeAsync() => server = await MariaDbServer.StartAsync(TestContext.Current.CancellationToken);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (server is not null)
            await server.DisposeAsync();
    }
}
