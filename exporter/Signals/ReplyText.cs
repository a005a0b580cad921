namespace PostalExporter.Signals;

/// <summary>
/// Reduces a receiver's reply to words: lower-case letters and digits with single blanks between, before and after.
/// Spelling, punctuation and line breaks then no longer matter, and names that a sender chose are gone.
/// </summary>
internal static class ReplyText
{
    /// <summary>Symbols in reduced text: the blank (0), <c>a</c> to <c>z</c> (1-26), <c>0</c> to <c>9</c> (27-36).</summary>
    public const int SymbolCount = 37;

    /// <summary>Characters of a reply that are looked at: what Postal's column holds.</summary>
    public const int MaxLength = 512;

    private const byte Blank = 0;

    // By ASCII character. Everything else is a blank.
    private static readonly byte[] Symbols = MakeSymbols();

    /// <summary>Writes the words of <paramref name="text"/> as symbols.</summary>
    /// <param name="text">The reply; what exceeds <see cref="MaxLength"/> is not read.</param>
    /// <param name="symbols">At least two longer than the text that is read.</param>
    /// <returns>How many symbols were written.</returns>
    public static int Reduce(ReadOnlySpan<char> text, Span<byte> symbols)
    {
        if (text.Length > MaxLength)
            text = text[..MaxLength];

        var length = 0;
        symbols[length++] = Blank;
        var wordStart = length;
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

            var symbol = Symbol(character);
            if (symbol != Blank)
            {
                symbols[length++] = symbol;
                continue;
            }

            if (symbols[length - 1] != Blank)
                symbols[length++] = Blank;
            if (EndsWord(character))
                wordStart = length;
            if (character == '\n')
                index += ContinuationPrefix(text[(index + 1)..]);
        }

        if (symbols[length - 1] != Blank)
            symbols[length++] = Blank;
        return length;
    }

    /// <summary>
    /// Finds the first enhanced status code (RFC 3463) of class 4 or 5, and is not taken in by an IP address.
    /// </summary>
    /// <param name="text">The reply.</param>
    /// <param name="subject">The middle number.</param>
    /// <param name="detail">The last number.</param>
    public static bool TryReadEnhancedCode(ReadOnlySpan<char> text, out int subject, out int detail)
    {
        for (var index = 0; index + 4 < text.Length; index++)
        {
            if (text[index] is '4' or '5' && text[index + 1] == '.' && (index == 0 || !IsDigitOrDot(text[index - 1]))
                && ReadEnhancedCode(text[index..], out subject, out detail) > 0)
                return true;
        }

        subject = detail = 0;
        return false;
    }

    private static byte Symbol(char character) => character < Symbols.Length ? Symbols[character] : Blank;

    private static bool EndsWord(char character) => character is <= ' ' or '<' or '>' or '(' or ')' or '[' or ']' or '"' or ',' or ';' or ':';

    private static byte[] MakeSymbols()
    {
        var symbols = new byte[128];
        for (var letter = 0; letter < 26; letter++)
            symbols['a' + letter] = symbols['A' + letter] = (byte)(letter + 1);
        for (var digit = 0; digit < 10; digit++)
            symbols['0' + digit] = (byte)(digit + 27);
        return symbols;
    }

    private static int EndOfWord(ReadOnlySpan<char> text, int index)
    {
        while (index < text.Length && !EndsWord(text[index]))
            index++;
        return index;
    }

    // Further lines of a reply repeat its codes ("550-5.1.1 ") in the middle of a sentence.
    private static int ContinuationPrefix(ReadOnlySpan<char> line)
    {
        if (line.Length < 4 || !char.IsAsciiDigit(line[0]) || !char.IsAsciiDigit(line[1]) || !char.IsAsciiDigit(line[2]) || line[3] is not ('-' or ' '))
            return 0;
        return 4 + ReadEnhancedCode(line[4..], out _, out _);
    }

    // Length of the code at the start of the text, 0 when there is none.
    private static int ReadEnhancedCode(ReadOnlySpan<char> text, out int subject, out int detail)
    {
        subject = detail = 0;
        if (text.Length < 5 || text[0] is not ('2' or '4' or '5') || text[1] != '.')
            return 0;
        var index = 2;
        if (!ReadNumber(text, ref index, out subject) || index >= text.Length || text[index++] != '.' || !ReadNumber(text, ref index, out detail))
            return 0;
        var followedByNumber = index + 1 < text.Length && text[index] == '.' && char.IsAsciiDigit(text[index + 1]);
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
