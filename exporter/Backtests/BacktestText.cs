using System.Globalization;
using PostalExporter.Baselines;
using PostalExporter.RulePacks;

namespace PostalExporter.Backtests;

/// <summary>Writes the result of a backtest for people.</summary>
/// <param name="output">Standard output.</param>
internal sealed class BacktestText(TextWriter output)
{
    private static readonly string[] Who = ["organization", "server", "credential"];

    /// <summary>Writes it.</summary>
    public void Write(BacktestResult result)
    {
        output.WriteLine($"rule pack {result.PackVersion} with {(result.Limits is { } file ? $"the limits of {file}" : "the limits that were in force")}, {Time(result.Begin)} to {Time(result.End)} UTC");
        if (result.WeeksBefore < BacktestResult.Weeks)
            output.WriteLine(FormattableString.Invariant($"Prometheus has {result.WeeksBefore} of the {BacktestResult.Weeks} weeks before that baselines compare with: volume is judged as far as that allows"));
        output.WriteLine();
        WriteAlerts(result);
        foreach (var subject in result.Now.Select(one => SubjectOf(one.Firing.Labels)).Concat(result.OnlyThen.Select(one => SubjectOf(one.Labels))).Distinct().Order(StringComparer.Ordinal))
            WriteSubject(result, subject);
    }

    private void WriteAlerts(BacktestResult result)
    {
        Row("alert", "severity", "times", "duration", "credentials", "fired also", "only now", "only then");
        var alerts = result.Now.Select(one => one.Firing.Labels).Concat(result.OnlyThen.Select(one => one.Labels))
            .Select(NameOf).Distinct().OrderBy(alert => alert.Alert, StringComparer.Ordinal).ThenBy(alert => alert.Severity, StringComparer.Ordinal);
        foreach (var alert in alerts)
        {
            var now = result.Now.Where(one => NameOf(one.Firing.Labels) == alert).ToList();
            Row(
                alert.Alert, alert.Severity, Number(now.Count), Duration(TimeSpan.FromTicks(now.Sum(one => one.Firing.LengthUntil(result.End).Ticks))),
                Number(now.Where(one => one.Firing.Labels.Labels.ContainsKey("credential")).Select(one => SubjectOf(one.Firing.Labels)).Distinct().Count()),
                Number(now.Count(one => one.FiredAlso)), Number(now.Count(one => !one.FiredAlso)), Number(result.OnlyThen.Count(one => NameOf(one.Labels) == alert)));
        }
    }

    private void WriteSubject(BacktestResult result, string subject)
    {
        output.WriteLine();
        output.WriteLine(VisibleText.Of(subject));
        foreach (var (firing, also, evidence) in result.Now.Where(one => SubjectOf(one.Firing.Labels) == subject))
        {
            output.WriteLine(VisibleText.Of(
                $"  {Time(firing.Begin)}  {Duration(firing.LengthUntil(result.End)),-9} {(also ? "fired also" : "only now"),-10}  {firing.Rule}{More(firing.Labels)}: "
                + $"{Value(firing.First)}, at most {Value(firing.Peak)}{string.Concat(evidence.Select(signal => $"; {signal.Key} {Value(signal.Value)}"))}"));
        }

        foreach (var fired in result.OnlyThen.Where(one => SubjectOf(one.Labels) == subject))
        {
            output.WriteLine(VisibleText.Of(
                $"  {Time(fired.Begin)}  {Duration(fired.LengthUntil(result.End)),-9} {"only then",-10}  {NameOf(fired.Labels).Alert} ({NameOf(fired.Labels).Severity}){More(fired.Labels)}"));
        }
    }

    private void Row(string alert, string severity, params string[] numbers) =>
        output.WriteLine($"{alert,-40} {severity,-9}{string.Concat(numbers.Select(number => $"{number,12}"))}");

    private static (string Alert, string Severity) NameOf(LabelSet labels) => (labels.Labels["alertname"], labels.Labels.GetValueOrDefault(PackRule.SeverityLabel, ""));

    private static string SubjectOf(LabelSet labels)
    {
        var who = Who.Select(label => labels.Labels.GetValueOrDefault(label)).OfType<string>().ToList();
        return who.Count == 0 ? "the installation" : $"{string.Join('/', who.Take(2))}{string.Concat(who.Skip(2).Select(credential => $" {credential}"))}";
    }

    // Labels that tell apart what is not told apart by alert and subject.
    private static string More(LabelSet labels)
    {
        var more = labels.Labels.Where(label => !Who.Contains(label.Key) && label.Key is not ("alertname" or PackRule.SeverityLabel or PackRule.CategoryLabel)).ToList();
        return more.Count == 0 ? "" : $" {new LabelSet(more)}";
    }

    private static string Time(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture);

    private static string Number(int number) => number.ToString(CultureInfo.InvariantCulture);

    private static string Value(double value) => value.ToString("0.####", CultureInfo.InvariantCulture);

    private static string Duration(TimeSpan duration) => duration.TotalDays >= 1
        ? string.Create(CultureInfo.InvariantCulture, $"{duration.Days}d{duration.Hours}h")
        : duration.TotalHours >= 1 ? string.Create(CultureInfo.InvariantCulture, $"{duration.Hours}h{duration.Minutes}m") : string.Create(CultureInfo.InvariantCulture, $"{duration.Minutes}m");
}
