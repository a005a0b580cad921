using System.Text;
using System.Text.Unicode;
using MimeKit;
using MimeKit.IO;
using MimeKit.Utils;

namespace PostalExporter.RawMail;

/// <summary>
/// The text of a message: its parts of the types <c>text/plain</c> and <c>text/html</c>, those of messages within it too, without
/// transfer encoding and charset; HTML as it is written. What is malformed or beyond the limits is left out.
/// </summary>
internal sealed class TextParts : MimeReader
{
    /// <summary>Bytes of decoded text that are looked at.</summary>
    public const int MaxBytes = 256 * 1024;

    /// <summary>Parts of a message that are looked at.</summary>
    public const int MaxParts = 50;

    /// <summary>Levels of parts within parts that are looked at.</summary>
    public const int MaxDepth = 10;

    private const int MaxHeaderValueBytes = 4096;

    private static readonly ParserOptions Limits = new() { MaxMimeDepth = MaxDepth };

    private readonly StringBuilder text = new();
    private readonly CancellationTokenSource enough;
    private PartContent? content;
    private ContentEncoding encoding;
    private int bytesLeft = MaxBytes;
    private int parts;

    private TextParts(Stream stream, CancellationTokenSource enough)
        : base(Limits, stream, MimeFormat.Entity) => this.enough = enough;

    /// <summary>Reads a message.</summary>
    /// <param name="headers">Its header row.</param>
    /// <param name="body">Its body row.</param>
    /// <returns>The texts in their order, with line breaks between; empty when there is none.</returns>
    public static string Read(byte[] headers, byte[] body)
    {
        using var whole = new ChainedStream();
        foreach (var piece in (byte[][])[headers, "\r\n\r\n"u8.ToArray(), body])
            whole.Add(new MemoryStream(piece, writable: false));
        using var enough = new CancellationTokenSource();
        var reader = new TextParts(whole, enough);
        try
        {
            reader.ReadEntity(enough.Token);
        }
        catch (FormatException)
        {
            // No headers: what was found before stays.
        }
        catch (OperationCanceledException) when (enough.IsCancellationRequested)
        {
            // Enough was looked at.
        }
        return reader.text.ToString();
    }

    /// <inheritdoc/>
    protected override void OnHeadersBegin(long beginOffset, int beginLineNumber, CancellationToken cancellationToken) => encoding = ContentEncoding.Default;

    /// <inheritdoc/>
    protected override void OnHeaderRead(Header header, int beginLineNumber, CancellationToken cancellationToken)
    {
        if (header.Id == HeaderId.ContentTransferEncoding && header.RawValue.Length <= MaxHeaderValueBytes && MimeUtils.TryParse(header.Value, out ContentEncoding given))
            encoding = given;
    }

    /// <inheritdoc/>
    protected override void OnMessagePartBegin(ContentType contentType, long beginOffset, int beginLineNumber, CancellationToken cancellationToken) => CountPart();

    /// <inheritdoc/>
    protected override void OnMultipartBegin(ContentType contentType, long beginOffset, int beginLineNumber, CancellationToken cancellationToken) => CountPart();

    /// <inheritdoc/>
    protected override void OnMimePartBegin(ContentType contentType, long beginOffset, int beginLineNumber, CancellationToken cancellationToken)
    {
        content = null;
        if (CountPart() && (contentType.IsMimeType("text", "plain") || contentType.IsMimeType("text", "html")))
            content = new PartContent(PartKind.Text, encoding);
    }

    /// <inheritdoc/>
    protected override void OnMimePartContentRead(byte[] buffer, int startIndex, int count, CancellationToken cancellationToken) =>
        content?.Raw.Write(buffer, startIndex, count);

    /// <inheritdoc/>
    protected override void OnMimePartEnd(
        ContentType contentType, long beginOffset, int beginLineNumber, long headersEndOffset, long endOffset, int lines, CancellationToken cancellationToken)
    {
        if (content is not { } part)
            return;
        content = null;
        using var decoded = part.Decode();
        using var bounded = new BoundStream(decoded, 0, bytesLeft, leaveOpen: true);
        using var bytes = new MemoryStream();
        bounded.CopyTo(bytes);
        bytesLeft -= (int)bytes.Length;
        text.Append(Decode(bytes.GetBuffer().AsSpan(0, (int)bytes.Length), contentType)).Append('\n');
        if (bytesLeft <= 0)
            enough.Cancel();
    }

    private bool CountPart()
    {
        if (++parts <= MaxParts)
            return true;
        enough.Cancel();
        return false;
    }

    private static string Decode(ReadOnlySpan<byte> bytes, ContentType type)
    {
        try
        {
            if (type.Charset is { } name && (CodePagesEncodingProvider.Instance.GetEncoding(name) ?? type.CharsetEncoding) is { } charset)
                return charset.GetString(bytes);
        }
        catch (Exception exception) when (exception is ArgumentException or NotSupportedException)
        {
            // The charset does not exist, or the bytes are none of it.
        }
        return (Utf8.IsValid(bytes) ? Encoding.UTF8 : Encoding.Latin1).GetString(bytes);
    }
}
