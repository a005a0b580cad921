using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace PostalExporter.Signals;

/// <summary>
/// What is usual for one credential: its first and last message, hours of the week, sending domains. All but the first message and the wake
/// are kept by hour or day, so that a busy credential changes once an hour. At most <see cref="MostBytes"/> in the store.
/// </summary>
/// <remarks>
/// Hours are counted from 1970, weeks from a Monday, both in UTC. In the store: first message, hour of the last one, wake (Unix seconds) and the
/// first domain, four bytes each; a byte for each hour of the week, see <see cref="weeks"/>; six for each domain: id, days from its last use
/// to the credential's last message in nine bits, above them hours from its first use to there in five, <see cref="NotNew"/> for more.
/// </remarks>
internal sealed class Habits
{
    /// <summary>Sending domains that are remembered; the one that was not used for the longest time goes first.</summary>
    public const int MostDomains = 50;

    /// <summary>Size in the store.</summary>
    public const int MostBytes = HeaderBytes + HoursPerWeek + (MostDomains * DomainBytes);

    /// <summary>Hours of the clock for which a domain stays new after its first use.</summary>
    public const int HoursNew = 24;

    private const int HeaderBytes = 4 * sizeof(uint);
    private const int DomainBytes = sizeof(int) + sizeof(ushort);
    private const int SecondsPerHour = 3_600;
    private const int SecondsPerDay = 86_400;
    private const int HoursPerDay = 24;
    private const int HoursPerWeek = 168;

    // 1970 began on a Thursday.
    private const int HoursFromMonday = 3 * HoursPerDay;

    // One bit of an hour of the week, and what is beside it.
    private const byte UsedThisWeek = 0x80;
    private const int MostWeeks = 0x7F;

    private const int DayBits = 9;
    private const int MostDays = (1 << DayBits) - 1;
    private const int NotNew = 31;

    // Of each hour: how many weeks before the week of the last message it was used before that week, 0 for never; and a bit when it was used
    // in that week. What is used this week is usual from the next one on.
    private readonly byte[] weeks = new byte[HoursPerWeek];
    private readonly List<int> domainIds = [];
    private readonly List<DomainUse> domains = [];
    private uint lastHour;
    private int firstDomain;

    /// <summary>Begins with a message.</summary>
    public Habits(long seconds)
    {
        First = (uint)seconds;
        lastHour = HourOf(seconds);
    }

    /// <summary>When the first message was accepted that is known, Unix seconds.</summary>
    public uint First { get; private set; }

    /// <summary>When it sent again after a long time, last; Unix seconds, 0 for never.</summary>
    public uint Woke { get; private set; }

    /// <summary>Whether a message comes after a long time without any. The last one is known to the hour: it is never said too early.</summary>
    public bool Wakes(long seconds, TimeSpan dormantAfter) => seconds - ((lastHour + 1L) * SecondsPerHour) >= dormantAfter.TotalSeconds;

    /// <summary>Whether a message is one of the day after a wake.</summary>
    public bool IsAwakeAgain(long seconds) => Woke > 0 && Math.Abs(seconds - Woke) < SecondsPerDay;

    /// <summary>Whether the hour of the week of a message, and both beside it, were not used in the look-back before its week.</summary>
    public bool IsUnusualHour(long seconds, TimeSpan lookBack)
    {
        var hour = HourOf(seconds);
        var passed = WeekOf(hour) - WeekOf(lastHour);
        // What an earlier week knew is not known any more.
        if (passed < 0)
            return false;
        var most = (int)Math.Ceiling(lookBack.TotalDays / 7);
        var slot = SlotOf(hour);
        // Daylight saving moves the hours of most senders.
        return !IsUsual(slot, passed, most) && !IsUsual((slot + 1) % HoursPerWeek, passed, most) && !IsUsual((slot + HoursPerWeek - 1) % HoursPerWeek, passed, most);
    }

    /// <summary>Whether a message is one of the first day of a domain that was not used in the look-back, by a credential that had used another one.</summary>
    /// <param name="domainId"><c>messages.domain_id</c>.</param>
    /// <param name="seconds">When the message was accepted.</param>
    /// <param name="lookBack">How long a domain stays known.</param>
    public bool IsNewDomain(int domainId, long seconds, TimeSpan lookBack)
    {
        var index = IndexOf(domainId);
        var hour = HourOf(seconds);
        if (index < 0)
            return domains.Count > 0 && !IsCrowded(hour, lookBack);
        if (IsForgotten(domains[index], hour, lookBack))
            return domains.Count > 1;
        return domainId != firstDomain && Math.Max(hour, lastHour) - domains[index].FirstHour < HoursNew;
    }

    /// <summary>Whether taking in a message would change nothing.</summary>
    public bool Knows(int domainId, long seconds)
    {
        var hour = HourOf(seconds);
        if (hour > lastHour || seconds < First || !IsUsed(hour))
            return false;
        return domainId == 0 || (IndexOf(domainId) is >= 0 and var index && domains[index].LastDay >= DayOf(hour) && domains[index].FirstHour <= hour);
    }

    /// <summary>Takes in a message.</summary>
    /// <param name="domainId"><c>messages.domain_id</c>, 0 for none.</param>
    /// <param name="seconds">When it was accepted.</param>
    /// <param name="isPast">Whether it was read backwards: all that were taken in came later.</param>
    /// <param name="dormantAfter">After how long without a message the next one is a wake.</param>
    /// <param name="lookBack">How long a domain stays known.</param>
    public void Take(int domainId, long seconds, bool isPast, TimeSpan dormantAfter, TimeSpan lookBack)
    {
        var hour = HourOf(seconds);
        if (Wakes(seconds, dormantAfter))
            Woke = (uint)seconds;
        else if (isPast && First - seconds >= dormantAfter.TotalSeconds)
            Woke = Math.Max(Woke, First);
        if (domainId != 0)
            TakeDomain(domainId, hour, isFirst: seconds < First || (isPast && seconds == First), lookBack);
        if (hour > lastHour)
            Advance(hour);
        TakeHour(hour);
        First = Math.Min(First, (uint)seconds);
    }

    /// <summary>For the state store.</summary>
    public byte[] ToBytes()
    {
        var bytes = new byte[HeaderBytes + HoursPerWeek + (domains.Count * DomainBytes)];
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, First);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(4), lastHour);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(8), Woke);
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(12), firstDomain);
        weeks.CopyTo(bytes.AsSpan(HeaderBytes));
        var rest = bytes.AsSpan(HeaderBytes + HoursPerWeek);
        for (var i = 0; i < domains.Count; i++, rest = rest[DomainBytes..])
        {
            var days = Math.Min(DayOf(lastHour) - domains[i].LastDay, MostDays);
            var hours = lastHour - domains[i].FirstHour;
            BinaryPrimitives.WriteInt32LittleEndian(rest, domainIds[i]);
            BinaryPrimitives.WriteUInt16LittleEndian(rest[sizeof(int)..], (ushort)(days | ((hours < HoursNew ? hours : NotNew) << DayBits)));
        }
        return bytes;
    }

    /// <summary>From the state store.</summary>
    /// <exception cref="FormatException">These are no bytes of habits.</exception>
    public static Habits FromBytes(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length is < HeaderBytes + HoursPerWeek or > MostBytes || (bytes.Length - HeaderBytes - HoursPerWeek) % DomainBytes != 0)
            throw new FormatException("no habits of a credential");
        var habits = new Habits(BinaryPrimitives.ReadUInt32LittleEndian(bytes))
        {
            lastHour = BinaryPrimitives.ReadUInt32LittleEndian(bytes[4..]),
            Woke = BinaryPrimitives.ReadUInt32LittleEndian(bytes[8..]),
            firstDomain = BinaryPrimitives.ReadInt32LittleEndian(bytes[12..]),
        };
        if (habits.First == 0 || HourOf(habits.First) > habits.lastHour || habits.lastHour > HourOf(uint.MaxValue) || HourOf(habits.Woke) > habits.lastHour || habits.firstDomain < 0)
            throw new FormatException("no habits of a credential: its times are in no order");
        bytes.Slice(HeaderBytes, HoursPerWeek).CopyTo(habits.weeks);
        for (var rest = bytes[(HeaderBytes + HoursPerWeek)..]; !rest.IsEmpty; rest = rest[DomainBytes..])
            habits.RestoreDomain(BinaryPrimitives.ReadInt32LittleEndian(rest), BinaryPrimitives.ReadUInt16LittleEndian(rest[sizeof(int)..]));
        return habits;
    }

    private void RestoreDomain(int id, ushort ages)
    {
        var (days, hours) = (ages & MostDays, ages >> DayBits);
        if (id <= 0 || IndexOf(id) >= 0 || days > DayOf(lastHour) || (hours != NotNew && (hours >= HoursNew || hours > lastHour)))
            throw new FormatException("no habits of a credential: there is no such domain");
        domainIds.Add(id);
        domains.Add(new DomainUse(hours == NotNew ? 0 : lastHour - (uint)hours, DayOf(lastHour) - (uint)days));
    }

    private void TakeDomain(int domainId, uint hour, bool isFirst, TimeSpan lookBack)
    {
        if (isFirst || domains.Count == 0)
            firstDomain = domainId;
        var index = IndexOf(domainId);
        if (index < 0)
        {
            AddDomain(domainId, hour, lookBack);
            return;
        }
        var use = domains[index];
        if (IsForgotten(use, hour, lookBack))
        {
            // The others came before it this time.
            if (domainId == firstDomain && domains.Count > 1)
                firstDomain = 0;
            domains[index] = new DomainUse(hour, DayOf(hour));
            return;
        }
        domains[index] = new DomainUse(Math.Min(use.FirstHour, hour), Math.Max(use.LastDay, DayOf(hour)));
    }

    private void AddDomain(int domainId, uint hour, TimeSpan lookBack)
    {
        // Who uses more domains than there is room for would come round to one that had to go: it is not taken for new.
        var firstHour = IsCrowded(hour, lookBack) ? 0 : hour;
        if (domains.Count == MostDomains)
        {
            var oldest = IndexOfOldest();
            if (domains[oldest].LastDay > DayOf(hour))
                return;
            domainIds.RemoveAt(oldest);
            domains.RemoveAt(oldest);
        }
        domainIds.Add(domainId);
        domains.Add(new DomainUse(firstHour, DayOf(hour)));
    }

    private bool IsCrowded(uint hour, TimeSpan lookBack) => domains.Count == MostDomains && !IsForgotten(domains[IndexOfOldest()], hour, lookBack);

    private int IndexOfOldest()
    {
        var oldest = 0;
        for (var i = 1; i < domains.Count; i++)
        {
            if (domains[i].LastDay < domains[oldest].LastDay)
                oldest = i;
        }
        return oldest;
    }

    private static bool IsForgotten(DomainUse use, uint hour, TimeSpan lookBack) => (int)DayOf(hour) - (int)use.LastDay > lookBack.TotalDays;

    private int IndexOf(int domainId) => CollectionsMarshal.AsSpan(domainIds).IndexOf(domainId);

    private void Advance(uint hour)
    {
        var passed = WeekOf(hour) - WeekOf(lastHour);
        lastHour = hour;
        if (passed == 0)
            return;
        for (var slot = 0; slot < HoursPerWeek; slot++)
        {
            var age = Age(slot, passed);
            weeks[slot] = (byte)(age > MostWeeks ? 0 : age);
        }
    }

    private void TakeHour(uint hour)
    {
        ref var week = ref weeks[SlotOf(hour)];
        var before = WeekOf(lastHour) - WeekOf(hour);
        var age = week & MostWeeks;
        if (before == 0)
            week |= UsedThisWeek;
        else if (before <= MostWeeks && (age == 0 || age > before))
            week = (byte)((week & UsedThisWeek) | before);
    }

    private bool IsUsed(uint hour)
    {
        var week = weeks[SlotOf(hour)];
        var before = WeekOf(lastHour) - WeekOf(hour);
        return before switch
        {
            0 => (week & UsedThisWeek) != 0,
            > MostWeeks => true,
            _ => (week & MostWeeks) is > 0 and var age && age <= before,
        };
    }

    private bool IsUsual(int slot, int passed, int mostWeeks) => Age(slot, passed) is > 0 and var age && age <= mostWeeks;

    // Weeks since an hour was used before the week that comes so many after the last message's; 0 for never.
    private int Age(int slot, int passed)
    {
        var week = weeks[slot];
        if (passed > 0 && (week & UsedThisWeek) != 0)
            return passed;
        var age = week & MostWeeks;
        return age == 0 ? 0 : age + passed;
    }

    private static uint HourOf(long seconds) => (uint)(seconds / SecondsPerHour);

    private static uint DayOf(uint hour) => hour / HoursPerDay;

    private static int WeekOf(uint hour) => (int)((hour + HoursFromMonday) / HoursPerWeek);

    private static int SlotOf(uint hour) => (int)((hour + HoursFromMonday) % HoursPerWeek);

    // FirstHour is 0 when the domain is not new.
    private readonly record struct DomainUse(uint FirstHour, uint LastDay);
}
