using PostalExporter.Signals;

namespace PostalExporter.Tests.Signals;

public sealed class RecipientWindowsTests
{
    private static readonly DateTimeOffset Noon = new(2026, 5, 4, 12, 0, 0, TimeSpan.Zero);

    [Fact]
    public void A_recipient_leaves_the_window_after_an_hour_and_is_counted_once_within_it()
    {
        var windows = new RecipientWindows();
        windows.Take(new Note(1, Noon.ToUnixTimeSeconds(), 11));
        windows.Take(new Note(1, Noon.AddMinutes(30).ToUnixTimeSeconds(), 11));
        windows.Take(new Note(1, Noon.AddMinutes(30).ToUnixTimeSeconds(), 22));

        Assert.Equal(2, windows.Estimate(Noon.AddMinutes(40))[1]);
        Assert.Equal(2, windows.Estimate(Noon.AddMinutes(70))[1]);
        Assert.Empty(windows.Estimate(Noon.AddMinutes(95)));
    }

    [Fact]
    public void Dropped_steps_are_named_to_be_deleted()
    {
        var windows = new RecipientWindows();
        windows.Take(new Note(1, Noon.ToUnixTimeSeconds(), 11));
        windows.Saved();
        windows.Estimate(Noon.AddHours(3));

        var dropped = Assert.Single(windows.Dirty);
        Assert.Null(windows.Bytes(dropped));
    }
}
