using System.Buffers;
using System.Buffers.Binary;
using System.Numerics;
using System.Text;

namespace PostalExporter.Signals;

/// <summary>
/// Hashes names and addresses with a secret of the installation, so that nobody can find out by guessing what a stored hash
/// stands for: SipHash-2-4 (Aumasson and Bernstein 2012), a keyed function of 64 bits made for short inputs.
/// </summary>
internal sealed class KeyedHash
{
    /// <summary>Bytes of a key.</summary>
    public const int KeyBytes = 16;

    // RFC 5321 allows 254 characters of an address; what is longer differs within them or is no address.
    private const int LongestText = 256;

    private readonly ulong key0;
    private readonly ulong key1;

    /// <param name="key"><see cref="KeyBytes"/> random bytes.</param>
    public KeyedHash(ReadOnlySpan<byte> key)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(key.Length, KeyBytes);
        key0 = BinaryPrimitives.ReadUInt64LittleEndian(key);
        key1 = BinaryPrimitives.ReadUInt64LittleEndian(key[8..]);
    }

    /// <summary>The hash of a text in lower case, of which the first 256 characters count.</summary>
    public ulong OfText(ReadOnlySpan<char> text)
    {
        text = text[..Math.Min(text.Length, LongestText)];
        Span<byte> bytes = stackalloc byte[LongestText];
        return Ascii.ToLower(text, bytes, out var length) == OperationStatus.Done ? OfBytes(bytes[..length]) : OfOtherText(text);
    }

    // Apart, as its space on the stack costs more than the rest.
    private ulong OfOtherText(ReadOnlySpan<char> text)
    {
        Span<char> lower = stackalloc char[LongestText];
        Span<byte> bytes = stackalloc byte[3 * LongestText];
        var length = text.ToLowerInvariant(lower);
        return OfBytes(bytes[..Encoding.UTF8.GetBytes(lower[..length], bytes)]);
    }

    /// <summary>The hash of bytes.</summary>
    public ulong OfBytes(ReadOnlySpan<byte> bytes)
    {
        var (v0, v1) = (key0 ^ 0x736f6d6570736575, key1 ^ 0x646f72616e646f6d);
        var (v2, v3) = (key0 ^ 0x6c7967656e657261, key1 ^ 0x7465646279746573);
        var last = (ulong)bytes.Length << 56;
        for (; bytes.Length >= 8; bytes = bytes[8..])
            Compress(ref v0, ref v1, ref v2, ref v3, BinaryPrimitives.ReadUInt64LittleEndian(bytes));
        for (var i = 0; i < bytes.Length; i++)
            last |= (ulong)bytes[i] << (8 * i);
        Compress(ref v0, ref v1, ref v2, ref v3, last);
        v2 ^= 0xff;
        for (var round = 0; round < 4; round++)
            Round(ref v0, ref v1, ref v2, ref v3);
        return v0 ^ v1 ^ v2 ^ v3;
    }

    private static void Compress(ref ulong v0, ref ulong v1, ref ulong v2, ref ulong v3, ulong word)
    {
        v3 ^= word;
        Round(ref v0, ref v1, ref v2, ref v3);
        Round(ref v0, ref v1, ref v2, ref v3);
        v0 ^= word;
    }

    private static void Round(ref ulong v0, ref ulong v1, ref ulong v2, ref ulong v3)
    {
        v0 += v1;
        v2 += v3;
        v1 = BitOperations.RotateLeft(v1, 13) ^ v0;
        v3 = BitOperations.RotateLeft(v3, 16) ^ v2;
        v0 = BitOperations.RotateLeft(v0, 32);
        v2 += v1;
        v0 += v3;
        v1 = BitOperations.RotateLeft(v1, 17) ^ v2;
        v3 = BitOperations.RotateLeft(v3, 21) ^ v0;
        v2 = BitOperations.RotateLeft(v2, 32);
    }
}
