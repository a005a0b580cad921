using System.Buffers;
using MimeKit;
using MimeKit.Utils;

namespace PostalExporter.RawMail;

/// <summary>What the header of a message, or of a part of one, says about it.</summary>
internal sealed class HeaderBlock
{
    private static readonly SearchValues<char> DomainCharacters = SearchValues.Create("abcdefghijklmnopqrstuvwxyz0123456789.-_");

    /// <summary>The Message-ID without angle brackets, of several fields the last as Postal takes it; null without one.</summary>
    public string? MessageId { get; private set; }

    /// <summary>The token of <c>X-Postal-MsgID</c>; null without one.</summary>
    public string? Token { get; private set; }

    /// <summary>Whether <c>X-Postal-MsgID</c> is there, whatever it says: then Postal sent the message.</summary>
    public bool IsFromPostal { get; private set; }

    /// <summary>The domain of the first address of <c>From</c>; null without one.</summary>
    public string? SenderDomain { get; private set; }

    /// <summary>Whether it has the header of Microsoft's reports that names the recipient who complained.</summary>
    public bool IsFromMicrosoft { get; private set; }

    /// <summary>Whether it is an automatic reply (RFC 3834), or a note of delivery of an older Exim.</summary>
    public bool IsAutomaticReply { get; private set; }

    /// <summary>How the content is encoded.</summary>
    public ContentEncoding Encoding { get; private set; }

    /// <summary>The name of the file that an attachment is; null without one.</summary>
    public string? FileName { get; private set; }

    /// <summary>Adds a field.</summary>
    public void Add(Header header)
    {
        switch (header.Id)
        {
            case HeaderId.MessageId:
                MessageId = QuotedHeaders.MessageId(header.Value) ?? MessageId;
                break;
            case HeaderId.From when InternetAddressList.TryParse(header.RawValue, out var senders):
                SenderDomain ??= Domain(senders.Mailboxes.FirstOrDefault()?.Domain);
                break;
            case HeaderId.AutoSubmitted:
                IsAutomaticReply |= header.Value.Trim().StartsWith("auto-replied", StringComparison.OrdinalIgnoreCase);
                break;
            case HeaderId.ContentTransferEncoding when MimeUtils.TryParse(header.Value, out ContentEncoding encoding):
                Encoding = encoding;
                break;
            case HeaderId.ContentDisposition when ContentDisposition.TryParse(header.RawValue, out var disposition):
                FileName = disposition.FileName;
                break;
            case HeaderId.Unknown:
                AddUnknown(header);
                break;
        }
    }

    /// <summary>A domain as a report states it, in lower case; null when it is none.</summary>
    public static string? Domain(string? text)
    {
        text = text?.Trim().TrimEnd('.').ToLowerInvariant();
        return text is { Length: > 0 and <= 253 } && !text.AsSpan().ContainsAnyExcept(DomainCharacters) ? text : null;
    }

    private void AddUnknown(Header header)
    {
        if (header.Field.Equals("X-Postal-MsgID", StringComparison.OrdinalIgnoreCase))
            (IsFromPostal, Token) = (true, Token ?? QuotedHeaders.Token(header.Value));
        else if (header.Field.Equals("X-HmXmrOriginalRecipient", StringComparison.OrdinalIgnoreCase))
            IsFromMicrosoft = true;
        else if (header.Field.Equals("X-Failed-Recipients", StringComparison.OrdinalIgnoreCase))
            IsAutomaticReply = true;
    }
}
