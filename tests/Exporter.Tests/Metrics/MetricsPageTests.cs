using System.Globalization;
using System.Text;
using Prometheus;
using PostalExporter.Metrics;

namespace PostalExporter.Tests.Metrics;

public sealed class MetricsPageTests
{
    private static readonly string[] Bounds = ["1", "5", "14400", "+Inf"];

    private readonly MetricsPage page = new();

    [Theory]
    [InlineData(0, "0")]
    [InlineData(1, "1")]
    [InlineData(-1, "-1")]
    [InlineData(0.05, "0.05")]
    [InlineData(1777012345.123, "1777012345.123")]
    [InlineData(9007199254740991, "9007199254740991")]
    [InlineData(1e300, "1E+300")]
    [InlineData(double.MinValue, "-1.7976931348623157E+308")]
    [InlineData(-2.2250738585072014E-308, "-2.2250738585072014E-308")]
    [InlineData(double.NaN, "NaN")]
    [InlineData(double.PositiveInfinity, "+Inf")]
    [InlineData(double.NegativeInfinity, "-Inf")]
    public void Values_are_written_exactly(double value, string expected)
    {
        Gauge(Families.Up, value);

        Assert.Equal([$"postal_up {expected}"], new PageText(page, openMetrics: false).Series);
        Assert.Equal([$"postal_up {expected}"], new PageText(page, openMetrics: true).Series);
    }

    [Fact]
    public void A_family_is_declared_when_it_has_series_and_OpenMetrics_names_a_counter_without_its_suffix()
    {
        page.Show(new CounterSeries(Families.Rows, ["messages"]));
        Gauge(Families.Up, 1);

        Assert.Contains("# TYPE postal_exporter_rows_total counter", new PageText(page, openMetrics: false).Lines);
        Assert.Contains("# TYPE postal_exporter_rows counter", new PageText(page, openMetrics: true).Lines);
        Assert.Contains($"# HELP postal_up {Families.Up.Help}", new PageText(page, openMetrics: true).Lines);
        Assert.DoesNotContain(new PageText(page, openMetrics: false).Lines, line => line.Contains(Families.ServerUp.Name, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task It_says_what_a_registry_of_prometheus_net_says(bool openMetrics)
    {
        var registry = Prometheus.Metrics.NewCustomRegistry();
        var factory = Prometheus.Metrics.WithCustomRegistry(registry);
        var random = new Random(1);
        foreach (var family in Families.All)
        {
            for (var i = 0; i < 20; i++)
            {
                string[] labels = [.. family.Labels.Select(_ => Label(random))];
                if (labels.Length == 0 && i > 0)
                    break;
                if (family.Type == FamilyType.Counter)
                {
                    var amount = random.Next();
                    var series = new CounterSeries(family, labels);
                    series.Restore(1, amount);
                    page.Show(series);
                    factory.CreateCounter(family.Name, family.Help, family.Labels).WithLabels(labels).IncTo(amount);
                }
                else if (family.Type == FamilyType.Histogram)
                {
                    int[] bounds = [1, 60, 3600];
                    double[] values = [.. Enumerable.Range(0, random.Next(5)).Select(_ => random.Next(40_000) / 4.0)];
                    var theirHistogram = factory.CreateHistogram(
                        family.Name, family.Help, family.Labels[..^1], new HistogramConfiguration { Buckets = [.. bounds.Select(bound => (double)bound)] });
                    foreach (var value in values)
                        theirHistogram.WithLabels(labels[..^1]).Observe(value);
                    theirHistogram.WithLabels(labels[..^1]).Publish();
                    // In any order: the page puts them right.
                    Part(HistogramPart.Count, values.Length);
                    Part(HistogramPart.Infinity, values.Length);
                    Part(HistogramPart.Sum, (long)Math.Round(1000 * values.Sum()));
                    foreach (var bound in bounds)
                        Part(bound.ToString(CultureInfo.InvariantCulture), values.Count(value => value <= bound));

                    void Part(string part, long amount)
                    {
                        var series = new CounterSeries(family, [.. labels[..^1], part]);
                        series.Restore(1, amount);
                        page.Show(series);
                    }
                }
                else
                {
                    var value = random.Next(3) switch { 0 => random.Next(-3, 3), 1 => random.NextDouble(), _ => random.NextDouble() * 1e20 };
                    Gauge(family, value, labels);
                    factory.CreateGauge(family.Name, family.Help, family.Labels).WithLabels(labels).Set(value);
                }
            }
        }
        using var theirs = new MemoryStream();
        await registry.CollectAndExportAsTextAsync(
            theirs, openMetrics ? ExpositionFormat.OpenMetricsText : ExpositionFormat.PrometheusText, TestContext.Current.CancellationToken);

        Assert.Equal(
            Encoding.UTF8.GetString(theirs.ToArray()).Split('\n').Where(line => line.Length > 0 && line != "# EOF").Select(Normal).Order(StringComparer.Ordinal),
            new PageText(page, openMetrics).Lines.Select(Normal).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void The_parts_of_a_histogram_follow_one_another_also_when_others_are_gone()
    {
        string[] parts = ["5", HistogramPart.Sum, HistogramPart.Infinity, "14400", HistogramPart.Count, "1"];
        var series = parts.SelectMany(part => (CounterSeries[])[.. "abc".Select(server => new CounterSeries(Families.MessageDeliveryDelay, ["acme", $"{server}", part]))]).ToList();
        series.ForEach(page.Show);
        series.Where(one => one.Labels[1] == "a").ToList().ForEach(page.Hide);

        string[] expected =
        [
            .. "bc".SelectMany(server => (string[])
            [
                .. Bounds.Select(bound => $"postal_message_delivery_delay_seconds_bucket{{organization=\"acme\",server=\"{server}\",le=\"{bound}\"}} 0"),
                $"postal_message_delivery_delay_seconds_count{{organization=\"acme\",server=\"{server}\"}} 0",
                $"postal_message_delivery_delay_seconds_sum{{organization=\"acme\",server=\"{server}\"}} 0",
            ]),
        ];
        Assert.Equal(expected, new PageText(page, openMetrics: false).Series);
        Assert.Contains("# TYPE postal_message_delivery_delay_seconds histogram", new PageText(page, openMetrics: true).Lines);
    }

    [Fact]
    public void Series_that_are_hidden_leave_the_others()
    {
        var random = new Random(1);
        var shown = new List<CounterSeries>();
        for (var round = 0; round < 500; round++)
        {
            if (shown.Count > 0 && random.Next(3) == 0)
            {
                var gone = shown[random.Next(shown.Count)];
                page.Hide(gone);
                page.Hide(gone);
                shown.Remove(gone);
            }
            else
            {
                var series = new CounterSeries(Families.Rows, [string.Create(CultureInfo.InvariantCulture, $"{round}")]);
                page.Show(series);
                page.Show(series);
                shown.Add(series);
            }

            Assert.Equal(
                shown.Select(series => $$"""postal_exporter_rows_total{stream="{{series.Labels[0]}}"} 0""").Order(StringComparer.Ordinal),
                new PageText(page, openMetrics: false).Series.Order(StringComparer.Ordinal));
        }
    }

    private void Gauge(Family family, double value, params string[] labels)
    {
        var series = new GaugeSeries(family, labels);
        series.Publish(value);
        page.Show(series);
    }

    private static string Label(Random random)
    {
        string[] parts = ["a", "\\", "\"", "\n", "{", "}", ",", "=", " ", "#", "\t", "ü", "日本", "😀", ""];
        return string.Concat(Enumerable.Range(0, random.Next(6)).Select(_ => parts[random.Next(parts.Length)]))
            + random.Next().ToString(CultureInfo.InvariantCulture);
    }

    // The same number may be written in more than one way.
    private static string Normal(string line)
    {
        var value = line.LastIndexOf(' ') + 1;
        return line[0] == '#' ? line : string.Create(
            CultureInfo.InvariantCulture, $"{line[..value]}{double.Parse(line.AsSpan(value), NumberStyles.Float, CultureInfo.InvariantCulture):R}");
    }
}
