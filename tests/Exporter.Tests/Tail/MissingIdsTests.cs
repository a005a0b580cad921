using FsCheck;
using FsCheck.Fluent;
using PostalExporter.Tail;

namespace PostalExporter.Tests.Tail;

public sealed class MissingIdsTests
{
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);

    [Fact]
    public void It_waits_for_what_a_set_of_ids_would_hold() => Prop.ForAll(
        Arb.From(Gen.ListOf(Gen.Choose(1, 200))),
        Arb.From(Gen.ListOf(Gen.Choose(1, 200))),
        (seen, late) =>
        {
            // The cursor passes the ids that are seen in order; the others below the highest are missing.
            var missing = new MissingIds();
            var model = new HashSet<long>();
            long position = 0;
            foreach (var id in seen.Distinct().Order())
            {
                missing.Append(position + 1, id - 1, Minute, null, NotExpected);
                for (var gap = position + 1; gap < id; gap++)
                    model.Add(gap);
                position = id;
            }
            var answers = late.All(id => missing.Remove(id) == model.Remove(id));
            var restored = MissingIds.FromBytes(missing.ToBytes());
            return answers && Enumerable.Range(0, 202).All(id => missing.Contains(id) == model.Contains(id) && restored.Contains(id) == model.Contains(id));
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void A_wait_ends_after_its_time_and_a_restart_does_not_shorten_it()
    {
        var missing = new MissingIds();
        missing.Append(1, 1, Minute, null, NotExpected);
        missing.Elapse(TimeSpan.FromSeconds(40), NotExpected);
        missing.Append(3, 3, Minute, null, NotExpected);
        missing = MissingIds.FromBytes(missing.ToBytes());

        var givenUp = new List<long>();
        missing.Elapse(TimeSpan.FromSeconds(20), range => givenUp.Add(range.First));

        Assert.Equal([1], givenUp);
        Assert.False(missing.Contains(1));
        Assert.True(missing.Contains(3));
    }

    [Fact]
    public void What_a_restore_may_bring_back_is_not_watched_as_lost()
    {
        var cursor = new StreamCursor { Position = 100 };
        cursor.Skip(10, 12, Minute);
        cursor.Skip(20, 22, Minute, 1234567890);

        cursor.Elapse(Minute);

        Assert.True(cursor.Missing.IsEmpty);
        Assert.Equal(10, Assert.Single(cursor.Abandoned.Spans).First);
    }

    [Fact]
    public void A_row_that_follows_the_last_allocates_nothing()
    {
        var cursor = new StreamCursor();
        cursor.Advance(1, 1234567890, Minute);
        var before = GC.GetAllocatedBytesForCurrentThread();

        for (var id = 2; id < 1_000; id++)
            cursor.Advance(id, 1234567890, Minute);

        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
    }

    [Fact]
    public void Memory_is_bounded_and_the_oldest_are_given_up_first()
    {
        var missing = new MissingIds();
        var givenUp = new List<long>();
        for (var i = 0; i < MissingIds.MostRanges + 10; i++)
            missing.Append((2 * i) + 1, (2 * i) + 1, Minute, null, range => givenUp.Add(range.First));

        Assert.True(missing.Ranges.Count <= MissingIds.MostRanges);
        Assert.Equal(1, givenUp[0]);
        Assert.Equal(MissingIds.MostRanges + 10, missing.Ranges.Count + givenUp.Count);
        Assert.All(givenUp, id => Assert.False(missing.Contains(id)));
        Assert.True(missing.Contains((2 * (MissingIds.MostRanges + 9)) + 1));
    }

    private static void NotExpected(MissingIds.Range range) => Assert.Fail($"{range} was given up");
}
