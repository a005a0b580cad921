using System.Globalization;

namespace PostalExporter.Integration.Backtests;

/// <summary>
/// Three weeks and two days of an exporter's series, a sample every five minutes: two credentials with honest mail, and in the last day two hours in
/// which one of them is hijacked. With what Prometheus said about it then.
/// </summary>
internal sealed class HijackHistory
{
    public static readonly DateTimeOffset Start = new(2026, 3, 2, 0, 0, 0, TimeSpan.Zero);

    public static readonly DateTimeOffset End = Start.AddDays(23);

    /// <summary>When the hijack begins and ends.</summary>
    public static readonly DateTimeOffset HijackBegin = End.AddHours(-12);

    public static readonly DateTimeOffset HijackEnd = HijackBegin.AddHours(2);

    /// <summary>When the alert about the other one was firing then.</summary>
    public static readonly DateTimeOffset LoopBegin = End.AddHours(-20);

    public static readonly DateTimeOffset LoopEnd = LoopBegin.AddHours(1);

    private const string Server = "organization=\"acme\",server=\"shop\"";
    private const string Target = "instance=\"a:10587\",job=\"postal\"";

    private static readonly TimeSpan Step = TimeSpan.FromMinutes(5);

    private readonly List<(long Seconds, string Sample)> samples = [];

    public HijackHistory()
    {
        Gauge("up", Target, 1);
        Gauge("postal_up", Target, 1);
        Gauge("postal_exporter_build_info", $"version=\"0.1.0\",revision=\"x\",contract=\"1\",{Target}", 1);
        Gauge("postal_server_info", $"{Server},server_id=\"1\",mode=\"Live\",{Target}", 1);
        Gauge("postal_exporter_server_up", $"{Server},{Target}", 1);
        foreach (var credential in (string[])["app", "news"])
        {
            var labels = $"{Server},credential=\"{credential}\",{Target}";
            // Messages of five minutes: honest ones, and with the hijack 40 more, of which every other recipient does not exist.
            Counter("postal_messages_total", $"scope=\"outgoing\",{labels}", credential, 5, 40);
            Counter("postal_deliveries_total", $"scope=\"outgoing\",status=\"Sent\",{labels}", credential, 5, 20);
            Counter("postal_deliveries_total", $"scope=\"outgoing\",status=\"HardFail\",{labels}", credential, 0, 20);
            Counter("postal_delivery_failures_total", $"status=\"HardFail\",reason=\"recipient_unknown\",{labels}", credential, 0, 20);
            Counter("postal_message_failures_total", $"reason=\"recipient_unknown\",{labels}", credential, 0, 20);
        }

        Alert("PostalCredentialUnknownRecipientsHigh", "critical", "app", HijackBegin.AddMinutes(30), HijackEnd.AddMinutes(60));
        Alert("PostalCredentialLoop", "warning", "news", LoopBegin, LoopEnd);
    }

    /// <summary>Writes all as text that <c>promtool</c> makes blocks of, the oldest first: it leaves out what is older than its predecessor.</summary>
    public Task SaveAsync(string file) => File.WriteAllLinesAsync(
        file, [.. samples.OrderBy(sample => sample.Seconds).Select(sample => string.Create(CultureInfo.InvariantCulture, $"{sample.Sample} {sample.Seconds}")), "# EOF"],
        TestContext.Current.CancellationToken);

    private void Gauge(string name, string labels, double value) => Add(name, labels, Start, End, _ => value);

    private void Counter(string name, string labels, string credential, double honest, double hijacked)
    {
        var sum = 0.0;
        Add(name, labels, Start, End, time => sum += honest + (credential == "app" && time >= HijackBegin && time < HijackEnd ? hijacked : 0));
    }

    private void Alert(string name, string severity, string credential, DateTimeOffset begin, DateTimeOffset end) => Add(
        "ALERTS", $"alertname=\"{name}\",alertstate=\"firing\",severity=\"{severity}\",category=\"abuse\",{Server},credential=\"{credential}\"", begin, end, _ => 1);

    private void Add(string name, string labels, DateTimeOffset begin, DateTimeOffset end, Func<DateTimeOffset, double> value)
    {
        for (var time = begin; time <= end; time += Step)
            samples.Add((time.ToUnixTimeSeconds(), string.Create(CultureInfo.InvariantCulture, $"{name}{{{labels}}} {value(time)}")));
    }
}
