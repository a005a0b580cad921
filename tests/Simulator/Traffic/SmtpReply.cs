namespace PostalSimulator.Traffic;

/// <summary>What a remote server answers. <c>{0}</c> stands for the recipient's address.</summary>
/// <param name="Reason">Failure class of the metric contract that the text states.</param>
/// <param name="Text">The reply, lines joined as Postal joins them.</param>
internal sealed record SmtpReply(string Reason, string Text)
{
    /// <summary>Postal repeats after 4xx, 500-509 and 530-539 and gives up after any other 5xx.</summary>
    public bool IsPermanent => Text[0] == '5' && Text[1] is not ('0' or '3');
}

/// <summary>The kinds of refusal that traffic meets.</summary>
internal enum Refusal
{
    UnknownRecipient,
    MailboxFull,
    SpamBlock,
    Deferral,
}

/// <summary>A receiver of mail: where it listens and how it words its refusals.</summary>
internal sealed class Receiver(string family, string exchanger, string address)
{
    private static readonly Dictionary<string, Dictionary<Refusal, SmtpReply[]>> Wording = new(StringComparer.Ordinal)
    {
        ["google"] = new()
        {
            [Refusal.UnknownRecipient] =
            [
                new("recipient_unknown", "550-5.1.1 The email account that you tried to reach does not exist. Please try\n550-5.1.1 double-checking the recipient's email address for typos or\n550 5.1.1 unnecessary spaces. - gsmtp\n"),
                new("recipient_unknown", "550-5.2.1 The email account that you tried to reach is inactive.\n550 5.2.1 - gsmtp\n"),
            ],
            [Refusal.MailboxFull] = [new("mailbox_full", "452-4.2.2 The recipient's inbox is out of storage space. Please direct the\n452 4.2.2 recipient to free some space. - gsmtp\n")],
            [Refusal.SpamBlock] = [new("spam_block", "550-5.7.1 Gmail has detected that this message is likely unsolicited mail. To reduce\n550-5.7.1 the amount of spam sent to Gmail, this message has been\n550 5.7.1 blocked. - gsmtp\n")],
            [Refusal.Deferral] =
            [
                new("rate_limited", "421-4.7.28 Gmail has detected an unusual rate of unsolicited mail originating from\n421-4.7.28 your IP address. To protect our users from spam, mail has been\n421 4.7.28 temporarily rate limited. - gsmtp\n"),
                new("rate_limited", "450-4.2.1 The user you are trying to contact is receiving mail at a rate that\n450 4.2.1 prevents additional messages from being delivered. - gsmtp\n"),
            ],
        },
        ["microsoft"] = new()
        {
            [Refusal.UnknownRecipient] = [new("recipient_unknown", "550 5.5.0 Requested action not taken: mailbox unavailable (S2017062302).\n")],
            [Refusal.MailboxFull] = [new("mailbox_full", "552 5.2.2 The recipient's mailbox is full and can't accept messages now.\n")],
            [Refusal.SpamBlock] = [new("ip_reputation", "550 5.7.1 Unfortunately, messages from [198.51.100.25] weren't sent. Please contact your Internet service provider since part of their network is on our block list (S3150).\n")],
            [Refusal.Deferral] = [new("rate_limited", "451 4.7.652 The mail server [198.51.100.25] has exceeded the maximum number of connections. (S3115)\n")],
        },
        ["yahoo"] = new()
        {
            [Refusal.UnknownRecipient] = [new("recipient_unknown", "554 delivery error: dd This user doesn't have a yahoo.com account ({0}) [0]\n")],
            [Refusal.MailboxFull] = [new("mailbox_full", "552 1 Requested mail action aborted, mailbox full\n")],
            [Refusal.SpamBlock] = [new("spam_block", "554 Message not allowed - [PH01] Email not accepted for policy reasons: message content looks like spam.\n")],
            [Refusal.Deferral] = [new("rate_limited", "421 4.7.0 [TSS04] Messages from 198.51.100.25 temporarily deferred due to unexpected volume or user complaints - 4.16.55.1\n")],
        },
        ["other"] = new()
        {
            [Refusal.UnknownRecipient] =
            [
                new("recipient_unknown", "550 5.1.1 <{0}>: Recipient address rejected: User unknown in virtual mailbox table\n"),
                new("recipient_unknown", "550 No such user here\n"),
                new("recipient_unknown", "550 5.1.1 <{0}>... User unknown\n"),
            ],
            [Refusal.MailboxFull] = [new("mailbox_full", "452 4.2.2 <{0}>: Recipient address rejected: Mailbox full, over quota\n")],
            [Refusal.SpamBlock] =
            [
                new("spam_block", "554 5.7.1 This message has been classified as spam and was rejected\n"),
                new("ip_reputation", "554 5.7.1 Service unavailable; Client host [198.51.100.25] blocked using a DNS block list\n"),
            ],
            [Refusal.Deferral] =
            [
                new("rate_limited", "451 4.7.1 <{0}>: Recipient address rejected: Greylisted, please try again later\n"),
                new("connection", "421 4.4.2 mx.example Error: timeout exceeded\n"),
            ],
        },
    };

    private static readonly Dictionary<string, Receiver> Known = new(StringComparer.Ordinal)
    {
        ["gmail.com"] = new("google", "gmail-smtp-in.l.google.com", "203.0.113.26"),
        ["outlook.com"] = new("microsoft", "outlook-com.olc.protection.outlook.com", "203.0.113.97"),
        ["hotmail.com"] = new("microsoft", "hotmail-com.olc.protection.outlook.com", "203.0.113.98"),
        ["yahoo.com"] = new("yahoo", "mta5.am0.yahoodns.net", "203.0.113.161"),
        ["aol.com"] = new("yahoo", "mx-aol.mail.gm0.yahoodns.net", "203.0.113.162"),
    };

    /// <summary>Address, port and name as Postal prints them.</summary>
    public string Host { get; } = $"{address}:25 ({exchanger})";

    public static Receiver Of(string domain) => Known.TryGetValue(domain, out var known) ? known : new("other", $"mx1.{domain}", "203.0.113.7");

    /// <summary>One of this receiver's replies of that kind.</summary>
    public SmtpReply Reply(Refusal refusal, ref RandomStream random)
    {
        var replies = Wording[family][refusal];
        return replies[random.Below(replies.Length)];
    }
}
