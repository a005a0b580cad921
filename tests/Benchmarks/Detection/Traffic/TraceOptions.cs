namespace PostalExporter.Benchmarks.Detection.Traffic;

/// <summary>Which trace to make. The same options give the same trace.</summary>
internal sealed record TraceOptions
{
    /// <summary>With fewer credentials the kinds of abuse do not find one each.</summary>
    public const int FewestCredentials = 25;

    /// <summary>What can be told of a busy account needs some.</summary>
    public const int FewestMessagesPerDay = 3_000;

    /// <summary>Names all that chance decides.</summary>
    public ulong Seed { get; init; } = 1;

    /// <summary>Accounts, on about half as many servers; at least <see cref="FewestCredentials"/>.</summary>
    public int Credentials { get; init; } = 75;

    /// <summary>Messages of the largest account on a weekday; at least <see cref="FewestMessagesPerDay"/>.</summary>
    public double MostMessagesPerDay { get; init; } = 100_000;

    /// <summary>At least two: abuse is in the last one, and the week before it is the quiet one.</summary>
    public int Weeks { get; init; } = 5;

    /// <summary>How hard abuse is to tell from honest mail.</summary>
    public TraceConditions Conditions { get; init; }

    /// <summary>Throws where no trace can be made.</summary>
    /// <exception cref="ArgumentException">There are too few credentials, messages or weeks.</exception>
    public void Validate()
    {
        if (Credentials < FewestCredentials)
            throw new ArgumentException($"{Credentials} credentials are too few; take {FewestCredentials} or more");
        if (MostMessagesPerDay < FewestMessagesPerDay)
            throw new ArgumentException($"{MostMessagesPerDay} messages a day are too few for the largest account; take {FewestMessagesPerDay} or more");
        if (Weeks < 2)
            throw new ArgumentException($"{Weeks} weeks are too few; take two or more");
    }
}

/// <summary>How hard abuse is to tell from honest mail.</summary>
internal enum TraceConditions
{
    /// <summary>Thieves have bad lists, customers good ones.</summary>
    Normal,

    /// <summary>
    /// Half of the thieves have clean lists; campaigns go to old ones; one list decays; a provider calls good addresses unknown for an hour;
    /// windows of planned campaigns are two hours off; dormant credentials wake honestly; customers are new.
    /// </summary>
    Hard,
}
