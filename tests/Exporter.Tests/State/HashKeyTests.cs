using PostalExporter.Metrics;
using PostalExporter.Signals;
using PostalExporter.State;
using PostalExporter.Tail;

namespace PostalExporter.Tests.State;

public sealed class HashKeyTests : IDisposable
{
    private static readonly DateTimeOffset Now = new(2026, 5, 4, 12, 0, 0, TimeSpan.Zero);
    private readonly string directory = Directory.CreateTempSubdirectory("postal-exporter-key-").FullName;

    private string KeyPath => Path.Combine(directory, HashKeyFile.FileName);

    public void Dispose() => Directory.Delete(directory, recursive: true);

    [Fact]
    public void The_key_is_made_once_and_only_its_owner_can_read_it()
    {
        Save();
        var key = File.ReadAllText(KeyPath);
        Save();

        Assert.Equal(key, File.ReadAllText(KeyPath));
        if (!OperatingSystem.IsWindows())
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(KeyPath));
    }

    [Fact]
    public void The_store_does_not_hold_the_key()
    {
        Save();
        var key = Convert.FromHexString(File.ReadAllText(KeyPath).Trim());

        foreach (var file in Directory.EnumerateFiles(directory, StateStore.FileName + "*"))
        {
            var bytes = File.ReadAllBytes(file);
            Assert.True(bytes.AsSpan().IndexOf(key) < 0, file);
            Assert.True(bytes.AsSpan().IndexOf(System.Text.Encoding.ASCII.GetBytes(Convert.ToHexStringLower(key))) < 0, file);
        }
    }

    [Fact]
    public void What_was_hashed_with_a_key_that_is_gone_is_forgotten_and_learnt_anew()
    {
        Save();
        Assert.Equal((1, 7L), Load());
        File.Delete(KeyPath);

        Assert.Equal((0, null), Load());
    }

    [Fact]
    public void A_file_that_is_no_key_is_refused_with_its_name_and_the_remedy()
    {
        Save();
        File.WriteAllText(KeyPath, "not a key");

        var exception = Assert.Throws<StateStoreException>(() => StateStore.Open(directory));

        Assert.StartsWith(KeyPath, exception.Message, StringComparison.Ordinal);
        Assert.Contains("delete it", exception.Message, StringComparison.Ordinal);
        File.Delete(KeyPath);
        // The directory was not left locked.
        StateStore.Open(directory).Dispose();
    }

    private void Save()
    {
        using var store = StateStore.Open(directory);
        var server = new ServerState(5, "uuid", fromEnd: true) { IsNew = true };
        server.Cursors[(int)TailStream.Messages] = new StreamCursor { Position = 7 };
        server.Windows.Take(new Note(9, Now.ToUnixTimeSeconds(), store.Hash.OfText("anna@example.com")));
        server.Memories.History.Next = 7;
        store.Commit(Now, [server], [], new CounterTable(new MetricsPage()), []);
    }

    private (int Windows, long? History) Load()
    {
        using var store = StateStore.Open(directory);
        var server = store.LoadServers()[5];
        return (server.Windows.Keys.Count, server.Memories.History.Next);
    }
}
