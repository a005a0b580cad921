using System.Globalization;

namespace PostalExporter.Backtests;

/// <summary>Says what a backtest does, at most every two seconds while it does the same.</summary>
/// <param name="output">Standard error.</param>
/// <param name="time">The clock.</param>
internal sealed class BacktestProgress(TextWriter output, TimeProvider time)
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(2);

    private readonly long started = time.GetTimestamp();
    private long? said;

    /// <summary>Something else begins or is done: says it in any case.</summary>
    public void Say(string text)
    {
        said = time.GetTimestamp();
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"backtest: {time.GetElapsedTime(started).TotalSeconds:F0} s: {text}"));
    }

    /// <summary>It goes on: says it when it is time.</summary>
    public void GoOn(Func<string> text)
    {
        if (said is not { } last || time.GetElapsedTime(last) >= Interval)
            Say(text());
    }
}
