using PostalExporter.Configuration;

namespace PostalExporter.Signals;

/// <summary>
/// A sequential test for each credential of a server (CUSUM of a log-likelihood ratio): do its recipients fail as unknown
/// like those of a bad list rather than those of an honest one? At most one number a credential.
/// </summary>
internal sealed class RecipientScores
{
    private readonly Dictionary<int, double> scores = [];
    private readonly HashSet<int> dirty = [];
    private double unknownStep;
    private double knownStep;
    private double ceiling;

    /// <summary>Tests with the built-in parameters.</summary>
    public RecipientScores() => Use(new RecipientScoreOptions());

    /// <summary>Credentials that have a score.</summary>
    public IReadOnlyCollection<int> Credentials => scores.Keys;

    /// <summary>Credentials whose score changed or went since the last save.</summary>
    public IReadOnlyCollection<int> Dirty => dirty;

    /// <summary>The score of a credential, from 0 to the ceiling.</summary>
    public double this[int credentialId] => scores.GetValueOrDefault(credentialId);

    /// <summary>The score of a credential, or null when it has none.</summary>
    public double? Find(int credentialId) => scores.TryGetValue(credentialId, out var score) ? score : null;

    /// <summary>Goes on with other parameters: scores stay, and those above the ceiling come down to it.</summary>
    public void Use(RecipientScoreOptions options)
    {
        (unknownStep, knownStep, ceiling) = (options.UnknownStep, options.KnownStep, options.Ceiling);
        foreach (var id in scores.Where(pair => pair.Value > ceiling).Select(pair => pair.Key).ToList())
        {
            scores[id] = ceiling;
            dirty.Add(id);
        }
    }

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
        var after = Math.Clamp(before + (unknownRecipient ? unknownStep : knownStep), 0, ceiling);
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
