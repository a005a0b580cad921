namespace PostalExporter.Signals;

/// <summary>Recipient domains of a server: senders choose them.</summary>
/// <param name="places">Which of them have series of their own.</param>
internal sealed class RecipientDomains(LabelPlaces places)
{
    /// <summary>All domains without series of their own.</summary>
    public LabelPlace Other => places.Other;

    /// <summary>The domain of an address in lower case, if it has series of its own, else <see cref="Other"/>. Counts it as a delivery.</summary>
    /// <param name="address">The recipient; null when the message is gone.</param>
    public LabelPlace Count(string? address)
    {
        Span<char> domain = stackalloc char[RecipientAddress.LongestDomain];
        var length = RecipientAddress.ReadDomain(address, domain);
        return length == 0 ? Other : places.Count(domain[..length]);
    }
}
