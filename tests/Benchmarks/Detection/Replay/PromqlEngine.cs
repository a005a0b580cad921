using System.Buffers;
using System.Globalization;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using PostalStack;

namespace PostalExporter.Benchmarks.Detection.Replay;

/// <summary>
/// The installed Prometheus as an engine over the series of a store: it stores nothing, and reads what a query needs back from here
/// over loopback (remote read). So rules are judged by the engine they are written for, a week of evaluations in one query.
/// </summary>
internal sealed class PromqlEngine : IAsyncDisposable
{
    // Longest range of one query: Prometheus answers at most 11,000 points a series.
    private const int MostPoints = 10_080;

    private readonly StackFolder folder;
    private readonly WebApplication reader;
    private readonly Service prometheus;
    private readonly HttpClient client;
    private readonly DateTimeOffset start;

    private PromqlEngine(StackFolder folder, WebApplication reader, Service prometheus, DateTimeOffset start)
    {
        this.folder = folder;
        this.reader = reader;
        this.prometheus = prometheus;
        this.start = start;
        client = new HttpClient { BaseAddress = prometheus.Address, Timeout = Timeout.InfiniteTimeSpan };
    }

    /// <summary>Starts it over a store whose minute 0 is the given moment.</summary>
    public static async Task<PromqlEngine> StartAsync(SeriesStore store, DateTimeOffset start, CancellationToken cancellationToken)
    {
        var folder = new StackFolder();
        var reader = await ServeAsync(store, start, cancellationToken);
        var home = folder.Create("prometheus");
        await File.WriteAllTextAsync(Path.Combine(home, "prometheus.yml"), $"""
            remote_read:
              - url: {reader.Urls.Single()}/read
                read_recent: true
                remote_timeout: 10m
            """, cancellationToken);
        await Account.GiveAsync(home, cancellationToken);
        using var port = new LoopbackPort();
        var address = port.Release();
        var service = await Service.StartAsync("Prometheus", Tool.Find("prometheus"),
        [
            $"--config.file={home}/prometheus.yml", $"--storage.tsdb.path={home}/data", $"--web.listen-address={address.Authority}",
            "--query.timeout=10m", "--query.max-samples=1000000000", "--storage.remote.read-sample-limit=0", "--log.level=warn",
        ], address, "/-/ready", home, cancellationToken);
        return new PromqlEngine(folder, reader, service, start);
    }

    /// <summary>Evaluates an expression at every step of a range, both ends included.</summary>
    /// <param name="expression">PromQL.</param>
    /// <param name="first">First minute.</param>
    /// <param name="last">Last minute.</param>
    /// <param name="step">Minutes between evaluations.</param>
    /// <param name="keep">Receives the labels of each series and its values by minute.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="InvalidDataException">Prometheus refuses the expression.</exception>
    public async Task EvaluateAsync(
        string expression, int first, int last, int step,
        Action<IReadOnlyList<KeyValuePair<string, string>>, IReadOnlyList<(int Minute, double Value)>> keep, CancellationToken cancellationToken)
    {
        for (var begin = first; begin <= last; begin += MostPoints * step)
        {
            var end = Math.Min(last, begin + (MostPoints - 1) * step);
            using var form = new FormUrlEncodedContent(new Dictionary<string, string>
            {
                ["query"] = expression, ["start"] = Moment(begin), ["end"] = Moment(end), ["step"] = $"{step}m", ["timeout"] = "10m",
            });
            using var response = await client.PostAsync("api/v1/query_range", form, cancellationToken);
            var body = await response.Content.ReadAsByteArrayAsync(cancellationToken);
            if (!response.IsSuccessStatusCode)
                throw new InvalidDataException($"{System.Text.Encoding.UTF8.GetString(body)}\n{expression}");
            Read(body, keep);
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        client.Dispose();
        await prometheus.DisposeAsync();
        await reader.DisposeAsync();
        folder.Dispose();
    }

    private static async Task<WebApplication> ServeAsync(SeriesStore store, DateTimeOffset start, CancellationToken cancellationToken)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var application = builder.Build();
        application.MapPost("/read", async (HttpContext context) =>
        {
            using var body = new MemoryStream();
            await context.Request.Body.CopyToAsync(body, context.RequestAborted);
            var answer = RemoteRead.Answer(RemoteRead.Parse(body.ToArray()), store, start);
            context.Response.ContentType = "application/x-protobuf";
            context.Response.Headers.ContentEncoding = "snappy";
            await context.Response.Body.WriteAsync(answer, context.RequestAborted);
        });
        await application.StartAsync(cancellationToken);
        return application;
    }

    private string Moment(int minute) => (start.ToUnixTimeSeconds() + minute * 60L).ToString(CultureInfo.InvariantCulture);

    // {"status":"success","data":{"resultType":"matrix","result":[{"metric":{…},"values":[[seconds,"value"],…]},…]}}
    private void Read(byte[] body, Action<IReadOnlyList<KeyValuePair<string, string>>, IReadOnlyList<(int, double)>> keep)
    {
        var json = new Utf8JsonReader(body);
        while (json.Read())
            if (json.TokenType == JsonTokenType.PropertyName && json.ValueTextEquals("metric"u8))
            {
                var labels = ReadLabels(ref json);
                json.Read();
                keep(labels, ReadValues(ref json));
            }
    }

    private static List<KeyValuePair<string, string>> ReadLabels(ref Utf8JsonReader json)
    {
        var labels = new List<KeyValuePair<string, string>>();
        json.Read();
        while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
        {
            var name = json.GetString()!;
            json.Read();
            labels.Add(new(name, json.GetString()!));
        }
        return labels;
    }

    private List<(int, double)> ReadValues(ref Utf8JsonReader json)
    {
        var origin = start.ToUnixTimeSeconds();
        var values = new List<(int, double)>();
        json.Read();
        while (json.Read() && json.TokenType == JsonTokenType.StartArray)
        {
            json.Read();
            var minute = (int)((json.GetDouble() - origin) / 60);
            json.Read();
            var text = json.HasValueSequence ? json.ValueSequence.ToArray() : json.ValueSpan;
            values.Add((minute, Number(text)));
            json.Read();
        }
        return values;
    }

    private static double Number(ReadOnlySpan<byte> text) =>
        System.Buffers.Text.Utf8Parser.TryParse(text, out double value, out var read) && read == text.Length ? value
        : text.SequenceEqual("+Inf"u8) ? double.PositiveInfinity
        : text.SequenceEqual("-Inf"u8) ? double.NegativeInfinity
        : double.NaN;
}
