using System.Diagnostics;
using System.Net;

namespace PostalStack;

/// <summary>A server program on loopback, started by this program and ended with it.</summary>
internal sealed class Service : IAsyncDisposable
{
    private const int KeptLines = 20;
    private static readonly TimeSpan ReadinessLimit = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan EndLimit = TimeSpan.FromSeconds(10);

    private readonly Process process;
    private readonly Queue<string> lastLines = new();

    private Service(string name, Uri address, Process process)
    {
        Name = name;
        Address = address;
        this.process = process;
        process.OutputDataReceived += (_, line) => Keep(line.Data);
        process.ErrorDataReceived += (_, line) => Keep(line.Data);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
    }

    public string Name { get; }

    public Uri Address { get; }

    /// <summary>Whether it ended, which it must not do by itself.</summary>
    public bool HasEnded => process.HasExited;

    private string Log
    {
        get
        {
            lock (lastLines)
                return string.Join('\n', lastLines);
        }
    }

    /// <summary>Starts the program as the unprivileged account and waits until it says that it is ready.</summary>
    /// <param name="name">What it is called in messages.</param>
    /// <param name="program">File to run, must listen on the address.</param>
    /// <param name="arguments">Its arguments.</param>
    /// <param name="address">Where it listens.</param>
    /// <param name="readyPath">Path that answers 200 when it is ready.</param>
    /// <param name="directory">Its working folder and home.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="StackException">It ended, or was not ready in time.</exception>
    public static async Task<Service> StartAsync(
        string name, string program, IEnumerable<string> arguments, Uri address, string readyPath, string directory, CancellationToken cancellationToken)
    {
        var command = Account.Command(program, arguments);
        command.WorkingDirectory = directory;
        command.Environment["HOME"] = directory;
        command.RedirectStandardOutput = command.RedirectStandardError = true;
        var service = new Service(name, address, Tool.Start(command));
        try
        {
            await service.UntilReadyAsync(readyPath, cancellationToken);
            return service;
        }
        catch
        {
            await service.DisposeAsync();
            throw;
        }
    }

    /// <summary>A failure of this service, with the last lines of its log.</summary>
    public StackException Failure(string what) => new($"{Name} {what}; the end of its log:\n{Log}");

    /// <summary>Ends it as a crash would (SIGKILL).</summary>
    public async Task KillAsync(CancellationToken cancellationToken)
    {
        process.Kill();
        await process.WaitForExitAsync(cancellationToken);
    }

    /// <summary>Asks it to end, and insists after ten seconds.</summary>
    public async ValueTask DisposeAsync()
    {
        if (!process.HasExited)
        {
            using var limit = new CancellationTokenSource(EndLimit);
            try
            {
                await Tool.RunAsync("kill", ["-TERM", $"{process.Id}"], limit.Token);
                await process.WaitForExitAsync(limit.Token);
            }
            catch (Exception e) when (e is OperationCanceledException or StackException)
            {
                process.Kill();
                await process.WaitForExitAsync(CancellationToken.None);
            }
        }
        process.Dispose();
    }

    private async Task UntilReadyAsync(string path, CancellationToken cancellationToken)
    {
        using var client = new HttpClient { BaseAddress = Address };
        await Until.TrueAsync(
            async () => !HasEnded ? await IsReadyAsync(client, path, cancellationToken) : throw Failure("ended at its start"),
            ReadinessLimit, () => Failure("was not ready within a minute"), cancellationToken);
    }

    private static async Task<bool> IsReadyAsync(HttpClient client, string path, CancellationToken cancellationToken)
    {
        try
        {
            using var response = await client.GetAsync(path, cancellationToken);
            return response.StatusCode == HttpStatusCode.OK;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }

    private void Keep(string? line)
    {
        if (line is null)
            return;
        lock (lastLines)
        {
            lastLines.Enqueue(line);
            if (lastLines.Count > KeptLines)
                lastLines.Dequeue();
        }
    }
}
