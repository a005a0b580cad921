using System.Text;
using PostalExporter.Configuration;
using PostalExporter.Web;

namespace PostalExporter.Tests.Web;

/// <summary>What stands behind the HTTP layer in its tests: pages as small as can be, and a record of what was asked.</summary>
internal sealed class PageSource : IScrapeSource
{
    public List<TimeSpan?> Budgets { get; } = [];

    public List<ExporterConfiguration> Applied { get; } = [];

    public int ReloadFailures { get; private set; }

    public Func<CancellationToken, Task> BeforePage { get; set; } = _ => Task.CompletedTask;

    public string Text { get; set; } = "postal_up 1\n";

    public ExporterStatus Status { get; set; } = new(false, false, null, [], []);

    public async Task<IScrapePage> ScrapeAsync(bool openMetrics, TimeSpan? budget, CancellationToken cancellationToken)
    {
        Budgets.Add(budget);
        await BeforePage(cancellationToken);
        return new Page(Encoding.UTF8.GetBytes(openMetrics ? Text + "# EOF\n" : Text));
    }

    public void Apply(ExporterConfiguration configuration) => Applied.Add(configuration);

    public void ReportReloadFailure() => ReloadFailures++;

    private sealed class Page(byte[] bytes) : IScrapePage
    {
        public IEnumerable<ReadOnlyMemory<byte>> Pieces => [bytes];

        public void Dispose()
        {
        }
    }
}
