using System.Runtime.InteropServices;
using System.Text;
using MimeKit;
using MimeKit.IO;

namespace PostalExporter.RawMail;

/// <summary>
/// Walks through a message and the messages within it, part by part, and keeps no more of it than the part at hand.
/// A message within that is encoded (base64, quoted-printable) is read by a reader of its own.
/// </summary>
internal sealed class ReportReader : MimeReader
{
    // Encoded messages within one another: each level is kept in memory while it is read.
    private const int MaxEncodedDepth = 4;

    private const int MaxHeaderValueBytes = 4096;
    private const int MaxFieldsBytes = 64 * 1024;

    private static readonly ParserOptions Limits = new() { MaxMimeDepth = FeedbackReport.MaxDepth };

    private readonly LimitedStream stream;
    private readonly ReportFindings findings;
    private readonly int encodedDepth;
    private ReportedMessage? message;
    private HeaderBlock block = new();
    private PartContent? content;

    private ReportReader(LimitedStream stream, ReportFindings findings, ReportedMessage? parent, int encodedDepth)
        : base(Limits, stream, MimeFormat.Entity)
    {
        this.stream = stream;
        this.findings = findings;
        this.encodedDepth = encodedDepth;
        message = parent;
    }

    /// <summary>Reads a message in pieces.</summary>
    /// <param name="pieces">Its bytes.</param>
    /// <param name="findings">Takes what is found.</param>
    public static void Read(IReadOnlyList<ReadOnlyMemory<byte>> pieces, ReportFindings findings)
    {
        using var whole = new ChainedStream();
        foreach (var piece in pieces)
            whole.Add(Open(piece));
        Read(whole, findings, null, 0);
    }

    /// <inheritdoc/>
    protected override void OnHeadersBegin(long beginOffset, int beginLineNumber, CancellationToken cancellationToken)
    {
        block = new HeaderBlock();
        stream.BeginField();
    }

    /// <inheritdoc/>
    protected override void OnHeaderRead(Header header, int beginLineNumber, CancellationToken cancellationToken)
    {
        stream.BeginField();
        if (header.RawValue.Length <= MaxHeaderValueBytes)
            block.Add(header);
    }

    /// <inheritdoc/>
    protected override void OnHeadersEnd(long beginOffset, int beginLineNumber, long endOffset, int endLineNumber, CancellationToken cancellationToken) =>
        stream.EndFields();

    /// <inheritdoc/>
    protected override void OnMimeMessageBegin(long beginOffset, int beginLineNumber, CancellationToken cancellationToken)
    {
        message = new ReportedMessage(message, block);
        findings.Add(message);
        if (block.IsFromMicrosoft)
            findings.AddMicrosoftHeader();
        if (message.Parent is null && block.IsAutomaticReply)
            findings.IsAutomaticReply = true;
    }

    /// <inheritdoc/>
    protected override void OnMimeMessageEnd(long beginOffset, int beginLineNumber, long headersEndOffset, long endOffset, int lines, CancellationToken cancellationToken) =>
        message = message?.Parent;

    /// <inheritdoc/>
    protected override void OnMessagePartBegin(ContentType contentType, long beginOffset, int beginLineNumber, CancellationToken cancellationToken) =>
        findings.TryAddPart();

    /// <inheritdoc/>
    protected override void OnMultipartBegin(ContentType contentType, long beginOffset, int beginLineNumber, CancellationToken cancellationToken)
    {
        if (!findings.TryAddPart() || !contentType.IsMimeType("multipart", "report") || contentType.Parameters["report-type"] is not { } type)
            return;
        if (type.Trim().Equals("feedback-report", StringComparison.OrdinalIgnoreCase))
            findings.TryMarkReport(message!);
        else if (message!.Parent is null)
            findings.IsAutomaticReply = true;
    }

    /// <inheritdoc/>
    protected override void OnMimePartBegin(ContentType contentType, long beginOffset, int beginLineNumber, CancellationToken cancellationToken)
    {
        content = null;
        if (!findings.TryAddPart())
            return;
        var isOutermost = message!.Parent is null;
        if (isOutermost && (contentType.IsMimeType("message", "delivery-status") || contentType.IsMimeType("message", "disposition-notification")))
            findings.IsAutomaticReply = true;
        else if (PartContent.KindOf(contentType, block) is { } kind)
            content = new PartContent(kind, block.Encoding);
    }

    /// <inheritdoc/>
    protected override void OnMimePartContentRead(byte[] buffer, int startIndex, int count, CancellationToken cancellationToken) =>
        content?.Raw.Write(buffer, startIndex, count);

    /// <inheritdoc/>
    protected override void OnMimePartEnd(ContentType contentType, long beginOffset, int beginLineNumber, long headersEndOffset, long endOffset, int lines, CancellationToken cancellationToken)
    {
        if (content is not { } part)
            return;
        content = null;
        using var decoded = part.Decode();
        switch (part.Kind)
        {
            case PartKind.Report when findings.TryMarkReport(message!):
                ReadFields(decoded);
                break;
            case PartKind.Message when encodedDepth < MaxEncodedDepth:
                Read(decoded, findings, message, encodedDepth + 1);
                break;
            case PartKind.Text when findings.TextLeft > 0:
                findings.AddText(ReadText(decoded, findings.TextLeft));
                break;
        }
    }

    private static void Read(Stream source, ReportFindings findings, ReportedMessage? parent, int encodedDepth)
    {
        using var stream = new LimitedStream(source, () => findings.IsEnough);
        try
        {
            new ReportReader(stream, findings, parent, encodedDepth).ReadMessage(CancellationToken.None);
        }
        catch (FormatException)
        {
            // No headers: what was found before stays.
        }
    }

    private void ReadFields(Stream stream)
    {
        // Some begin with an empty line.
        var text = ReadText(stream, MaxFieldsBytes).TrimStart();
        FeedbackType? type = null;
        string? domain = null;
        try
        {
            using var fields = new MemoryStream(Encoding.Latin1.GetBytes(text), writable: false);
            foreach (var field in HeaderList.Load(Limits, fields).Where(field => field.RawValue.Length <= MaxHeaderValueBytes))
            {
                if (field.Field.Equals("Feedback-Type", StringComparison.OrdinalIgnoreCase))
                    type ??= FeedbackTypes.Parse(field.Value);
                else if (field.Field.Equals("Reporting-MTA", StringComparison.OrdinalIgnoreCase))
                    domain ??= HeaderBlock.Domain(field.Value[(field.Value.LastIndexOf(';') + 1)..]);
            }
        }
        catch (FormatException)
        {
            // No fields: a report that states nothing.
        }

        findings.AddReport(type, domain);
    }

    private static string ReadText(Stream stream, int maxBytes)
    {
        using var text = new MemoryStream();
        using var bounded = new BoundStream(stream, 0, maxBytes, leaveOpen: true);
        bounded.CopyTo(text);
        return Encoding.Latin1.GetString(text.GetBuffer(), 0, (int)text.Length);
    }

    private static MemoryStream Open(ReadOnlyMemory<byte> bytes) =>
        MemoryMarshal.TryGetArray(bytes, out var array)
            ? new MemoryStream(array.Array!, array.Offset, array.Count, writable: false)
            : new MemoryStream(bytes.ToArray(), writable: false);
}
