using System.Text.RegularExpressions;
using PostalSimulator.Installations;

namespace PostalExporter.Integration;

/// <summary>The exporter needs no rights: as nobody, who owns nothing but the state, it does all that it does as root.</summary>
public sealed partial class ConfinementTests(MariaDbFixture mariaDb)
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task It_counts_and_keeps_what_it_counted_without_rights(bool readOnlyRoot)
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "Needs root, to become somebody else.");
        Assert.SkipUnless(!readOnlyRoot || await Confinement.CanMountAsync(Cancel), "Needs the right to make file systems read-only, which this machine does not give to root.");
        await using var installation = await Installation.CreateAsync(mariaDb.Server.ConnectionString, InstallationDescription.WithCredentials("app"), Cancel);
        var server = installation.Servers[0];
        await using var exporter = await ExporterProcess.StartAsync(new Confinement(readOnlyRoot), mariaDb.Server, installation);

        var rights = Rights().Matches(await File.ReadAllTextAsync($"/proc/{exporter.Id}/status", Cancel)).Select(line => (line.Groups[1].Value, line.Groups[2].Value));
        Assert.Equal([("Uid", $"{Confinement.Nobody}"), ("CapEff", "0000000000000000"), ("CapBnd", "0000000000000000"), ("NoNewPrivs", "1")], rights);

        Assert.Equal(1, (await exporter.ScrapeAsync()).Find("postal_up"));
        await server.InsertMessageRowAsync(new MessageRow { CredentialId = server.Credentials[0].Id, Recipient = "someone@example.org" }, Cancel);
        Assert.Equal(1, (await exporter.ScrapeAsync()).Sum("postal_messages_total"));
        Assert.True(new FileInfo(Path.Combine(exporter.StateDirectory, State.StateStore.FileName)).Length > 0, "The state must have been written.");

        Assert.Equal(0, await exporter.TerminateAsync());
        await exporter.LaunchAsync();
        Assert.Equal(1, (await exporter.ScrapeAsync()).Sum("postal_messages_total"));
    }

    [GeneratedRegex(@"(?m)^(Uid|CapEff|CapBnd|NoNewPrivs):\t(\w+)")]
    private static partial Regex Rights();
}
