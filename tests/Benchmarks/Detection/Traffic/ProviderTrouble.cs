namespace PostalExporter.Benchmarks.Detection.Traffic;

/// <summary>One provider fails for everybody who writes to it.</summary>
/// <param name="Domain">Index in <see cref="MailHost.Domains"/>.</param>
/// <param name="Begin">Its first minute.</param>
/// <param name="End">The minute after its last one.</param>
/// <param name="CallsUnknown">Whether it says that the addresses do not exist, rather than to come back later.</param>
/// <param name="Share">Share of the mail to it.</param>
internal sealed record ProviderTrouble(int Domain, int Begin, int End, bool CallsUnknown, double Share)
{
    /// <summary>Whether it fails at that minute.</summary>
    public bool IsAt(int minute, int domain) => domain == Domain && minute >= Begin && minute < End;
}
