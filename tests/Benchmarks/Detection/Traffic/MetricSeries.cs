namespace PostalExporter.Benchmarks.Detection.Traffic;

/// <summary>One series of an exporter as Prometheus would have scraped it, a value a minute.</summary>
/// <param name="Labels">All labels, <c>__name__</c> among them, sorted by name.</param>
/// <param name="Values">One value for each minute of the trace; NaN where there was no sample.</param>
internal sealed record MetricSeries(IReadOnlyList<KeyValuePair<string, string>> Labels, double[] Values);
