namespace PostalExporter.Signals;

/// <summary>A phrase to look for.</summary>
/// <param name="Text">
/// Words with single blanks between; only letters and digits count. A <c>*</c> at either end lets the word there go on. Without it whole
/// words are meant, except in scripts that put no blanks between words. <c>&lt;ip&gt;</c> stands for any IPv4 address.
/// </param>
internal readonly record struct Phrase(string Text)
{
    private const char Open = '*';
    private const string AnyAddress = "<ip>";

    /// <summary>The phrase as symbols, with a blank where a word has to begin or end; empty when it holds no word.</summary>
    public byte[] Reduce(ReplyAlphabet alphabet)
    {
        var text = Text.AsSpan().Trim();
        var openStart = text.StartsWith(Open);
        var openEnd = text.EndsWith(Open);
        text = text.Trim(Open);
        var written = text.ToString().Replace(AnyAddress, "0.0.0.0", StringComparison.Ordinal);
        var symbols = new byte[ReplyText.SymbolsOf(written.Length)];
        var length = ReplyText.Reduce(alphabet, written, symbols);
        if (length < 3)
            return [];
        var start = openStart || IsOfOtherScript(symbols[1]) ? 1 : 0;
        var end = openEnd || EndsInOtherScript(symbols.AsSpan(0, length)) ? length - 1 : length;
        return symbols[start..end];
    }

    private static bool IsOfOtherScript(byte symbol) => symbol is >= ReplyAlphabet.FirstOfOtherScripts and not ReplyAlphabet.IpAddress;

    private static bool EndsInOtherScript(ReadOnlySpan<byte> symbols)
    {
        var lastWord = symbols[..^1];
        return lastWord[(lastWord.LastIndexOf((byte)ReplyAlphabet.Blank) + 1)..] is [var first, ..] && IsOfOtherScript(first);
    }
}
