using FsCheck;
using FsCheck.Fluent;
using PostalExporter.Tail;

namespace PostalExporter.Tests.Tail;

public sealed class AbandonedIdsTests
{
    private static readonly TimeSpan Hour = TimeSpan.FromHours(1);

    [Fact]
    public void However_spans_are_merged_their_rows_are_those_that_were_read_between_the_abandoned_ids() => Prop.ForAll(
        Arb.From(Gen.ListOf(Gen.Choose(1, 2000))),
        ids =>
        {
            var abandoned = new AbandonedIds();
            var gone = new HashSet<long>();
            foreach (var id in ids.Distinct())
            {
                abandoned.Add(id, id, Hour);
                gone.Add(id);
            }
            var restored = AbandonedIds.FromBytes(abandoned.ToBytes());
            var covered = restored.Spans.SelectMany(span => Enumerable.Range((int)span.First, (int)(span.Last - span.First + 1)).Select(id => (long)id)).ToList();
            return restored.Spans.Count <= AbandonedIds.MostSpans
                && gone.IsSubsetOf(covered)
                && covered.Count == covered.Distinct().Count()
                && restored.Spans.Sum(span => span.Rows) == covered.Count(id => !gone.Contains(id));
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void Rows_that_show_up_are_lost_once()
    {
        var abandoned = new AbandonedIds();
        abandoned.Add(5, 9, Hour);

        Assert.Equal(0, abandoned.Recount(0, 0));
        Assert.Equal(2, abandoned.Recount(0, 2));
        Assert.Equal(0, abandoned.Recount(0, 2));
        // Retention takes rows away; that is no loss, and does not hide the next one.
        Assert.Equal(0, abandoned.Recount(0, 1));
        Assert.Equal(1, abandoned.Recount(0, 2));
    }

    [Fact]
    public void They_are_watched_for_a_time()
    {
        var abandoned = new AbandonedIds();
        abandoned.Add(5, 9, Hour);
        abandoned.Elapse(Hour - TimeSpan.FromSeconds(1));
        abandoned.Add(20, 20, Hour);

        abandoned.Elapse(TimeSpan.FromSeconds(1));

        Assert.Equal([20], abandoned.Spans.Select(span => span.First));
    }
}
