using System.Globalization;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Logging.Console;
using Microsoft.Extensions.Options;

namespace PostalExporter.Logging;

/// <summary>
/// One line per entry: <c>ts</c>, <c>level</c>, <c>msg</c>, the entry's named values as snake_case keys, and for an
/// exception type and message of its innermost cause. No value can break a line.
/// </summary>
internal sealed class LineFormatter(IOptionsMonitor<LineFormatterOptions> options, TimeProvider time)
    : ConsoleFormatter(FormatterName)
{
    /// <summary>The name under which the console finds it.</summary>
    public const string FormatterName = "line";

    /// <inheritdoc/>
    public override void Write<TState>(in LogEntry<TState> logEntry, IExternalScopeProvider? scopeProvider, TextWriter textWriter)
    {
        var fields = new List<KeyValuePair<string, object?>>
        {
            new("ts", time.GetUtcNow().ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture)),
            new("level", NameOf(logEntry.LogLevel)),
            new("msg", logEntry.Formatter(logEntry.State, logEntry.Exception)),
        };
        if (logEntry.EventId.Id != 0)
            fields.Add(new("event_id", logEntry.EventId.Id));

        if (logEntry.State is IReadOnlyList<KeyValuePair<string, object?>> values)
        {
            foreach (var (name, value) in values)
            {
                if (name != "{OriginalFormat}")
                    fields.Add(new(FieldName.From(name, logEntry.Exception is not null), value));
            }
        }

        if (logEntry.Exception is { } exception)
        {
            var cause = Innermost(exception);
            fields.Add(new("error_type", cause.GetType().Name));
            fields.Add(new("error", cause.Message));
            if (options.CurrentValue.WithStack)
                fields.Add(new("stack", exception.StackTrace));
        }

        textWriter.WriteLine(options.CurrentValue.Format is LogFormat.Json ? LogLine.Json(fields) : LogLine.Logfmt(fields));
    }

    private static Exception Innermost(Exception exception)
    {
        while (exception.InnerException is { } inner)
            exception = inner;
        return exception;
    }

    private static string NameOf(LogLevel level) => level switch
    {
        LogLevel.Trace or LogLevel.Debug => "debug",
        LogLevel.Information => "info",
        LogLevel.Warning => "warn",
        _ => "error",
    };
}
