using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace PostalExporter.Integration;

/// <summary>Writes the exporter's log lines into the output of the running test, and keeps them.</summary>
internal sealed class TestLog : ILoggerProvider, ILogger
{
    private readonly ConcurrentQueue<string> lines = [];

    /// <summary>Level and message of each line so far, debug lines left out.</summary>
    public IReadOnlyList<string> Lines => [.. lines];

    public static ILoggerFactory CreateFactory() => CreateFactory(new TestLog());

    public static ILoggerFactory CreateFactory(TestLog log) => LoggerFactory.Create(builder => builder.SetMinimumLevel(LogLevel.Debug).AddProvider(log));

    public ILogger CreateLogger(string categoryName) => this;

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        var line = $"{logLevel} {formatter(state, exception)}";
        if (logLevel > LogLevel.Debug)
            lines.Enqueue(line);
        TestContext.Current.TestOutputHelper?.WriteLine($"{line} {exception}");
    }

    public void Dispose()
    {
    }
}
