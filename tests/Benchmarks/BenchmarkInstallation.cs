using System.Globalization;
using PostalExporter.Configuration;
using PostalExporter.Postal;
using PostalSimulator.Databases;
using Discovered = PostalExporter.Postal.Installation;
using Installation = PostalSimulator.Installations.Installation;

namespace PostalExporter.Benchmarks;

/// <summary>How the exporter's parts reach an installation of the simulator.</summary>
internal static class BenchmarkInstallation
{
    private const int DefaultMessages = 3_000_000;

    /// <summary>Messages of benchmarks with one large server; <c>BENCH_MESSAGES</c> says otherwise.</summary>
    public static int Messages =>
        Environment.GetEnvironmentVariable("BENCH_MESSAGES") is { } text ? int.Parse(text, CultureInfo.InvariantCulture) : DefaultMessages;

    /// <summary>A configuration for an installation on a private MariaDB.</summary>
    public static ExporterConfiguration ConfigurationFor(MariaDbServer server, Installation installation) => new()
    {
        MainDatabase = new MainDatabaseOptions
        {
            Host = "127.0.0.1", Port = server.Port, Username = "root", TlsMode = "disabled", Database = installation.DatabasePrefix,
        },
        MessageDatabase = new MessageDatabaseOptions
        {
            Host = "127.0.0.1", Port = server.Port, Username = "root", TlsMode = "disabled", DatabaseNamePrefix = installation.DatabasePrefix,
        },
    };

    /// <summary>What the exporter discovers in the main database.</summary>
    public static async Task<Discovered> DiscoverAsync(ExporterConfiguration configuration, CancellationToken cancellationToken)
    {
        await using var session = new DatabaseSession(configuration.MainDatabase, configuration.MainDatabase.Database);
        var schema = await MainSchema.ReadAsync(session, cancellationToken);
        return await new InstallationReader().ReadAsync(session, schema, cancellationToken);
    }
}
