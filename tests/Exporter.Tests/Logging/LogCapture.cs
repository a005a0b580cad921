using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;
using PostalExporter.Logging;

namespace PostalExporter.Tests.Logging;

/// <summary>A log whose lines, as the exporter would write them, can be looked at.</summary>
internal sealed class LogCapture : ILoggerProvider
{
    private readonly LineFormatter formatter;
    private readonly List<string> lines = [];

    public LogCapture(LogFormat format = LogFormat.Logfmt, bool withStack = false)
    {
        formatter = new LineFormatter(
            new Monitor(new LineFormatterOptions { Format = format, WithStack = withStack }),
            new FakeTimeProvider(new DateTimeOffset(2026, 1, 2, 3, 4, 5, 678, TimeSpan.Zero)));
        Factory = LoggerFactory.Create(builder => builder.AddProvider(this).SetMinimumLevel(LogLevel.Debug));
    }

    public ILoggerFactory Factory { get; }

    /// <summary>The lines so far, without their line break.</summary>
    public IReadOnlyList<string> Lines
    {
        get
        {
            lock (lines)
                return [.. lines];
        }
    }

    public ILogger CreateLogger(string categoryName) => new Logger(this, categoryName);

    public void Dispose()
    {
    }

    private sealed class Logger(LogCapture capture, string category) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            using var writer = new StringWriter();
            capture.formatter.Write(new LogEntry<TState>(logLevel, category, eventId, state, exception, formatter), null, writer);
            lock (capture.lines)
                capture.lines.Add(writer.ToString().TrimEnd('\r', '\n'));
        }
    }

    private sealed class Monitor(LineFormatterOptions options) : IOptionsMonitor<LineFormatterOptions>
    {
        public LineFormatterOptions CurrentValue => options;

        public LineFormatterOptions Get(string? name) => options;

        public IDisposable? OnChange(Action<LineFormatterOptions, string?> listener) => null;
    }
}
