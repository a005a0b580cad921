namespace PostalExporter.RawMail;

/// <summary>What is reported about a message of this installation. The set is closed.</summary>
internal enum FeedbackType
{
    /// <summary>A report of any other type, or that states none.</summary>
    Other,

    /// <summary>Its recipient calls it spam (RFC 5965).</summary>
    Abuse,

    /// <summary>Phishing or fraud (RFC 5965).</summary>
    Fraud,

    /// <summary>A virus (RFC 5965).</summary>
    Virus,

    /// <summary>SPF, DKIM or DMARC failed (RFC 6591): a message that may as well come from somebody else.</summary>
    AuthFailure,

    /// <summary>The recipient says it is no spam (RFC 6430): the opposite of a complaint.</summary>
    NotSpam,

    /// <summary>The recipient wants no more of it.</summary>
    OptOut,

    /// <summary>No machine's report but a person's mail that brings the message along, or its headers.</summary>
    AbuseMail,
}

/// <summary>The label values of <see cref="FeedbackType"/>, and the names in reports.</summary>
internal static class FeedbackTypes
{
    private static readonly string[] Labels = ["other", "abuse", "fraud", "virus", "auth_failure", "not_spam", "opt_out", "abuse_mail"];

    /// <summary>The label's value.</summary>
    public static string Label(this FeedbackType type) => Labels[(int)type];

    /// <summary>The type of a report by its field <c>Feedback-Type</c>. Opt-outs are of the drafts before RFC 5965 and still sent.</summary>
    public static FeedbackType Parse(string text)
    {
        text = text.Trim();
        var end = text.AsSpan().IndexOfAny(" \t;(");
        return (end < 0 ? text : text[..end]).ToLowerInvariant() switch
        {
            "abuse" => FeedbackType.Abuse,
            "fraud" => FeedbackType.Fraud,
            "virus" => FeedbackType.Virus,
            "auth-failure" => FeedbackType.AuthFailure,
            "not-spam" => FeedbackType.NotSpam,
            "opt-out" or "opt-out-list" => FeedbackType.OptOut,
            _ => FeedbackType.Other,
        };
    }
}
