using PostalExporter.Signals;

namespace PostalExporter.Benchmarks.Detection.Traffic;

/// <summary>
/// Different recipients of the last hour of one credential, estimated by the exporter's own counters. Steps of ten minutes as in
/// <see cref="RecipientWindows"/>, but what is over is merged once, since a trace asks every minute.
/// </summary>
internal sealed class RecipientWindow
{
    private const int StepMinutes = 10;
    private const int Steps = 6;

    private readonly DistinctCounter?[] steps = new DistinctCounter?[Steps];
    private DistinctCounter? before;
    private int newest;
    private double? estimate = 0;

    /// <summary>Takes in a recipient. Minutes come in their order.</summary>
    public void Add(int minute, ulong hash)
    {
        Advance(minute);
        if ((steps[newest % Steps] ??= new DistinctCounter()).Add(hash))
            estimate = null;
    }

    /// <summary>What the exporter shows at the begin of a minute.</summary>
    public double Estimate(int minute)
    {
        Advance(minute);
        return estimate ??= Math.Round(Merge([before, steps[newest % Steps]])?.Estimate() ?? 0);
    }

    /// <summary>Forgets everything.</summary>
    public void Clear()
    {
        Array.Clear(steps);
        before = null;
        estimate = 0;
    }

    private void Advance(int minute)
    {
        if (minute / StepMinutes == newest)
            return;
        while (newest < minute / StepMinutes)
            steps[++newest % Steps] = null;
        before = Merge(steps);
        estimate = null;
    }

    private static DistinctCounter? Merge(IEnumerable<DistinctCounter?> parts)
    {
        DistinctCounter? sum = null;
        foreach (var part in parts)
        {
            if (part is not null)
                (sum ??= new DistinctCounter()).Merge(part);
        }
        return sum;
    }
}
