namespace PostalExporter.Signals;

/// <summary>Why Postal put a message on hold. Source: <c>deliveries.details</c> of a delivery with status <c>Held</c>.</summary>
internal static class HoldCause
{
    // The words that tell Postal's texts apart, without blanks: releases differ in spacing. They are looked for at the
    // start of the text, since later parts hold an address or a reason.
    private static readonly (string Start, string Cause)[] Texts =
    [
        ("Messageheldbecausesendlimit", "send_limit"),
        ("Recipient(", "suppression"),
        ("Credentialisconfiguredtohold", "credential"),
        ("Mailserverhasbeensuspended", "server_suspended"),
        ("Serverisindevelopmentmode", "development_mode"),
        ("Messagehasbeenacceptedbutnotsent", "route"),
        ("Messageplacedintoquarantine", "quarantine"),
    ];

    /// <summary>The label <c>cause</c>; <c>other</c> for a text that no known release of Postal writes.</summary>
    /// <param name="details"><c>deliveries.details</c>, empty when NULL.</param>
    public static string Of(ReadOnlySpan<char> details)
    {
        foreach (var (start, cause) in Texts)
        {
            if (StartsWithIgnoringBlanks(details, start))
                return cause;
        }

        return "other";
    }

    private static bool StartsWithIgnoringBlanks(ReadOnlySpan<char> text, string start)
    {
        var matched = 0;
        foreach (var character in text)
        {
            if (matched == start.Length)
                return true;
            if (char.IsWhiteSpace(character))
                continue;
            if (char.ToLowerInvariant(character) != char.ToLowerInvariant(start[matched]))
                return false;
            matched++;
        }

        return matched == start.Length;
    }
}
