using System.Runtime.CompilerServices;
using PostalExporter.PrometheusApi;

namespace PostalExporter.Baselines;

/// <summary>Reads from Prometheus what the rules recorded, one mail server at a time, and says what is normal.</summary>
/// <param name="prometheus">The Prometheus.</param>
/// <param name="span">The hours.</param>
internal sealed class BaselineReader(PrometheusClient prometheus, BaselineSpan span)
{
    private const string ServerMessages = "server:postal_messages:increase1h";
    private const string CredentialMessages = "credential:postal_messages:increase1h";

    private static readonly TimeSpan Hour = TimeSpan.FromHours(1);

    /// <summary>The mail servers that had series in the span, in the order of their names.</summary>
    /// <exception cref="RulePacks.PageException">There is no answer.</exception>
    public async Task<IReadOnlyList<(string Organization, string Server)>> ServersAsync(CancellationToken cancellationToken) =>
    [
        .. (await prometheus.SeriesAsync(ServerMessages, span.Start, span.End, cancellationToken))
            .Select(labels => (Organization: labels.GetValueOrDefault("organization", ""), Server: labels.GetValueOrDefault("server", "")))
            .Distinct().OrderBy(one => one.Organization, StringComparer.Ordinal).ThenBy(one => one.Server, StringComparer.Ordinal),
    ];

    /// <summary>Reads the servers, one after the other.</summary>
    /// <exception cref="RulePacks.PageException">There is no answer.</exception>
    public async IAsyncEnumerable<ServerBaseline> ReadAsync(
        IEnumerable<(string Organization, string Server)> servers, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        foreach (var (organization, server) in servers)
            yield return await ReadAsync(organization, server, cancellationToken);
    }

    private async Task<ServerBaseline> ReadAsync(string organization, string server, CancellationToken cancellationToken)
    {
        var own = $"organization={PrometheusClient.Quote(organization)}, server={PrometheusClient.Quote(server)}";
        var credentials = new SortedDictionary<string, CredentialHours>(StringComparer.Ordinal);
        CredentialHours Named(string name) => credentials.TryGetValue(name, out var hours) ? hours : credentials[name] = new CredentialHours(span, name);

        async Task FillAsync(string query, Func<CredentialHours, double[]> of)
        {
            foreach (var series in await RangeAsync(query, cancellationToken))
                Fill(of(Named(series.Label("credential"))), series);
        }

        await FillAsync($"{CredentialMessages}{{{own}}}", credential => credential.Messages);
        await FillAsync($"max_over_time({CredentialMessages}{{{own}}}[1h])", credential => credential.Peaks);
        await FillAsync($"credential:postal_messages:baseline1h{{{own}}}", credential => credential.Highs);
        await FillAsync($"credential:postal_outcomes:increase1h{{{own}}}", credential => credential.Outcomes);
        await FillAsync($"credential:postal_bounces:increase1h{{{own}}}", credential => credential.Bounces);
        await FillAsync($"credential:postal_bounces_per_outcomes:ratio_increase1h{{{own}}}", credential => credential.BounceRatios);
        await FillAsync($"credential:postal_unknown_recipients:increase1h{{{own}}}", credential => credential.UnknownRecipients);
        await FillAsync($"credential:postal_unknown_recipients_per_outcomes:ratio_increase1h{{{own}}}", credential => credential.UnknownRecipientRatios);
        foreach (var series in await prometheus.QueryAsync($"last_over_time(credential:postal_messages:baseline_weeks{{{own}}}[10m])", span.End, cancellationToken))
            Named(series.Label("credential")).ComparedWeeks = (int)series.Samples[^1].Value;

        var whole = await LeaveOutAsync(own, [.. credentials.Values], cancellationToken);
        var messages = await OneAsync($"{ServerMessages}{{{own}}}", cancellationToken);
        var highs = await OneAsync($"server:postal_messages:baseline1h{{{own}}}", cancellationToken);
        // The group of complaints is evaluated every five minutes, which is as long as a query looks back.
        var complaints = await OneAsync($"last_over_time(server:postal_complaints:increase1h{{{own}}}[10m])", cancellationToken);
        var baselines = credentials.Values.Select(credential => credential.ToBaseline()).ToList();
        var totals = new OutcomeTotals(
            baselines.Sum(credential => credential.Outcomes.Outcomes), baselines.Sum(credential => credential.Outcomes.Bounces),
            baselines.Sum(credential => credential.Outcomes.UnknownRecipients),
            complaints.Any(double.IsFinite) ? span.Numbers.Where(hour => whole[hour] == LeftOut.No && double.IsFinite(complaints[hour])).Sum(hour => complaints[hour]) : null);
        return new ServerBaseline(
            organization, server, new MailBaseline(span, null, messages, highs, whole, totals, credentials.Values.Max(credential => credential.ComparedWeeks)),
            baselines, ThresholdAdvice.Of(span, [.. credentials.Values], await LimitsAsync(own, cancellationToken)));
    }

    /// <summary>Marks the hours that do not count, of credentials in place.</summary>
    /// <returns>Those of the whole server: every hour in which one of its credentials, or the server itself, does not count.</returns>
    private async Task<LeftOut[]> LeaveOutAsync(string own, IReadOnlyList<CredentialHours> credentials, CancellationToken cancellationToken)
    {
        var whole = new LeftOut[span.Hours];
        foreach (var series in await RangeAsync($"max by (organization, server) (max_over_time(server:postal_planned_campaign:max70m{{{own}}}[1h]))", cancellationToken))
        {
            foreach (var sample in series.Samples)
                Mark([whole, .. credentials.Select(credential => credential.LeftOut)], span.EndingAt(sample.Time), LeftOut.Campaign);
        }

        // An alert may come an hour after the abuse began, and sixty minutes with abuse in them reach into the hour after it.
        var firing = $$"""max by (credential) (max_over_time(ALERTS{alertstate="firing", severity="critical", category="abuse", {{own}}}[1h]))""";
        foreach (var series in await prometheus.QueryRangeAsync(firing, span.Start, span.End + Hour, Hour, cancellationToken))
        {
            // An alert about the server itself is about all of its credentials.
            var name = series.Label("credential");
            var concerned = credentials.Where(credential => name.Length == 0 || credential.Name == name).Select(credential => credential.LeftOut);
            foreach (var hour in series.Samples.Select(sample => span.EndingAt(sample.Time)))
            {
                for (var near = hour - 1; near <= hour + 1; near++)
                    Mark([whole, .. concerned], near, LeftOut.Alert);
            }
        }

        return whole;
    }

    private void Mark(IEnumerable<LeftOut[]> marks, int hour, LeftOut reason)
    {
        if (hour < 0 || hour >= span.Hours)
            return;
        foreach (var hours in marks)
            hours[hour] = reason;
    }

    private async Task<PresentLimits> LimitsAsync(string own, CancellationToken cancellationToken)
    {
        var limits = new Dictionary<(string, string), double>();
        foreach (var series in await prometheus.QueryAsync($"last_over_time(server:postal_threshold:max_last10m{{{own}}}[1h])", span.End, cancellationToken))
            limits[(series.Label("signal"), series.Label("severity"))] = series.Samples[^1].Value;
        return new PresentLimits(limits);
    }

    private async Task<double[]> OneAsync(string query, CancellationToken cancellationToken)
    {
        var values = span.Unknown();
        foreach (var series in await RangeAsync(query, cancellationToken))
            Fill(values, series);
        return values;
    }

    // The sample at the end of an hour is of that hour.
    private Task<IReadOnlyList<PrometheusSeries>> RangeAsync(string query, CancellationToken cancellationToken) =>
        prometheus.QueryRangeAsync(query, span.Start + Hour, span.End, Hour, cancellationToken);

    // Of redundant sources the larger value counts, as in the rules.
    private void Fill(double[] values, PrometheusSeries series)
    {
        foreach (var sample in series.Samples.Where(sample => double.IsFinite(sample.Value)))
        {
            var hour = span.EndingAt(sample.Time);
            values[hour] = double.IsNaN(values[hour]) ? sample.Value : Math.Max(values[hour], sample.Value);
        }
    }
}
