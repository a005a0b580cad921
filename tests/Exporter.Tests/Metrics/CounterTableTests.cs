using PostalExporter.Metrics;

namespace PostalExporter.Tests.Metrics;

public sealed class CounterTableTests
{
    private readonly MetricsPage page = new();
    private readonly CounterTable counters;

    public CounterTableTests() => counters = new CounterTable(page);

    [Fact]
    public void A_new_series_shows_with_the_next_page_and_what_it_counted_when_that_is_committed()
    {
        counters.Add(counters.Get(Families.Rows, "messages"), 3);
        Assert.Empty(Page());

        counters.Show();
        Assert.Equal(["""postal_exporter_rows_total{stream="messages"} 0"""], Page());

        counters.Publish();
        Assert.Equal(["""postal_exporter_rows_total{stream="messages"} 3"""], Page());
    }

    [Fact]
    public void A_removed_series_leaves_with_the_next_page_and_begins_at_zero_when_it_comes_back()
    {
        counters.Add(counters.Get(Families.Rows, "messages"), 3);
        counters.Show();
        counters.Publish();
        counters.Retire(counters.Get(Families.Rows, "messages"));
        counters.RemoveRetired();
        Assert.Equal(["""postal_exporter_rows_total{stream="messages"} 3"""], Page());

        counters.Add(counters.Get(Families.Rows, "messages"), 1);
        counters.Show();
        counters.Publish();
        Assert.Equal(["""postal_exporter_rows_total{stream="messages"} 1"""], Page());
    }

    [Fact]
    public void A_series_that_is_removed_before_it_ever_showed_stays_away()
    {
        counters.Retire(counters.Get(Families.Rows, "messages"));
        counters.RemoveRetired();
        counters.Show();

        Assert.Empty(Page());
        Assert.Empty(counters.All);
    }

    [Fact]
    public void A_series_that_is_asked_for_again_is_not_removed()
    {
        counters.Retire(counters.Get(Families.Rows, "messages"));
        var again = counters.Get(Families.Rows, "messages");
        counters.RemoveRetired();

        Assert.Same(again, Assert.Single(counters.All));
    }

    [Fact]
    public void A_family_that_is_no_counter_or_has_other_labels_is_refused()
    {
        Assert.Throws<ArgumentException>(() => counters.Get(Families.Up));
        Assert.Throws<ArgumentException>(() => counters.Get(Families.Rows));
    }

    private IEnumerable<string> Page() => new PageText(page, openMetrics: false).Series;
}
