namespace PostalExporter.Benchmarks.Detection.Traffic;

/// <summary>To whom mail goes and what becomes of it, as shares of the messages.</summary>
internal sealed record MailMix
{
    /// <summary>The address or, of one in ten, its domain does not exist.</summary>
    public double Unknown { get; init; }

    /// <summary>The mailbox is full.</summary>
    public double MailboxFull { get; init; }

    /// <summary>Refused as spam.</summary>
    public double SpamBlock { get; init; }

    /// <summary>Refused for the reputation of the sending address.</summary>
    public double IpReputation { get; init; }

    /// <summary>Not taken at the first attempt, mostly at a later one.</summary>
    public double Deferred { get; init; }

    /// <summary>Taken, and bounced up to hours later.</summary>
    public double LateBounces { get; init; }

    /// <summary>Called spam by the recipient, 40 minutes to 8 hours later.</summary>
    public double Complaints { get; init; }

    /// <summary>Held, as the address failed twice.</summary>
    public double Suppressed { get; init; }

    /// <summary>Marked as spam by Postal's own inspection.</summary>
    public double Flagged { get; init; }

    /// <summary>The server's first message to the domain.</summary>
    public double NewDomains { get; init; }

    /// <summary>To countries that the server does not write to as a rule.</summary>
    public double Foreign { get; init; }

    /// <summary>Handed in from a network that is new for the credential.</summary>
    public double NewNetworks { get; init; }
}
