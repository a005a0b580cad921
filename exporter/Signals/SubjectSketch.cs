using System.Globalization;
using System.Numerics;

namespace PostalExporter.Signals;

/// <summary>
/// Sketches of subjects: SimHash (Charikar 2002) of 64 bits over words in lower case, where every number is the same. Subjects that
/// differ in a name or a number have sketches that differ in few bits. Nobody can tell a subject by its sketch.
/// </summary>
internal static class SubjectSketch
{
    /// <summary>Bits that sketches of almost the same subject differ in at most; docs/configuration.md has what was measured.</summary>
    public const int MaxDistance = 18;

    // What is longer differs before, or is cut anyway: Postal keeps 200 characters.
    private const int LongestSubject = 200;

    // Every number is this word.
    private const string Number = "0";

    /// <summary>The sketch of a subject; 0 of one without words.</summary>
    public static ulong Of(ReadOnlySpan<char> subject, KeyedHash hash)
    {
        subject = subject[..Math.Min(subject.Length, LongestSubject)];
        Span<int> sums = stackalloc int[64];
        while (!subject.IsEmpty)
        {
            var length = WordLength(subject, out var isNumber);
            if (length > 0)
                Add(hash.OfText(isNumber ? Number : subject[..length]), sums);
            subject = subject[Math.Max(length, 1)..];
        }
        var sketch = 0UL;
        for (var bit = 0; bit < sums.Length; bit++)
        {
            if (sums[bit] > 0)
                sketch |= 1UL << bit;
        }
        return sketch;
    }

    /// <summary>Whether two sketches are those of almost the same subject.</summary>
    public static bool AreAlike(ulong one, ulong other) => BitOperations.PopCount(one ^ other) <= MaxDistance;

    private static int WordLength(ReadOnlySpan<char> text, out bool isNumber)
    {
        isNumber = char.IsDigit(text[0]);
        // Chinese, Japanese and Korean have no spaces between words.
        if (IsWordByItself(text[0]))
            return 1;
        var length = 0;
        while (length < text.Length && (isNumber ? char.IsDigit(text[length]) : IsLetter(text[length])))
            length++;
        return length;
    }

    private static bool IsLetter(char character) => !IsWordByItself(character) && (char.IsLetter(character) || char.IsSurrogate(character) || char.GetUnicodeCategory(character)
        is UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark or UnicodeCategory.Format);

    private static bool IsWordByItself(char character) => char.IsLetter(character) && character is >= '\u2E80' and <= '\uD7FF';

    private static void Add(ulong word, Span<int> sums)
    {
        for (var bit = 0; bit < sums.Length; bit++)
            sums[bit] += ((word >> bit) & 1) == 0 ? -1 : 1;
    }
}
