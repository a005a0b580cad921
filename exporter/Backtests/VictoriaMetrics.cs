using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text.Json;
using PostalExporter.PrometheusApi;
using PostalExporter.RulePacks;

namespace PostalExporter.Backtests;

/// <summary>A private VictoriaMetrics on a loopback port. It ends with its owner, whatever ends that, and takes its folder with it.</summary>
internal sealed class VictoriaMetrics : IAsyncDisposable
{
    // Standard input closes when the owner ends, even by SIGKILL; a program that is left alone does not see that itself. An interrupt at the
    // terminal reaches the shell, too, which must not leave before it has removed the folder.
    private const string EndsWithOwner = """
        exec 3<&0
        trap : INT TERM HUP
        "$@" 3<&- &
        program=$!
        { cat <&3 >/dev/null; kill "$program" 2>/dev/null; } &
        while kill -0 "$program" 2>/dev/null; do wait "$program"; done
        rm -rf -- "$0"
        """;

    private const int SamplesOfRequest = 200_000;

    // Between two looks at whether it answers.
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(20);

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly Process process;
    private readonly LogTail log;
    private readonly HttpClient client;
    private readonly PrometheusClient prometheus;

    private VictoriaMetrics(Process process, LogTail log, Uri address)
    {
        this.process = process;
        this.log = log;
        Address = address;
        client = new HttpClient(new SocketsHttpHandler { UseProxy = false }) { BaseAddress = address, Timeout = Timeout.InfiniteTimeSpan };
        prometheus = new PrometheusClient(address, new PageAccess(null, null, null));
    }

    /// <summary>Where it listens.</summary>
    public Uri Address { get; }

    /// <summary>Starts one and waits until it answers.</summary>
    /// <param name="program">Path of the program.</param>
    /// <param name="folder">An empty folder for its files; removed at the end.</param>
    /// <param name="time">Clock.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="BacktestException">It cannot be started, or does not answer.</exception>
    public static async Task<VictoriaMetrics> StartAsync(string program, string folder, TimeProvider time, CancellationToken cancellationToken)
    {
        var address = FreeAddress();
        var start = new ProcessStartInfo("/bin/sh",
        [
            "-c", EndsWithOwner, folder, program, $"-storageDataPath={Path.Combine(folder, "data")}", $"-httpListenAddr={address.Authority}",
            // Whatever is imported stays, and is asked for as it is: no rounding of times, no answers of before.
            "-retentionPeriod=100y", "-search.disableCache", "-search.maxPointsPerTimeseries=1000000", "-search.maxQueryDuration=10m",
            // Prometheus looks back five minutes for a sample; without these it depends on how far apart samples are.
            "-search.minStalenessInterval=5m", "-search.maxLookback=5m",
            "-search.maxUniqueTimeseries=10000000", "-memory.allowedPercent=25", "-loggerLevel=WARN",
        ])
        {
            RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true,
        };
        var process = Start(start);
        var started = new VictoriaMetrics(process, new LogTail(process), address);
        try
        {
            await started.UntilReadyAsync(program, time, cancellationToken);
            return started;
        }
        catch
        {
            await started.DisposeAsync();
            throw;
        }
    }

    /// <summary>Stores samples; they are found after <see cref="FlushAsync"/>.</summary>
    public async Task WriteAsync(IEnumerable<PrometheusSeries> series, CancellationToken cancellationToken)
    {
        var body = new RemoteWriteBody();
        foreach (var one in series)
        {
            body.Add(one);
            if (body.Samples >= SamplesOfRequest)
                await SendAsync(body, cancellationToken);
        }

        if (body.Samples > 0)
            await SendAsync(body, cancellationToken);
    }

    /// <summary>Makes everything that was stored findable.</summary>
    public async Task FlushAsync(CancellationToken cancellationToken)
    {
        using var response = await AskAsync(() => client.GetAsync(new Uri("/internal/force_flush", UriKind.Relative), cancellationToken));
    }

    /// <summary>The stored samples of series from a moment on, up to and with another; marks of an end are left out.</summary>
    public async Task<IReadOnlyList<PrometheusSeries>> ExportAsync(string selector, DateTimeOffset begin, DateTimeOffset end, CancellationToken cancellationToken)
    {
        using var form = new FormUrlEncodedContent([new("match[]", selector), new("start", Seconds(begin)), new("end", Seconds(end))]);
        using var response = await AskAsync(() => client.PostAsync(new Uri("/api/v1/export", UriKind.Relative), form, cancellationToken));
        using var lines = new StreamReader(await response.Content.ReadAsStreamAsync(cancellationToken));
        var pieces = new List<PrometheusSeries>();
        while (await lines.ReadLineAsync(cancellationToken) is { } line)
            pieces.Add(ReadLine(line));
        // One series may come in several lines.
        return
        [
            .. pieces.GroupBy(series => new LabelSet(series.Labels))
                .Select(same => new PrometheusSeries(same.Key.Labels, [.. same.SelectMany(series => series.Samples).OrderBy(sample => sample.Time)])),
        ];
    }

    /// <summary>Evaluates a query at a moment.</summary>
    /// <exception cref="PageException">It is refused.</exception>
    public Task<IReadOnlyList<PrometheusSeries>> QueryAsync(string query, DateTimeOffset time, CancellationToken cancellationToken) =>
        prometheus.QueryAsync(query, time, cancellationToken);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        process.StandardInput.Close();
        await process.WaitForExitAsync(CancellationToken.None);
        process.Dispose();
        client.Dispose();
        prometheus.Dispose();
    }

    private static Process Start(ProcessStartInfo start)
    {
        try
        {
            return Process.Start(start)!;
        }
        catch (Win32Exception exception)
        {
            throw new BacktestException($"{start.FileName}: {exception.Message}");
        }
    }

    // It does not say which port it got when asked for any.
    private static Uri FreeAddress()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return new Uri($"http://{listener.LocalEndpoint}");
    }

    private async Task UntilReadyAsync(string program, TimeProvider time, CancellationToken cancellationToken)
    {
        var start = time.GetTimestamp();
        while (!await AnswersAsync(cancellationToken))
        {
            if (process.HasExited || time.GetElapsedTime(start) > Patience)
                throw new BacktestException($"{program}: {(process.HasExited ? "ended" : "does not answer")}; it said: {log}");
            // Another process cannot be awaited, only asked again.
            await Task.Delay(Pause, time, cancellationToken);
        }
    }

    private async Task<bool> AnswersAsync(CancellationToken cancellationToken)
    {
        try
        {
            using var response = await client.GetAsync(new Uri("/health", UriKind.Relative), cancellationToken);
            return response.IsSuccessStatusCode;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }

    private async Task SendAsync(RemoteWriteBody body, CancellationToken cancellationToken)
    {
        using var content = new ByteArrayContent(body.Take());
        content.Headers.ContentType = new MediaTypeHeaderValue("application/x-protobuf");
        content.Headers.ContentEncoding.Add("snappy");
        using var response = await AskAsync(() => client.PostAsync(new Uri("/api/v1/write", UriKind.Relative), content, cancellationToken));
    }

    private async Task<HttpResponseMessage> AskAsync(Func<Task<HttpResponseMessage>> ask)
    {
        try
        {
            var response = await ask();
            return response.IsSuccessStatusCode
                ? response
                : throw new BacktestException($"VictoriaMetrics answers {(int)response.StatusCode}: {await response.Content.ReadAsStringAsync()}");
        }
        catch (HttpRequestException exception)
        {
            throw new BacktestException($"VictoriaMetrics does not answer ({exception.Message}); it said: {log}");
        }
    }

    // {"metric":{…},"values":[…],"timestamps":[…]}, where values may be NaN and +Inf, which JSON does not know.
    private static PrometheusSeries ReadLine(string line)
    {
        const string Values = ",\"values\":[", Times = "],\"timestamps\":[";
        var (values, times) = (line.LastIndexOf(Values, StringComparison.Ordinal), line.LastIndexOf(Times, StringComparison.Ordinal));
        using var head = JsonDocument.Parse($"{line.AsSpan(0, values)}}}");
        var samples = new List<PrometheusSample>();
        var valueText = line.AsSpan(values + Values.Length, times - values - Values.Length);
        var timeText = line.AsSpan(times + Times.Length).TrimEnd("]}");
        var time = timeText.Split(',');
        foreach (var value in valueText.Split(','))
        {
            time.MoveNext();
            if (Value(valueText[value]) is { } number)
                samples.Add(new PrometheusSample(DateTimeOffset.FromUnixTimeMilliseconds(long.Parse(timeText[time.Current], CultureInfo.InvariantCulture)), number));
        }

        return new PrometheusSeries(head.RootElement.GetProperty("metric").EnumerateObject().ToDictionary(label => label.Name, label => label.Value.GetString()!), samples);
    }

    // Later versions write null and "Infinity".
    private static double? Value(ReadOnlySpan<char> text) => text switch
    {
        "NaN" or "null" => null,
        "+Inf" or "\"Infinity\"" => double.PositiveInfinity,
        "-Inf" or "\"-Infinity\"" => double.NegativeInfinity,
        _ => double.Parse(text, CultureInfo.InvariantCulture),
    };

    private static string Seconds(DateTimeOffset time) => (time.ToUnixTimeMilliseconds() / 1000m).ToString(CultureInfo.InvariantCulture);
}
