using System.Net.Http.Json;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace PostalExporter.Conformance;

/// <summary>
/// A real Alertmanager with the project's own configuration. Only what is a value of the site is changed: where channels are and
/// where secrets lie; and the waits are shortened, which change when something is sent, not what.
/// </summary>
internal sealed partial class AlertmanagerStack : IAsyncDisposable
{
    private static readonly string[] DescribingLabels = ["alertname", "severity", "organization", "server", "credential"];

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("postal-alertmanager-");
    private readonly HttpClient _client = new();
    private LoopbackProgram? _program;

    private AlertmanagerStack(AlertmanagerInbox inbox) => Inbox = inbox;

    public AlertmanagerInbox Inbox { get; }

    public AlertmanagerMailbox Mailbox { get; } = new();

    /// <summary>Starts Alertmanager and the far ends of its channels.</summary>
    public static async Task<AlertmanagerStack> StartAsync(CancellationToken cancellationToken)
    {
        var stack = new AlertmanagerStack(await AlertmanagerInbox.StartAsync(cancellationToken));
        try
        {
            await stack.StartAlertmanagerAsync(cancellationToken);
            return stack;
        }
        catch
        {
            await stack.DisposeAsync();
            throw;
        }
    }

    /// <summary>Hands alerts over as Prometheus does.</summary>
    public async Task PostAsync(IEnumerable<AlertmanagerAlert> alerts, CancellationToken cancellationToken)
    {
        var body = alerts.Select(alert => new { labels = alert.Labels, annotations = alert.Annotations, generatorURL = "http://prometheus.example" });
        using var response = await _client.PostAsJsonAsync(new Uri(_program!.Address, "/api/v2/alerts"), body, cancellationToken);
        Assert.True(response.IsSuccessStatusCode, await response.Content.ReadAsStringAsync(cancellationToken));
    }

    /// <summary>Waits until exactly the expected ones of all known alerts are inhibited; each is given as <see cref="Describe"/> writes it.</summary>
    public async Task UntilInhibitedAsync(IEnumerable<string> expected, CancellationToken cancellationToken)
    {
        string[] wanted = [.. expected.Order(StringComparer.Ordinal)];
        string[] inhibited = [];
        await Eventually.TrueAsync(
            async () =>
            {
                var alerts = await _client.GetFromJsonAsync<JsonElement>(new Uri(_program!.Address, "/api/v2/alerts"), cancellationToken);
                inhibited =
                [
                    .. alerts.EnumerateArray()
                        .Where(alert => alert.GetProperty("status").GetProperty("inhibitedBy").GetArrayLength() > 0)
                        .Select(alert => Describe(name => alert.GetProperty("labels").TryGetProperty(name, out var value) ? value.GetString() : null))
                        .Order(StringComparer.Ordinal),
                ];
                return inhibited.SequenceEqual(wanted);
            },
            () => $"inhibited: {string.Join("; ", inhibited)}\nexpected:  {string.Join("; ", wanted)}",
            cancellationToken);
    }

    /// <summary>An alert in a line, for comparison: name, severity and whom it concerns.</summary>
    public static string Describe(Func<string, string?> label) =>
        string.Join(' ', DescribingLabels.Select(label).Where(value => value is not null));

    public async ValueTask DisposeAsync()
    {
        if (_program is not null)
            await _program.DisposeAsync();
        await Inbox.DisposeAsync();
        await Mailbox.DisposeAsync();
        _client.Dispose();
        _folder.Delete(recursive: true);
    }

    private async Task StartAlertmanagerAsync(CancellationToken cancellationToken)
    {
        // The line break that an editor leaves at the end does no harm, except in the mail password: 0.25 sends it along.
        var secrets = _folder.CreateSubdirectory("secrets").FullName;
        await File.WriteAllTextAsync(Path.Combine(secrets, "pagerduty_routing_key"), "the-routing-key\n", cancellationToken);
        await File.WriteAllTextAsync(Path.Combine(secrets, "slack_api_url"), $"{Inbox.Address}/slack\n", cancellationToken);
        await File.WriteAllTextAsync(Path.Combine(secrets, "smtp_password"), "the-password", cancellationToken);
        await File.WriteAllTextAsync(Path.Combine(secrets, "dead_mans_switch_token"), "the-token\n", cancellationToken);
        var original = await File.ReadAllTextAsync(Repository.PathOf("alertmanager", "alertmanager.yml"), cancellationToken);
        var derived = Replace(original, "/etc/alertmanager/secrets/", $"{secrets}/");
        derived = Replace(derived, "https://events.pagerduty.com/v2/enqueue", $"{Inbox.Address}/pagerduty");
        derived = Replace(derived, "https://dead-mans-switch.example.org/postal", $"{Inbox.Address}/switch");
        derived = Replace(derived, "smtp.example.org:587", Mailbox.Address);
        derived = Replace(derived, "smtp_require_tls: true", "smtp_require_tls: false");
        derived = Replace(derived, "templates/*.tmpl", Repository.PathOf("alertmanager", "templates", "*.tmpl"));
        derived = GroupWait().Replace(derived, "group_wait: 500ms");
        var file = Path.Combine(_folder.FullName, "alertmanager.yml");
        await File.WriteAllTextAsync(file, derived, cancellationToken);
        _program = await LoopbackProgram.StartAsync(
            "prometheus-alertmanager",
            [
                $"--config.file={file}", $"--storage.path={Path.Combine(_folder.FullName, "data")}",
                "--web.listen-address=127.0.0.1:0", "--cluster.listen-address=",
            ],
            cancellationToken);
        await _program.UntilReadyAsync(cancellationToken);
    }

    private static string Replace(string text, string value, string by)
    {
        Assert.Contains(value, text, StringComparison.Ordinal);
        return text.Replace(value, by, StringComparison.Ordinal);
    }

    [GeneratedRegex("group_wait: [0-9]+[sm]")]
    private static partial Regex GroupWait();
}
