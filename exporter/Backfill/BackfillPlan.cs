using System.Text.Json;

namespace PostalExporter.Backfill;

/// <summary>What a backfill does and how far it has come. Saved with the counters of that moment, so that a run that was killed goes on.</summary>
internal sealed record BackfillPlan
{
    /// <summary>Age of the oldest rows at the begin, as it was asked for.</summary>
    public required TimeSpan Age { get; init; }

    /// <summary>The first sample.</summary>
    public required DateTimeOffset From { get; init; }

    /// <summary>Time between samples.</summary>
    public required TimeSpan Step { get; init; }

    /// <summary>Labels that Prometheus adds to what it scrapes, <c>NAME=VALUE</c>.</summary>
    public required string[] Labels { get; init; }

    /// <summary>Full path of the folder of the files.</summary>
    public required string Output { get; init; }

    /// <summary>The last sample that is in a file.</summary>
    public required DateTimeOffset Position { get; init; }

    /// <summary>A plan that begins at a step.</summary>
    public static BackfillPlan Begin(TimeSpan age, TimeSpan step, string[] labels, string output, DateTimeOffset now)
    {
        var from = new DateTimeOffset((now - age).UtcTicks / step.Ticks * step.Ticks, TimeSpan.Zero);
        return new BackfillPlan { Age = age, From = from, Step = step, Labels = labels, Output = output, Position = from - step };
    }

    /// <summary>Whether another plan asks for the same.</summary>
    public bool IsAs(BackfillPlan other) =>
        Age == other.Age && Step == other.Step && Output == other.Output && Labels.Order(StringComparer.Ordinal).SequenceEqual(other.Labels.Order(StringComparer.Ordinal));

    /// <summary>For the state store.</summary>
    public string ToJson() => JsonSerializer.Serialize(this);

    /// <summary>From the state store.</summary>
    /// <exception cref="BackfillException">It is of another release.</exception>
    public static BackfillPlan FromJson(string json)
    {
        try
        {
            return JsonSerializer.Deserialize<BackfillPlan>(json)!;
        }
        catch (JsonException)
        {
            throw new BackfillException("the backfill was begun by another release; end it with that one, or begin anew: delete backfill.db in the state directory, and the files of the output");
        }
    }
}
