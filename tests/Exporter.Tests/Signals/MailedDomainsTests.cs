using PostalExporter.Signals;

namespace PostalExporter.Tests.Signals;

public sealed class MailedDomainsTests
{
    private const int Day = 86_400;
    private const int LookBack = 60;
    private const int Today = 20_000;

    // What a domain's day may lag behind.
    private const int Lag = 3;

    [Fact]
    public void A_domain_is_new_before_the_first_message_and_after_the_look_back()
    {
        var domains = Create();
        var hash = HashOf(1);
        Assert.Equal(Acquaintance.New, Look(domains, hash, Today));
        Take(domains, hash, Today);

        Assert.Equal(Acquaintance.Fresh, Look(domains, hash, Today));
        Assert.Equal(Acquaintance.Fresh, Look(domains, hash, Today + Lag - 1));
        Assert.Equal(Acquaintance.Known, Look(domains, hash, Today + Lag));
        Assert.Equal(Acquaintance.Known, Look(domains, hash, Today + LookBack + Lag));
        Assert.Equal(Acquaintance.New, Look(domains, hash, Today + LookBack + Lag + 1));
    }

    [Fact]
    public void An_older_message_makes_a_domain_no_older()
    {
        var domains = Create();
        Take(domains, HashOf(1), Today);
        Take(domains, HashOf(1), Today - 50);

        Assert.Equal(Acquaintance.Known, Look(domains, HashOf(1), Today + LookBack));
        // What is accepted in between, and what comes from before, is no news either.
        Assert.Equal(Acquaintance.Fresh, Look(domains, HashOf(1), Today - 55));
    }

    [Fact]
    public void A_shorter_look_back_is_in_force_at_once()
    {
        var domains = Create();
        Take(domains, HashOf(1), Today);

        domains.Use(TimeSpan.FromDays(7));

        Assert.Equal(Acquaintance.Known, Look(domains, HashOf(1), Today + 8));
        Assert.Equal(Acquaintance.New, Look(domains, HashOf(1), Today + 9));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void It_knows_what_a_dictionary_of_all_domains_knows_across_restarts(int seed)
    {
        var random = new Random(seed);
        var truth = new Dictionary<ulong, int>();
        var saved = new Dictionary<long, byte[]>();
        var domains = Create();
        for (var step = 0; step < 60_000; step++)
        {
            // Two years; rows come in within a day of their order.
            var day = Today + (step / 82) - random.Next(2);
            // A few domains are mailed again and again, most now and then, some once.
            var hash = HashOf(random.Next(10) switch { 0 => random.Next(50), 1 => 1_000_000 + step, _ => 1_000 + random.Next(8_000) });
            var found = Look(domains, hash, day);
            var age = truth.TryGetValue(hash, out var last) ? day - last : int.MaxValue;
            if (found == Acquaintance.New)
                Assert.True(age > LookBack, $"new after {age} days");
            else
                Assert.True(age <= LookBack + Lag, $"known after {age} days");
            if (found != Acquaintance.Fresh)
                Take(domains, hash, day);
            truth[hash] = Math.Max(day, truth.GetValueOrDefault(hash));
            if (random.Next(1_000) == 0)
                domains = SaveAndRestore(domains, saved);
        }

        Assert.True(domains.Count < truth.Count, "what was new again stayed");
        Assert.InRange(domains.Keys.Count, 10, 100);
        Assert.All(saved.Values, piece => Assert.InRange(piece.Length, 6, 3_840));
    }

    [Fact]
    public void Of_more_than_there_is_room_for_those_go_that_were_not_mailed_for_the_longest_time()
    {
        const int Most = 2_000;
        var domains = Create(Most);
        var saved = new Dictionary<long, byte[]>();
        var order = Enumerable.Range(0, 5 * Most).ToList();
        foreach (var number in order)
        {
            Take(domains, HashOf(number), Today + (number / 100));
            Assert.InRange(domains.Count, 0, Most);
            if (number % 700 == 0)
                domains = SaveAndRestore(domains, saved, Most);
        }

        var isKnown = order.Select(number => Look(domains, HashOf(number), Today + 100) != Acquaintance.New).ToList();
        var first = isKnown.IndexOf(true) / 100;
        Assert.All(isKnown.Skip(100 * (first + 1)), Assert.True);
        Assert.Equal(domains.Count, isKnown.Count(known => known));
        Assert.InRange(domains.Count, Most - (Most / 16), Most);
        domains = SaveAndRestore(domains, saved, Most);
        Assert.Equal(isKnown, order.Select(number => Look(domains, HashOf(number), Today + 100) != Acquaintance.New));
    }

    [Fact]
    public void A_flood_of_one_day_stays_within_bounds_and_hides_what_came_before()
    {
        var domains = Create(1_000);
        Take(domains, HashOf(-1), Today - 1);
        for (var number = 0; number < 5_000; number++)
            Take(domains, HashOf(number), Today);

        Assert.InRange(domains.Count, 900, 1_000);
        Assert.Equal(Acquaintance.New, Look(domains, HashOf(-1), Today));
        Assert.Equal(Acquaintance.Fresh, Look(domains, HashOf(4_999), Today));
    }

    [Fact]
    public void An_ordinary_day_changes_no_piece()
    {
        var domains = Create();
        for (var number = 0; number < 5_000; number++)
            Take(domains, HashOf(number), Today);
        domains.Saved();

        for (var number = 0; number < 5_000; number++)
            Assert.Equal(Acquaintance.Fresh, Look(domains, HashOf(number), Today + 1));
        Take(domains, HashOf(7), Today + Lag);

        Assert.Single(domains.Dirty);
    }

    [Fact]
    public void What_is_forgotten_goes_from_the_store()
    {
        var domains = Create();
        var saved = new Dictionary<long, byte[]>();
        for (var number = 0; number < 2_000; number++)
            Take(domains, HashOf(number), Today);
        domains = SaveAndRestore(domains, saved);
        Assert.NotEmpty(saved);

        domains.Clear();
        SaveAndRestore(domains, saved);

        Assert.Empty(saved);
        Assert.True(domains.KeepsHashes);
    }

    [Theory]
    [InlineData(-1, "010000000100")]
    [InlineData(0x1_0000_0000, "010000000100")]
    [InlineData(0, "")]
    [InlineData(0, "0100000001")]
    [InlineData(2, "010000000100")]
    [InlineData(0, "020000000100000001000100")]
    [InlineData(0, "010000000100000001000100")]
    public void What_is_no_piece_is_refused(long key, string bytes) =>
        Assert.Throws<FormatException>(() => Create().Restore(key, Convert.FromHexString(bytes)));

    [Theory]
    [InlineData(0, "05000000")]
    [InlineData(9, "0A000000")]
    [InlineData(4, "04000000")]
    [InlineData(2, "05000000")]
    public void Pieces_that_overlap_are_refused(long key, string hash)
    {
        var domains = Create();
        domains.Restore(5, Convert.FromHexString("06000000" + "0B000000" + "01000100"));
        domains.Restore(3, Convert.FromHexString("04000000" + "0100"));

        Assert.Throws<FormatException>(() => domains.Restore(key, Convert.FromHexString(hash + "0100")));
    }

    private static MailedDomains Create(int most = 100_000)
    {
        var domains = new MailedDomains(most);
        domains.Use(TimeSpan.FromDays(LookBack));
        return domains;
    }

    // As the state store does: only what changed is written.
    private static MailedDomains SaveAndRestore(MailedDomains domains, Dictionary<long, byte[]> saved, int most = 100_000)
    {
        foreach (var key in domains.Dirty)
        {
            if (domains.Bytes(key) is { } bytes)
                saved[key] = bytes;
            else
                saved.Remove(key);
        }
        domains.Saved();
        Assert.Equal(saved.Keys.Order(), domains.Keys.Order());
        var restored = Create(most);
        foreach (var (key, bytes) in saved.Reverse())
            restored.Restore(key, bytes);
        Assert.Equal(domains.Count, restored.Count);
        Assert.Empty(restored.Dirty);
        return restored;
    }

    private static Acquaintance Look(MailedDomains domains, ulong hash, int day) => domains.Look(hash, (long)day * Day);

    private static void Take(MailedDomains domains, ulong hash, int day) => domains.Take(new Note(0, ((long)day * Day) + 5, hash));

    private static ulong HashOf(int number) => SignalContexts.Hash.OfBytes(BitConverter.GetBytes(number));
}
