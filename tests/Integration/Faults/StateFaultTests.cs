using Microsoft.Extensions.Time.Testing;
using PostalExporter.State;
using PostalSimulator.Installations;

namespace PostalExporter.Integration.Faults;

/// <summary>The exporter as a process whose state store gets into trouble: on a full disk, one that cannot be written, with damaged files.</summary>
public sealed class StateFaultTests(MariaDbFixture mariaDb) : IAsyncLifetime
{
    private const string NeedsMount = "needs the right to mount a tmpfs";

    private Installation installation = null!;
    private ExporterProcess exporter = null!;
    private int accepted;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private string StorePath => Path.Combine(exporter.StateDirectory, StateStore.FileName);

    public async ValueTask InitializeAsync()
    {
        installation = await Installation.CreateAsync(mariaDb.Server.ConnectionString, InstallationDescription.WithCredentials("app"), Cancel);
        exporter = await ExporterProcess.StartAsync(mariaDb.Server, installation);
    }

    public async ValueTask DisposeAsync()
    {
        await exporter.DisposeAsync();
        await installation.DisposeAsync();
    }

    [Fact]
    public async Task A_disk_that_fills_up_while_it_runs_stops_no_scrape_and_no_message_is_lost()
    {
        Assert.SkipUnless(SmallDisk.IsAvailable, NeedsMount);
        await exporter.TerminateAsync();
        using var disk = SmallDisk.Mount(exporter.StateDirectory);
        await exporter.LaunchAsync();
        await BeginAsync();

        disk.Fill();
        await AcceptAsync(3);
        await installation.SuspendOrganizationAsync(installation.Organizations[0], Cancel);
        for (var i = 0; i < 3; i++)
        {
            var full = await exporter.ScrapeAsync();
            AssertStands(full, messages: 1);
            Assert.Equal(1, full.Find("postal_server_suspended"));
        }
        Assert.Contains("the disk is full; free space", await OnlyLineAsync("Collector state failed"), StringComparison.Ordinal);

        disk.Free();
        await CountOnAsync(2);
        await OnlyLineAsync("Collector state works again");
    }

    [Fact]
    public async Task A_full_disk_at_the_start_shows_what_was_saved_and_counting_goes_on_when_there_is_space()
    {
        Assert.SkipUnless(SmallDisk.IsAvailable, NeedsMount);
        await exporter.TerminateAsync();
        using var disk = SmallDisk.Mount(exporter.StateDirectory);
        await exporter.LaunchAsync();
        await BeginAsync();
        await exporter.TerminateAsync();
        disk.Fill();
        await AcceptAsync(3);

        await exporter.LaunchAsync();

        AssertStands(await exporter.ScrapeAsync(), messages: 1);
        await OnlyLineAsync("The state store was read and cannot be written");
        disk.Free();
        await CountOnAsync(2);
    }

    [Fact]
    public async Task A_full_disk_after_a_kill_shows_what_was_saved_too()
    {
        Assert.SkipUnless(SmallDisk.IsAvailable, NeedsMount);
        await exporter.TerminateAsync();
        using var disk = SmallDisk.Mount(exporter.StateDirectory);
        await exporter.LaunchAsync();
        await BeginAsync();
        // The last saves are in the write-ahead log alone.
        await exporter.KillAsync();
        disk.Fill();
        await AcceptAsync(3);

        await exporter.LaunchAsync();

        AssertStands(await exporter.ScrapeAsync(), messages: 1);
        disk.Free();
        await CountOnAsync(2);
    }

    [Fact]
    public async Task A_full_disk_at_the_first_start_is_said()
    {
        Assert.SkipUnless(SmallDisk.IsAvailable, NeedsMount);
        await exporter.TerminateAsync();
        using var disk = SmallDisk.Mount(exporter.StateDirectory);
        disk.Fill();

        Assert.Equal(1, await exporter.LaunchInVainAsync());

        Assert.Contains("the disk is full; free space", await OnlyLineAsync("level=error"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_disk_that_cannot_be_written_at_the_start_shows_what_was_saved_and_counting_goes_on_when_it_can(bool killed)
    {
        Assert.SkipUnless(SmallDisk.IsAvailable, NeedsMount);
        await exporter.TerminateAsync();
        using var disk = SmallDisk.Mount(exporter.StateDirectory);
        await exporter.LaunchAsync();
        await BeginAsync();
        if (killed)
            await exporter.KillAsync();
        else
            await exporter.TerminateAsync();
        disk.SetReadOnly(true);
        await AcceptAsync(3);

        await exporter.LaunchAsync();

        AssertStands(await exporter.ScrapeAsync(), messages: 1);
        AssertStands(await exporter.ScrapeAsync(), messages: 1);
        Assert.Contains("writable for the exporter's account", await OnlyLineAsync("Collector state failed"), StringComparison.Ordinal);
        disk.SetReadOnly(false);
        await CountOnAsync(2);
    }

    [Fact]
    public async Task A_directory_of_another_account_at_the_start_shows_what_was_saved_and_counting_goes_on_when_it_is_given_over()
    {
        string[] nobody = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"];
        var library = Path.Combine(AppContext.BaseDirectory, "postal-exporter.dll");
        Assert.SkipUnless(SmallDisk.TryRun(nobody[0], [.. nobody[1..], "test", "-r", library]), "needs the right to change the account, and a build that others can read");
        await BeginAsync();
        await exporter.TerminateAsync();
        await AcceptAsync(3);
        Assert.True(SmallDisk.TryRun("chmod", "-R", "a+rX", Path.GetDirectoryName(exporter.ConfigurationFile)!));

        exporter.Through = nobody;
        await exporter.LaunchAsync();

        AssertStands(await exporter.ScrapeAsync(), messages: 1);
        await OnlyLineAsync("The state store was read and cannot be written");
        Assert.True(SmallDisk.TryRun("chown", "-R", "65534:65534", exporter.StateDirectory));
        await CountOnAsync(2);
    }

    [Fact]
    public async Task A_file_that_cannot_be_written_any_more_while_it_runs_stops_no_scrape_and_no_message_is_lost()
    {
        await BeginAsync();
        var log = StorePath + "-wal";
        var probe = Path.Combine(exporter.StateDirectory, "probe");
        await using (var open = new FileStream(probe, FileMode.Create))
        {
            Assert.SkipUnless(SmallDisk.TryRun("chattr", "+i", probe), "needs the right to make a file immutable");
            var takesNothing = TakesNothing(open);
            SmallDisk.TryRun("chattr", "-i", probe);
            Assert.SkipUnless(takesNothing, "needs a file system whose immutable files cannot be written by who has them open");
        }
        try
        {
            Assert.True(SmallDisk.TryRun("chattr", "+i", log));
            await AcceptAsync(3);
            for (var i = 0; i < 3; i++)
                AssertStands(await exporter.ScrapeAsync(), messages: 1);
        }
        finally
        {
            SmallDisk.TryRun("chattr", "-i", log);
        }

        await CountOnAsync(2);
    }

    [Fact]
    public async Task A_state_directory_that_is_emptied_while_it_runs_is_filled_again_and_no_message_is_lost()
    {
        await BeginAsync();
        foreach (var file in Directory.EnumerateFiles(exporter.StateDirectory))
            File.Delete(file);

        await CountOnAsync(3);
        await exporter.KillAsync();
        await exporter.LaunchAsync();

        await CountOnAsync(2);
    }

    [Fact]
    public async Task A_store_that_is_damaged_while_it_runs_is_written_anew_and_no_message_is_lost()
    {
        var time = new FakeTimeProvider(TimeProvider.System.GetUtcNow());
        await using var own = await ExporterUnderTest.StartAsync(
            ExporterUnderTest.ConfigurationFor(mariaDb.Server, installation), time, TestLog.CreateFactory());
        await own.ScrapeAsync();
        await AcceptAsync(2);
        Assert.Equal(2, (await own.ScrapeAsync()).Sum("postal_messages_total"));
        var store = Path.Combine(own.StateDirectory, StateStore.FileName);
        foreach (var file in (string[])[store, store + "-wal"])
            await OverwriteAsync(file);
        await AcceptAsync(3);
        // SQLite has so small a store in memory; only the check of every five minutes looks at the disk.
        time.Advance(TimeSpan.FromMinutes(5));

        AssertStands(await own.ScrapeAsync(), messages: 2);

        var page = await own.ScrapeAsync();
        Assert.Equal(5, page.Sum("postal_messages_total"));
        Assert.Equal(1, page.Find("postal_exporter_collector_success", ("collector", "state")));
        Assert.True(File.Exists(store + StateStore.SetAsideSuffix));
        await AcceptAsync(1);
        await own.RestartAsync();
        Assert.Equal(6, (await own.ScrapeAsync()).Sum("postal_messages_total"));
    }

    [Fact]
    public async Task A_store_that_was_damaged_at_rest_is_refused_with_the_remedy_and_left_as_it_is()
    {
        await BeginAsync();
        await exporter.TerminateAsync();
        await OverwriteAsync(StorePath);
        var damaged = await File.ReadAllBytesAsync(StorePath, Cancel);

        Assert.Equal(1, await exporter.LaunchInVainAsync());

        var line = await OnlyLineAsync("level=error");
        Assert.Contains($"{StorePath}: is damaged", line, StringComparison.Ordinal);
        Assert.Contains("restore it from a backup", line, StringComparison.Ordinal);
        Assert.Equal(damaged, await File.ReadAllBytesAsync(StorePath, Cancel));
    }

    [Fact]
    public async Task A_second_exporter_on_the_same_store_refuses_to_start_and_the_first_goes_on()
    {
        await BeginAsync();
        await using var second = await ExporterProcess.CreateAsync(mariaDb.Server, installation, exporter.StateDirectory);

        Assert.Equal(1, await second.LaunchInVainAsync());

        Assert.Contains($"{exporter.StateDirectory}: another exporter uses this state directory", second.Log.ToString(), StringComparison.Ordinal);
        await CountOnAsync(1);
    }

    private static void AssertStands(Exposition page, int messages)
    {
        Assert.Equal(messages, page.Sum("postal_messages_total"));
        Assert.Equal(1, page.Find("postal_up"));
        Assert.Equal(0, page.Find("postal_exporter_collector_success", ("collector", "state")));
        Assert.Equal(1, page.Find("postal_exporter_collector_success", ("collector", "tail")));
    }

    private static async Task OverwriteAsync(string path)
    {
        await using var file = new FileStream(path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite);
        var bytes = new byte[file.Length];
        Array.Fill(bytes, (byte)0xA5);
        await file.WriteAsync(bytes, Cancel);
    }

    // Whether a file that is open for writing takes nothing any more.
    private static bool TakesNothing(FileStream file)
    {
        try
        {
            file.WriteByte(0);
            file.Flush();
            return false;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return true;
        }
    }

    // The line of the log that holds this text; there must be one only.
    private async Task<string> OnlyLineAsync(string part)
    {
        for (var i = 0; ; i++)
        {
            var lines = exporter.LogText.Split('\n').Where(line => line.Contains(part, StringComparison.Ordinal)).ToList();
            if (lines.Count > 0 || i == 500)
                return Assert.Single(lines);
            // The log of another process arrives when it arrives: it is looked at again.
            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, Cancel);
        }
    }

    // The first collection of an empty store, and a first message.
    private async Task BeginAsync()
    {
        await exporter.ScrapeAsync();
        await CountOnAsync(1);
    }

    // Accepts messages and holds the counter against all that were ever accepted.
    private async Task CountOnAsync(int messages)
    {
        await AcceptAsync(messages);
        var page = await exporter.ScrapeAsync();
        Assert.Equal(1, page.Find("postal_exporter_collector_success", ("collector", "state")));
        Assert.Equal(accepted, page.Sum("postal_messages_total"));
    }

    private async Task AcceptAsync(int messages)
    {
        var server = installation.Servers[0];
        for (var i = 0; i < messages; i++, accepted++)
            await server.AcceptAsync(server.Credentials[0], "a@example.com", Cancel);
    }
}
