using Microsoft.Extensions.Logging;
using PostalExporter.Configuration;
using PostalSimulator.Installations;

namespace PostalExporter.Integration.Exactness;

/// <summary>A test that runs programs, each on a new exporter, on an installation of its own.</summary>
public abstract class ProgramTest(MariaDbFixture mariaDb) : IAsyncLifetime
{
    private Installation installation = null!;

    private protected static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() =>
        installation = await Installation.CreateAsync(mariaDb.Server.ConnectionString, Description(), Cancel);

    public async ValueTask DisposeAsync()
    {
        await installation.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    /// <summary>An organization without servers: a program makes its own.</summary>
    private protected static InstallationDescription Description() =>
        new() { DatabasePrefix = InstallationDescription.UniquePrefix(), Organizations = [new("Acme", "acme")] };

    /// <summary>Runs a program on the exporter's collection within the test.</summary>
    private protected async Task RunAsync(Program program, ILoggerFactory loggers)
    {
        var clock = new ModelClock();
        // Pages of two rows, so that a short program has several. A server that is gone is forgotten while a program runs.
        var configuration = ExporterUnderTest.ConfigurationFor(mariaDb.Server, installation) with
        {
            Collection = new CollectionOptions { PageRows = 2 },
            State = new StateOptions { SettleTime = ProgramRun.Settle, DeletedServerGrace = TimeSpan.FromMinutes(15) },
        };
        await ProgramRun.RunAsync(
            mariaDb.Server, installation,
            async () => new CollectionUnderTest(await ExporterUnderTest.StartAsync(configuration, clock, loggers), clock), clock, program);
    }
}
