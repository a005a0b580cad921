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

    private readonly string[] domains;
    private readonly double[] cumulative;
    private readonly int tailDomains;

    /// <param name="shares">Weights by domain; only their proportions matter.</param>
    /// <param name="tailDomains">Number of domains behind <see cref="Rest"/>.</param>
    public RecipientMix(IReadOnlyDictionary<string, double> shares, int tailDomains = 400)
    {
        this.tailDomains = tailDomains;
        domains = [.. shares.Keys];
        cumulative = new double[domains.Length];
        var sum = 0.0;
        for (var i = 0; i < domains.Length; i++)
            cumulative[i] = sum += shares[domains[i]];
        for (var i = 0; i < domains.Length; i++)
            cumulative[i] /= sum;
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
        return string.Create(CultureInfo.InvariantCulture, $"company-{(int)(place * place * tailDomains)}.example");
    }
}
