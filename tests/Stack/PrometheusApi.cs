using System.Globalization;
using System.Net.Http.Json;
using System.Text.Json;

namespace PostalStack;

/// <summary>A sample as Prometheus stores it.</summary>
internal readonly record struct Sample(DateTimeOffset At, double Value);

/// <summary>A series of an instant query.</summary>
internal sealed record Series(IReadOnlyDictionary<string, string> Labels, IReadOnlyList<Sample> Samples)
{
    /// <summary>The last value.</summary>
    public double Value => Samples[^1].Value;
}

/// <summary>An alert that is pending or firing.</summary>
internal sealed record ActiveAlert(IReadOnlyDictionary<string, string> Labels, string State, DateTimeOffset ActiveAt)
{
    public string Name => Labels["alertname"];
}

/// <summary>What Prometheus knows.</summary>
internal sealed class PrometheusApi(Uri address) : IDisposable
{
    private readonly HttpClient client = new() { BaseAddress = address };

    /// <summary>Runs an instant query; a range selector gives all its samples.</summary>
    public async Task<IReadOnlyList<Series>> QueryAsync(string query, CancellationToken cancellationToken)
    {
        using var form = new FormUrlEncodedContent([KeyValuePair.Create("query", query)]);
        using var response = await client.PostAsync("/api/v1/query", form, cancellationToken);
        var data = await DataAsync(response, cancellationToken);
        return [.. data.GetProperty("result").EnumerateArray().Select(series => new Series(Labels(series.GetProperty("metric")), Samples(series)))];
    }

    /// <summary>The value of a query that gives one series; null when it gives none.</summary>
    public async Task<double?> ValueAsync(string query, CancellationToken cancellationToken) =>
        await QueryAsync(query, cancellationToken) is [var only] ? only.Value : null;

    public async Task<IReadOnlyList<ActiveAlert>> AlertsAsync(CancellationToken cancellationToken)
    {
        using var response = await client.GetAsync("/api/v1/alerts", cancellationToken);
        var data = await DataAsync(response, cancellationToken);
        return
        [
            .. data.GetProperty("alerts").EnumerateArray().Select(alert => new ActiveAlert(
                Labels(alert.GetProperty("labels")), alert.GetProperty("state").GetString()!, alert.GetProperty("activeAt").GetDateTimeOffset())),
        ];
    }

    /// <inheritdoc/>
    public void Dispose() => client.Dispose();

    private static async Task<JsonElement> DataAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        var body = await response.Content.ReadFromJsonAsync<JsonElement>(cancellationToken);
        return response.IsSuccessStatusCode
            ? body.GetProperty("data")
            : throw new StackException($"Prometheus answers {(int)response.StatusCode}: {body.GetProperty("error").GetString()}");
    }

    private static Dictionary<string, string> Labels(JsonElement labels) =>
        labels.EnumerateObject().ToDictionary(label => label.Name, label => label.Value.GetString()!);

    private static Sample[] Samples(JsonElement series) => series.TryGetProperty("values", out var values)
        ? [.. values.EnumerateArray().Select(Sample)]
        : [Sample(series.GetProperty("value"))];

    private static Sample Sample(JsonElement pair) => new(
        DateTimeOffset.FromUnixTimeMilliseconds((long)(pair[0].GetDouble() * 1000)),
        double.Parse(pair[1].GetString()!, CultureInfo.InvariantCulture));
}
