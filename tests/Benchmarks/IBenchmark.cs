namespace PostalExporter.Benchmarks;

/// <summary>One subject of the suite: makes its data, measures the exporter and what it is held against in one run.</summary>
internal interface IBenchmark
{
    /// <summary>Name on the command line; kebab-case.</summary>
    string Name { get; }

    /// <summary>Measures, and adds its rows to the table.</summary>
    Task RunAsync(ResultTable table, CancellationToken cancellationToken);
}
