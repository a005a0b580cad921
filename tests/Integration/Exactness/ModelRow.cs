using PostalExporter.Tail;
using PostalSimulator.Installations;

namespace PostalExporter.Integration.Exactness;

/// <summary>A mail server from its creation to its deletion. One that is made anew is another.</summary>
internal sealed class ModelServer(MailServer mail)
{
    public MailServer Mail => mail;

    /// <summary>Ids that were given, by table: they are not given again while the table lives.</summary>
    public Dictionary<TailStream, HashSet<long>> UsedIds { get; set; } = new() { [TailStream.Messages] = [], [TailStream.Deliveries] = [] };

    /// <summary>The last backup.</summary>
    public ModelBackup? Backup { get; set; }

    /// <summary>How often its tables were restored.</summary>
    public int Restores { get; set; }
}

/// <summary>What a backup holds.</summary>
/// <param name="Rows">The rows of both tables.</param>
/// <param name="NextIds">Next id of each table.</param>
/// <param name="UsedIds">See <see cref="ModelServer.UsedIds"/>.</param>
internal sealed record ModelBackup(IReadOnlySet<ModelRow> Rows, IReadOnlyDictionary<TailStream, long> NextIds, Dictionary<TailStream, HashSet<long>> UsedIds);

/// <summary>A row of <c>messages</c> or <c>deliveries</c>. The same id in a table that was made anew is another row.</summary>
internal sealed class ModelRow
{
    public static readonly string[] Families =
    [
        "postal_messages_total", "postal_message_bytes_total", "postal_sender_domain_messages_total", "postal_deliveries_total",
        "postal_delivery_failures_total", "postal_message_failures_total", "postal_messages_held_total", "postal_messages_flagged_total",
        "postal_recipient_domain_deliveries_total",
    ];

    /// <summary>What is counted once per message: the series of a delivery, null when it has none.</summary>
    public static readonly (string Kind, Func<ModelRow, string?> Series)[] OncePerMessage =
    [
        ("failure", row => row.HasFailed ? row.Name("postal_message_failures_total", ("credential", row.Message!.Credential!.Name), ("reason", "recipient_unknown")) : null),
        ("spam", row => row.Message!.IsSpam
            ? row.Name("postal_messages_flagged_total", ("scope", row.Message.Scope), ("credential", row.Message.CredentialName), ("flag", "spam")) : null),
    ];

    public required ModelServer Server { get; init; }

    public required TailStream Table { get; init; }

    public required decimal Timestamp { get; init; }

    public long Id { get; set; }

    /// <summary>Of a delivery.</summary>
    public ModelRow? Message { get; init; }

    /// <summary>Of a delivery.</summary>
    public string Status { get; init; } = "";

    /// <summary>Of a message; null for incoming mail.</summary>
    public Credential? Credential { get; init; }

    /// <summary>Of a message.</summary>
    public string RecipientDomain { get; init; } = "";

    /// <summary>Of a message.</summary>
    public long Bytes { get; init; }

    /// <summary>Of a message.</summary>
    public bool IsSpam { get; init; }

    public string Scope => Credential is null ? "incoming" : "outgoing";

    /// <summary>Whether it is in the table now, for all to see.</summary>
    public bool IsVisible { get; set; }

    /// <summary>Since when; time of the program.</summary>
    public TimeSpan VisibleSince { get; set; }

    /// <summary>Whether nobody can say if it was counted: see the limits in <see cref="CountingModel"/>.</summary>
    public bool IsDoubtful { get; set; }

    private string CredentialName => Credential?.Name ?? "";

    private bool HasFailed => Message is { Scope: "outgoing" } && Status is "SoftFail" or "HardFail";

    /// <summary>The series that the row adds to by itself.</summary>
    public IEnumerable<(string Series, long Amount)> Series()
    {
        if (Message is null)
        {
            yield return (Name("postal_messages_total", ("scope", Scope), ("credential", CredentialName)), 1);
            yield return (Name("postal_message_bytes_total", ("scope", Scope)), Bytes);
            if (Scope == "outgoing")
                yield return (Name("postal_sender_domain_messages_total", ("domain", Server.Mail.Domains[0].Name)), 1);
            yield break;
        }
        yield return (Name("postal_deliveries_total", ("scope", Message.Scope), ("credential", Message.CredentialName), ("status", Status)), 1);
        if (HasFailed)
            yield return (Name("postal_delivery_failures_total", ("credential", Message.CredentialName), ("status", Status), ("reason", "recipient_unknown")), 1);
        if (Status == "Held")
            yield return (Name("postal_messages_held_total", ("credential", Message.CredentialName), ("cause", "suppression")), 1);
        if (Message.Scope == "outgoing")
            yield return (Name("postal_recipient_domain_deliveries_total", ("recipient_domain", Message.RecipientDomain), ("status", Status)), 1);
    }

    /// <inheritdoc/>
    public override string ToString() => $"{Table} {Id} of {Server.Mail.Permalink}{(IsVisible ? "" : ", not visible")}";

    private string Name(string family, params (string Name, string Value)[] labels) =>
        $"{family}{{{string.Join(",", labels.Prepend(("server", Server.Mail.Permalink)).Prepend(("organization", Server.Mail.Organization.Permalink)).Select(label => $"{label.Item1}=\"{label.Item2}\""))}}}";
}
