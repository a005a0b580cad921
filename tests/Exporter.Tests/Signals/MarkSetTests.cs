using FsCheck;
using FsCheck.Fluent;
using PostalExporter.Signals;

namespace PostalExporter.Tests.Signals;

public sealed class MarkSetTests
{
    // Ids around the borders of chunks are where a mistake would be.
    private static readonly Gen<long> Ids = Gen.OneOf(
        Gen.Choose(0, 40_000).Select(id => (long)id),
        Gen.Elements(0L, 63, 64, 8191, 8192, 16383, 16384, int.MaxValue));

    [Fact]
    public void It_holds_what_a_set_of_ids_holds_also_after_saving_and_restoring() => Prop.ForAll(
        Arb.From(Gen.ListOf(Ids)),
        Arb.From(Ids),
        (ids, limit) =>
        {
            var model = new HashSet<long>();
            var marks = new MarkSet();
            foreach (var id in ids)
            {
                model.Add(id);
                marks.Add(id);
            }
            marks.RemoveAbove(limit);
            model.RemoveWhere(id => id > limit);
            var restored = new MarkSet();
            foreach (var chunk in marks.Dirty)
            {
                if (marks.ChunkBytes(chunk) is { } bytes)
                    restored.Restore(chunk, bytes);
            }
            return ids.Append(limit).All(id => marks.Contains(id) == model.Contains(id) && restored.Contains(id) == model.Contains(id));
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void Chunks_below_the_oldest_message_are_dropped_and_named_to_be_deleted()
    {
        var marks = new MarkSet();
        marks.Add(5);
        marks.Add(20_000);
        marks.Saved();

        marks.RemoveBelow(20_000);

        Assert.False(marks.Contains(5));
        Assert.True(marks.Contains(20_000));
        Assert.Equal(0, Assert.Single(marks.Dirty));
        Assert.Null(marks.ChunkBytes(0));
    }
}
