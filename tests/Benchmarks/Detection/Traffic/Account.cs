namespace PostalExporter.Benchmarks.Detection.Traffic;

/// <summary>What a credential is used for in a trace.</summary>
internal enum AccountRole
{
    /// <summary>By a customer, all the time.</summary>
    Active,

    /// <summary>Not for months before the trace.</summary>
    Dormant,

    /// <summary>By a customer who comes in the last two weeks.</summary>
    NewCustomer,
}

/// <summary>One credential, and the mail that it sends.</summary>
internal sealed class Account(MailHost host, TracedCredential traced, AccountProfile profile, AccountRole role)
{
    private readonly List<(int Begin, int End)> taken = [];

    /// <summary>Its server.</summary>
    public MailHost Host => host;

    /// <summary>Its names.</summary>
    public TracedCredential Traced => traced;

    /// <summary>How its customer uses it.</summary>
    public AccountProfile Profile => profile;

    /// <summary>What it is used for.</summary>
    public AccountRole Role => role;

    /// <summary>Names its own chance.</summary>
    public ulong Key { get; init; }

    /// <summary>Minute from which on it exists.</summary>
    public int Created { get; set; }

    /// <summary>When it was used first, before the trace; Unix seconds, null when it was not.</summary>
    public long? FirstUse { get; set; }

    /// <summary>When it was used last, before the trace; Unix seconds, null when it was not.</summary>
    public long? LastUse { get; set; }

    /// <summary>Everyday mail, without newsletters and jobs; null for a credential that has none.</summary>
    public MailFlow? Ordinary { get; set; }

    /// <summary>All its mail.</summary>
    public List<MailFlow> Flows { get; } = [];

    /// <summary>Expected everyday messages of an hour; at least one.</summary>
    public double UsualPerHour(int minute) => Math.Max(1, Ordinary?.Expected(minute, minute + TraceTime.Hour) ?? 0);

    /// <summary>Whether no event of this account touches a stretch of time.</summary>
    public bool IsFree(int begin, int end) => taken.TrueForAll(other => end <= other.Begin || begin >= other.End);

    /// <summary>Keeps other events off a stretch of time.</summary>
    public void Take(int begin, int end) => taken.Add((begin, end));
}
