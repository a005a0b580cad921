using System.Reflection;
using System.Text.RegularExpressions;
using PostalExporter.Metrics;

namespace PostalExporter.Tests.Metrics;

public sealed partial class MetricsReferenceTests
{
    // The contract of version 1: adding a family is a new minor version, anything else a new major one.
    private static readonly string[] Contract =
    [
        "postal_messages_total{organization,server,scope,credential}",
        "postal_message_bytes_total{organization,server,scope}",
        "postal_deliveries_total{organization,server,scope,credential,status}",
        "postal_delivery_failures_total{organization,server,credential,status,reason}",
        "postal_message_failures_total{organization,server,credential,reason}",
        "postal_messages_held_total{organization,server,credential,cause}",
        "postal_messages_flagged_total{organization,server,scope,credential,flag}",
        "postal_sender_domain_messages_total{organization,server,domain}",
        "postal_recipient_domain_deliveries_total{organization,server,recipient_domain,status}",
        "postal_recipient_region_messages_total{organization,server,region}",
        "postal_new_recipient_domain_messages_total{organization,server,credential}",
        "postal_free_mail_messages_total{organization,server,credential}",
        "postal_repeated_recipient_messages_total{organization,server,credential}",
        "postal_dormant_credential_messages_total{organization,server,credential}",
        "postal_unusual_hour_messages_total{organization,server,credential}",
        "postal_new_sender_domain_messages_total{organization,server,credential}",
        "postal_listed_recipient_messages_total{organization,server,credential,list}",
        "postal_content_matches_total{organization,server,credential,rule}",
        "postal_new_source_network_messages_total{organization,server,credential}",
        "postal_complaints_total{organization,server,credential,feedback_type}",
        "postal_opens_total{organization,server}",
        "postal_clicks_total{organization,server}",
        "postal_message_delivery_delay_seconds{organization,server,le}",
        "postal_server_info{organization,server,server_id,mode}",
        "postal_server_suspended{organization,server}",
        "postal_server_send_limit_messages{organization,server}",
        "postal_server_send_volume_messages{organization,server}",
        "postal_queue_messages{organization,server,state}",
        "postal_queue_oldest_message_timestamp_seconds{organization,server}",
        "postal_held_messages{organization,server}",
        "postal_suppressed_recipients{organization,server}",
        "postal_credential_info{organization,server,credential,credential_id,credential_type}",
        "postal_credential_held{organization,server,credential}",
        "postal_credential_last_used_timestamp_seconds{organization,server,credential}",
        "postal_credential_recipients{organization,server,credential,window}",
        "postal_credential_recipient_score{organization,server,credential}",
        "postal_credential_first_message_timestamp_seconds{organization,server,credential}",
        "postal_credential_similar_subjects_ratio{organization,server,credential}",
        "postal_credential_canary{organization,server,credential}",
        "postal_monitoring_blind_spot{organization,server,check}",
        "postal_domain_dns_ok{organization,server,domain,check}",
        "postal_webhook_queue_requests{organization,server}",
        "postal_raw_storage_bytes{organization,server}",
        "postal_threshold{organization,server,signal,severity}",
        "postal_planned_campaign{organization,server,campaign}",
        "postal_up{}",
        "postal_exporter_server_up{organization,server}",
        "postal_exporter_collector_success{collector}",
        "postal_exporter_collector_duration_seconds{collector}",
        "postal_exporter_last_collection_timestamp_seconds{}",
        "postal_exporter_backlog_rows{stream}",
        "postal_exporter_rows_total{stream}",
        "postal_exporter_rows_late_total{stream}",
        "postal_exporter_rows_lost_total{stream}",
        "postal_exporter_label_values_limited_total{family}",
        "postal_exporter_content_timeouts_total{rule}",
        "postal_exporter_config_last_reload_successful{}",
        "postal_exporter_config_last_reload_success_timestamp_seconds{}",
        "postal_exporter_list_entries{list}",
        "postal_exporter_list_last_reload_successful{list}",
        "postal_exporter_build_info{version,revision,contract}",
        // Added since: within a version families may be added.
        "postal_unlinked_complaints_total{organization,server,feedback_type}",
        "postal_new_source_country_messages_total{organization,server,credential}",
        "postal_new_source_asn_messages_total{organization,server,credential}",
        "postal_source_country_messages_total{organization,server,country}",
        "postal_messages_without_source_total{organization,server,reason}",
        "postal_credential_source_networks{organization,server,credential,window}",
    ];

    private static IEnumerable<Family> All => MetricsReference.Sections.SelectMany(section => section.Families);

    [Fact]
    public void The_reference_page_is_what_the_declarations_say()
    {
        var path = RepositoryFiles.PathTo("docs/metrics.md");
        if (Environment.GetEnvironmentVariable("UPDATE_GOLDEN") == "1")
        {
            Assert.False(Environment.GetEnvironmentVariable("CI") == "true", "golden files are not rewritten in CI");
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            File.WriteAllText(path, MetricsReference.Render());
        }

        Assert.True(File.Exists(path), "docs/metrics.md is missing; run this test with UPDATE_GOLDEN=1");
        Assert.Equal(MetricsReference.Render(), File.ReadAllText(path));
    }

    [Fact]
    public void The_page_holds_every_declared_family_once()
    {
        var declared = typeof(Families).GetFields(BindingFlags.Public | BindingFlags.Static).Count(field => field.FieldType == typeof(Family));

        Assert.Equal(declared, All.Count());
        Assert.Equal(declared, All.Select(family => family.Name).Distinct().Count());
    }

    [Fact]
    public void Every_family_is_one_of_the_contract_with_its_labels()
    {
        Assert.Equal("1", Families.ContractVersion);
        Assert.Empty(All.Select(family => $"{family.Name}{{{string.Join(',', family.Labels)}}}").Except(Contract));
    }

    [Fact]
    public void Counters_end_in_total_and_nothing_else_does() =>
        Assert.All(All, family => Assert.Equal(family.Type == FamilyType.Counter, family.Name.EndsWith("_total", StringComparison.Ordinal)));

    [Fact]
    public void Names_of_moments_sizes_and_durations_end_in_their_base_unit() =>
        Assert.All(All, family =>
        {
            Assert.Matches(SnakeCase(), family.Name);
            Assert.StartsWith("postal_", family.Name, StringComparison.Ordinal);
            Assert.DoesNotMatch("_(ms|milliseconds|minutes|hours|kilobytes|percent)(_|$)", family.Name);
            if (family.Help.StartsWith("Unix time", StringComparison.Ordinal))
                Assert.EndsWith("_timestamp_seconds", family.Name, StringComparison.Ordinal);
            if (family.Help.StartsWith("Bytes", StringComparison.Ordinal))
                Assert.Matches("_bytes(_total)?$", family.Name);
            if (family.Help.StartsWith("Seconds", StringComparison.Ordinal))
                Assert.EndsWith("_seconds", family.Name, StringComparison.Ordinal);
        });

    [Fact]
    public void Labels_leave_the_names_that_Prometheus_and_its_users_set_themselves() =>
        Assert.All(All, family =>
        {
            Assert.All(family.Labels, label => Assert.Matches(SnakeCase(), label));
            Assert.Equal(family.Labels.Length, family.Labels.Distinct().Count());
            var own = family.Type == FamilyType.Histogram ? family.Labels[..^1] : family.Labels;
            Assert.Empty(own.Intersect(["job", "instance", "type", "cluster", "env", "le", "quantile"]));
        });

    [Fact]
    public void Help_and_meaning_are_one_line_and_end_as_a_sentence() =>
        Assert.All(All.SelectMany(family => new[] { family.Help, family.Meaning }), text =>
        {
            Assert.DoesNotContain('\n', text);
            Assert.EndsWith(".", text, StringComparison.Ordinal);
        });

    [GeneratedRegex("^[a-z][a-z0-9]*(_[a-z0-9]+)*$")]
    private static partial Regex SnakeCase();
}
