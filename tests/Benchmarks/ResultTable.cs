using System.Text;

namespace PostalExporter.Benchmarks;

/// <summary>The table that <c>./bench</c> prints.</summary>
internal sealed class ResultTable
{
    private readonly List<(string Work, string Exporter, string Reference, string Result, string Target, bool? Reached)> rows = [];

    /// <summary>Whether every row that has a target reached it.</summary>
    public bool AllReached => rows.All(row => row.Reached is not false);

    /// <summary>The middle one of several measurements.</summary>
    public static double Median(IEnumerable<double> values)
    {
        var ordered = values.Order().ToList();
        return ordered[ordered.Count / 2];
    }

    /// <summary>Adds a row, and prints it.</summary>
    /// <param name="work">What was done.</param>
    /// <param name="exporter">The exporter's figure, with unit.</param>
    /// <param name="reference">The figure it is held against, with unit and what it is; empty when there is none.</param>
    /// <param name="result">What is judged: mostly the ratio of the two.</param>
    /// <param name="target">What it must be; empty when it is only shown.</param>
    /// <param name="reached">Whether it is; null when it is only shown.</param>
    public void Add(string work, string exporter, string reference, string result, string target, bool? reached)
    {
        rows.Add((work, exporter, reference, result, target, reached));
        var judged = reached switch { null => "", true => $" ({target})", false => $" ({target}, missed)" };
        Console.WriteLine($"{work}: {string.Join("; ", new[] { exporter, reference, result }.Where(text => text.Length > 0))}{judged}");
    }

    /// <summary>The table in Markdown.</summary>
    public string ToMarkdown()
    {
        var text = new StringBuilder("| work | exporter | reference | result | target | |\n|---|---|---|---|---|---|\n");
        foreach (var (work, exporter, reference, result, target, reached) in rows)
            text.Append($"| {work} | {exporter} | {reference} | {result} | {target} | {(reached switch { null => "", true => "reached", false => "**missed**" })} |\n");
        return text.ToString();
    }
}
