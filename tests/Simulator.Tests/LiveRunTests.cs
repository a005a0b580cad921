using System.Globalization;
using Dapper;
using PostalSimulator.Installations;
using PostalSimulator.Live;
using PostalSimulator.Scenarios;

namespace PostalSimulator.Tests;

public sealed class LiveRunTests(MariaDbFixture database)
{
    [Fact]
    public async Task A_triggered_hijack_announces_its_first_message_and_sends_to_unknown_recipients()
    {
        var cancellationToken = TestContext.Current.CancellationToken;
        var scenario = ScenarioFile.Read(Path.Combine(AppContext.BaseDirectory, "Scenarios", "small.yml"));
        await using var installation = await Installation.CreateAsync(
            database.ConnectionString, scenario.Describe(InstallationDescription.UniquePrefix()), cancellationToken);
        using var output = new StringWriter();
        using var errors = new StringWriter();
        var run = new LiveRun(installation, scenario, output, errors);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var schema = installation.Server("acme/mail").DatabaseName;
        await using var connection = await database.ConnectAsync(cancellationToken);

        Assert.True(run.Trigger(null));
        Assert.False(run.Trigger("no such episode"));
        var running = run.RunAsync(stop.Token);
        while (await connection.ExecuteScalarAsync<long>($"SELECT COUNT(*) FROM `{schema}`.messages WHERE status = 'HardFail'") < 5)
        {
            Assert.False(running.IsCompleted, errors.ToString());
            // The table cannot be awaited, only asked again.
            await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System, cancellationToken);
        }
        await stop.CancelAsync();
        await running;

        var first = await connection.ExecuteScalarAsync<decimal>(
            $"SELECT MIN(timestamp) FROM `{schema}`.messages WHERE credential_id = {installation.Server("acme/mail").Credential("app").Id}");
        Assert.Matches("^first abusive message at [0-9]+\\.[0-9]{3}\n$", output.ToString());
        // Several writers share the work: the first to be done need not be the first to have begun.
        Assert.InRange(decimal.Parse(output.ToString().Split(' ')[^1], CultureInfo.InvariantCulture) - first, -0.001m, 5m);
        Assert.Equal("", errors.ToString());
        Assert.Equal(0, await connection.ExecuteScalarAsync<long>($"SELECT COUNT(*) FROM `{installation.DatabasePrefix}`.queued_messages WHERE locked_by IS NOT NULL"));
    }
}
