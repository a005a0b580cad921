using Dapper;
using PostalSimulator.Installations;

namespace PostalSimulator.Tests;

public sealed class SchemaTests(MariaDbFixture database)
{
    private readonly CancellationToken cancellationToken = TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("main")]
    [InlineData("message")]
    public async Task Every_column_is_as_the_facts_say(string kind)
    {
        await using var installation = await CreateAsync();
        var expected = Facts("columns.tsv", kind).Select(row => string.Join('\t', row[1..])).ToList();

        var actual = await QueryAsync(installation, kind,
            "SELECT CONCAT_WS('\\t', table_name, ordinal_position, column_name, column_type, is_nullable, COALESCE(column_default, ''), extra) "
            + "FROM information_schema.columns WHERE table_schema = @schema");

        Assert.NotEmpty(expected);
        Assert.Equal(expected.Order(StringComparer.Ordinal), actual.Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("main")]
    [InlineData("message")]
    public async Task Every_index_is_as_the_facts_say(string kind)
    {
        await using var installation = await CreateAsync();
        var expected = Facts("indexes.tsv", kind).Select(row => string.Join('\t', row[1..])).ToList();

        var actual = await QueryAsync(installation, kind,
            "SELECT CONCAT_WS('\\t', table_name, index_name, IF(non_unique = 0, 'YES', 'NO'), seq_in_index, column_name, COALESCE(sub_part, '')) "
            + "FROM information_schema.statistics WHERE table_schema = @schema");

        Assert.NotEmpty(expected);
        Assert.Equal(expected.Order(StringComparer.Ordinal), actual.Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task All_tables_are_InnoDB_and_message_tables_have_their_collation()
    {
        await using var installation = await CreateAsync();
        await using var connection = await database.ConnectAsync(cancellationToken);

        var others = await connection.QueryAsync<string>(
            "SELECT table_name FROM information_schema.tables WHERE table_schema LIKE CONCAT(@prefix, '%') AND (engine <> 'InnoDB' OR table_collation NOT LIKE 'utf8mb4%' "
            + "OR table_schema <> @prefix AND table_name NOT LIKE 'raw-%' AND table_collation <> 'utf8mb4_unicode_ci')",
            new { prefix = installation.DatabasePrefix });

        Assert.Empty(others);
    }

    /// <summary>An installation that has received one message, so that it has a raw table.</summary>
    private async Task<Installation> CreateAsync()
    {
        var installation = await Installation.CreateAsync(database.ConnectionString, InstallationDescription.WithCredentials("app"), cancellationToken);
        var server = installation.Server("mail");
        await server.AcceptAsync(server.Credential("app"), "someone@example.com", cancellationToken);
        return installation;
    }

    private async Task<List<string>> QueryAsync(Installation installation, string kind, string sql)
    {
        await using var connection = await database.ConnectAsync(cancellationToken);
        var schema = kind == "main" ? installation.DatabasePrefix : installation.Server("mail").DatabaseName;
        return [.. (await connection.QueryAsync<string>(sql, new { schema })).Select(AnyDay)];
    }

    /// <summary>The facts name raw tables by a pattern.</summary>
    private static string AnyDay(string row) => row.StartsWith("raw-2", StringComparison.Ordinal) ? "raw-YYYY-MM-DD" + row["raw-YYYY-MM-DD".Length..] : row;

    private static IEnumerable<string[]> Facts(string file, string kind) =>
        File.ReadLines(Path.Combine(AppContext.BaseDirectory, "Schema", file)).Select(line => line.Split('\t')).Where(row => row[0] == kind);
}
