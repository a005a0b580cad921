namespace PostalExporter.Conformance;

/// <summary>Waits for what another process does in its own time.</summary>
internal static class Eventually
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(50);

    /// <summary>Asks until the answer is yes; fails the test with the explanation after half a minute.</summary>
    public static async Task TrueAsync(Func<Task<bool>> condition, Func<string> explanation, CancellationToken cancellationToken)
    {
        var start = TimeProvider.System.GetTimestamp();
        while (!await condition())
        {
            if (TimeProvider.System.GetElapsedTime(start) > Patience)
                Assert.Fail(explanation());
            // Another process cannot be awaited, only asked again.
            await Task.Delay(Interval, cancellationToken);
        }
    }
}
