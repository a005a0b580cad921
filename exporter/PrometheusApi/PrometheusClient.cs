using System.Globalization;
using System.Text.Json;
using PostalExporter.RulePacks;

namespace PostalExporter.PrometheusApi;

/// <summary>Asks a Prometheus, or what speaks its HTTP API. Source: <c>/api/v1/query</c>, <c>query_range</c> and <c>series</c>.</summary>
internal sealed class PrometheusClient : IDisposable
{
    // Prometheus gives at most 11,000 points of a series at once.
    private const int MaximumPoints = 10_000;

    // Prometheus ends a query after two minutes by default, and says so.
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(150);

    private static readonly Asked Program = new();

    private readonly PageClient client;
    private readonly Uri address;

    /// <param name="address">Where its pages begin, such as <c>http://prometheus:9090</c>; may have a path.</param>
    /// <param name="access">What it asks of those who ask it.</param>
    /// <exception cref="PageException">A file cannot be read, or does not hold what it should.</exception>
    public PrometheusClient(Uri address, PageAccess access)
    {
        this.address = new Uri(address.GetLeftPart(UriPartial.Path).TrimEnd('/') + '/');
        client = new PageClient(access, address);
    }

    /// <summary>A text as a string of PromQL, with its quotes.</summary>
    public static string Quote(string text) =>
        $"\"{text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal)}\"";

    /// <summary>Labels of the series that a selector finds in a span of time.</summary>
    /// <exception cref="PageException">There is no answer; the message says what to do.</exception>
    public Task<IReadOnlyList<IReadOnlyDictionary<string, string>>> SeriesAsync(
        string selector, DateTimeOffset start, DateTimeOffset end, CancellationToken cancellationToken) =>
        AskAsync<IReadOnlyList<IReadOnlyDictionary<string, string>>>(
            "series", [new("match[]", selector), new("start", Seconds(start)), new("end", Seconds(end))],
            data => [.. data.EnumerateArray().Select(Labels)], cancellationToken);

    /// <summary>Evaluates a query at a moment.</summary>
    /// <returns>Series of one sample each.</returns>
    /// <exception cref="PageException">There is no answer; the message says what to do.</exception>
    public Task<IReadOnlyList<PrometheusSeries>> QueryAsync(string query, DateTimeOffset time, CancellationToken cancellationToken) =>
        AskAsync<IReadOnlyList<PrometheusSeries>>(
            "query", [new("query", query), new("time", Seconds(time))],
            data => [.. Results(data).Select(series => new PrometheusSeries(Labels(series.GetProperty("metric")), [Sample(series.GetProperty("value"))]))], cancellationToken);

    /// <summary>Evaluates a query at each step of a span, both ends included, in as many requests as it takes.</summary>
    /// <returns>Series with the samples that exist, in the order of time; one more than once when it takes more than one request.</returns>
    /// <exception cref="PageException">There is no answer; the message says what to do.</exception>
    public async Task<IReadOnlyList<PrometheusSeries>> QueryRangeAsync(
        string query, DateTimeOffset start, DateTimeOffset end, TimeSpan step, CancellationToken cancellationToken)
    {
        var all = new List<PrometheusSeries>();
        for (var from = start; from <= end; from += step * MaximumPoints)
        {
            var last = from + step * (MaximumPoints - 1);
            all.AddRange(await AskAsync(
                "query_range",
                [new("query", query), new("start", Seconds(from)), new("end", Seconds(last < end ? last : end)), new("step", step.TotalSeconds.ToString(CultureInfo.InvariantCulture))],
                data => Results(data).Select(series => new PrometheusSeries(Labels(series.GetProperty("metric")), [.. series.GetProperty("values").EnumerateArray().Select(Sample)])).ToList(),
                cancellationToken));
        }

        return all;
    }

    /// <inheritdoc/>
    public void Dispose() => client.Dispose();

    private async Task<T> AskAsync<T>(
        string endpoint, IEnumerable<KeyValuePair<string, string>> parameters, Func<JsonElement, T> read, CancellationToken cancellationToken)
    {
        // In the body: a selector with long names does not fit into every address.
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(address, $"api/v1/{endpoint}")) { Content = new FormUrlEncodedContent(parameters) };
        return await client.SendAsync(
            request, Program, Timeout,
            async (body, limit) =>
            {
                try
                {
                    using var answer = await JsonDocument.ParseAsync(body, default, limit);
                    return read(answer.RootElement.GetProperty("data"));
                }
                catch (Exception exception) when (exception is JsonException or KeyNotFoundException or InvalidOperationException or FormatException)
                {
                    throw new PageException("does not answer as Prometheus does; give the address of a Prometheus by --url, such as http://prometheus:9090");
                }
            },
            cancellationToken);
    }

    private static JsonElement.ArrayEnumerator Results(JsonElement data) => data.GetProperty("result").EnumerateArray();

    private static IReadOnlyDictionary<string, string> Labels(JsonElement labels) =>
        labels.EnumerateObject().ToDictionary(label => label.Name, label => label.Value.GetString()!);

    private static PrometheusSample Sample(JsonElement pair) => new(
        DateTimeOffset.FromUnixTimeMilliseconds((long)Math.Round(pair[0].GetDouble() * 1000)),
        pair[1].GetString() switch
        {
            "+Inf" => double.PositiveInfinity,
            "-Inf" => double.NegativeInfinity,
            var value => double.Parse(value!, CultureInfo.InvariantCulture),
        });

    private static string Seconds(DateTimeOffset time) => (time.ToUnixTimeMilliseconds() / 1000m).ToString(CultureInfo.InvariantCulture);

    private sealed record Asked() : PageProgram("Prometheus", "give the address where the pages of Prometheus begin, such as http://prometheus:9090")
    {
        // What it refuses it explains in the key error.
        public override async Task<string> Reason(HttpResponseMessage response, CancellationToken cancellationToken)
        {
            try
            {
                using var answer = await JsonDocument.ParseAsync(await response.Content.ReadAsStreamAsync(cancellationToken), default, cancellationToken);
                return answer.RootElement.ValueKind == JsonValueKind.Object && answer.RootElement.TryGetProperty("error", out var error) ? $" ({error})" : "";
            }
            catch (JsonException)
            {
                return "";
            }
        }
    }
}

/// <summary>A series of an answer.</summary>
/// <param name="Labels">Its labels, the name among them when the query leaves it.</param>
/// <param name="Samples">In the order of time.</param>
internal sealed record PrometheusSeries(IReadOnlyDictionary<string, string> Labels, IReadOnlyList<PrometheusSample> Samples)
{
    /// <summary>The value of a label, empty when there is none.</summary>
    public string Label(string name) => Labels.GetValueOrDefault(name, "");
}

/// <summary>A sample of an answer.</summary>
/// <param name="Time">When.</param>
/// <param name="Value">As the query made it; may be no number or infinite.</param>
internal readonly record struct PrometheusSample(DateTimeOffset Time, double Value);
