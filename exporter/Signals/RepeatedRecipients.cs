using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace PostalExporter.Signals;

/// <summary>
/// How often a credential wrote to the same address lately: in the running half of a window and the one before it, so that what is
/// counted slides. Not saved: after a restart it counts anew.
/// </summary>
/// <remarks>
/// Bounded whatever comes in (Misra and Gries 1982): when there is no counter for an address, one is taken off every counter. So no count
/// is too high, and it is too low by at most one for as many messages as there are counters.
/// </remarks>
/// <param name="most">Counters.</param>
internal sealed class RepeatedRecipients(int most) : INoteTaker
{
    /// <summary>Counters of a server: some 300 KB.</summary>
    public const int MostCounters = 8192;

    private readonly Dictionary<ulong, Counter> counters = [];
    private long half = long.MinValue;
    private long halfSeconds = 1800;

    /// <summary>Counters in use.</summary>
    public int Count => counters.Count;

    /// <summary>What stands for an address that a credential wrote to.</summary>
    public static ulong KeyOf(int credentialId, ulong addressHash) => addressHash ^ ((ulong)credentialId * 0x9E3779B97F4A7C15);

    /// <summary>Goes on with another window.</summary>
    public void Use(TimeSpan window)
    {
        var seconds = Math.Max(1, (long)window.TotalSeconds / 2);
        if (seconds == halfSeconds)
            return;
        halfSeconds = seconds;
        counters.Clear();
        half = long.MinValue;
    }

    /// <summary>Messages to an address in the halves of the window that are counted at a moment; 0 when that is long past.</summary>
    public int Seen(ulong key, long unixSeconds)
    {
        var passed = (unixSeconds / halfSeconds) - half;
        if (passed is < -1 or > 1 || !counters.TryGetValue(key, out var counter))
            return 0;
        // The half that begins with this message has the running one before it.
        return passed == 1 ? counter.Running : counter.Running + counter.Before;
    }

    /// <summary>Takes in a message, given by <see cref="KeyOf"/>.</summary>
    public void Take(in Note note)
    {
        var at = note.UnixSeconds / halfSeconds;
        if (at > half)
            Pass(at);
        // Hosts and late rows do not keep the order; what is older is of no window.
        if (at < half - 1)
            return;
        ref var known = ref CollectionsMarshal.GetValueRefOrNullRef(counters, note.Value);
        if (!Unsafe.IsNullRef(ref known))
            known.Add(isRunning: at == half);
        else if (counters.Count < most)
            CollectionsMarshal.GetValueRefOrAddDefault(counters, note.Value, out _).Add(isRunning: at == half);
        else
            TakeOneOff();
    }

    private void Pass(long to)
    {
        var isNext = to == half + 1;
        half = to;
        foreach (var key in counters.Keys)
        {
            ref var counter = ref CollectionsMarshal.GetValueRefOrNullRef(counters, key);
            counter = new Counter { Before = isNext ? counter.Running : 0 };
            if (counter.Before == 0)
                counters.Remove(key);
        }
        // An attack that is over keeps no memory.
        if (counters.Count < most / 8)
            counters.TrimExcess();
    }

    private void TakeOneOff()
    {
        foreach (var key in counters.Keys)
        {
            ref var counter = ref CollectionsMarshal.GetValueRefOrNullRef(counters, key);
            if (counter.Before > 0)
                counter.Before--;
            else
                counter.Running--;
            if (counter is { Before: 0, Running: 0 })
                counters.Remove(key);
        }
    }

    private struct Counter
    {
        public int Running;

        public int Before;

        public void Add(bool isRunning)
        {
            if (isRunning)
                Running++;
            else
                Before++;
        }
    }
}
