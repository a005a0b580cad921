namespace PostalExporter.Benchmarks;

/// <summary>A mail server that one writer of a soak writes to.</summary>
/// <param name="id"><c>servers.id</c>.</param>
/// <param name="credentials">Ids of the credentials that send.</param>
/// <param name="busy">Whether it sends more than others, to many recipient domains, with outcomes of every kind.</param>
internal sealed class SoakServer(int id, IReadOnlyList<int> credentials, bool busy)
{
    /// <summary><c>servers.id</c>.</summary>
    public int Id => id;

    /// <summary>Ids of the credentials that always send.</summary>
    public IReadOnlyList<int> Credentials => credentials;

    /// <summary>Whether it sends more than others, to many recipient domains, with outcomes of every kind.</summary>
    public bool Busy => busy;

    /// <summary>A credential that comes and goes; null while it is gone.</summary>
    public int? Guest { get; set; }

    /// <summary>Ids of messages that wait for their next attempt, oldest first.</summary>
    public Queue<long> Waiting { get; private set; } = new();

    /// <summary>Highest id in <c>messages</c> that this run has given; 0 when none.</summary>
    public long LastMessageId { get; set; }

    /// <summary>Messages committed since the start.</summary>
    public long Messages { get; set; }

    /// <summary>Deliveries committed since the start.</summary>
    public long Deliveries { get; set; }

    /// <summary>Forgets waiting messages up to an id, which were deleted.</summary>
    public void ForgetThrough(long messageId) => Waiting = new Queue<long>(Waiting.Where(waiting => waiting > messageId));
}
