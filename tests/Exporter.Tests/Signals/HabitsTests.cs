using PostalExporter.Configuration;
using PostalExporter.Signals;

namespace PostalExporter.Tests.Signals;

public sealed class HabitsTests
{
    private const int Hour = 3_600;
    private const int Day = 24 * Hour;
    private const int Week = 7 * Day;

    // Monday 2026-01-05, 00:00 UTC.
    private const long Monday = 1_767_571_200;
    private const int App = 7;

    private static readonly SignalOptions Options = new();

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void They_say_what_a_list_of_all_messages_says_across_restarts(int seed)
    {
        var random = new Random(seed);
        var truth = new Truth();
        var habits = new CredentialHabits();
        var saved = new Dictionary<long, byte[]>();
        var seen = (Wakes: 0, Awake: 0, Hours: 0, Domains: 0);
        var now = Monday;
        for (var step = 0; step < 4_000; step++)
        {
            now += random.Next(60) switch { 0 => random.Next(80 * Day), < 10 => random.Next(2 * Day), < 30 => random.Next(2 * Hour), _ => random.Next(60) };
            var domain = random.Next(12) switch { 0 => 0, 1 => 1 + random.Next(40), < 5 => 2, _ => 1 };
            if (habits.Of(App) is { } known)
            {
                Assert.Equal(truth.First, known.First);
                Assert.Equal(truth.Wakes(now), known.Wakes(now, Options.DormantAfter));
                Assert.Equal(truth.IsAwakeAgain(now), known.IsAwakeAgain(now));
                Assert.Equal(truth.IsUnusualHour(now), known.IsUnusualHour(now, Options.LookBack));
                Assert.Equal(domain != 0 && truth.IsNewDomain(domain, now), domain != 0 && known.IsNewDomain(domain, now, Options.LookBack));
                seen.Wakes += truth.Wakes(now) ? 1 : 0;
                seen.Awake += truth.IsAwakeAgain(now) ? 1 : 0;
                seen.Hours += truth.IsUnusualHour(now) ? 1 : 0;
                seen.Domains += domain != 0 && truth.IsNewDomain(domain, now) ? 1 : 0;
            }
            Observe(habits, domain, now);
            truth.Add(domain, now);
            if (random.Next(20) == 0)
                habits = SaveAndRestore(habits, saved);
        }

        Assert.All(new[] { seen.Wakes, seen.Awake, seen.Hours, seen.Domains }, times => Assert.InRange(times, 10, 3_000));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void What_is_learnt_backwards_is_what_was_seen_forwards(int seed)
    {
        var random = new Random(seed);
        for (var run = 0; run < 200; run++)
        {
            var messages = new List<(int Domain, long Seconds)>();
            for (var now = Monday; now < Monday + (58 * Day); now += random.Next(30) switch { 0 => 31 * Day, < 5 => random.Next(5 * Day), _ => random.Next(Hour) })
                messages.Add((random.Next(30) == 0 ? random.Next(5) : 1, now));
            var (forwards, backwards) = (new CredentialHabits(), new CredentialHabits());
            foreach (var (domain, seconds) in messages)
                Observe(forwards, domain, seconds);
            // The last ones come in while history is read, and some of it is read twice.
            foreach (var (domain, seconds) in messages.TakeLast(3))
                Observe(backwards, domain, seconds);
            foreach (var (domain, seconds) in messages.AsEnumerable().Reverse().Concat(messages.TakeLast(20)))
                Learn(backwards, domain, seconds);

            var (seen, learnt) = (forwards.Of(App)!, backwards.Of(App)!);
            Assert.Equal((seen.First, seen.Woke), (learnt.First, learnt.Woke));
            for (var at = messages[^1].Seconds; at < messages[^1].Seconds + (2 * Week); at += Hour)
            {
                Assert.Equal(seen.IsUnusualHour(at, Options.LookBack), learnt.IsUnusualHour(at, Options.LookBack));
                for (var domain = 1; domain < 6; domain++)
                    Assert.Equal(seen.IsNewDomain(domain, at, Options.LookBack), learnt.IsNewDomain(domain, at, Options.LookBack));
            }
        }
    }

    [Fact]
    public void A_message_that_becomes_visible_late_changes_nothing_that_is_judged()
    {
        var habits = new CredentialHabits();
        Observe(habits, 1, Monday);
        Observe(habits, 1, Monday + (40 * Day) + 10);
        Observe(habits, 1, Monday + (40 * Day));

        var known = habits.Of(App)!;
        Assert.Equal(Monday + (40 * Day) + 10, known.Woke);
        Assert.True(known.IsAwakeAgain(Monday + (40 * Day)));
        Assert.False(known.Wakes(Monday + (41 * Day), Options.DormantAfter));
        Assert.False(known.IsUnusualHour(Monday + (34 * Day), Options.LookBack));
    }

    [Fact]
    public void A_busy_credential_changes_once_an_hour()
    {
        var habits = new CredentialHabits();
        Observe(habits, 1, Monday);
        Observe(habits, 2, Monday);

        Assert.All(Enumerable.Range(1, 3_599), second => Assert.True(habits.Of(App)!.Knows(1 + (second % 2), Monday + second)));
        Assert.False(habits.Of(App)!.Knows(1, Monday + Hour));
        Assert.False(habits.Of(App)!.Knows(3, Monday));
        Assert.False(habits.Of(App)!.Knows(1, Monday - 1));
    }

    [Fact]
    public void Of_a_credential_with_more_domains_than_there_is_room_for_none_is_new()
    {
        var habits = new CredentialHabits();
        var now = Monday;
        for (var message = 0; message < 500; message++, now += Hour)
            Observe(habits, 1 + (message % (2 * Habits.MostDomains)), now);

        Assert.Equal(Habits.MostBytes, habits.Bytes(App)!.Length);
        Assert.InRange(Habits.MostBytes, 0, 500);
        for (var domain = 1; domain <= 2 * Habits.MostDomains; domain++)
            Assert.False(habits.Of(App)!.IsNewDomain(domain, now, Options.LookBack));
        // But when those of before are not used any more, it can be told again.
        now += 61 * Day;
        Observe(habits, 1_000, now);
        Assert.True(habits.Of(App)!.IsNewDomain(1_000, now, Options.LookBack));
    }

    [Fact]
    public void Credentials_without_a_place_are_forgotten()
    {
        var habits = new CredentialHabits();
        var saved = new Dictionary<long, byte[]>();
        Observe(habits, 1, Monday);
        habits.Take(CredentialHabits.NoteOf(8, 1, Monday, isPast: false));
        habits = SaveAndRestore(habits, saved);

        habits.KeepOnly([8]);
        habits = SaveAndRestore(habits, saved);

        Assert.Equal([8], saved.Keys);
        Assert.Null(habits.Of(App));
        Assert.False(habits.KeepsHashes);
        habits.Clear();
        SaveAndRestore(habits, saved);
        Assert.Empty(saved);
    }

    [Theory]
    [InlineData(0, "")]
    [InlineData(0x8000_0000, "")]
    // First message, hour of the last, wake.
    [InlineData(App, "00000000")]
    [InlineData(App, "00480000" + "04000000")]
    [InlineData(App, "00480000" + "FFFFFFFF")]
    [InlineData(App, "00480000" + "05000000" + "00FF0000")]
    [InlineData(App, "00480000" + "05000000" + "00000000" + "FFFFFFFF")]
    public void What_is_no_piece_is_refused(long key, string head)
    {
        var bytes = Piece();
        Convert.FromHexString(head).CopyTo(bytes, 0);

        Assert.Throws<FormatException>(() => new CredentialHabits().Restore(key, bytes));
    }

    [Theory]
    [InlineData("01")]
    [InlineData("000000000000")]
    [InlineData("FFFFFFFF0000")]
    [InlineData("010000000100")]
    [InlineData("010000000030")]
    [InlineData("01000000000C" + "02000000003E")]
    [InlineData("01000000003E" + "01000000003E")]
    public void Domains_that_cannot_be_are_refused(string domains)
    {
        new CredentialHabits().Restore(App, [.. Piece(), .. Convert.FromHexString("01000000003E" + "020000000000")]);

        Assert.Throws<FormatException>(() => new CredentialHabits().Restore(App, [.. Piece(), .. Convert.FromHexString(domains)]));
        Assert.Throws<FormatException>(() => new CredentialHabits().Restore(App, new byte[Habits.MostBytes + 6]));
    }

    // One message in the sixth hour of 1970.
    private static byte[] Piece()
    {
        var bytes = new byte[184];
        Convert.FromHexString("00480000" + "05000000" + "00000000" + "00000000").CopyTo(bytes, 0);
        return bytes;
    }

    private static void Observe(CredentialHabits habits, int domain, long seconds)
    {
        if (habits.Of(App)?.Knows(domain, seconds) != true)
            habits.Take(CredentialHabits.NoteOf(App, domain, seconds, isPast: false));
    }

    private static void Learn(CredentialHabits habits, int domain, long seconds)
    {
        if (habits.Of(App)?.Knows(domain, seconds) != true)
            habits.Take(CredentialHabits.NoteOf(App, domain, seconds, isPast: true));
    }

    // As the state store does: only what changed is written.
    private static CredentialHabits SaveAndRestore(CredentialHabits habits, Dictionary<long, byte[]> saved)
    {
        foreach (var key in habits.Dirty)
        {
            if (habits.Bytes(key) is { } bytes)
                saved[key] = bytes;
            else
                saved.Remove(key);
        }
        habits.Saved();
        Assert.Equal(saved.Keys.Order(), habits.Keys.Order());
        var restored = new CredentialHabits();
        foreach (var (key, bytes) in saved)
            restored.Restore(key, bytes);
        Assert.Empty(restored.Dirty);
        return restored;
    }

    /// <summary>Keeps every message, in order.</summary>
    private sealed class Truth
    {
        private const int LookBackDays = 60;
        private const int LookBackWeeks = 9;
        private readonly List<(int Domain, long Seconds)> messages = [];
        private readonly List<long> wakes = [];

        public long First => messages[0].Seconds;

        public void Add(int domain, long seconds)
        {
            if (messages.Count > 0 && Wakes(seconds))
                wakes.Add(seconds);
            messages.Add((domain, seconds));
        }

        // The last message is known to the hour.
        public bool Wakes(long seconds) => seconds - ((messages[^1].Seconds / Hour * Hour) + Hour) >= 30 * Day;

        public bool IsAwakeAgain(long seconds) => wakes.Exists(wake => seconds - wake < Day);

        public bool IsUnusualHour(long seconds) => !messages.Exists(message =>
            WeekOf(seconds) - WeekOf(message.Seconds) is >= 1 and <= LookBackWeeks && (HourOfWeek(seconds) - HourOfWeek(message.Seconds) + 168 + 1) % 168 <= 2);

        public bool IsNewDomain(int domain, long seconds)
        {
            var first = messages.Count;
            var next = seconds;
            for (var i = messages.Count - 1; i >= 0; i--)
            {
                if (messages[i].Domain != domain)
                    continue;
                if ((next / Day) - (messages[i].Seconds / Day) > LookBackDays)
                    break;
                (first, next) = (i, messages[i].Seconds);
            }
            var usedAnother = messages.Take(first).Any(message => message.Domain != domain && message.Domain != 0);
            return usedAnother && (seconds / Hour) - (next / Hour) < 24;
        }

        private static long WeekOf(long seconds) => (seconds - Monday) / Week;

        private static long HourOfWeek(long seconds) => (seconds - Monday) % Week / Hour;
    }
}
