using PostalExporter.Signals;

namespace PostalExporter.Tests.Signals;

public sealed class ContentMatchesTests
{
    [Fact]
    public void The_last_pairs_are_remembered_and_no_more()
    {
        var matches = new ContentMatches();
        for (var pair = 1UL; pair <= 3 * ContentMatches.MostPairs; pair++)
            matches.Take(new Note(1, 0, pair));

        Assert.True(matches.Contains(3 * ContentMatches.MostPairs));
        Assert.True(matches.Contains((3 * ContentMatches.MostPairs) - (ContentMatches.MostPairs - ContentMatches.BlockPairs)));
        Assert.False(matches.Contains(2 * ContentMatches.MostPairs));
        Assert.InRange(matches.Keys.Count, 1, ContentMatches.MostPairs / ContentMatches.BlockPairs);
    }

    [Fact]
    public void Pieces_make_the_same_memory_again_whatever_their_order()
    {
        var matches = new ContentMatches();
        for (var pair = 1UL; pair <= 1000; pair++)
            matches.Take(new Note(1, 0, pair));
        var restored = new ContentMatches();
        foreach (var key in matches.Keys.Reverse())
            restored.Restore(key, matches.Bytes(key)!);

        Assert.Empty(restored.Dirty);
        Assert.All(Enumerable.Range(1, 1000), pair => Assert.True(restored.Contains((ulong)pair)));
        restored.Take(new Note(1, 0, 5000));
        Assert.Equal(matches.Keys.Last(), Assert.Single(restored.Dirty));
    }

    [Fact]
    public void A_save_writes_what_changed_and_says_what_went()
    {
        var matches = new ContentMatches();
        for (var pair = 1UL; pair <= ContentMatches.MostPairs; pair++)
            matches.Take(new Note(1, 0, pair));
        matches.Saved();

        matches.Take(new Note(1, 0, 7));
        Assert.Empty(matches.Dirty);
        matches.Take(new Note(1, 0, 1UL << 40));
        Assert.Equal([0, ContentMatches.MostPairs / ContentMatches.BlockPairs], matches.Dirty.Order());
        Assert.Null(matches.Bytes(0));
        matches.Clear();
        Assert.Empty(matches.Keys);
        Assert.False(matches.Contains(1UL << 40));
    }

    [Theory]
    [InlineData(-1, 8)]
    [InlineData(1, 0)]
    [InlineData(1, 9)]
    [InlineData(1, 8 * (ContentMatches.BlockPairs + 1))]
    public void What_is_no_piece_is_refused(long key, int bytes) =>
        Assert.Throws<FormatException>(() => new ContentMatches().Restore(key, new byte[bytes]));
}
