using System.Net;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace PostalExporter.Conformance;

/// <summary>A request that Alertmanager made.</summary>
/// <param name="Path">The path it went to, which tells the channel.</param>
/// <param name="Authorization">The Authorization header; empty without one.</param>
/// <param name="Body">The JSON it sent.</param>
internal sealed record AlertmanagerNotification(string Path, string Authorization, JsonElement Body);

/// <summary>The far end of every HTTP channel, on loopback: takes what comes and answers as PagerDuty and Slack do when all is well.</summary>
internal sealed class AlertmanagerInbox : IAsyncDisposable
{
    private readonly WebApplication _application;
    private readonly List<AlertmanagerNotification> _received = [];

    private AlertmanagerInbox(WebApplication application) => _application = application;

    public string Address => _application.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single();

    /// <summary>Starts it on a free port.</summary>
    public static async Task<AlertmanagerInbox> StartAsync(CancellationToken cancellationToken)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        var inbox = new AlertmanagerInbox(builder.Build());
        inbox._application.MapPost("/{**path}", (Delegate)inbox.ReceiveAsync);
        await inbox._application.StartAsync(cancellationToken);
        return inbox;
    }

    /// <summary>What came to a path so far, oldest first.</summary>
    public IReadOnlyList<AlertmanagerNotification> Received(string path)
    {
        lock (_received)
            return [.. _received.Where(notification => notification.Path == path)];
    }

    /// <summary>Waits for the first notification to a path that fulfils the condition.</summary>
    public async Task<AlertmanagerNotification> WaitForAsync(
        string path, Func<AlertmanagerNotification, bool> condition, CancellationToken cancellationToken)
    {
        AlertmanagerNotification? found = null;
        await Eventually.TrueAsync(
            () => Task.FromResult((found = Received(path).FirstOrDefault(condition)) is not null),
            () => $"Nothing fitting came to {path}: {string.Join('\n', Received(path))}",
            cancellationToken);
        return found!;
    }

    public ValueTask DisposeAsync() => _application.DisposeAsync();

    private async Task<IResult> ReceiveAsync(HttpContext context)
    {
        var body = await JsonSerializer.DeserializeAsync<JsonElement>(context.Request.Body, cancellationToken: context.RequestAborted);
        lock (_received)
            _received.Add(new AlertmanagerNotification(context.Request.Path, context.Request.Headers.Authorization.ToString(), body));
        return context.Request.Path == "/slack"
            ? Results.Text("ok")
            : Results.Json(new { status = "success" }, statusCode: StatusCodes.Status202Accepted);
    }
}
