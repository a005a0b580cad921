using PostalSimulator.Traffic;

namespace PostalExporter.Benchmarks.Detection.Traffic;

/// <summary>How an honest customer uses a credential.</summary>
internal sealed record AccountProfile
{
    private static readonly string[] Businesses = ["office", "office", "office", "evening", "evening", "nightly", "flat", "flat", "flat"];

    /// <summary>Mean of a weekday of the first week, newsletters and jobs included.</summary>
    public double MessagesPerDay { get; init; }

    /// <summary>How mail moves over day and week.</summary>
    public Rhythm Rhythm { get; init; } = new(Rhythm.Named["flat"]);

    /// <summary>How far the customer's clock is ahead of UTC.</summary>
    public int HoursAhead { get; init; }

    /// <summary>By how much each week has more mail than the one before, as a share.</summary>
    public double GrowthPerWeek { get; init; }

    /// <summary>Share of a week's mail that goes out with the weekly newsletter; 0 for none.</summary>
    public double NewsletterShare { get; init; }

    /// <summary>Share of a day's mail that goes out with the nightly job; 0 for none.</summary>
    public double NightlyShare { get; init; }

    /// <summary>Standard deviation of the logarithm of a day's volume.</summary>
    public double DayNoise { get; init; } = 0.14;

    /// <summary>Shape of the gamma distribution that spreads the volume of ten minutes: small accounts send by fits and starts.</summary>
    public double Evenness { get; init; } = 10;

    /// <summary>Whether the customer does not work on the holiday.</summary>
    public bool KeepsHoliday { get; init; }

    /// <summary>Addresses it writes to again and again.</summary>
    public int Regulars { get; init; } = 1000;

    /// <summary>To whom, and with what success.</summary>
    public MailMix Mix { get; init; } = new();

    /// <summary>Draws a customer.</summary>
    /// <param name="messagesPerDay">Mean of a weekday.</param>
    /// <param name="random">Chance.</param>
    public static AccountProfile Draw(double messagesPerDay, ref RandomStream random)
    {
        var business = random.One(Businesses);
        var newsletter = messagesPerDay > 20 && business is "office" or "evening" && random.Happens(0.4);
        var nightly = !newsletter && messagesPerDay > 20 && random.Happens(0.25);
        // A monitor writes to its few operators, a shop to all the world.
        var few = messagesPerDay < 400 && random.Happens(0.15);
        return new AccountProfile
        {
            MessagesPerDay = messagesPerDay,
            Rhythm = new Rhythm(Rhythm.Named[business])
            {
                Weekend = business switch
                {
                    "office" => random.Between(0.1, 0.4),
                    "evening" => random.Between(0.9, 1.3),
                    _ => random.Between(0.85, 1),
                },
                Dispersion = random.Between(0.08, 0.2),
            },
            HoursAhead = random.Happens(0.7) ? random.Whole(0, 2) : random.Whole(-8, 9),
            GrowthPerWeek = random.Happens(0.16) ? random.Between(0.05, 0.15) : 0,
            NewsletterShare = newsletter ? random.Between(0.2, 0.5) : 0,
            NightlyShare = nightly ? random.Between(0.1, 0.3) : 0,
            DayNoise = random.Between(0.13, 0.15),
            Evenness = 1.5 * Math.Pow(1 + messagesPerDay, 0.3),
            KeepsHoliday = random.Happens(0.8),
            Regulars = few ? random.Whole(8, 40) : (int)(10 + (messagesPerDay * random.LogBetween(2, 30))),
            Mix = DrawMix(messagesPerDay, ref random),
        };
    }

    /// <summary>The same customer, but new: no jobs and newsletters yet, and to the server most of its recipients' domains are new.</summary>
    public AccountProfile AsNew() => this with
    {
        Rhythm = new Rhythm(Rhythm.Named["evening"]) { Dispersion = Rhythm.Dispersion },
        GrowthPerWeek = 0,
        NewsletterShare = 0,
        NightlyShare = 0,
        Mix = Mix with { NewDomains = Math.Max(0.05, 3 * Mix.NewDomains) },
    };

    private static MailMix DrawMix(double messagesPerDay, ref RandomStream random)
    {
        // Most are hardly ever refused, a few now and then.
        var refusals = random.Share();
        return new MailMix
        {
            Unknown = random.LogBetween(0.003, 0.03),
            MailboxFull = random.Between(0.0005, 0.004),
            SpamBlock = 0.005 * refusals * refusals * refusals,
            IpReputation = random.Between(0, 0.0005),
            Deferred = random.Between(0.01, 0.05),
            LateBounces = random.Between(0.0005, 0.003),
            Complaints = random.LogBetween(0.0001, 0.0005),
            Suppressed = random.Happens(0.6) ? random.Between(0, 0.01) : 0,
            Flagged = random.Between(0, 0.0001),
            // The few domains of a tiny account are soon all new.
            NewDomains = random.LogBetween(0.005, 0.05) * (1 + (5 / Math.Sqrt(messagesPerDay))),
            Foreign = random.Between(0, 0.1),
            NewNetworks = random.Happens(0.3) ? random.Between(0.2, 1.5) / (7 * messagesPerDay) : 0,
        };
    }
}
