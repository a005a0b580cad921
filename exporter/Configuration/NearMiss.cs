namespace PostalExporter.Configuration;

/// <summary>Finds what a misspelled name was probably meant to be.</summary>
internal static class NearMiss
{
    /// <summary>A remedy that names the closest known name, or all of them when none is close.</summary>
    /// <param name="unknown">What was written.</param>
    /// <param name="known">What could have been written.</param>
    public static string Remedy(string unknown, IReadOnlyCollection<string> known) =>
        Find(unknown, known) is { } match
            ? $"did you mean {match}?"
            : $"known are {string.Join(", ", known)}";

    /// <summary>The closest known name, or null when none is close.</summary>
    public static string? Find(string unknown, IReadOnlyCollection<string> known)
    {
        var best = known
            .Select(name => (Name: name, Distance: Distance(unknown, name)))
            .OrderBy(candidate => candidate.Distance)
            .FirstOrDefault();
        if (best.Name is not null && best.Distance <= Math.Max(1, best.Name.Length / 3))
            return best.Name;

        // A part of a longer name, as prefix for database_name_prefix.
        return unknown.Length >= 4 ? known.FirstOrDefault(name => name.Contains(unknown, StringComparison.OrdinalIgnoreCase)) : null;
    }

    /// <summary>Edits (insert, delete, replace, swap of neighbours) between two names, case and dashes aside.</summary>
    private static int Distance(string left, string right)
    {
        // A name of hostile length is no misspelling, and the table below grows with it.
        if (left.Length > 64)
            return int.MaxValue;

        left = Normalize(left);
        right = Normalize(right);
        var costs = new int[left.Length + 1, right.Length + 1];
        for (var i = 0; i <= left.Length; i++)
            costs[i, 0] = i;
        for (var j = 0; j <= right.Length; j++)
            costs[0, j] = j;

        for (var i = 1; i <= left.Length; i++)
        {
            for (var j = 1; j <= right.Length; j++)
            {
                var replace = costs[i - 1, j - 1] + (left[i - 1] == right[j - 1] ? 0 : 1);
                costs[i, j] = Math.Min(replace, Math.Min(costs[i - 1, j], costs[i, j - 1]) + 1);
                if (i > 1 && j > 1 && left[i - 1] == right[j - 2] && left[i - 2] == right[j - 1])
                    costs[i, j] = Math.Min(costs[i, j], costs[i - 2, j - 2] + 1);
            }
        }

        return costs[left.Length, right.Length];
    }

    private static string Normalize(string name) => name.ToLowerInvariant().Replace('-', '_');
}
