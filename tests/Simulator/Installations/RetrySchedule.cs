namespace PostalSimulator.Installations;

/// <summary>When Postal tries again: five minutes times 1.3 to the power of the attempts made.</summary>
internal static class RetrySchedule
{
    public const double BaseSeconds = 300;
    public const double Growth = 1.3;

    /// <summary>The worker takes a row that waits for a retry only when its time is over by more than half a minute.</summary>
    public static readonly TimeSpan WorkerDelay = TimeSpan.FromSeconds(31);

    public static TimeSpan After(int attempts) => TimeSpan.FromSeconds(Math.Round(BaseSeconds * Math.Pow(Growth, attempts)));
}
