using System.Text.Json;

namespace PostalExporter.Conformance;

/// <summary>What a running Alertmanager sends, groups and holds back.</summary>
public sealed class AlertmanagerRunTests : IAsyncLifetime
{
    private const string PagerDuty = "/pagerduty";
    private const string Slack = "/slack";
    private const string DeadMansSwitch = "/switch";

    private AlertmanagerStack _stack = null!;

    private static CancellationToken CancellationToken => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _stack = await AlertmanagerStack.StartAsync(CancellationToken);

    public ValueTask DisposeAsync() => _stack.DisposeAsync();

    [Fact]
    public async Task A_page_names_credential_server_cause_and_runbook()
    {
        var alert = Critical("PostalCredentialUnknownRecipientsHigh", "acme", "main", "app") with
        {
            Summary = "A credential writes to recipients that do not exist.",
            Description = "Credential app of acme/main wrote to 140 recipients that do not exist in the last hour.",
        };

        await _stack.PostAsync([alert], CancellationToken);

        var page = (await _stack.Inbox.WaitForAsync(PagerDuty, _ => true, CancellationToken)).Body;
        var payload = page.GetProperty("payload");
        var details = payload.GetProperty("custom_details");
        Assert.Equal("the-routing-key", page.GetProperty("routing_key").GetString());
        Assert.Equal("trigger", page.GetProperty("event_action").GetString());
        Assert.Equal("acme/main, credential app: A credential writes to recipients that do not exist.", payload.GetProperty("summary").GetString());
        Assert.Equal("critical", payload.GetProperty("severity").GetString());
        Assert.Equal("acme/main", payload.GetProperty("component").GetString());
        Assert.Equal("abuse", payload.GetProperty("class").GetString());
        Assert.Equal("acme", details.GetProperty("organization").GetString());
        Assert.Equal("main", details.GetProperty("server").GetString());
        Assert.Equal("app", details.GetProperty("credential").GetString());
        Assert.Equal(alert.RunbookUrl, details.GetProperty("runbook").GetString());
        Assert.Contains(alert.Description, details.GetProperty("firing").GetString(), StringComparison.Ordinal);
        Assert.Equal(
            [("Runbook", alert.RunbookUrl), ("Dashboard", alert.DashboardUrl!)],
            page.GetProperty("links").EnumerateArray().Select(link => (link.GetProperty("text").GetString()!, link.GetProperty("href").GetString()!)));
    }

    [Fact]
    public async Task Credentials_of_one_server_share_a_page_and_another_server_gets_its_own()
    {
        await _stack.PostAsync(
            [
                Critical("PostalCredentialVolumeAnomaly", "acme", "main", "app"),
                Critical("PostalCredentialVolumeAnomaly", "acme", "main", "crm"),
                Critical("PostalCredentialVolumeAnomaly", "zeta", "main", "app"),
            ],
            CancellationToken);

        await _stack.Inbox.WaitForAsync(PagerDuty, page => Summary(page).StartsWith("zeta/main, credential app:", StringComparison.Ordinal), CancellationToken);
        await _stack.Inbox.WaitForAsync(PagerDuty, page => Summary(page).StartsWith("acme/main, credential app, crm:", StringComparison.Ordinal), CancellationToken);
        Assert.Equal(2, _stack.Inbox.Received(PagerDuty).Count);
    }

    [Fact]
    public async Task A_warning_reaches_slack_and_mail_but_no_phone()
    {
        await _stack.PostAsync([Warning("PostalCredentialVolumeAnomaly", "acme", "main", "app")], CancellationToken);

        var slack = (await _stack.Inbox.WaitForAsync(Slack, _ => true, CancellationToken)).Body;
        var mail = await FirstMailAsync("PostalCredentialVolumeAnomaly: acme/main");
        Assert.Equal("#postal-alerts", slack.GetProperty("channel").GetString());
        var attachment = slack.GetProperty("attachments")[0];
        Assert.Equal("[FIRING 1] PostalCredentialVolumeAnomaly: acme/main", attachment.GetProperty("title").GetString());
        Assert.Equal("warning", attachment.GetProperty("color").GetString());
        Assert.Contains("https://runbooks.example/PostalCredentialVolumeAnomaly.md", attachment.GetProperty("text").GetString(), StringComparison.Ordinal);
        Assert.Matches("^\0postal-alerts@example\\.org\0the-password\n", mail);
        Assert.Empty(_stack.Inbox.Received(PagerDuty));
    }

    [Fact]
    public async Task A_page_is_mailed_too_and_stays_out_of_slack()
    {
        await _stack.PostAsync([Critical("PostalQueueBacklog", "acme", "main")], CancellationToken);

        await _stack.Inbox.WaitForAsync(PagerDuty, _ => true, CancellationToken);
        await FirstMailAsync("PostalQueueBacklog: acme/main");
        Assert.Empty(_stack.Inbox.Received(Slack));
    }

    [Fact]
    public async Task The_watchdog_pings_the_dead_mans_switch_with_its_token_and_disturbs_nobody()
    {
        await _stack.PostAsync([new("PostalWatchdog", "warning") { Category = "operations" }], CancellationToken);

        var ping = await _stack.Inbox.WaitForAsync(DeadMansSwitch, _ => true, CancellationToken);
        Assert.Equal("Bearer the-token", ping.Authorization);
        Assert.Equal("firing", ping.Body.GetProperty("status").GetString());

        // What would disturb somebody would have been sent by the time that a later warning arrives.
        await _stack.PostAsync([Warning("PostalQueueBacklog", "acme", "main")], CancellationToken);
        await _stack.Inbox.WaitForAsync(Slack, _ => true, CancellationToken);
        await FirstMailAsync("PostalQueueBacklog: acme/main");
        Assert.Single(_stack.Inbox.Received(Slack));
        Assert.Single(_stack.Mailbox.Received);
        Assert.Empty(_stack.Inbox.Received(PagerDuty));
    }

    [Fact]
    public async Task A_page_silences_the_warning_about_the_same_credential_and_no_other()
    {
        await InhibitsAsync(
            [Critical("PostalCredentialVolumeAnomaly", "acme", "main", "app")],
            inhibited: [Warning("PostalCredentialVolumeAnomaly", "acme", "main", "app")],
            untouched:
            [
                Warning("PostalCredentialVolumeAnomaly", "acme", "main", "crm"),
                Warning("PostalCredentialVolumeAnomaly", "acme", "other", "app"),
                Warning("PostalCredentialVolumeAnomaly", "zeta", "main", "app"),
                Warning("PostalCredentialBounceRatioHigh", "acme", "main", "app"),
            ]);

        // And so it is in Slack: the warnings that are left arrive, the silenced one does not.
        await _stack.Inbox.WaitForAsync(Slack, message => Text(message).Contains("credential crm", StringComparison.Ordinal), CancellationToken);
        Assert.DoesNotContain(_stack.Inbox.Received(Slack), message => Text(message).Contains("acme/main credential app PostalCredentialVolumeAnomaly", StringComparison.Ordinal));
    }

    [Fact]
    public async Task An_exporter_that_is_down_silences_what_follows_from_it_but_neither_abuse_nor_the_watchdog() =>
        await InhibitsAsync(
            [new("PostalExporterDown", "critical") { Category = "operations", MoreLabels = new Dictionary<string, string> { ["instance"] = "a:10587", ["job"] = "postal" } }],
            inhibited:
            [
                Critical("PostalDatabaseDown"), Critical("PostalCollectionStale"), Warning("PostalCollectorFailing"), Warning("PostalCollectionBacklog"),
                Critical("PostalQueueBacklog", "acme", "main"), Warning("PostalQueueBacklog", "zeta", "main"),
                Critical("PostalSendLimitExceeded", "acme", "main"), Critical("PostalServerBounceRatioHigh", "acme", "main"),
            ],
            untouched:
            [
                Critical("PostalCredentialUnknownRecipientsHigh", "acme", "main", "app"), Warning("PostalServerVolumeAnomaly", "zeta", "main"),
                new("PostalExporterDown", "critical") { Category = "operations", MoreLabels = new Dictionary<string, string> { ["instance"] = "b:10587", ["job"] = "postal" } },
                new("PostalWatchdog", "warning") { Category = "operations" },
            ]);

    [Fact]
    public async Task A_database_that_is_down_silences_what_follows_from_it_but_no_abuse() =>
        await InhibitsAsync(
            [Critical("PostalDatabaseDown")],
            inhibited:
            [
                Warning("PostalDatabaseDown", "acme", "main"), Critical("PostalCollectionStale"), Warning("PostalCollectorFailing"),
                Critical("PostalQueueBacklog", "acme", "main"), Warning("PostalSendLimitExceeded", "acme", "main"),
            ],
            untouched:
            [
                new("PostalWatchdog", "warning") { Category = "operations" },
                Critical("PostalCredentialBounceRatioHigh", "acme", "main", "app"),
            ]);

    [Fact]
    public async Task A_message_database_that_is_down_silences_the_warnings_of_its_own_server_only() =>
        await InhibitsAsync(
            [Warning("PostalDatabaseDown", "acme", "main")],
            inhibited: [Warning("PostalQueueBacklog", "acme", "main"), Warning("PostalSendLimitExceeded", "acme", "main")],
            untouched:
            [
                Critical("PostalQueueBacklog", "acme", "main"), Warning("PostalQueueBacklog", "acme", "other"), Warning("PostalQueueBacklog", "zeta", "main"),
                Warning("PostalCollectorFailing"), Warning("PostalCredentialVolumeAnomaly", "acme", "main", "app"),
            ]);

    [Theory]
    [InlineData("PostalCredentialVolumeAnomaly", "PostalServerVolumeAnomaly")]
    [InlineData("PostalCredentialVolumeHigh", "PostalServerVolumeAnomaly")]
    [InlineData("PostalCredentialBounceRatioHigh", "PostalServerBounceRatioHigh")]
    [InlineData("PostalCredentialUnknownRecipientsHigh", "PostalServerBounceRatioHigh")]
    public async Task A_credential_that_is_named_silences_the_same_signal_of_its_server(string ofCredential, string ofServer) =>
        await InhibitsAsync(
            [Critical(ofCredential, "acme", "main", "app"), Warning(ofCredential, "zeta", "main", "app")],
            inhibited: [Critical(ofServer, "acme", "main"), Warning(ofServer, "acme", "main"), Warning(ofServer, "zeta", "main")],
            untouched: [Critical(ofServer, "acme", "other"), Critical("PostalQueueBacklog", "acme", "main")]);

    [Fact]
    public async Task A_warning_about_a_credential_leaves_the_page_about_its_server() =>
        await InhibitsAsync(
            [Warning("PostalCredentialVolumeAnomaly", "acme", "main", "app"), Warning("PostalCredentialVolumeAnomaly", "zeta", "main", "app")],
            inhibited: [Warning("PostalServerVolumeAnomaly", "zeta", "main")],
            untouched: [Critical("PostalServerVolumeAnomaly", "acme", "main")]);

    [Fact]
    public async Task Unknown_recipients_silence_the_bounces_they_cause() =>
        await InhibitsAsync(
            [Critical("PostalCredentialUnknownRecipientsHigh", "acme", "main", "app"), Warning("PostalCredentialUnknownRecipientsHigh", "acme", "main", "crm")],
            inhibited: [Critical("PostalCredentialBounceRatioHigh", "acme", "main", "app"), Warning("PostalCredentialBounceRatioHigh", "acme", "main", "crm")],
            untouched: [Critical("PostalCredentialBounceRatioHigh", "acme", "main", "bulk"), Critical("PostalCredentialVolumeAnomaly", "acme", "main", "app")]);

    [Fact]
    public async Task An_installation_that_stands_still_is_one_page() =>
        await InhibitsAsync(
            [Critical("PostalWorkerStalled"), Critical("PostalNoMailAtAll")],
            inhibited: [Critical("PostalQueueBacklog", "acme", "main"), Warning("PostalQueueBacklog", "zeta", "main"), Warning("PostalServerVolumeDrop", "acme", "main")],
            untouched: [Critical("PostalSendLimitExceeded", "acme", "main"), Warning("PostalWebhookQueueBacklog", "acme", "main")]);

    [Fact]
    public async Task A_page_about_listed_addresses_silences_the_warning_of_each_server() =>
        await InhibitsAsync(
            [Critical("PostalSendingIpListed")],
            inhibited: [Warning("PostalSendingIpListed", "acme", "main"), Warning("PostalSendingIpListed", "zeta", "main")],
            untouched: [Warning("PostalServerDeferralRatioHigh", "acme", "main")]);

    [Fact]
    public async Task A_server_whose_recipients_complain_silences_its_organization() =>
        await InhibitsAsync(
            [Critical("PostalServerComplaintRatioHigh", "acme", "main"), Warning("PostalServerComplaintRatioHigh", "zeta", "main")],
            inhibited:
            [
                Critical("PostalOrganizationComplaintRatioHigh", "acme"), Warning("PostalOrganizationComplaintRatioHigh", "acme"),
                Warning("PostalOrganizationComplaintRatioHigh", "zeta"),
            ],
            untouched: [Critical("PostalOrganizationComplaintRatioHigh", "zeta"), Warning("PostalOrganizationBounceRatioHigh", "acme")]);

    [Fact]
    public async Task What_is_only_told_of_disturbs_nobody()
    {
        await _stack.PostAsync([Alert("PostalServerSuspended", "info", "acme", "main", null)], CancellationToken);

        // What would disturb somebody would have been sent by the time that a later warning arrives.
        await _stack.PostAsync([Warning("PostalQueueBacklog", "acme", "main")], CancellationToken);
        await _stack.Inbox.WaitForAsync(Slack, _ => true, CancellationToken);
        await FirstMailAsync("PostalQueueBacklog: acme/main");
        Assert.Single(_stack.Inbox.Received(Slack));
        Assert.Single(_stack.Mailbox.Received);
        Assert.Empty(_stack.Inbox.Received(PagerDuty));
    }

    private static AlertmanagerAlert Critical(string name, string? organization = null, string? server = null, string? credential = null) =>
        Alert(name, "critical", organization, server, credential);

    private static AlertmanagerAlert Warning(string name, string? organization = null, string? server = null, string? credential = null) =>
        Alert(name, "warning", organization, server, credential);

    /// <summary>An alert of the rule pack, with the category that it has there.</summary>
    private static AlertmanagerAlert Alert(string name, string severity, string? organization, string? server, string? credential) => new(name, severity)
    {
        Category = name switch
        {
            "PostalSendLimitExceeded" or "PostalServerBounceRatioHigh" or "PostalSendingIpListed" or "PostalServerVolumeDrop" => "deliverability",
            _ when name.Contains("Complaint", StringComparison.Ordinal) || name.Contains("Deferral", StringComparison.Ordinal) => "deliverability",
            _ when name.StartsWith("PostalCredential", StringComparison.Ordinal) || name == "PostalServerVolumeAnomaly" => "abuse",
            _ => "operations",
        },
        Organization = organization,
        Server = server,
        Credential = credential,
        Description = $"{organization}/{server} credential {credential} {name} {severity}.",
    };

    private static string Summary(AlertmanagerNotification page) => page.Body.GetProperty("payload").GetProperty("summary").GetString()!;

    private static string Text(AlertmanagerNotification message) => message.Body.GetProperty("attachments")[0].GetProperty("text").GetString()!;

    /// <summary>Lets all alerts fire at once and waits until exactly those expected are inhibited.</summary>
    private async Task InhibitsAsync(AlertmanagerAlert[] sources, AlertmanagerAlert[] inhibited, AlertmanagerAlert[] untouched)
    {
        // Sources go last: once their effect shows, Alertmanager has seen everything before them.
        await _stack.PostAsync([.. inhibited, .. untouched, .. sources], CancellationToken);

        await _stack.UntilInhibitedAsync(
            inhibited.Select(alert => AlertmanagerStack.Describe(name => alert.Labels.GetValueOrDefault(name))), CancellationToken);
    }

    private async Task<string> FirstMailAsync(string subject)
    {
        string? mail = null;
        await Eventually.TrueAsync(
            () => Task.FromResult((mail = _stack.Mailbox.Received.FirstOrDefault(text => text.Contains(subject, StringComparison.Ordinal))) is not null),
            () => $"no mail about {subject}: {JsonSerializer.Serialize(_stack.Mailbox.Received)}",
            CancellationToken);
        return mail!;
    }
}
