using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Time.Testing;
using PostalExporter.State;
using PostalSimulator.Installations;

namespace PostalExporter.Integration.Tail;

/// <summary>What is left of credentials and sending domains that were deleted, and for how long.</summary>
public sealed class DeletedNameTests(MariaDbFixture mariaDb) : IAsyncLifetime
{
    private readonly FakeTimeProvider time = new(TimeProvider.System.GetUtcNow());
    private Installation installation = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private MailServer Server => installation.Servers[0];

    public async ValueTask InitializeAsync() => installation = await Installation.CreateAsync(
        mariaDb.Server.ConnectionString, InstallationDescription.WithCredentials("app", "leaked"), Cancel);

    public ValueTask DisposeAsync() => installation.DisposeAsync();

    [Fact]
    public async Task Series_of_a_deleted_credential_and_domain_leave_page_and_state_store_after_the_grace_time()
    {
        await using var exporter = await StartAsync();
        await exporter.ScrapeAsync();
        var leaked = Server.Credentials[1];
        var domain = await Server.AddDomainAsync("leaked.example", Cancel);
        await Server.InsertMessageRowAsync(new MessageRow { CredentialId = leaked.Id, DomainId = domain.Id }, Cancel);
        await exporter.ScrapeAsync();
        await Server.DeleteCredentialAsync(leaked, Cancel);
        await Server.DeleteDomainAsync(domain, Cancel);
        // Queued mail that is sent after its credential was deleted.
        await Server.InsertMessageRowAsync(new MessageRow { CredentialId = leaked.Id, DomainId = domain.Id }, Cancel);
        await exporter.ScrapeAsync();

        time.Advance(TimeSpan.FromMinutes(59));
        var within = await exporter.ScrapeAsync();
        time.Advance(TimeSpan.FromMinutes(2));
        var after = await exporter.ScrapeAsync();

        Assert.Equal(1, within.Find("postal_messages_total", ("credential", "leaked")));
        Assert.Equal(1, within.Find("postal_messages_total", ("credential", $"id:{leaked.Id}")));
        Assert.Equal(1, within.Find("postal_sender_domain_messages_total", ("domain", "leaked.example")));
        Assert.DoesNotContain("leaked", after.Text, StringComparison.Ordinal);
        Assert.DoesNotContain("id:", after.Text, StringComparison.Ordinal);
        Assert.Equal(0, after.Find("postal_messages_total", ("credential", "app")));
        await exporter.RestartAsync();
        Assert.Equal(0, CountSaved(exporter, "SELECT COUNT(*) FROM series WHERE labels LIKE '%leaked%' OR labels LIKE '%id:%'"));
        Assert.Equal(0, CountSaved(exporter, "SELECT COUNT(*) FROM recipients"));
    }

    [Fact]
    public async Task A_credential_that_is_made_again_under_its_name_goes_on_with_its_series()
    {
        await using var exporter = await StartAsync();
        await exporter.ScrapeAsync();
        var old = Server.Credentials[1];
        await Server.InsertMessageRowAsync(new MessageRow { CredentialId = old.Id }, Cancel);
        await exporter.ScrapeAsync();
        await Server.DeleteCredentialAsync(old, Cancel);
        await exporter.ScrapeAsync();
        time.Advance(TimeSpan.FromMinutes(30));
        var renewed = await Server.AddCredentialAsync(new CredentialDescription("leaked"), Cancel);
        await Server.InsertMessageRowAsync(new MessageRow { CredentialId = renewed.Id }, Cancel);
        await exporter.ScrapeAsync();
        time.Advance(TimeSpan.FromHours(2));

        Assert.Equal(2, (await exporter.ScrapeAsync()).Find("postal_messages_total", ("credential", "leaked")));
    }

    private Task<ExporterUnderTest> StartAsync() =>
        ExporterUnderTest.StartAsync(ExporterUnderTest.ConfigurationFor(mariaDb.Server, installation), time, TestLog.CreateFactory());

    private static long CountSaved(ExporterUnderTest exporter, string query)
    {
        using var connection = new SqliteConnection($"Data Source={Path.Combine(exporter.StateDirectory, StateStore.FileName)};Mode=ReadOnly;Pooling=False");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = query;
        return (long)command.ExecuteScalar()!;
    }
}
