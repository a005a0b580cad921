namespace PostalExporter.Benchmarks.Detection.Traffic;

/// <summary>One mail server of an organization.</summary>
/// <param name="Organization">Permalink.</param>
/// <param name="Name">Permalink, unique within the organization.</param>
/// <param name="Id">Its id in the main database.</param>
internal sealed record MailHost(string Organization, string Name, int Id)
{
    /// <summary>Recipient domains that have a place of their own; the last one stands for all others.</summary>
    public static readonly IReadOnlyList<string> Domains =
        ["gmail.com", "outlook.com", "hotmail.com", "yahoo.com", "icloud.com", "gmx.de", "orange.fr", "aol.com", "other"];

    /// <summary>Index of <c>other</c> in <see cref="Domains"/>.</summary>
    public const int OtherDomain = 8;

    /// <summary>Share of the mail that goes to each of <see cref="Domains"/>.</summary>
    public required double[] DomainShares { get; init; }

    /// <summary>Where its customers' recipients are, the most frequent first; <c>generic</c> for domains of no country.</summary>
    public required IReadOnlyList<string> HomeRegions { get; init; }

    /// <summary>Its credentials.</summary>
    public List<Account> Accounts { get; } = [];

    /// <summary>Messages an hour that Postal sends for it; 0 for any number.</summary>
    public int SendLimit { get; set; }

    /// <summary>Campaigns that the operator entered, by minutes.</summary>
    public List<(string Name, int Begin, int End)> Campaigns { get; } = [];
}
