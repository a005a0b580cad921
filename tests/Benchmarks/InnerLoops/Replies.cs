using System.Globalization;

namespace PostalExporter.Benchmarks.InnerLoops;

/// <summary>
/// Replies as receivers word them, no two alike: the sentences that the classifier's tests know, with other addresses and queue
/// ids in each.
/// </summary>
internal static class Replies
{
    /// <summary>One line of up to 100 characters.</summary>
    public const string Short = "one short line";

    /// <summary>As much as Postal's column keeps.</summary>
    public const string Long = "250 characters";

    /// <summary>Several lines, each with its codes.</summary>
    public const string MultiLine = "several lines";

    /// <summary>What costs a matcher most: beginnings of phrases and of codes, addresses, continuation lines, other scripts.</summary>
    public const string Hostile = "250 hostile characters";

    /// <summary>A quarter of each.</summary>
    public const string Mixed = "all of these mixed";

    private const int Kept = 250;

    private static readonly string[] HostileParts =
    [
        "recipient address rejecte ", "4.4.4.4.5.1.1.9 5.1.1.", "a@a@", "\n550-5.1.1 ", "user unknow user no mailbox ful ", "mailbox.full@x ", "\u00fc\ud83d\ude00\0", "too man", "5.7", "<>",
    ];

    /// <summary>Details and output of failed deliveries.</summary>
    /// <param name="shape">One of the constants.</param>
    /// <param name="count">How many.</param>
    public static (string Status, string Details, string Output)[] Make(string shape, int count)
    {
        var known = File.ReadLines(Path.Combine(AppContext.BaseDirectory, "replies.tsv"))
            .Where(line => !line.StartsWith('#'))
            .Select(line => line.Split('\t')[2].Replace(@"\n", "\n", StringComparison.Ordinal))
            .ToList();
        var random = new Random(1);
        var shapes = shape == Mixed ? [Short, Long, MultiLine, Hostile] : new[] { shape };
        var sources = shapes.Select(one => known.Where(text => Fits(text, one)).ToArray()).ToArray();
        return [.. Enumerable.Range(0, count).Select(number => Failure(MakeOne(
            shapes[number % shapes.Length], sources[number % shapes.Length], random), random))];
    }

    private static bool Fits(string text, string shape) => shape == MultiLine ? text.Contains('\n') : !text.Contains('\n') && text.Length is > 3 and <= 100;

    private static string MakeOne(string shape, string[] sources, Random random)
    {
        if (shape == Hostile)
            return Cut(string.Concat(Enumerable.Range(0, Kept / 2).Select(_ => HostileParts[random.Next(HostileParts.Length)])));
        var text = sources[random.Next(sources.Length)]
            .Replace("anna", Word(random), StringComparison.Ordinal)
            .Replace("example.com", $"{Word(random)}.example", StringComparison.Ordinal);
        text = $"{text} [{Word(random)}.{random.NextInt64():x16}]";
        return shape == Long
            ? Cut($"{text} For more information visit https://postmaster.{Word(random)}.example/help/{random.NextInt64():x16} or write to the postmaster of the domain and give the time {random.Next():D10}, the address of the host that was connected and the whole of this text, please.")
            : Cut(text);
    }

    private static (string Status, string Details, string Output) Failure(string output, Random random)
    {
        var host = string.Create(CultureInfo.InvariantCulture, $"192.0.2.{random.Next(1, 255)}:25 (mx{random.Next(1, 9)}.{Word(random)}.example)");
        return output.StartsWith('4')
            ? ("SoftFail", $"Temporary SMTP delivery error when sending to {host}", output)
            : ("HardFail", $"Permanent SMTP delivery error when sending to {host}", output);
    }

    private static string Cut(string text) => text.Length <= Kept ? text : text[..Kept];

    private static string Word(Random random) => string.Create(random.Next(4, 12), random, (letters, source) =>
    {
        foreach (ref var letter in letters)
            letter = (char)('a' + source.Next(26));
    });
}
