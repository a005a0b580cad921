using System.Diagnostics;
using System.Net;
using System.Text.RegularExpressions;

namespace PostalExporter.Conformance;

/// <summary>The exporter or a server of Prometheus' family, started on a loopback port that the operating system chose, ended with the test.</summary>
internal sealed partial class LoopbackProgram : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly Process _process;
    private readonly List<string> _log = [];
    private readonly TaskCompletionSource<Uri> _listening = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private LoopbackProgram(Process process)
    {
        _process = process;
        process.ErrorDataReceived += (_, line) => Read(line.Data);
        process.BeginErrorReadLine();
    }

    /// <summary>Where it listens.</summary>
    public Uri Address { get; private set; } = null!;

    /// <summary>Process id.</summary>
    public int Id => _process.Id;

    /// <summary>Everything it has logged so far.</summary>
    public string Log
    {
        get
        {
            lock (_log)
                return string.Join('\n', _log);
        }
    }

    /// <summary>Starts the program, which must be told to listen on <c>127.0.0.1:0</c>, and waits until it listens.</summary>
    /// <exception cref="InvalidOperationException">It ended, or did not listen in time; the message holds its log.</exception>
    public static async Task<LoopbackProgram> StartAsync(string program, IEnumerable<string> arguments, CancellationToken cancellationToken)
    {
        var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true })!;
        var started = new LoopbackProgram(process);
        try
        {
            started.Address = await started._listening.Task.WaitAsync(Patience, cancellationToken);
            return started;
        }
        catch (TimeoutException)
        {
            await started.DisposeAsync();
            throw new InvalidOperationException($"{program} did not listen within {Patience.TotalSeconds} seconds:\n{started.Log}");
        }
        catch
        {
            await started.DisposeAsync();
            throw;
        }
    }

    /// <summary>Waits until it says that it is ready to serve.</summary>
    public async Task UntilReadyAsync(CancellationToken cancellationToken)
    {
        using var client = new HttpClient();
        await Eventually.TrueAsync(
            async () => (await client.GetAsync(new Uri(Address, "/-/ready"), cancellationToken)).StatusCode == HttpStatusCode.OK,
            () => $"not ready:\n{Log}",
            cancellationToken);
    }

    /// <summary>Ends the process.</summary>
    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
            _process.Kill();
        await _process.WaitForExitAsync(CancellationToken.None);
        _process.Dispose();
    }

    private void Read(string? line)
    {
        if (line is null)
        {
            _listening.TrySetException(new InvalidOperationException($"The program ended:\n{Log}"));
            return;
        }
        lock (_log)
            _log.Add(line);
        if (ListeningOn().Match(line) is { Success: true } match)
            _listening.TrySetResult(new Uri($"http://{match.Groups["address"].Value}"));
    }

    [GeneratedRegex("msg=(\"Listening on\"|listening event_id=\\d+) address=(http://)?(?<address>[0-9.:]+)")]
    private static partial Regex ListeningOn();
}
