using System.Net;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace PostalStack;

/// <summary>What Alertmanager sent to a channel.</summary>
internal sealed record Notification(string Path, DateTimeOffset ReceivedAt, string Authorization, JsonElement Body);

/// <summary>The far end of the HTTP channels: answers as PagerDuty's Events API, Slack and a dead man's switch do, and keeps what comes.</summary>
internal sealed class Pager : IAsyncDisposable
{
    public const string PagerDutyPath = "/v2/enqueue";
    public const string SlackPath = "/slack";
    public const string DeadMansSwitchPath = "/dead-mans-switch";

    private readonly WebApplication application;
    private readonly List<Notification> received = [];

    private Pager(WebApplication application) => this.application = application;

    /// <summary>Raised for each notification, on the request's thread.</summary>
    public event Action<Notification>? Arrived;

    public Uri Address => new(application.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single());

    /// <summary>Starts it on a free port.</summary>
    public static async Task<Pager> StartAsync(CancellationToken cancellationToken)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.Services.AddSingleton<Microsoft.Extensions.Hosting.IHostLifetime, NoLifetime>();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        var pager = new Pager(builder.Build());
        pager.application.MapPost(PagerDutyPath, async (HttpContext context) =>
        {
            var body = await pager.ReceiveAsync(context);
            return Results.Json(
                new { status = "success", message = "Event processed", dedup_key = body.GetProperty("dedup_key").GetString() },
                statusCode: StatusCodes.Status202Accepted);
        });
        foreach (var path in (string[])[SlackPath, DeadMansSwitchPath])
        {
            pager.application.MapPost(path, async (HttpContext context) =>
            {
                await pager.ReceiveAsync(context);
                return Results.Text("ok");
            });
        }
        await pager.application.StartAsync(cancellationToken);
        return pager;
    }

    /// <summary>What came to a path so far, oldest first.</summary>
    public IReadOnlyList<Notification> Received(string path)
    {
        lock (received)
            return [.. received.Where(notification => notification.Path == path)];
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => application.DisposeAsync();

    private async Task<JsonElement> ReceiveAsync(HttpContext context)
    {
        var body = await JsonSerializer.DeserializeAsync<JsonElement>(context.Request.Body, cancellationToken: context.RequestAborted);
        var notification = new Notification(
            context.Request.Path, TimeProvider.System.GetUtcNow(), context.Request.Headers.Authorization.ToString(), body);
        lock (received)
            received.Add(notification);
        Arrived?.Invoke(notification);
        return body;
    }

    /// <summary>Ctrl-C ends the demo, which ends this; not the other way round.</summary>
    private sealed class NoLifetime : Microsoft.Extensions.Hosting.IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
