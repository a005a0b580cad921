using MimeKit;

namespace PostalExporter.RawMail;

/// <summary>The tag that a sender gives in the header of a message, which Postal stores when it processes the message first.</summary>
internal static class PostalTag
{
    private const string Field = "X-Postal-Tag";
    private const int LongestTag = 255;

    /// <summary>The value of the last <c>X-Postal-Tag</c>, decoded, at most 255 characters; null without one.</summary>
    /// <param name="headers">The header row.</param>
    public static string? Of(byte[] headers)
    {
        using var stream = new MemoryStream(headers, writable: false);
        var reader = new TagReader(stream);
        try
        {
            reader.ReadHeaders();
        }
        catch (FormatException)
        {
            // No headers: what was found before stays.
        }
        var tag = reader.Last?.Value.Trim();
        return tag is { Length: > LongestTag } ? tag[..LongestTag] : tag;
    }

    private sealed class TagReader(Stream stream) : MimeReader(stream, MimeFormat.Entity)
    {
        public Header? Last { get; private set; }

        protected override void OnHeaderRead(Header header, int beginLineNumber, CancellationToken cancellationToken)
        {
            if (header.Field.Equals(Field, StringComparison.OrdinalIgnoreCase))
                Last = header;
        }
    }
}
