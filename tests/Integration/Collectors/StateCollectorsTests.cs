using PostalExporter.Collectors;
using PostalExporter.Metrics;

namespace PostalExporter.Integration.Collectors;

public sealed class StateCollectorsTests(MariaDbFixture mariaDb) : CollectorTest(mariaDb)
{
    [Fact]
    public void Names_are_snake_case_and_used_once()
    {
        Assert.Equal(StateCollectors.All.Count, StateCollectors.All.Select(collector => collector.Name).Distinct().Count());
        Assert.All(StateCollectors.All, collector => Assert.Matches("^[a-z]+(_[a-z]+)*$", collector.Name));
        Assert.All(StateCollectors.All, collector => Assert.EndsWith(".", collector.Description, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Every_collector_works_on_the_main_database_of_Postal_1()
    {
        await ExecuteAsync("DROP TABLE worker_roles, scheduled_tasks");
        await ExecuteAsync("ALTER TABLE credentials DROP COLUMN uuid");
        await ExecuteAsync("ALTER TABLE ip_addresses DROP COLUMN priority");
        await ExecuteAsync("ALTER TABLE servers DROP COLUMN privacy_mode");
        await ExecuteAsync("ALTER TABLE webhook_requests DROP INDEX index_webhook_requests_on_locked_by, DROP COLUMN locked_by, DROP COLUMN locked_at");

        foreach (var collector in StateCollectors.All)
            Assert.NotNull(await CollectAsync(collector));

        Assert.Equal(3, (await CollectAsync(new ServersCollector())).Of(Families.ServerInfo).Count);
    }

    [Fact]
    public async Task Hostile_names_reach_every_family_and_break_none()
    {
        await ExecuteAsync("UPDATE organizations SET permalink = @name", new { name = "\"}\n\\ \u0000\u001b" + new string('x', 200) });
        await ExecuteAsync("UPDATE servers SET permalink = CONCAT(id, @name), mode = NULL", new { name = string.Concat(Enumerable.Repeat("\U0001F4A9", 200)) });
        await ExecuteAsync("UPDATE domains SET name = @name, spf_status = 'OK'", new { name = "a\"b\nc.example" });
        await ExecuteAsync("UPDATE credentials SET name = @name", new { name = "\r\n\t\"" });

        foreach (var collector in StateCollectors.All)
            Assert.NotNull(await CollectAsync(collector));

        Assert.Equal(9, (await CollectAsync(new QueueCollector())).Of(Families.QueueMessages).Count);
    }
}
