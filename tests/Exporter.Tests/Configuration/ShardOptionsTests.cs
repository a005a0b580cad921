using PostalExporter.Configuration;

namespace PostalExporter.Tests.Configuration;

public sealed class ShardOptionsTests
{
    // Computed apart from this code, by the definitions of XXH64 and of the jump hash. State stores are split by them.
    private static readonly int[] ThirdsOfFirstIds = [1, 2, 1, 0, 0, 1, 1, 2, 2, 2, 0, 2];
    private static readonly int[] TenthsOfFirstIds = [1, 9, 8, 0, 0, 1, 5, 6, 8, 4, 6, 2];

    [Fact]
    public void The_split_is_the_same_in_every_release()
    {
        Assert.Equal(ThirdsOfFirstIds, Enumerable.Range(1, 12).Select(id => Assert.Single(Owners(id, 3))));
        Assert.Equal(TenthsOfFirstIds, Enumerable.Range(1, 12).Select(id => Assert.Single(Owners(id, 10))));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(7)]
    public void Each_server_has_one_shard_and_the_shares_are_alike(int count)
    {
        var shares = Enumerable.Range(1, 10_000).Select(id => Assert.Single(Owners(id, count))).CountBy(index => index).ToList();

        Assert.Equal(count, shares.Count);
        Assert.All(shares, share => Assert.InRange(share.Value, 9_000 / count, 11_000 / count));
    }

    [Fact]
    public void One_shard_more_moves_servers_only_to_it()
    {
        var moved = Enumerable.Range(1, 10_000).Where(id => !new ShardOptions(Owners(id, 2).Single(), 3).Owns(id)).ToList();

        Assert.All(moved, id => Assert.Equal([2], Owners(id, 3)));
        Assert.InRange(moved.Count, 3_000, 3_700);
    }

    private static IEnumerable<int> Owners(int id, int count) =>
        Enumerable.Range(0, count).Where(index => new ShardOptions(index, count).Owns(id));
}
