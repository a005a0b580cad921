namespace PostalExporter.Signals;

/// <summary>
/// Which symbols stand for a character. Letters lose case and accents, Cyrillic is written in Latin letters, so that most languages
/// share one small alphabet. Letters of other scripts get two symbols each, but only those that a phrase uses: texts are told apart
/// by no others.
/// </summary>
internal sealed class ReplyAlphabet
{
    /// <summary>
    /// Number of symbols: the blank (0), <c>a</c> to <c>z</c> (1-26), <c>0</c> to <c>9</c> (27-36), a letter of another script that no
    /// phrase uses (37), the first of the two symbols of one that a phrase does use (38-62), and an IP address (63).
    /// </summary>
    public const int SymbolCount = 64;

    /// <summary>What separates words.</summary>
    public const int Blank = 0;

    /// <summary>The lowest symbol with which a letter of another script begins.</summary>
    public const int FirstOfOtherScripts = 37;

    /// <summary>What stands for any IP address, as <c>&lt;ip&gt;</c> does in a phrase.</summary>
    public const int IpAddress = 63;

    /// <summary>How many letters of other scripts the phrases can use.</summary>
    public const int MaximumOtherLetters = (IpAddress - FirstNumbered) * SecondSymbols;

    private const int FirstNumbered = 38;
    private const int SecondSymbols = 36;
    private const int SymbolBits = 6;
    private const int SymbolMask = SymbolCount - 1;
    private const int PageBits = 8;
    private const int PageSize = 1 << PageBits;

    /// <summary>The code of a character that is as good as not there: accents of their own, soft signs.</summary>
    public const int Dropped = ushort.MaxValue;

    // Each character beside what it is read as.
    private static readonly (string Characters, string Reading)[] Folded =
    [
        ("àáâãåāăą", "a"), ("çćĉċč", "c"), ("ďđð", "d"), ("èéêëēĕėęě", "e"), ("ĝğġģ", "g"), ("ĥħ", "h"), ("ìíîïĩīĭįı", "i"), ("ĵ", "j"),
        ("ķ", "k"), ("ĺļľŀł", "l"), ("ñńņňŉ", "n"), ("òóôõøōŏő", "o"), ("ŕŗř", "r"), ("śŝşšș", "s"), ("ţťŧț", "t"), ("ùúûũūŭůűų", "u"),
        ("ŵ", "w"), ("ýÿŷ", "y"), ("źżž", "z"), ("äæ", "ae"), ("öœ", "oe"), ("ü", "ue"), ("ß", "ss"), ("þ", "th"),
        ("а", "a"), ("б", "b"), ("в", "v"), ("гґ", "g"), ("д", "d"), ("еёэє", "e"), ("ж", "zh"), ("з", "z"), ("ийії", "i"), ("к", "k"),
        ("л", "l"), ("м", "m"), ("н", "n"), ("о", "o"), ("п", "p"), ("р", "r"), ("с", "s"), ("т", "t"), ("у", "u"), ("ф", "f"), ("х", "h"),
        ("ц", "c"), ("ч", "ch"), ("шщ", "sh"), ("ы", "y"), ("ю", "ju"), ("я", "ja"),
    ];

    private static readonly ushort[][] CommonPages = MakeCommonPages();

    private readonly ushort[][] pages = [.. CommonPages];
    private int otherLetters;

    /// <summary>Gives the letters of other scripts in a phrase symbols of their own.</summary>
    /// <returns>Whether there were enough symbols.</returns>
    public bool TryLearn(string phrase)
    {
        foreach (var character in phrase)
        {
            if (Code(character) != FirstOfOtherScripts)
                continue;
            if (otherLetters == MaximumOtherLetters)
                return false;
            var code = (FirstNumbered + otherLetters / SecondSymbols) | ((1 + otherLetters % SecondSymbols) << SymbolBits);
            otherLetters++;
            var page = character >> PageBits;
            if (ReferenceEquals(pages[page], CommonPages[page]))
                pages[page] = [.. CommonPages[page]];
            pages[page][character & (PageSize - 1)] = (ushort)code;
        }

        return true;
    }

    /// <summary>One or two symbols: <see cref="First"/> and <see cref="Second"/> take them apart. Or <see cref="Dropped"/>.</summary>
    public int Code(char character) => pages[character >> PageBits][character & (PageSize - 1)];

    /// <summary>The first symbol of a code.</summary>
    public static byte First(int code) => (byte)(code & SymbolMask);

    /// <summary>The second symbol of a code, or the blank when it has only one.</summary>
    public static byte Second(int code) => (byte)(code >> SymbolBits);

    private static ushort[][] MakeCommonPages()
    {
        var codes = new ushort[1 << 16];
        for (var character = 128; character < codes.Length; character++)
            codes[character] = char.IsLetter((char)character) ? (ushort)FirstOfOtherScripts : (ushort)Blank;
        // Accents that follow their letter.
        for (var character = '\u0300'; character <= '\u036f'; character++)
            codes[character] = Dropped;
        foreach (var sign in "ъьЪЬ\u00ad\u200b\u200c\u200d")
            codes[sign] = Dropped;
        for (var letter = 'a'; letter <= 'z'; letter++)
            SetBothCases(codes, letter, letter - 'a' + 1);
        for (var digit = '0'; digit <= '9'; digit++)
            codes[digit] = (ushort)(digit - '0' + 27);
        foreach (var (characters, reading) in Folded)
        {
            var code = codes[reading[0]] | (reading.Length > 1 ? codes[reading[1]] << SymbolBits : 0);
            foreach (var character in characters)
                SetBothCases(codes, character, code);
        }

        // The wide forms of ASCII, as written between Chinese and Japanese letters.
        for (var character = '!'; character <= '~'; character++)
            codes[character + 0xfee0] = codes[character];
        return [.. codes.Chunk(PageSize)];
    }

    private static void SetBothCases(ushort[] codes, char lower, int code)
    {
        codes[lower] = (ushort)code;
        codes[char.ToUpperInvariant(lower)] = (ushort)code;
    }
}
