using System.Globalization;
using BenchmarkDotNet.Attributes;
using PostalExporter.Signals;

namespace PostalExporter.Benchmarks.InnerLoops;

/// <summary><see cref="RecipientDomains.Count"/> when every place is taken.</summary>
public class RecipientDomainsLoop
{
    private const int Addresses = 65_536;
    private readonly RecipientDomains domains = new(new LabelPlaces(WarmServer.Domains));
    private string[] known = [];
    private string[] invented = [];

    /// <summary>Gives away the places, and fills the sketch.</summary>
    [GlobalSetup]
    public void Make()
    {
        known = [.. Enumerable.Range(0, Addresses).Select(WarmServer.Recipient)];
        invented = [.. Enumerable.Range(0, Addresses).Select(number => string.Create(CultureInfo.InvariantCulture, $"anna@invented-{number:x8}.example"))];
        CountKnown();
        CountInvented();
    }

    /// <summary>Addresses at domains with series of their own.</summary>
    /// <returns>Something that depends on every domain.</returns>
    [Benchmark(Description = "recipient domain that has its place", OperationsPerInvoke = Addresses)]
    public int CountKnown() => Count(known);

    /// <summary>Addresses at domains of which none comes twice within reach of the sketch.</summary>
    /// <returns>Something that depends on every domain.</returns>
    [Benchmark(Description = "recipient domain that is invented", OperationsPerInvoke = Addresses)]
    public int CountInvented() => Count(invented);

    private int Count(string[] addresses)
    {
        var others = 0;
        foreach (var address in addresses)
            others += domains.Count(address) == domains.Other ? 1 : 0;
        return others;
    }
}
