namespace PostalStack;

/// <summary>Waits for what other processes do in their own time.</summary>
internal static class Until
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(100);

    /// <summary>Asks until the answer is yes.</summary>
    /// <exception cref="StackException">The failure, after the limit.</exception>
    public static async Task TrueAsync(
        Func<Task<bool>> condition, TimeSpan limit, Func<StackException> failure, CancellationToken cancellationToken)
    {
        var start = TimeProvider.System.GetTimestamp();
        while (!await condition())
        {
            if (TimeProvider.System.GetElapsedTime(start) > limit)
                throw failure();
            // Another process cannot be awaited, only asked again.
            await Task.Delay(Interval, cancellationToken);
        }
    }
}
