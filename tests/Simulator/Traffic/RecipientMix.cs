using System.Globalization;

namespace PostalSimulator.Traffic;

/// <summary>Shares of recipient domains. What is left for <c>rest</c> spreads over a long tail of small company domains.</summary>
public sealed class RecipientMix
{
    /// <summary>Key of the long tail in a mix.</summary>
    public const string Rest = "rest";

    /// <summary>Mixes a scenario can name.</summary>
    public static readonly IReadOnlyDictionary<string, RecipientMix> Named = new Dictionary<string, RecipientMix>(StringComparer.Ordinal)
    {
        ["consumer"] = new(new Dictionary<string, double>
        {
            ["gmail.com"] = 42, ["outlook.com"] = 9, ["hotmail.com"] = 8, ["yahoo.com"] = 8, ["icloud.com"] = 5, ["gmx.de"] = 5, ["web.de"] = 4,
            ["orange.fr"] = 2, ["libero.it"] = 2, ["aol.com"] = 2, [Rest] = 13,
        }),
        ["business"] = new(new Dictionary<string, double> { ["gmail.com"] = 12, ["outlook.com"] = 6, [Rest] = 82 }),
        ["bought-list"] = new(new Dictionary<string, double>
        {
            ["gmail.com"] = 15, ["hotmail.com"] = 12, ["yahoo.com"] = 14, ["aol.com"] = 8, ["mail.ru"] = 6, [Rest] = 45,
        }, tailDomains: 20_000),
    };

    private static readonly string[] FreeMail =
        ["gmail.com", "outlook.com", "hotmail.com", "yahoo.com", "icloud.com", "gmx.de", "web.de", "aol.com", "mail.ru"];

    private readonly IReadOnlyDictionary<string, double> shares;
    private readonly string[] domains;
    private readonly double[] cumulative;
    private readonly int tailDomains;
    private readonly IReadOnlyDictionary<string, double> regions;

    /// <param name="shares">Weights by domain; only their proportions matter.</param>
    /// <param name="tailDomains">Number of domains behind <see cref="Rest"/>.</param>
    /// <param name="regions">Weights of country codes that the domains behind <see cref="Rest"/> end in; null for none.</param>
    public RecipientMix(IReadOnlyDictionary<string, double> shares, int tailDomains = 400, IReadOnlyDictionary<string, double>? regions = null)
    {
        this.shares = shares;
        this.tailDomains = tailDomains;
        this.regions = regions ?? new Dictionary<string, double>();
        domains = [.. shares.Keys];
        cumulative = new double[domains.Length];
        var sum = 0.0;
        for (var i = 0; i < domains.Length; i++)
            cumulative[i] = sum += shares[domains[i]];
        for (var i = 0; i < domains.Length; i++)
            cumulative[i] /= sum;
    }

    /// <summary>The same mix with small domains in these countries.</summary>
    public RecipientMix In(IReadOnlyDictionary<string, double> countries) => new(shares, tailDomains, countries);

    /// <summary>The same mix with so large a share of free mail. One without any of it gets that of the consumers.</summary>
    public RecipientMix WithFreeMail(double share)
    {
        var free = (shares.Any(IsFree) ? shares : Named["consumer"].shares).Where(IsFree).ToList();
        var others = shares.Where(entry => !IsFree(entry)).DefaultIfEmpty(new(Rest, 1)).ToList();
        return new RecipientMix(Scaled(free, share).Concat(Scaled(others, 1 - share)).ToDictionary(), tailDomains, regions);

        static bool IsFree(KeyValuePair<string, double> entry) => FreeMail.Contains(entry.Key);
        static IEnumerable<KeyValuePair<string, double>> Scaled(List<KeyValuePair<string, double>> part, double share)
        {
            var sum = part.Sum(entry => entry.Value);
            return part.Select(entry => KeyValuePair.Create(entry.Key, entry.Value / sum * share));
        }
    }

    internal string Draw(ref RandomStream random)
    {
        var share = random.Share();
        var index = 0;
        while (index < domains.Length - 1 && share >= cumulative[index])
            index++;
        if (domains[index] != Rest)
            return domains[index];
        // Squared, so that some of the small domains are met often and most of them seldom.
        var place = random.Share();
        var number = (int)(place * place * tailDomains);
        return string.Create(CultureInfo.InvariantCulture, $"company-{number}.example{CountryOf(number)}");
    }

    /// <summary>A company stays in its country.</summary>
    private string CountryOf(int company)
    {
        if (regions.Count == 0)
            return "";
        var share = new RandomStream(0, RandomStream.KeyOf(Rest), company).Share() * regions.Values.Sum();
        foreach (var (country, weight) in regions)
            if ((share -= weight) < 0)
                return $".{country}";
        return $".{regions.Keys.Last()}";
    }
}
