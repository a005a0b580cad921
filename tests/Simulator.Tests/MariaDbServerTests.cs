using MySqlConnector;
using PostalSimulator.Databases;

namespace PostalSimulator.Tests;

public sealed class MariaDbServerTests
{
    private readonly CancellationToken cancellationToken = TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_was_committed_survives_a_crash_and_nothing_survives_disposal()
    {
        var parent = NewFolder();
        try
        {
            await using (var server = await MariaDbServer.StartAsync(
                new MariaDbServerOptions { ParentDirectory = parent.FullName }, TimeProvider.System, cancellationToken))
            {
                await ExecuteAsync(server, "CREATE DATABASE d; CREATE TABLE d.t (id INT); INSERT INTO d.t VALUES (42)");
                await server.KillAsync(cancellationToken);
                await Assert.ThrowsAsync<MySqlException>(() => ExecuteAsync(server, "SELECT 1"));
                await server.RestartAsync(cancellationToken);

                Assert.Equal(42, await ExecuteAsync(server, "SELECT id FROM d.t"));
            }

            Assert.Empty(parent.EnumerateFileSystemInfos());
        }
        finally
        {
            parent.Delete(recursive: true);
        }
    }

    [Fact]
    public async Task Giving_up_during_the_start_leaves_nothing_behind()
    {
        var parent = NewFolder();
        try
        {
            using var impatient = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            var start = MariaDbServer.StartAsync(new MariaDbServerOptions { ParentDirectory = parent.FullName }, TimeProvider.System, impatient.Token);
            while (parent.GetFiles("*", new EnumerationOptions { RecurseSubdirectories = true, IgnoreInaccessible = true }).Length == 0)
            {
                Assert.False(start.IsCompleted, "the start ended before it wrote a file");
                // The folder cannot be awaited, only looked at again.
                await Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System, cancellationToken);
            }
            await impatient.CancelAsync();

            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => start);
            Assert.Empty(parent.EnumerateFileSystemInfos());
        }
        finally
        {
            parent.Delete(recursive: true);
        }
    }

    /// <summary>A folder that the server's own user can pass through, which temporary folders of .NET do not allow.</summary>
    private static DirectoryInfo NewFolder() => Directory.CreateDirectory(Path.Combine(Path.GetTempPath(), $"simulator-tests-{Guid.NewGuid():N}"));

    private async Task<int?> ExecuteAsync(MariaDbServer server, string sql)
    {
        await using var connection = new MySqlConnection(server.ConnectionString);
        await connection.OpenAsync(cancellationToken);
        await using var command = new MySqlCommand(sql, connection);
        return (int?)await command.ExecuteScalarAsync(cancellationToken);
    }
}
