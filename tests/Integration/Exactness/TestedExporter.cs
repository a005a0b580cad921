namespace PostalExporter.Integration.Exactness;

/// <summary>An exporter that a program acts on.</summary>
internal interface ITestedExporter : IAsyncDisposable
{
    /// <summary>Its state directory.</summary>
    string StateDirectory { get; }

    /// <summary>Scrapes with time enough.</summary>
    Task<Exposition> ScrapeAsync();

    /// <summary>Begins a scrape that is broken off at some point.</summary>
    /// <param name="where">Chooses the point; any number will do.</param>
    /// <returns>The page, when there is one.</returns>
    Task<Exposition?> CutScrapeAsync(int where);

    /// <summary>Ends the exporter and starts it again.</summary>
    Task RestartAsync(Action whileDown);

    /// <summary>Lets it read its configuration anew.</summary>
    Task ReloadAsync();
}

/// <summary>The exporter's collection within the test: its time is the program's, and many programs can be run.</summary>
internal sealed class CollectionUnderTest(ExporterUnderTest exporter, ModelClock clock) : ITestedExporter
{
    private static readonly TimeSpan Budget = TimeSpan.FromSeconds(20);

    /// <inheritdoc/>
    public string StateDirectory => exporter.StateDirectory;

    // A collection that was to be short may still run when its scrape was answered, and the next scrape would share it.
    private bool mayStillRun;

    /// <inheritdoc/>
    public async Task<Exposition> ScrapeAsync()
    {
        if (mayStillRun)
            await exporter.ScrapeAsync(Budget);
        mayStillRun = false;
        return await exporter.ScrapeAsync(Budget);
    }

    /// <inheritdoc/>
    public async Task<Exposition?> CutScrapeAsync(int where)
    {
        if (where % 4 == 3)
        {
            // Breaks statements off in their middle: a collection has 200 ms less than its scrape.
            mayStillRun = true;
            return await exporter.ScrapeAsync(TimeSpan.FromMilliseconds(200 + (where / 4)));
        }
        clock.AdvanceAfter(where, Budget);
        var cut = await exporter.ScrapeAsync(Budget);
        clock.AdvanceAfter(-1, TimeSpan.Zero);
        return cut;
    }

    /// <inheritdoc/>
    public Task RestartAsync(Action whileDown) => exporter.RestartAsync(whileDown);

    /// <inheritdoc/>
    public Task ReloadAsync()
    {
        exporter.Reload();
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => exporter.DisposeAsync();
}

/// <summary>The exporter as a process, which SIGKILL meets at any point.</summary>
internal sealed class ProcessUnderTest(ExporterProcess exporter) : ITestedExporter
{
    /// <inheritdoc/>
    public string StateDirectory => exporter.StateDirectory;

    /// <inheritdoc/>
    public Task<Exposition> ScrapeAsync() => exporter.ScrapeAsync();

    /// <inheritdoc/>
    public async Task<Exposition?> CutScrapeAsync(int where)
    {
        var scrape = TryScrapeAsync();
        // The point where SIGKILL strikes is a matter of chance, and is meant to be: it must not matter.
        await Task.Delay(TimeSpan.FromMilliseconds(where % 50), TimeProvider.System, TestContext.Current.CancellationToken);
        await exporter.KillAsync();
        var page = await scrape;
        await exporter.LaunchAsync();
        return page;
    }

    /// <inheritdoc/>
    public async Task RestartAsync(Action whileDown)
    {
        await exporter.KillAsync();
        whileDown();
        await exporter.LaunchAsync();
    }

    /// <inheritdoc/>
    public Task ReloadAsync() => exporter.ReloadAsync();

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => exporter.DisposeAsync();

    private async Task<Exposition?> TryScrapeAsync()
    {
        try
        {
            return await exporter.ScrapeAsync();
        }
        catch (HttpRequestException)
        {
            return null;
        }
    }
}
