using MySqlConnector;
using PostalSimulator.Databases;
using PostalSimulator.Tests;

[assembly: AssemblyFixture(typeof(MariaDbFixture))]

namespace PostalSimulator.Tests;

/// <summary>One MariaDB for all tests; each makes an installation with a prefix of its own.</summary>
public sealed class MariaDbFixture : IAsyncLifetime
{
    private MariaDbServer? server;

    public string ConnectionString => server!.ConnectionString;

    public async ValueTask InitializeAsync() => server = await MariaDbServer.StartAsync(TestContext.Current.CancellationToken);

    public async ValueTask DisposeAsync()
    {
        if (server is not null)
            await server.DisposeAsync();
    }

    public async Task<MySqlConnection> ConnectAsync(CancellationToken cancellationToken)
    {
        var connection = new MySqlConnection(ConnectionString);
        await connection.OpenAsync(cancellationToken);
        return connection;
    }
}
