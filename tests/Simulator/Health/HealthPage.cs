using System.Globalization;
using System.Text;

namespace PostalSimulator.Health;

/// <summary>The metrics of one of Postal's processes, in the text form of its Ruby library. May be used by several threads.</summary>
internal sealed class HealthPage
{
    private readonly IReadOnlyList<HealthFamily> families;
    private readonly Dictionary<HealthFamily, SortedDictionary<string, double[]>> series;

    public HealthPage(IReadOnlyList<HealthFamily> families)
    {
        this.families = families;
        series = families.ToDictionary(family => family, _ => new SortedDictionary<string, double[]>(StringComparer.Ordinal));
        // A series with labels is there from its first event on, one without from the start.
        foreach (var family in families.Where(family => family.Labels.Count == 0))
            Of(family, []);
    }

    public void Increment(HealthFamily family, params ReadOnlySpan<string> labels)
    {
        lock (series)
            Of(family, labels)[0]++;
    }

    /// <param name="family">A histogram.</param>
    /// <param name="seconds">What is observed.</param>
    /// <param name="labels">Values of its labels.</param>
    public void Observe(HealthFamily family, double seconds, params ReadOnlySpan<string> labels)
    {
        lock (series)
        {
            var values = Of(family, labels);
            for (var bucket = 0; bucket < HealthFamily.Buckets.Count; bucket++)
                if (seconds <= HealthFamily.Buckets[bucket])
                    values[bucket]++;
            values[^2]++;
            values[^1] += seconds;
        }
    }

    public override string ToString()
    {
        var text = new StringBuilder();
        lock (series)
            foreach (var family in families)
            {
                text.Append(CultureInfo.InvariantCulture, $"# TYPE {family.Name} {(family.IsHistogram ? "histogram" : "counter")}\n");
                text.Append(CultureInfo.InvariantCulture, $"# HELP {family.Name} {family.Help}\n");
                foreach (var (labels, values) in series[family])
                    Write(text, family, labels, values);
            }
        return text.ToString();
    }

    private static void Write(StringBuilder text, HealthFamily family, string labels, double[] values)
    {
        if (!family.IsHistogram)
        {
            Line("", labels, values[0]);
            return;
        }
        for (var bucket = 0; bucket <= HealthFamily.Buckets.Count; bucket++)
        {
            var bound = bucket < HealthFamily.Buckets.Count ? HealthFamily.Buckets[bucket].ToString(CultureInfo.InvariantCulture) : "+Inf";
            Line("_bucket", $"{labels}{(labels.Length > 0 ? "," : "")}le=\"{bound}\"", values[bucket]);
        }
        Line("_sum", labels, values[^1]);
        Line("_count", labels, values[^2]);

        void Line(string suffix, string braced, double value) => text.Append(
            CultureInfo.InvariantCulture, $"{family.Name}{suffix}{(braced.Length > 0 ? $"{{{braced}}}" : "")} {value:0.0########}\n");
    }

    /// <summary>The values of a series: a counter's one, or a histogram's buckets, count and sum.</summary>
    private double[] Of(HealthFamily family, ReadOnlySpan<string> labels)
    {
        var text = new StringBuilder();
        for (var i = 0; i < family.Labels.Count; i++)
            text.Append(CultureInfo.InvariantCulture, $"{(i > 0 ? "," : "")}{family.Labels[i]}=\"{labels[i]}\"");
        var key = text.ToString();
        if (!series[family].TryGetValue(key, out var values))
            series[family][key] = values = new double[family.IsHistogram ? HealthFamily.Buckets.Count + 2 : 1];
        return values;
    }
}
