using System.Buffers;
using System.Buffers.Text;
using System.IO.Pipelines;
using System.Text;

namespace PostalSimulator.History;

/// <summary>Writes rows in the text format of <c>LOAD DATA</c>: tabs between fields, <c>\N</c> for NULL, backslash escapes.</summary>
internal sealed class BulkText(PipeWriter writer)
{
    private const int FlushBytes = 256 * 1024;

    private static readonly SearchValues<char> Special = SearchValues.Create("\t\n\r\\\0");

    private bool isFirst = true;

    public void Number(long value) => Write(value, static (number, span) => Utf8Formatter.TryFormat(number, span, out var written) ? written : 0);

    public void Number(long? value)
    {
        if (value is { } number)
            Number(number);
        else
            Null();
    }

    /// <summary>Unix microseconds as seconds with six decimals.</summary>
    public void Seconds(long? microseconds)
    {
        if (microseconds is not { } value)
        {
            Null();
            return;
        }
        var (seconds, rest) = Math.DivRem(value, 1_000_000);
        Write((seconds, rest), static (parts, span) =>
        {
            Utf8Formatter.TryFormat(parts.seconds, span, out var written);
            span[written++] = (byte)'.';
            Utf8Formatter.TryFormat(parts.rest, span[written..], out var digits, new StandardFormat('D', 6));
            return written + digits;
        });
    }

    public void Null() => Write(0, static (_, span) =>
    {
        "\\N"u8.CopyTo(span);
        return 2;
    });

    public void Text(string? value)
    {
        if (value is null)
            Null();
        else
            Write(value.AsSpan().ContainsAny(Special) ? Escape(value) : value, static (text, span) => Encoding.UTF8.GetBytes(text, span), value.Length * 6);
    }

    public void EndRow()
    {
        writer.GetSpan(1)[0] = (byte)'\n';
        writer.Advance(1);
        isFirst = true;
    }

    /// <summary>Hands what was written to the reader once there is enough of it, and waits while the reader is behind.</summary>
    public async ValueTask FlushAsync(CancellationToken cancellationToken)
    {
        if (writer.UnflushedBytes >= FlushBytes && (await writer.FlushAsync(cancellationToken)).IsCompleted)
            throw new IOException("the database stopped reading the rows; its error follows");
    }

    private static string Escape(string value) => value.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\t", "\\t", StringComparison.Ordinal)
        .Replace("\n", "\\n", StringComparison.Ordinal).Replace("\r", "\\r", StringComparison.Ordinal).Replace("\0", "\\0", StringComparison.Ordinal);

    private void Write<T>(T value, FormatField<T> format, int maximumBytes = 64)
    {
        var span = writer.GetSpan(maximumBytes + 1);
        var separator = 0;
        if (!isFirst)
        {
            span[0] = (byte)'\t';
            separator = 1;
        }
        isFirst = false;
        writer.Advance(separator + format(value, span[separator..]));
    }

    private delegate int FormatField<in T>(T value, Span<byte> span);
}
