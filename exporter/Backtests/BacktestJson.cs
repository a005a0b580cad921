using System.Text.Json;

namespace PostalExporter.Backtests;

/// <summary>Writes the result of a backtest for programs.</summary>
internal static class BacktestJson
{
    private static readonly JsonWriterOptions Options = new() { Indented = true };

    /// <summary>Writes it, with times in RFC 3339 and values that are no numbers as texts.</summary>
    public static void Write(BacktestResult result, Stream to)
    {
        using var json = new Utf8JsonWriter(to, Options);
        json.WriteStartObject();
        json.WriteString("prometheus", result.Prometheus.ToString());
        json.WriteString("pack_version", result.PackVersion);
        json.WriteString("limits", result.Limits);
        json.WriteString("begin", result.Begin);
        json.WriteString("end", result.End);
        json.WriteNumber("weeks_before", result.WeeksBefore);
        json.WriteStartArray("firings");
        foreach (var (firing, also, evidence) in result.Now)
        {
            json.WriteStartObject();
            json.WriteString("comparison", also ? "fired_also" : "only_now");
            Write(json, firing.Labels, firing.Begin, firing.End);
            json.WriteNumber("seconds", firing.LengthUntil(result.End).TotalSeconds);
            Write(json, "first_value", firing.First);
            Write(json, "highest_value", firing.Peak);
            json.WriteStartObject("evidence");
            foreach (var (signal, points) in evidence)
                Write(json, signal, points);
            json.WriteEndObject();
            json.WriteEndObject();
        }

        foreach (var fired in result.OnlyThen)
        {
            json.WriteStartObject();
            json.WriteString("comparison", "only_then");
            Write(json, fired.Labels, fired.Begin, fired.End);
            json.WriteNumber("seconds", fired.LengthUntil(result.End).TotalSeconds);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, LabelSet labels, DateTimeOffset begin, DateTimeOffset? end)
    {
        json.WriteStartObject("labels");
        foreach (var (name, value) in labels.Labels)
            json.WriteString(name, value);
        json.WriteEndObject();
        json.WriteString("begin", begin);
        if (end is { } ended)
            json.WriteString("end", ended);
        else
            json.WriteNull("end");
    }

    private static void Write(Utf8JsonWriter json, string name, double value)
    {
        if (double.IsFinite(value))
            json.WriteNumber(name, value);
        else
            json.WriteString(name, FormattableString.Invariant($"{value}"));
    }
}
