using System.Buffers;
using System.Buffers.Binary;
using System.Text;
using PostalExporter.PrometheusApi;

namespace PostalExporter.Backtests;

/// <summary>
/// The body of a remote-write request: of all ways into a database, the one that can say where a series ended. Field numbers from
/// Prometheus' <c>prompb/types.proto</c>.
/// </summary>
internal sealed class RemoteWriteBody
{
    /// <summary>What Prometheus writes where a series ended, so that it is gone at once instead of after five minutes.</summary>
    public static readonly double StaleMarker = BitConverter.Int64BitsToDouble(0x7ff0000000000002);

    private const byte Delimited = 2;
    private const byte SixtyFourBits = 1;

    private readonly ArrayBufferWriter<byte> message = new();
    private readonly ArrayBufferWriter<byte> series = new();
    private readonly ArrayBufferWriter<byte> label = new();

    /// <summary>Samples in it.</summary>
    public int Samples { get; private set; }

    /// <summary>Adds a series.</summary>
    public void Add(PrometheusSeries added)
    {
        series.ResetWrittenCount();
        foreach (var (name, value) in added.Labels)
        {
            label.ResetWrittenCount();
            Field(label, 1, Encoding.UTF8.GetBytes(name));
            Field(label, 2, Encoding.UTF8.GetBytes(value));
            Field(series, 1, label.WrittenSpan);
        }

        foreach (var sample in added.Samples)
            Add(sample);
        Field(message, 1, series.WrittenSpan);
        Samples += added.Samples.Count;
    }

    /// <summary>The request in Snappy's block format, as one literal: over loopback, compressing costs more than it saves. Empties it.</summary>
    public byte[] Take()
    {
        var block = new ArrayBufferWriter<byte>(message.WrittenCount + 16);
        Varint(block, (ulong)message.WrittenCount);
        // A literal whose length stands in four bytes.
        Byte(block, 63 << 2);
        BinaryPrimitives.WriteUInt32LittleEndian(block.GetSpan(4), (uint)message.WrittenCount - 1);
        block.Advance(4);
        block.Write(message.WrittenSpan);
        message.ResetWrittenCount();
        Samples = 0;
        return block.WrittenSpan.ToArray();
    }

    private void Add(PrometheusSample sample)
    {
        label.ResetWrittenCount();
        Byte(label, 1 << 3 | SixtyFourBits);
        BinaryPrimitives.WriteDoubleLittleEndian(label.GetSpan(8), sample.Value);
        label.Advance(8);
        Byte(label, 2 << 3);
        Varint(label, (ulong)sample.Time.ToUnixTimeMilliseconds());
        Field(series, 2, label.WrittenSpan);
    }

    private static void Field(ArrayBufferWriter<byte> to, int number, ReadOnlySpan<byte> bytes)
    {
        Byte(to, (byte)(number << 3 | Delimited));
        Varint(to, (ulong)bytes.Length);
        to.Write(bytes);
    }

    private static void Varint(ArrayBufferWriter<byte> to, ulong value)
    {
        for (; value >= 0x80; value >>= 7)
            Byte(to, (byte)(value | 0x80));
        Byte(to, (byte)value);
    }

    private static void Byte(ArrayBufferWriter<byte> to, byte value)
    {
        to.GetSpan(1)[0] = value;
        to.Advance(1);
    }
}
