using PostalExporter.Tail;

namespace PostalExporter.Integration.Exactness;

/// <summary>
/// What was written, what of it can be seen, and what the exporter must have counted. Values are ranges: after a scrape
/// that was broken off a row may be counted or not, until the next scrape that comes to its end. A row stays in doubt only
/// when it is deleted meanwhile, or for one of the reasons that <see cref="IsLimit"/> names.
/// </summary>
internal sealed class CountingModel(TimeSpan settle)
{
    private readonly List<ModelRow> rows = [];
    private Knowledge known = new([], []);

    /// <summary>Every row there ever was.</summary>
    public IReadOnlyList<ModelRow> Rows => rows;

    /// <summary>Whether a scrape runs meanwhile, which may see what becomes visible.</summary>
    public bool ScrapeRuns { get; private set; }

    /// <summary>Notes a row that was written.</summary>
    public void Add(ModelRow row) => rows.Add(row);

    /// <summary>Makes a row visible.</summary>
    public void Show(ModelRow row, TimeSpan now)
    {
        row.IsVisible = true;
        row.VisibleSince = now;
        if (ScrapeRuns)
            Pass(now);
    }

    /// <summary>What was there before the exporter was is not counted.</summary>
    public void BeginAtEnd(TimeSpan now)
    {
        foreach (var row in rows.Where(row => row.IsVisible))
            known.Tallies[row] = Tally.Before;
        NotePasses(now);
    }

    /// <summary>A scrape that came to its end: what can be seen is counted.</summary>
    public void Scraped(TimeSpan now)
    {
        foreach (var row in rows.Where(row => row.IsVisible && Of(row) is Tally.Not or Tally.Maybe))
            known.Tallies[row] = IsLimit(row) ? Tally.Maybe : Tally.Counted;
        NotePasses(now);
    }

    /// <summary>A scrape that did not come to its end.</summary>
    public void Cut(TimeSpan now) => Pass(now);

    /// <summary>A scrape begins and goes on until <see cref="EndScrape"/>.</summary>
    public void BeginScrape(TimeSpan now)
    {
        ScrapeRuns = true;
        Pass(now);
    }

    /// <summary>The scrape has ended.</summary>
    public void EndScrape(TimeSpan now)
    {
        ScrapeRuns = false;
        Pass(now);
    }

    /// <summary>A table was restored: some rows are there that were not, others are gone.</summary>
    public void Restore(ModelServer server, IReadOnlySet<ModelRow> backup, TimeSpan now)
    {
        server.Restores++;
        foreach (var row in rows.Where(row => row.Server == server))
        {
            var back = backup.Contains(row);
            if (back && !row.IsVisible)
                row.VisibleSince = now;
            row.IsVisible = back;
        }
        Doubt(server);
        if (ScrapeRuns)
            Pass(now);
    }

    /// <summary>A server is deleted with its rows.</summary>
    public void Delete(ModelServer server)
    {
        foreach (var row in rows.Where(row => row.Server == server))
            row.IsVisible = false;
    }

    /// <summary>What the exporter's state directory holds now.</summary>
    public Knowledge CopyKnowledge() => known.Copy();

    /// <summary>The exporter goes on from an older copy of its state: what it counted since is forgotten and is read again, if it is still there.</summary>
    public void PutBack(Knowledge copy, IEnumerable<ModelServer> servers)
    {
        known = copy.Copy();
        foreach (var server in servers.Where(server => known.RestoresSeen.GetValueOrDefault(server) != server.Restores))
            Doubt(server);
    }

    /// <summary>What the page must show: each series with the least and the most.</summary>
    public Dictionary<string, (long Least, long Most)> Expected()
    {
        var expected = new Dictionary<string, (long Least, long Most)>();
        void Add(string series, bool certain, long amount)
        {
            var (least, most) = expected.GetValueOrDefault(series);
            expected[series] = (least + (certain ? amount : 0), most + amount);
        }
        foreach (var row in rows.Where(row => Of(row) is Tally.Counted or Tally.Maybe))
        {
            foreach (var (series, amount) in row.Series())
                Add(series, Of(row) == Tally.Counted, amount);
        }
        // Once per message, by whichever of its deliveries was counted first.
        foreach (var (kind, ofKind) in ModelRow.OncePerMessage)
        {
            foreach (var deliveries in rows.Where(row => row.Message is not null && ofKind(row) is not null).GroupBy(row => row.Message!))
            {
                if (deliveries.Any(row => Of(row) == Tally.Before))
                    continue;
                var counted = deliveries.Where(row => Of(row) is Tally.Counted or Tally.Maybe).ToList();
                // A delivery that was given up may be taken for one that came before the exporter.
                if (counted.Count > 0)
                    Add(ofKind(counted[0])!, counted.Any(row => Of(row) == Tally.Counted) && !deliveries.Any(IsLimit), 1);
            }
        }
        return expected;
    }

    /// <summary>The families whose series are held against this model.</summary>
    public static bool Models(string series) => ModelRow.Families.Any(family => series.StartsWith(family + "{", StringComparison.Ordinal));

    private Tally Of(ModelRow row) => known.Tallies.GetValueOrDefault(row);

    private void Pass(TimeSpan now)
    {
        foreach (var row in rows.Where(row => row.IsVisible && Of(row) == Tally.Not))
            known.Tallies[row] = Tally.Maybe;
        NotePasses(now);
    }

    private void NotePasses(TimeSpan now)
    {
        foreach (var table in rows.Where(row => row.IsVisible).GroupBy(row => (row.Server, row.Table)))
            known.Passes.Add((table.Key.Server, table.Key.Table, table.Key.Server.Restores, now, table.Max(row => row.Id)));
        foreach (var server in rows.Select(row => row.Server).Distinct())
            known.RestoresSeen[server] = server.Restores;
    }

    // When a scrape first saw a higher id than this row's, before the row could be seen.
    private TimeSpan? PassedAt(ModelRow row) => known.Passes
        .Where(pass => pass.Server == row.Server && pass.Table == row.Table && pass.Restores == row.Server.Restores && pass.LastId > row.Id)
        .Select(pass => (TimeSpan?)pass.At)
        .FirstOrDefault();

    /// <summary>What need not be counted, and is not counted twice. The limits of the design, all of them.</summary>
    private bool IsLimit(ModelRow row) =>
        // A row that becomes visible after a higher id is waited for as long as the settle time says, and no longer.
        (PassedAt(row) is { } passed && row.VisibleSince - passed > settle)
        // After a restore rows are told apart by their time stamps: those that are not newer than the newest that was
        // counted are taken for counted. This one was not: it became visible after a higher id, or was deleted by
        // retention, and the restore came before it was read.
        || row.IsDoubtful;

    private void Doubt(ModelServer server)
    {
        foreach (var table in rows.Where(row => row.Server == server).GroupBy(row => row.Table))
        {
            decimal Newest(params Tally[] tallies) => table.Where(row => tallies.Contains(Of(row))).Select(row => row.Timestamp).DefaultIfEmpty().Max();
            var (counted, perhaps) = (Newest(Tally.Counted, Tally.Before), Newest(Tally.Counted, Tally.Before, Tally.Maybe));
            foreach (var row in table.Where(row => row.IsVisible && Of(row) is Tally.Not or Tally.Maybe))
                row.IsDoubtful |= row.Timestamp <= counted || (row.Timestamp <= perhaps && WasPassedUnseen(row));
        }
    }

    private bool WasPassedUnseen(ModelRow row) =>
        known.Passes.Any(pass => pass.Server == row.Server && pass.Table == row.Table && pass.At < row.VisibleSince && pass.LastId > row.Id);

    /// <summary>What the exporter knows, as far as its state directory holds it.</summary>
    internal sealed record Knowledge(
        Dictionary<ModelRow, Tally> Tallies, List<(ModelServer Server, TailStream Table, int Restores, TimeSpan At, long LastId)> Passes)
    {
        public Dictionary<ModelServer, int> RestoresSeen { get; init; } = [];

        public Knowledge Copy() => new(new(Tallies), [.. Passes]) { RestoresSeen = new(RestoresSeen) };
    }
}

/// <summary>Whether a row was counted.</summary>
internal enum Tally
{
    Not,
    Maybe,
    Counted,

    /// <summary>It was there before the exporter.</summary>
    Before,
}
