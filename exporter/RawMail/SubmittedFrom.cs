using System.Net;
using PostalExporter.Networks;

namespace PostalExporter.RawMail;

/// <summary>How a message came to Postal.</summary>
internal enum Submission
{
    /// <summary>Not known.</summary>
    Unknown,

    /// <summary>By SMTP: all incoming mail, and credentials of the types <c>SMTP</c> and <c>SMTP-IP</c>.</summary>
    Smtp,

    /// <summary>By HTTP: credentials of the type <c>API</c>, and test messages of the web interface, which have no credential.</summary>
    Http,
}

/// <summary>Whether the address of a client could be read, and why not.</summary>
internal enum AddressOutcome
{
    /// <summary>It could.</summary>
    Found,

    /// <summary>Privacy mode of the mail server: Postal wrote its line without the address.</summary>
    Hidden,

    /// <summary>There is no line of Postal's: a message of the API call <c>send/raw</c>, or of a Postal that strips such lines.</summary>
    Missing,

    /// <summary>The line may be the sender's as well as Postal's, or names no address.</summary>
    Untrusted,
}

/// <summary>What Postal's own <c>Received</c> line says about a message's client.</summary>
/// <param name="Outcome">Whether there is an address.</param>
/// <param name="Via">How the message came, by that line; unknown without one.</param>
/// <param name="Address">The client's address, IPv4 as such and without zone; null unless it was found.</param>
internal readonly record struct SubmittedFrom(AddressOutcome Outcome, Submission Via, IPAddress? Address)
{
    /// <summary>The network that the message is counted under; null without an address.</summary>
    public SourceNetwork? Network => Address is null ? null : SourceNetwork.Of(Address);
}
