namespace PostalExporter.Signals;

/// <summary>Sketches of the last subjects of each credential of a server: <see cref="Window"/> times 8 bytes for each.</summary>
internal sealed class SimilarSubjects : INoteTaker
{
    /// <summary>Subjects of a credential that are compared.</summary>
    public const int Window = 100;

    /// <summary>Subjects below which nothing is said.</summary>
    public const int Fewest = 20;

    private readonly Dictionary<int, Subjects> byCredential = [];

    /// <summary>Takes in a subject, given by its sketch.</summary>
    public void Take(in Note note)
    {
        if (!byCredential.TryGetValue(note.CredentialId, out var subjects))
            byCredential.Add(note.CredentialId, subjects = new Subjects());
        subjects.Add(note.Value);
    }

    /// <summary>Share of a credential's last subjects that are almost the same as the most frequent one; null below <see cref="Fewest"/>.</summary>
    public double? Ratio(int credentialId) => byCredential.TryGetValue(credentialId, out var subjects) ? subjects.Ratio() : null;

    /// <summary>Drops the subjects of all other credentials.</summary>
    public void KeepOnly(IReadOnlyCollection<int> credentialIds)
    {
        var kept = credentialIds.ToHashSet();
        foreach (var id in byCredential.Keys.Where(id => !kept.Contains(id)).ToList())
            byCredential.Remove(id);
    }

    /// <summary>Forgets everything.</summary>
    public void Clear() => byCredential.Clear();

    private sealed class Subjects
    {
        private readonly ulong[] sketches = new ulong[Window];
        private int count;
        private int next;
        private double? ratio;

        public void Add(ulong sketch)
        {
            sketches[next] = sketch;
            next = (next + 1) % Window;
            count = Math.Min(count + 1, Window);
            ratio = null;
        }

        public double? Ratio()
        {
            if (count < Fewest)
                return null;
            return ratio ??= Alike() / (double)count;
        }

        // Most frequent is the one that most are like: of many names in one place of a text, none occurs often itself.
        private int Alike()
        {
            var most = 0;
            for (var i = 0; i < count; i++)
            {
                var alike = 0;
                for (var j = 0; j < count; j++)
                    alike += SubjectSketch.AreAlike(sketches[i], sketches[j]) ? 1 : 0;
                most = Math.Max(most, alike);
            }
            return most;
        }
    }
}
