using System.Globalization;

namespace PostalExporter.Benchmarks.Detection;

/// <summary>
/// False alarms and delays of <c>postal_credential_recipient_score</c>: prints the tables of <c>docs/detection.md</c>. Takes a minute; the
/// figures are the same every time.
/// </summary>
internal sealed class RecipientScoreBenchmark : IBenchmark
{
    private const int Seed = 1;
    private const int Runs = 10_000;
    private const int HonestOutcomes = 200_000_000;
    private const int ClusteredOutcomes = 50_000_000;
    private const int Mailing = 50;
    private const int History = 5_000;

    private static readonly double[] Limits = [6.9, 8, 10, 12];
    private static readonly double[] HonestShares = [0.01, 0.02, 0.03, 0.05];
    private static readonly double[] BadShares = [0.05, 0.08, 0.10, 0.15, 0.20, 0.30, 0.40];
    private static readonly double[] Correlations = [0, 0.01, 0.02, 0.05, 0.10, 0.20];

    /// <inheritdoc/>
    public string Name => "recipient-score";

    /// <inheritdoc/>
    public Task RunAsync(ResultTable table, CancellationToken cancellationToken)
    {
        FalseAlarms(table, cancellationToken);
        DelaysByShare(table, cancellationToken);
        DelaysOfHijackedAccounts(cancellationToken);
        Clusters(cancellationToken);
        return Task.CompletedTask;
    }

    private static void FalseAlarms(ResultTable table, CancellationToken cancellationToken)
    {
        Print("False crossings per 100,000 first outcomes", "unknown recipients");
        foreach (var share in HonestShares)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var crossings = RecipientScoreSimulation.CountCrossings(RecipientTraffic.Independent(new Random(Seed), share).Take(HonestOutcomes), Limits);
            PrintRow(Percent(share), crossings.Select(count => Rate(count, HonestOutcomes)));
            if (share == 0.02)
            {
                var rate = crossings[^1] * 100_000.0 / HonestOutcomes;
                table.Add("false crossings of 12 per 100,000 first outcomes, 2 % unknown", "", "", Rate(crossings[^1], HonestOutcomes), "≤ 1", rate <= 1);
            }
        }
    }

    private static void DelaysByShare(ResultTable table, CancellationToken cancellationToken)
    {
        foreach (var history in (int[])[0, History])
        {
            Print($"First outcomes until the crossing, median (95th percentile), {(history == 0 ? "new credential" : $"after {history:N0} honest outcomes")}", "unknown recipients");
            foreach (var share in BadShares)
            {
                cancellationToken.ThrowIfCancellationRequested();
                var random = new Random(Seed);
                var delays = RecipientScoreSimulation.MeasureDelays(
                    RecipientTraffic.Independent(random, 0.02).Take(history), RecipientTraffic.Independent(random, share), Runs, Limits);
                PrintRow(Percent(share), delays.Select(Text));
                if (history == 0 && share is 0.10 or 0.20 or 0.40)
                    AddDelay(table, share, delays[^1]);
            }
        }
    }

    private static void AddDelay(ResultTable table, double share, Delays delays)
    {
        var target = share switch { 0.10 => 200, 0.20 => 45, _ => 20 };
        table.Add(
            $"first outcomes until the score is 12, {Percent(share)} unknown, median (95th percentile)", "", "", Text(delays),
            string.Create(CultureInfo.InvariantCulture, $"≤ {target}"), delays.Median <= target);
    }

    // Beside a list of which 40 percent are unknown, 100 messages an hour.
    private static void DelaysOfHijackedAccounts(CancellationToken cancellationToken)
    {
        const double Thief = 100;
        Print("Minutes until the crossing, median (95th percentile); a thief sends 100 messages an hour, 40 % to unknown recipients", "the account's own mail, 2 % unknown");
        foreach (var own in (int[])[0, 100, 300, 1_000, 3_000])
        {
            cancellationToken.ThrowIfCancellationRequested();
            var random = new Random(Seed);
            var history = RecipientTraffic.Independent(random, 0.02).Take(own == 0 ? 0 : History);
            var delays = RecipientScoreSimulation.MeasureDelays(history, RecipientTraffic.Mixed(random, (0.02, own), (0.40, Thief)), Runs, Limits);
            var minutes = 60 / (own + Thief);
            PrintRow($"{own:N0} messages an hour", delays.Select(delay =>
                string.Create(CultureInfo.InvariantCulture, $"{delay.Median * minutes:N0} ({delay.Percentile95 * minutes:N0})")));
        }
    }

    private static void Clusters(CancellationToken cancellationToken)
    {
        Print($"Unknown recipients in clusters: false crossings per 100,000 first outcomes, 2 % unknown in mailings of {Mailing}", "correlation within a mailing");
        foreach (var correlation in Correlations)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var crossings = RecipientScoreSimulation.CountCrossings(Clustered(0.02, correlation).Take(ClusteredOutcomes), Limits);
            PrintRow(Text(correlation), crossings.Select(count => Rate(count, ClusteredOutcomes)));
        }
        Print($"The same: first outcomes until the crossing, median (95th percentile), 20 % unknown in mailings of {Mailing}", "correlation within a mailing");
        foreach (var correlation in Correlations)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var delays = RecipientScoreSimulation.MeasureDelays([], Clustered(0.20, correlation), Runs, Limits);
            PrintRow(Text(correlation), delays.Select(Text));
        }
    }

    private static IEnumerable<bool> Clustered(double share, double correlation) => correlation == 0
        ? RecipientTraffic.Independent(new Random(Seed), share)
        : RecipientTraffic.Clustered(new Random(Seed), share, correlation, Mailing);

    private static void Print(string title, string rows)
    {
        Console.WriteLine($"\n{title}\n");
        Console.WriteLine($"| {rows} | {string.Join(" | ", Limits.Select(limit => $"limit {Text(limit)}"))} |");
        Console.WriteLine($"|---|{string.Concat(Limits.Select(_ => "---|"))}");
    }

    private static void PrintRow(string name, IEnumerable<string> cells) => Console.WriteLine($"| {name} | {string.Join(" | ", cells)} |");

    // Of what was never seen, three divided by the trials is the bound that 95 of 100 such trials would show.
    private static string Rate(long count, long outcomes)
    {
        var rate = (count == 0 ? 3 : count) * 100_000.0 / outcomes;
        var digits = Math.Max(0, 1 - (int)Math.Floor(Math.Log10(rate)));
        return (count == 0 ? "below " : "") + rate.ToString($"N{digits}", CultureInfo.InvariantCulture);
    }

    private static string Text(Delays delays) => string.Create(CultureInfo.InvariantCulture, $"{delays.Median:N0} ({delays.Percentile95:N0})");

    private static string Text(double number) => number.ToString(CultureInfo.InvariantCulture);

    private static string Percent(double share) => string.Create(CultureInfo.InvariantCulture, $"{share * 100:0} %");
}
