using System.Numerics;
using System.Runtime.InteropServices;

namespace PostalExporter.Signals;

/// <summary>
/// Estimates how many different values were added: exact up to 63, then a HyperLogLog of 512 registers with a
/// standard error of 4.6 percent (Flajolet et al. 2007). Sets that were counted apart can be merged.
/// </summary>
internal sealed class DistinctCounter
{
    private const int RegisterBits = 9;
    private const int Registers = 1 << RegisterBits;
    private const int MostExact = 63;

    // An array, as a set would take six times its memory.
    private ulong[]? exact = [];
    private int count;
    private byte[]? registers;

    /// <summary>Adds a value by its hash, all of whose bits must be evenly spread.</summary>
    /// <returns>Whether the counter changed.</returns>
    public bool Add(ulong hash)
    {
        if (exact is not null)
        {
            if (exact.AsSpan(0, count).Contains(hash))
                return false;
            if (count == MostExact)
            {
                ToRegisters();
                AddToRegisters(hash);
                return true;
            }
            if (count == exact.Length)
                Array.Resize(ref exact, Math.Clamp(2 * count, 4, MostExact));
            exact[count++] = hash;
            return true;
        }
        return AddToRegisters(hash);
    }

    /// <summary>Adds everything another counter was given.</summary>
    public void Merge(DistinctCounter other)
    {
        if (other.exact is not null)
        {
            foreach (var hash in other.exact.AsSpan(0, other.count))
                Add(hash);
            return;
        }
        if (exact is not null)
            ToRegisters();
        for (var i = 0; i < Registers; i++)
            registers![i] = Math.Max(registers[i], other.registers![i]);
    }

    /// <summary>The number of different values.</summary>
    public double Estimate()
    {
        if (exact is not null)
            return count;
        double sum = 0;
        var zeros = 0;
        foreach (var register in registers!)
        {
            sum += Math.ScaleB(1, -register);
            zeros += register == 0 ? 1 : 0;
        }
        const double Alpha = 0.7213 / (1 + (1.079 / Registers));
        var estimate = Alpha * Registers * Registers / sum;
        // Below two and a half times the registers, counting the empty ones is closer.
        return estimate <= 2.5 * Registers && zeros > 0 ? Registers * Math.Log((double)Registers / zeros) : estimate;
    }

    /// <summary>For the state store: the hashes, 8 bytes each, or the registers.</summary>
    public byte[] ToBytes() => registers ?? MemoryMarshal.AsBytes(exact.AsSpan(0, count)).ToArray();

    /// <summary>Whether <see cref="ToBytes"/> gives as many bytes.</summary>
    public static bool IsLength(int bytes) => bytes % 8 == 0 && bytes <= Registers;

    /// <summary>Reads what <see cref="ToBytes"/> gave.</summary>
    public static DistinctCounter FromBytes(byte[] bytes)
    {
        var counter = new DistinctCounter();
        // Hashes are never as long: 64 of them would be.
        if (bytes.Length == Registers)
        {
            counter.exact = null;
            counter.registers = bytes;
            return counter;
        }
        for (var i = 0; i + 8 <= bytes.Length; i += 8)
            counter.Add(BitConverter.ToUInt64(bytes, i));
        return counter;
    }

    private void ToRegisters()
    {
        registers = new byte[Registers];
        foreach (var hash in exact.AsSpan(0, count))
            AddToRegisters(hash);
        exact = null;
    }

    private bool AddToRegisters(ulong hash)
    {
        var index = hash >> (64 - RegisterBits);
        var rank = (byte)(BitOperations.LeadingZeroCount((hash << RegisterBits) | (1UL << (RegisterBits - 1))) + 1);
        if (registers![index] >= rank)
            return false;
        registers[index] = rank;
        return true;
    }
}
