using System.Buffers;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.RegularExpressions;

namespace PostalExporter.RawMail;

/// <summary>
/// Reads a client's address from the <c>Received</c> line that Postal writes into a message, in the message's header row
/// (<c>raw-YYYY-MM-DD.data</c>): <c>from NAME (RDNS [ADDRESS]) by HOST with SMTP|HTTP; DATE</c>, or <c>by HOST with …</c> in privacy mode.
/// <para>
/// NAME is what the client said in HELO and may spell anything, an imitation of the whole line too. But ADDRESS and all behind it are
/// Postal's, so the line is read from its end.
/// </para>
/// <para>
/// Which line is Postal's: an SMTP message gets it as its first line, so it is the topmost <c>Received</c>, whatever Postal puts above it later
/// (<c>DKIM-Signature</c>, <c>X-Postal-…</c>). An API message is put together by Postal, which sorts its header by kind of field with
/// <c>Received</c> first and appends its own behind those that the caller sent along: it is the last of the first block of them. Link tracking
/// writes the header anew in the same order. The type of the credential says which it is; without it, a message where both are there is trusted
/// in neither. What the sender of <c>send/raw</c> puts there cannot be told from Postal's, since Postal adds nothing to it.
/// </para>
/// </summary>
internal static partial class ReceivedLine
{
    /// <summary>Bytes of a header that are looked at.</summary>
    public const int MaxHeaderBytes = 256 * 1024;

    // From the end of a line, more than date, host (255), address and what stands between them can take.
    private const int MaxTailBytes = 1024;

    private static readonly SearchValues<char> AddressCharacters = SearchValues.Create("0123456789abcdefABCDEF:.");

    private static ReadOnlySpan<byte> Name => "Received:"u8;

    /// <summary>The address that a message was handed to Postal from.</summary>
    /// <param name="headers">The message's header row.</param>
    /// <param name="via">How it came, where that is known from its credential or scope.</param>
    public static SubmittedFrom ClientAddress(ReadOnlyMemory<byte> headers, Submission via = Submission.Unknown)
    {
        var (topmost, last) = FirstBlock(headers.Span);
        var smtp = via == Submission.Http ? null : Parse(headers.Span[topmost], Submission.Smtp);
        var http = via == Submission.Smtp ? null : Parse(headers.Span[last], Submission.Http);
        return (smtp, http) switch
        {
            (null, null) => new SubmittedFrom(AddressOutcome.Missing, Submission.Unknown, null),
            ({ } only, null) => only,
            (null, { } only) => only,
            _ => new SubmittedFrom(AddressOutcome.Untrusted, Submission.Unknown, null),
        };
    }

    // The first and the last of the Received fields that stand together before any other; what is not there or not whole is empty.
    private static (Range Topmost, Range Last) FirstBlock(ReadOnlySpan<byte> headers)
    {
        var (topmost, last) = (0..0, 0..0);
        var isWhole = headers.Length <= MaxHeaderBytes;
        var text = isWhole ? headers : headers[..MaxHeaderBytes];
        for (int start = 0, end; start < text.Length && text[start] is not ((byte)'\r' or (byte)'\n'); start = end)
        {
            end = start + FieldLength(text[start..]);
            var name = text[start..Math.Min(end, start + Name.Length)];
            if (!Ascii.EqualsIgnoreCase(name, Name))
            {
                if (topmost.End.Value > 0)
                    return (topmost, last);
                continue;
            }

            if (end == text.Length && !isWhole)
                return (topmost, 0..0);
            last = start..end;
            if (topmost.End.Value == 0)
                topmost = last;
        }

        return (topmost, last);
    }

    // Only LF ends a line here: a client can smuggle a bare CR into its HELO.
    private static int FieldLength(ReadOnlySpan<byte> text)
    {
        var length = 0;
        do
        {
            var lineEnd = text[length..].IndexOf((byte)'\n');
            if (lineEnd < 0)
                return text.Length;
            length += lineEnd + 1;
        }
        while (length < text.Length && text[length] is (byte)' ' or (byte)'\t');
        return length;
    }

    // Null when the field is not of Postal's form for this way of submission.
    private static SubmittedFrom? Parse(ReadOnlySpan<byte> field, Submission via)
    {
        if (field.IsEmpty)
            return null;
        var value = field[Name.Length..].Trim(" \t\r\n"u8);
        var start = Encoding.Latin1.GetString(value[..Math.Min(value.Length, 32)]);
        var tail = Encoding.Latin1.GetString(value[^Math.Min(value.Length, MaxTailBytes)..]);
        var (fromClient, hidden) = via == Submission.Smtp ? (SmtpLine(), SmtpPrivacyLine()) : (HttpLine(), HttpPrivacyLine());
        if (value.Length <= MaxTailBytes && hidden.IsMatch(tail))
            return new SubmittedFrom(AddressOutcome.Hidden, via, null);
        if (!(via == Submission.Smtp ? SmtpStart() : HttpStart()).IsMatch(start) || fromClient.Match(tail) is not { Success: true } line)
            return null;
        return ReadAddress(line.Groups["address"].ValueSpan) is { } address
            ? new SubmittedFrom(AddressOutcome.Found, via, address)
            : new SubmittedFrom(AddressOutcome.Untrusted, via, null);
    }

    // .NET also takes "1", "0x7f.1", "010.0.0.1" and "[::1]:25" for addresses. A zone names an interface of Postal's host.
    private static IPAddress? ReadAddress(ReadOnlySpan<char> text)
    {
        if (text.IndexOf('%') is > 0 and var zone && text.Contains(':'))
            text = text[..zone];
        if (text.ContainsAnyExcept(AddressCharacters) || !IPAddress.TryParse(text, out var address))
            return null;
        if (address.AddressFamily == AddressFamily.InterNetwork && !text.SequenceEqual(address.ToString()))
            return null;
        return address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;
    }

    private const string Address = @"\s\[(?<address>[^\s\[\]()]{1,64})\]\)\s+";
    private const string ByHost = @"by\s+\S{1,255}\s+with\s+";
    private const string Date = @"\s*;\s*[A-Z][a-z]{2},\s+\d{1,2}\s+[A-Z][a-z]{2}\s+\d{4}\s+\d\d:\d\d:\d\d\s+[+-]\d{4}\z";
    private const RegexOptions FromTheEnd = RegexOptions.RightToLeft | RegexOptions.CultureInvariant;

    [GeneratedRegex(Address + ByHost + "SMTP" + Date, FromTheEnd)]
    private static partial Regex SmtpLine();

    [GeneratedRegex(Address + ByHost + "HTTP" + Date, FromTheEnd)]
    private static partial Regex HttpLine();

    [GeneratedRegex(@"\A" + ByHost + "SMTP" + Date, FromTheEnd)]
    private static partial Regex SmtpPrivacyLine();

    [GeneratedRegex(@"\A" + ByHost + "HTTP" + Date, FromTheEnd)]
    private static partial Regex HttpPrivacyLine();

    [GeneratedRegex(@"\Afrom\s")]
    private static partial Regex SmtpStart();

    [GeneratedRegex(@"\Afrom\s+(?:api|web-ui)\s+\(")]
    private static partial Regex HttpStart();
}
