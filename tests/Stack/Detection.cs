using System.Globalization;
using System.Text.Json;

namespace PostalStack;

/// <summary>A step from the first abusive message to the page, and how many seconds after that message it happened.</summary>
internal sealed record Step(double Seconds, string What);

/// <summary>Follows one hijack through exporter, Prometheus and Alertmanager to the page.</summary>
internal sealed class Detection(MonitoringStack stack, Action<Step> happened)
{
    private static readonly TimeSpan BaselineLimit = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(200);

    private readonly string organization = stack.Hijack.Server.Split('/')[0];
    private readonly string server = stack.Hijack.Server.Split('/')[1];
    private readonly List<Step> steps = [];
    private DateTimeOffset begin;

    /// <summary>What has happened so far, in that order; the first abusive message first, the page last.</summary>
    public IReadOnlyList<Step> Steps => steps;

    /// <summary>The page about the hijacked credential.</summary>
    public Notification? Page { get; private set; }

    /// <summary>Selects the series of the hijacked credential.</summary>
    public string Selector => $$"""organization="{{organization}}",server="{{server}}",credential="{{stack.Hijack.Credential}}" """.TrimEnd();

    /// <summary>Waits until the rules know what is usual for the credential, and the dead man's switch is being pinged.</summary>
    /// <returns>The messages that it sends in a busy hour around this time of the week.</returns>
    /// <exception cref="StackException">It took too long, or a part of the stack ended.</exception>
    public async Task<double> UntilBaselineAsync(CancellationToken cancellationToken)
    {
        double? baseline = null;
        await Until.TrueAsync(
            async () =>
            {
                stack.EnsureRunning();
                baseline = await stack.Api.ValueAsync($$"""credential:postal_messages:baseline1h{{{Selector}}}""", cancellationToken);
                return baseline is not null && stack.Pager.Received(Pager.DeadMansSwitchPath).Count > 0;
            },
            BaselineLimit, () => stack.Prometheus.Failure("has no baseline, or the dead man's switch no ping"), cancellationToken);
        return baseline!.Value;
    }

    /// <summary>Begins the hijack and waits for the page.</summary>
    /// <exception cref="StackException">No page within the limit, or a part of the stack ended; the message says how far it came.</exception>
    public async Task RunAsync(TimeSpan limit, CancellationToken cancellationToken)
    {
        begin = await stack.Traffic.BeginAsync(stack.Hijack.Name, cancellationToken);
        Happened(begin, "first abusive message accepted by Postal");
        var (scraped, pending, firing) = (false, false, false);
        while (Page is null)
        {
            // The other processes cannot be awaited, only asked again.
            await Task.Delay(Interval, cancellationToken);
            stack.EnsureRunning();
            // The page is looked for first: what came before it is then complete.
            var page = FindPage();
            scraped = scraped || await ScrapedAsync(cancellationToken);
            var alerts = await AlertsAsync(cancellationToken);
            if (!pending && alerts.Count > 0)
            {
                pending = true;
                Happened(alerts[0].ActiveAt, $"{alerts[0].Name} pending");
            }
            if (!firing && alerts.FirstOrDefault(alert => alert.State == "firing") is { } alarm)
            {
                firing = true;
                Happened(TimeProvider.System.GetUtcNow(), $"{alarm.Name} firing");
            }
            if (page is not null)
            {
                Page = page;
                Happened(page.ReceivedAt, "page at PagerDuty's API");
            }
            else if (TimeProvider.System.GetUtcNow() - begin > limit)
                throw new StackException(string.Create(CultureInfo.InvariantCulture,
                    $"no page about credential {stack.Hijack.Credential} within {limit.TotalSeconds:0} seconds; the last that happened: {steps[^1].What}"));
        }
    }

    private void Happened(DateTimeOffset at, string what)
    {
        steps.Add(new Step((at - begin).TotalSeconds, what));
        happened(steps[^1]);
    }

    /// <summary>The first sample since the hijack that is higher than the one before.</summary>
    private async Task<bool> ScrapedAsync(CancellationToken cancellationToken)
    {
        var query = $$"""postal_messages_total{{{Selector}},scope="outgoing",job="postal"}[2m]""";
        if (await stack.Api.QueryAsync(query, cancellationToken) is not [var series])
            return false;
        for (var i = 1; i < series.Samples.Count; i++)
        {
            if (series.Samples[i].At < begin || series.Samples[i].Value <= series.Samples[i - 1].Value)
                continue;
            var messages = (series.Samples[i].Value - series.Samples[i - 1].Value).ToString(CultureInfo.InvariantCulture);
            Happened(series.Samples[i].At, $"first scrape that shows it: {messages} messages more than at the last one");
            return true;
        }
        return false;
    }

    /// <summary>Critical alerts about the hijacked credential, those that were first come first.</summary>
    private async Task<IReadOnlyList<ActiveAlert>> AlertsAsync(CancellationToken cancellationToken) =>
    [
        .. (await stack.Api.AlertsAsync(cancellationToken))
            .Where(alert => alert.Labels.GetValueOrDefault("severity") == "critical" && alert.Labels.GetValueOrDefault("organization") == organization
                && alert.Labels.GetValueOrDefault("server") == server && alert.Labels.GetValueOrDefault("credential") == stack.Hijack.Credential)
            .OrderBy(alert => alert.ActiveAt),
    ];

    private Notification? FindPage() => stack.Pager.Received(Pager.PagerDutyPath).FirstOrDefault(page => Names(page.Body));

    /// <summary>Whether an event of PagerDuty's Events API v2 opens an incident that names the credential.</summary>
    private bool Names(JsonElement body)
    {
        if (body.GetProperty("event_action").GetString() != "trigger")
            return false;
        var payload = body.GetProperty("payload");
        var details = payload.GetProperty("custom_details");
        return payload.GetProperty("severity").GetString() == "critical" && details.GetProperty("organization").GetString() == organization
            && details.GetProperty("server").GetString() == server && details.GetProperty("credential").GetString() == stack.Hijack.Credential;
    }
}
