using System.Text;

namespace PostalSimulator.OpenMetrics;

/// <summary>The three families a baseline is made of, in the exporter's names and labels.</summary>
internal sealed class CounterFamilies(int steps)
{
    public CounterFamily Messages { get; } = new("postal_messages", "Messages accepted by Postal, one per recipient.",
        ["organization", "server", "scope", "credential"], steps);

    public CounterFamily Deliveries { get; } = new("postal_deliveries", "Delivery rows by status.",
        ["organization", "server", "scope", "credential", "status"], steps);

    public CounterFamily Failures { get; } = new("postal_message_failures", "Outgoing messages that failed, each once, by the class of the first failure.",
        ["organization", "server", "credential", "reason"], steps);

    public IEnumerable<CounterFamily> All => [Messages, Deliveries, Failures];
}

/// <summary>A counter family with the increments of each series by step.</summary>
internal sealed class CounterFamily(string name, string help, string[] labels, int steps)
{
    private readonly Dictionary<string, int[]> series = new(StringComparer.Ordinal);

    // The same label values come millions of times; the key is what they look like in the output.
    private readonly Dictionary<(string, string, string, string, string), int[]> known = [];

    public string Name => name;

    public string Help => help;

    /// <summary>Increments of each series, by its labels as written between braces, from the first step to the last.</summary>
    public IReadOnlyDictionary<string, int[]> Series => series;

    public void Add(int step, params ReadOnlySpan<string> values)
    {
        var key = (values[0], values[1], values[2], values[3], values.Length > 4 ? values[4] : "");
        if (!known.TryGetValue(key, out var increments))
        {
            var text = new StringBuilder();
            for (var i = 0; i < labels.Length; i++)
                text.Append(i == 0 ? "" : ",").Append(labels[i]).Append("=\"").Append(Escape(values[i])).Append('"');
            series[text.ToString()] = known[key] = increments = new int[steps + 1];
        }
        increments[step]++;
    }

    public static string Escape(string value) => value.Replace("\\", "\\\\", StringComparison.Ordinal)
        .Replace("\"", "\\\"", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal);
}
