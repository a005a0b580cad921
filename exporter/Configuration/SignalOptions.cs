namespace PostalExporter.Configuration;

/// <summary>How signals judge what they see. YAML: <c>signals</c>.</summary>
internal sealed record SignalOptions
{
    /// <summary>How long something that is not seen any more stays known: after it, it is new again. History is read as far back at the first start.</summary>
    public TimeSpan LookBack { get; init; } = TimeSpan.FromDays(60);

    /// <summary>YAML: <c>signals.repeated_recipients</c>.</summary>
    public RepeatedRecipientOptions RepeatedRecipients { get; init; } = new();

    /// <summary>How long a credential must not have sent for its next message to be a wake.</summary>
    public TimeSpan DormantAfter { get; init; } = TimeSpan.FromDays(30);

    /// <summary>How long ago a credential must have sent first for its hours of the week to be judged.</summary>
    public TimeSpan HoursAfter { get; init; } = TimeSpan.FromDays(21);

    /// <summary>YAML: <c>signals.recipient_score</c>.</summary>
    public RecipientScoreOptions RecipientScore { get; init; } = new();
}

/// <summary>When an address gets the same again and again. YAML: <c>signals.repeated_recipients</c>.</summary>
internal sealed record RepeatedRecipientOptions
{
    /// <summary>Messages from one credential to one address that are nothing special.</summary>
    public int Messages { get; init; } = 20;

    /// <summary>Within this time. It slides by halves: what is more than one half ago may already be left out.</summary>
    public TimeSpan Window { get; init; } = TimeSpan.FromHours(1);
}

/// <summary>
/// The two lists that <c>postal_credential_recipient_score</c> tells apart, by their shares of unknown recipients. YAML: <c>signals.recipient_score</c>.
/// </summary>
internal sealed record RecipientScoreOptions
{
    /// <summary>Share of an honest list, above 0 and below <see cref="BadShare"/>.</summary>
    public double NormalShare { get; init; } = 0.02;

    /// <summary>Share of a bad list, below 1.</summary>
    public double BadShare { get; init; } = 0.20;

    /// <summary>
    /// The highest score. Three times the score of 12 at which to page: without a ceiling one burst would keep the score high for
    /// days and hide the next attack.
    /// </summary>
    public double Ceiling { get; init; } = 36;

    /// <summary>What an unknown recipient adds, the logarithm of the likelihood ratio: +2.30 by default.</summary>
    public double UnknownStep => Math.Log(BadShare / NormalShare);

    /// <summary>What any other first outcome adds, likewise: -0.20 by default.</summary>
    public double KnownStep => Math.Log((1 - BadShare) / (1 - NormalShare));
}
