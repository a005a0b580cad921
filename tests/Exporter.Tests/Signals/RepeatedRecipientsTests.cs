using PostalExporter.Signals;

namespace PostalExporter.Tests.Signals;

public sealed class RepeatedRecipientsTests
{
    private const long Start = 1_777_000_000 / Half * Half;
    private const int Half = 1_800;

    [Fact]
    public void What_is_counted_slides_by_halves_of_the_window()
    {
        var recipients = new RepeatedRecipients(10);
        Take(recipients, 1, Start, 5);
        Take(recipients, 1, Start + Half, 2);

        Assert.Equal(7, recipients.Seen(1, Start + Half));
        Assert.Equal(7, recipients.Seen(1, Start + (2 * Half) - 1));
        Assert.Equal(2, recipients.Seen(1, Start + (2 * Half)));
        Assert.Equal(0, recipients.Seen(1, Start + (3 * Half)));
        Assert.Equal(0, recipients.Seen(2, Start + Half));
    }

    [Fact]
    public void Addresses_are_told_apart_by_credential() => Assert.Equal(
        400, Enumerable.Range(1, 20).SelectMany(credential => Enumerable.Range(1, 20).Select(hash => RepeatedRecipients.KeyOf(credential, (ulong)hash))).Distinct().Count());

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void It_counts_what_a_dictionary_of_all_messages_counts_while_addresses_have_room(int seed)
    {
        var random = new Random(seed);
        var recipients = new RepeatedRecipients(1_000);
        var truth = new List<(ulong Key, long Half)>();
        long newest = 0;
        var time = Start;
        for (var step = 0; step < 5_000; step++)
        {
            // Now and then nothing happens for a while, and rows come in late.
            time += random.Next(100) == 0 ? random.Next(4 * Half) : random.Next(5);
            var at = random.Next(20) == 0 ? time - random.Next(2 * Half) : time;
            var key = (ulong)random.Next(30);
            var half = at / Half;
            var end = Math.Max(newest, half);
            var expected = half < end - 1 ? 0 : truth.Count(message => message.Key == key && message.Half >= end - 1 && message.Half <= end);
            Assert.Equal(expected, recipients.Seen(key, at));
            recipients.Take(new Note(0, at, key));
            if (half >= end - 1)
                truth.Add((key, half));
            newest = end;
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void In_a_flood_no_count_is_too_high_and_a_loop_stays_counted(int seed)
    {
        const int Counters = 100;
        var random = new Random(seed);
        var recipients = new RepeatedRecipients(Counters);
        var truth = new Dictionary<ulong, int>();
        for (var step = 1; step <= 20_000; step++)
        {
            // One message in twenty belongs to the loop; a flood and some busy addresses are the rest.
            var key = random.Next(20) switch { 0 => 7UL, 1 => 100 + (ulong)random.Next(300), _ => (ulong)random.NextInt64() };
            recipients.Take(new Note(0, Start + (step / 20), key));
            truth[key] = truth.GetValueOrDefault(key) + 1;

            Assert.InRange(recipients.Count, 0, Counters);
            Assert.InRange(recipients.Seen(key, Start + (step / 20)), 0, truth[key]);
            Assert.True(recipients.Seen(7, Start + (step / 20)) >= truth.GetValueOrDefault(7UL) - (step / (Counters + 1)) - 1);
        }

        Assert.True(recipients.Seen(7, Start + 1_000) > 700);
    }

    [Fact]
    public void Another_window_begins_anew()
    {
        var recipients = new RepeatedRecipients(10);
        Take(recipients, 1, Start, 5);
        recipients.Use(TimeSpan.FromSeconds(2 * Half));
        Assert.Equal(5, recipients.Seen(1, Start));

        recipients.Use(TimeSpan.FromMinutes(1));

        Assert.Equal(0, recipients.Seen(1, Start));
        Take(recipients, 1, Start, 3);
        Assert.Equal(3, recipients.Seen(1, Start + 30));
        Assert.Equal(0, recipients.Seen(1, Start + 60));
    }

    private static void Take(RepeatedRecipients recipients, ulong key, long at, int times)
    {
        for (var i = 0; i < times; i++)
            recipients.Take(new Note(0, at, key));
    }
}
