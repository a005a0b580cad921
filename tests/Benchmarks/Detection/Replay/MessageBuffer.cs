using System.Buffers.Binary;
using System.Text;

namespace PostalExporter.Benchmarks.Detection.Replay;

/// <summary>Bytes of a protobuf message as they are written; made for millions of samples.</summary>
internal sealed class MessageBuffer
{
    private byte[] bytes = new byte[1024];
    private int length;

    /// <summary>What was written; valid until the next write.</summary>
    public ReadOnlySpan<byte> Written => bytes.AsSpan(0, length);

    public void Clear() => length = 0;

    public void Byte(byte value)
    {
        Reserve(1);
        bytes[length++] = value;
    }

    public void LittleEndian(uint value)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(Reserve(4), value);
        length += 4;
    }

    public void Varint(ulong value)
    {
        Reserve(10);
        for (; value >= 0x80; value >>= 7)
            bytes[length++] = (byte)(value | 0x80);
        bytes[length++] = (byte)value;
    }

    public void Bytes(ReadOnlySpan<byte> value)
    {
        value.CopyTo(Reserve(value.Length));
        length += value.Length;
    }

    /// <summary>A field that is a message, or bytes.</summary>
    public void Message(int field, ReadOnlySpan<byte> value)
    {
        Byte((byte)(field << 3 | 2));
        Varint((ulong)value.Length);
        Bytes(value);
    }

    /// <summary>A field of type <c>Label</c>.</summary>
    public void Label(int field, string name, string value)
    {
        var label = new MessageBuffer();
        label.Message(1, Encoding.UTF8.GetBytes(name));
        label.Message(2, Encoding.UTF8.GetBytes(value));
        Message(field, label.Written);
    }

    /// <summary>A field of type <c>Sample</c>.</summary>
    /// <param name="field">Its number.</param>
    /// <param name="value">Field 1.</param>
    /// <param name="milliseconds">Field 2, Unix time, positive.</param>
    public void Sample(int field, double value, long milliseconds)
    {
        Reserve(32);
        bytes[length++] = (byte)(field << 3 | 2);
        var size = length++;
        bytes[length++] = 1 << 3 | 1;
        BinaryPrimitives.WriteDoubleLittleEndian(bytes.AsSpan(length), value);
        length += 8;
        bytes[length++] = 2 << 3;
        Varint((ulong)milliseconds);
        bytes[size] = (byte)(length - size - 1);
    }

    private Span<byte> Reserve(int count)
    {
        if (bytes.Length - length < count)
            Array.Resize(ref bytes, Math.Max(bytes.Length * 2, length + count));
        return bytes.AsSpan(length);
    }
}
