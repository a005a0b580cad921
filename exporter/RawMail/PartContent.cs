using MimeKit;

namespace PostalExporter.RawMail;

/// <summary>What is done with a part's content.</summary>
internal enum PartKind
{
    /// <summary>A text that may quote headers.</summary>
    Text,

    /// <summary>A message, or its header, that is to be read by itself.</summary>
    Message,

    /// <summary>The fields of a feedback report.</summary>
    Report,
}

/// <summary>The content of one part while it is read.</summary>
/// <param name="kind">What is done with it.</param>
/// <param name="encoding">How it is encoded.</param>
internal sealed class PartContent(PartKind kind, ContentEncoding encoding)
{
    /// <summary>What is done with it.</summary>
    public PartKind Kind => kind;

    /// <summary>The content as it is in the message.</summary>
    public MemoryStream Raw { get; } = new();

    /// <summary>What is to be done with a part; null when its content is of no interest.</summary>
    /// <param name="type">Its type.</param>
    /// <param name="header">Its header.</param>
    public static PartKind? KindOf(ContentType type, HeaderBlock header)
    {
        if (type.IsMimeType("message", "feedback-report"))
            return PartKind.Report;
        // The reader goes into a message by itself unless it is encoded, which RFC 2046 forbids and programs do, or a file of no known type.
        var isFile = (header.FileName ?? type.Name)?.EndsWith(".eml", StringComparison.OrdinalIgnoreCase) == true;
        var isEncoded = header.Encoding is ContentEncoding.Base64 or ContentEncoding.QuotedPrintable or ContentEncoding.UUEncode;
        var isMessage = type.IsMimeType("message", "*") || type.IsMimeType("text", "rfc822-headers");
        if ((isFile && !isMessage) || (isMessage && isEncoded))
            return PartKind.Message;
        return isMessage || type.IsMimeType("text", "*") ? PartKind.Text : null;
    }

    /// <summary>The content without its encoding, from the start.</summary>
    public Stream Decode()
    {
        Raw.Position = 0;
        return new MimeContent(Raw, encoding).Open();
    }
}
