namespace PostalExporter.Signals;

/// <summary>
/// A sequential test for each credential of a server (CUSUM of a log-likelihood ratio): do its recipients fail as unknown
/// like those of a bought list, 20 percent, rather than those of an honest one, 2 percent?
/// </summary>
internal sealed class RecipientScores
{
    /// <summary>Added for an unknown recipient: ln(0.20 / 0.02).</summary>
    public const double Unknown = 2.30;

    /// <summary>Added for any other first outcome: ln(0.80 / 0.98).</summary>
    public const double Known = -0.20;

    /// <summary>
    /// The ceiling, three times the score of 12 at which rules page: without it one burst would keep the score high for
    /// days and hide the next attack.
    /// </summary>
    public const double Ceiling = 36;

    private readonly Dictionary<int, double> scores = [];
    private readonly HashSet<int> dirty = [];

    /// <summary>Credentials that have a score.</summary>
    public IReadOnlyCollection<int> Credentials => scores.Keys;

    /// <summary>Credentials whose score changed or went since the last save.</summary>
    public IReadOnlyCollection<int> Dirty => dirty;

    /// <summary>The score of a credential, from 0 to <see cref="Ceiling"/>.</summary>
    public double this[int credentialId] => scores.GetValueOrDefault(credentialId);

    /// <summary>The score of a credential, or null when it has none.</summary>
    public double? Find(int credentialId) => scores.TryGetValue(credentialId, out var score) ? score : null;

    /// <summary>Drops the scores of all other credentials.</summary>
    public void KeepOnly(IReadOnlyCollection<int> credentialIds)
    {
        foreach (var id in scores.Keys.Except(credentialIds).ToList())
        {
            scores.Remove(id);
            dirty.Add(id);
        }
    }

    /// <summary>Takes in the first outcome of a message.</summary>
    public void Observe(int credentialId, bool unknownRecipient)
    {
        var before = this[credentialId];
        var after = Math.Clamp(before + (unknownRecipient ? Unknown : Known), 0, Ceiling);
        if (after == before)
            return;
        scores[credentialId] = after;
        dirty.Add(credentialId);
    }

    /// <summary>Puts back what was saved.</summary>
    public void Restore(int credentialId, double score) => scores[credentialId] = score;

    /// <summary>Notes that everything was saved.</summary>
    public void Saved() => dirty.Clear();
}
