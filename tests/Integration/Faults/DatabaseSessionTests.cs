using MySqlConnector;
using PostalExporter.Configuration;
using PostalExporter.Postal;

namespace PostalExporter.Integration.Faults;

/// <summary>Which errors end a session, and which concern one statement.</summary>
public sealed class DatabaseSessionTests(MariaDbFixture mariaDb)
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private DatabaseOptions Options => new() { Host = "127.0.0.1", Port = mariaDb.Server.Port, Username = "root", TlsMode = "disabled" };

    [Fact]
    public async Task Errors_of_statements_and_of_the_exporter_itself_leave_the_connection()
    {
        await using var session = new DatabaseSession(Options, database: null);
        var opened = await session.OpenAsync(Cancel);

        Assert.False(session.IsConnectionFailure(await FailAsync(session, "SELECT * FROM nowhere.nothing")));
        Assert.False(session.IsConnectionFailure(new InvalidOperationException("a fault of the exporter")));
        Assert.Same(opened, await session.OpenAsync(Cancel));
    }

    [Fact]
    public async Task A_connection_that_was_ended_is_a_failure_whatever_the_error()
    {
        await using var session = new DatabaseSession(Options, database: null);
        var opened = await session.OpenAsync(Cancel);
        await Administrator.ExecuteAsync(mariaDb.Server, $"KILL {opened.ServerThread}");

        Assert.True(session.IsConnectionFailure(await FailAsync(session, "DO 0")));
        Assert.NotSame(opened, await session.OpenAsync(Cancel));
    }

    [Theory]
    [InlineData("nobody", 1045)]
    [InlineData("limited", 1226)]
    public async Task Whatever_refuses_the_connection_is_a_failure_of_it(string account, int number)
    {
        await Administrator.ExecuteAsync(mariaDb.Server, "CREATE USER IF NOT EXISTS limited@'127.0.0.1' WITH MAX_USER_CONNECTIONS 1");
        await using var first = new DatabaseSession(Options with { Username = "limited" }, database: null);
        await first.OpenAsync(Cancel);
        await using var session = new DatabaseSession(Options with { Username = account }, database: null);

        var refused = await FailAsync(session, "DO 0");

        Assert.Equal(number, Assert.IsType<MySqlException>(refused).Number);
        Assert.True(session.IsConnectionFailure(refused));
    }

    private static async Task<Exception> FailAsync(DatabaseSession session, string sql)
    {
        return await Assert.ThrowsAnyAsync<Exception>(async () =>
        {
            await using var command = await session.CommandAsync(sql, Cancel);
            await command.ExecuteNonQueryAsync(Cancel);
        });
    }
}
