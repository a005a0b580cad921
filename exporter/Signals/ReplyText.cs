namespace PostalExporter.Signals;

/// <summary>
/// Reduces a receiver's reply to words: symbols of a <see cref="ReplyAlphabet"/> with single blanks between, before and after.
/// Spelling, punctuation and line breaks then no longer matter, and names that a sender chose are gone.
/// </summary>
internal static class ReplyText
{
    /// <summary>Characters of a reply that are looked at: twice what Postal's column holds.</summary>
    public const int MaxLength = 1024;

    /// <summary>Characters that Postal keeps of a reply; bytes when the text came from a socket.</summary>
    private const int Kept = 250;

    // A character is cut off whole, so up to three bytes may be missing.
    private const int KeptAtLeast = Kept - 3;

    /// <summary>Symbols that <see cref="Reduce"/> writes at most for a text of this length.</summary>
    public static int SymbolsOf(int length) => 3 * Math.Min(length, MaxLength) + 2;

    /// <summary>Writes the words of <paramref name="text"/> as symbols.</summary>
    /// <param name="alphabet">Which symbol stands for what.</param>
    /// <param name="text">The reply; what exceeds <see cref="MaxLength"/> is not read.</param>
    /// <param name="symbols">As long as <see cref="SymbolsOf"/> says.</param>
    /// <returns>How many symbols were written.</returns>
    public static int Reduce(ReplyAlphabet alphabet, ReadOnlySpan<char> text, Span<byte> symbols)
    {
        if (text.Length > MaxLength)
            text = text[..MaxLength];

        var length = 0;
        symbols[length++] = ReplyAlphabet.Blank;
        var wordStart = length;
        var isOtherScript = false;
        for (var index = 0; index < text.Length; index++)
        {
            var character = text[index];
            if (character == '@')
            {
                // An address may spell anything ("mailbox.full@…"): neither of its halves is the receiver's word.
                length = wordStart;
                index = EndOfWord(text, index) - 1;
                continue;
            }

            if (char.IsAsciiDigit(character) && AddressLength(text, index) is var addressLength and > 0)
            {
                if (symbols[length - 1] != ReplyAlphabet.Blank)
                    symbols[length++] = ReplyAlphabet.Blank;
                symbols[length++] = ReplyAlphabet.IpAddress;
                symbols[length++] = ReplyAlphabet.Blank;
                isOtherScript = false;
                wordStart = length;
                index += addressLength - 1;
                continue;
            }

            // "unknown[192.0.2.1]" and "mailbox.full.example[192.0.2.1]" are names of hosts, which may spell anything too.
            if (character == '[' && index + 1 < text.Length && AddressLength(text, index + 1) > 0 && IsHostName(text[..index]))
                length = wordStart;

            var code = alphabet.Code(character);
            if (code == ReplyAlphabet.Dropped)
                continue;
            var symbol = ReplyAlphabet.First(code);
            if (symbol != ReplyAlphabet.Blank)
            {
                // Scripts without blanks between words are set off from the words of others.
                if (symbol >= ReplyAlphabet.FirstOfOtherScripts != isOtherScript)
                {
                    isOtherScript = !isOtherScript;
                    if (symbols[length - 1] != ReplyAlphabet.Blank)
                        symbols[length++] = ReplyAlphabet.Blank;
                    if (!isOtherScript)
                        wordStart = length;
                }

                symbols[length++] = symbol;
                if (ReplyAlphabet.Second(code) is var second and not ReplyAlphabet.Blank)
                    symbols[length++] = second;
                if (isOtherScript)
                    wordStart = length;
                continue;
            }

            if (symbols[length - 1] != ReplyAlphabet.Blank)
                symbols[length++] = ReplyAlphabet.Blank;
            if (EndsWord(character))
                wordStart = length;
            if (character == '\n')
                index += ContinuationPrefix(text[(index + 1)..]);
        }

        if (symbols[length - 1] != ReplyAlphabet.Blank)
            symbols[length++] = ReplyAlphabet.Blank;
        return length;
    }

    /// <summary>Whether the text is as long as what Postal keeps, so that its last word may be only the beginning of one.</summary>
    public static bool IsCut(ReadOnlySpan<char> text) =>
        text.Length >= KeptAtLeast
        // A character takes three bytes at most, a pair of surrogates four.
        || (text.Length * 3 >= KeptAtLeast && System.Text.Encoding.UTF8.GetByteCount(text) is >= KeptAtLeast and <= Kept);

    /// <summary>The reply code (RFC 5321) with which the text begins, or 0.</summary>
    public static int ReplyCode(ReadOnlySpan<char> text)
    {
        text = text.TrimStart();
        if (text.Length < 3 || !char.IsAsciiDigit(text[0]) || !char.IsAsciiDigit(text[1]) || !char.IsAsciiDigit(text[2])
            || (text.Length > 3 && char.IsAsciiDigit(text[3])))
            return 0;
        return (text[0] - '0') * 100 + (text[1] - '0') * 10 + (text[2] - '0');
    }

    /// <summary>
    /// Finds the next enhanced status code (RFC 3463) of class 4 or 5, and is not taken in by an IP address.
    /// </summary>
    /// <param name="text">The reply; moves behind what was found.</param>
    /// <param name="code">Its numbers.</param>
    public static bool TryReadEnhancedCode(ref ReadOnlySpan<char> text, out EnhancedCode code)
    {
        code = default;
        // By its dots: they are rarer than digits, and their search is fast.
        for (var start = 0; start < text.Length;)
        {
            var dot = text[start..].IndexOf('.');
            if (dot < 0)
                break;
            dot += start;
            start = dot + 1;
            if (dot == 0 || text[dot - 1] is not ('4' or '5') || (dot > 1 && (IsDigitOrDot(text[dot - 2]) || char.IsAsciiLetter(text[dot - 2]))))
                continue;
            var length = ReadEnhancedCode(text[(dot - 1)..], out code);
            if (length == 0)
                continue;
            text = text[(dot - 1 + length)..];
            return true;
        }

        return false;
    }

    // Whether the text ends in the name of a host, as the logs of mail servers write it before its address.
    private static bool IsHostName(ReadOnlySpan<char> text)
    {
        var start = text.Length;
        while (start > 0 && !EndsWord(text[start - 1]))
            start--;
        var word = text[start..];
        return word.Contains('.') || word.SequenceEqual("unknown");
    }

    // Length of an IPv4 address that is a word of its own, 0 when none begins here.
    private static int AddressLength(ReadOnlySpan<char> text, int start)
    {
        if (start > 0 && (IsDigitOrDot(text[start - 1]) || char.IsAsciiLetter(text[start - 1]) || text[start - 1] == '-'))
            return 0;
        var index = start;
        for (var part = 0; part < 4; part++)
        {
            if (part > 0 && (index >= text.Length || text[index++] != '.'))
                return 0;
            if (!ReadNumber(text, ref index, out _))
                return 0;
        }

        var isPartOfName = index < text.Length
            && (char.IsAsciiLetterOrDigit(text[index]) || (text[index] is '.' or '-' && index + 1 < text.Length && char.IsAsciiLetterOrDigit(text[index + 1])));
        return isPartOfName ? 0 : index - start;
    }

    private static bool EndsWord(char character) =>
        character is <= ' ' or '<' or '>' or '(' or ')' or '[' or ']' or '"' or ',' or ';' or ':' or >= FirstEastAsian;

    // Where the scripts begin that put no blanks between words, and their punctuation.
    private const char FirstEastAsian = '\u2e80';

    private static int EndOfWord(ReadOnlySpan<char> text, int index)
    {
        while (index < text.Length && !EndsWord(text[index]))
            index++;
        return index;
    }

    // Further lines of a reply repeat its codes ("550-5.1.1 ") in the middle of a sentence.
    private static int ContinuationPrefix(ReadOnlySpan<char> line)
    {
        if (line.Length < 4 || line[3] is not ('-' or ' ')
            || !char.IsAsciiDigit(line[0]) || !char.IsAsciiDigit(line[1]) || !char.IsAsciiDigit(line[2]))
            return 0;
        return 4 + ReadEnhancedCode(line[4..], out _);
    }

    // Length of the code at the start of the text, 0 when there is none.
    private static int ReadEnhancedCode(ReadOnlySpan<char> text, out EnhancedCode code)
    {
        code = default;
        if (text.Length < 5 || text[0] is not ('2' or '4' or '5') || text[1] != '.')
            return 0;
        var index = 2;
        if (!ReadNumber(text, ref index, out var subject) || index >= text.Length || text[index++] != '.'
            || !ReadNumber(text, ref index, out var detail))
            return 0;
        var followedByNumber = index + 1 < text.Length && text[index] == '.' && char.IsAsciiDigit(text[index + 1]);
        code = new EnhancedCode(text[0] - '0', subject, detail);
        return followedByNumber ? 0 : index;
    }

    private static bool ReadNumber(ReadOnlySpan<char> text, ref int index, out int number)
    {
        var start = index;
        number = 0;
        while (index < text.Length && index - start < 4 && char.IsAsciiDigit(text[index]))
            number = number * 10 + (text[index++] - '0');
        return index > start && index - start <= 3;
    }

    private static bool IsDigitOrDot(char character) => char.IsAsciiDigit(character) || character == '.';
}

/// <summary>An enhanced status code (RFC 3463), such as 5.1.1.</summary>
/// <param name="Class">4 for temporary, 5 for permanent.</param>
/// <param name="Subject">0 to 999; the RFC defines 0 to 7.</param>
/// <param name="Detail">0 to 999.</param>
internal readonly record struct EnhancedCode(int Class, int Subject, int Detail);
