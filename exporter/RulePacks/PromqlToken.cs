using System.Globalization;
using System.Text;

namespace PostalExporter.RulePacks;

/// <summary>What a token of PromQL is.</summary>
internal enum PromqlTokenKind
{
    /// <summary>A name or a keyword.</summary>
    Word,

    /// <summary>A number or a duration.</summary>
    Number,

    /// <summary>A string; its text is what the quotes enclose, escapes resolved.</summary>
    Quoted,

    /// <summary>An operator, a bracket, a comma.</summary>
    Sign,

    /// <summary>The end of the text.</summary>
    End,
}

/// <summary>A token of PromQL.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Text">Its text.</param>
/// <param name="Start">Place of its first character in the expression, from 0.</param>
internal readonly record struct PromqlToken(PromqlTokenKind Kind, string Text, int Start)
{
    private static readonly string[] LongSigns = ["=~", "!~", "!=", "==", ">=", "<="];

    /// <summary>Whether it is this sign.</summary>
    public bool Is(string sign) => Kind == PromqlTokenKind.Sign && Text == sign;

    /// <summary>Splits an expression. White space and comments are left out; the last token is the end.</summary>
    /// <exception cref="FormatException">A string is not closed, or an escape in it means nothing.</exception>
    public static IReadOnlyList<PromqlToken> Split(string expression)
    {
        var tokens = new List<PromqlToken>();
        var at = 0;
        while (at < expression.Length)
        {
            var start = at;
            var first = expression[at];
            if (char.IsWhiteSpace(first))
            {
                at++;
            }
            else if (first == '#')
            {
                at = expression.IndexOf('\n', at) is var end and >= 0 ? end : expression.Length;
            }
            else if (first is '"' or '\'' or '`')
            {
                tokens.Add(new PromqlToken(PromqlTokenKind.Quoted, ReadQuoted(expression, ref at), start));
            }
            else if (char.IsAsciiDigit(first) || (first == '.' && at + 1 < expression.Length && char.IsAsciiDigit(expression[at + 1])))
            {
                at = EndOfNumber(expression, at);
                tokens.Add(new PromqlToken(PromqlTokenKind.Number, expression[start..at], start));
            }
            else if (IsOfWord(first))
            {
                while (at < expression.Length && IsOfWord(expression[at]))
                    at++;
                tokens.Add(new PromqlToken(PromqlTokenKind.Word, expression[start..at], start));
            }
            else
            {
                var sign = Array.Find(LongSigns, sign => string.CompareOrdinal(expression, start, sign, 0, sign.Length) == 0) ?? first.ToString();
                at += sign.Length;
                tokens.Add(new PromqlToken(PromqlTokenKind.Sign, sign, start));
            }
        }

        tokens.Add(new PromqlToken(PromqlTokenKind.End, "", expression.Length));
        return tokens;
    }

    private static bool IsOfWord(char character) => char.IsAsciiLetterOrDigit(character) || character is '_' or ':';

    // Letters belong to it: 5m, 1h30m, 0x1f, 1e3. A sign only behind the e of an exponent.
    private static int EndOfNumber(string expression, int at)
    {
        var start = at;
        while (at < expression.Length && (char.IsAsciiLetterOrDigit(expression[at]) || expression[at] is '.' or '_'))
        {
            at++;
            if (expression[at - 1] is 'e' or 'E' && at + 1 < expression.Length && expression[at] is '+' or '-'
                && char.IsAsciiDigit(expression[at + 1]) && !expression[start..at].StartsWith("0x", StringComparison.OrdinalIgnoreCase))
                at++;
        }

        return at;
    }

    private static string ReadQuoted(string expression, ref int at)
    {
        var start = at;
        var quote = expression[at++];
        var text = new StringBuilder();
        while (at < expression.Length && expression[at] != quote)
        {
            if (expression[at] == '\\' && quote != '`')
                ReadEscape(expression, ref at, text);
            else
                text.Append(expression[at++]);
        }

        if (at == expression.Length)
            throw new FormatException(string.Create(CultureInfo.InvariantCulture, $"the string that begins at character {start + 1} is not closed"));
        at++;
        return text.ToString();
    }

    private static void ReadEscape(string expression, ref int at, StringBuilder text)
    {
        var start = at;
        var letter = at + 1 < expression.Length ? expression[at + 1] : '\0';
        at += 2;
        switch (letter)
        {
            case 'a' or 'b' or 'f' or 'n' or 'r' or 't' or 'v':
                text.Append("\a\b\f\n\r\t\v"["abfnrtv".IndexOf(letter, StringComparison.Ordinal)]);
                return;
            case '\\' or '"' or '\'' or '`':
                text.Append(letter);
                return;
            case 'x' or 'u' or 'U':
                var length = letter == 'x' ? 2 : letter == 'u' ? 4 : 8;
                if (at + length <= expression.Length
                    && uint.TryParse(expression.AsSpan(at, length), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var code)
                    && Rune.IsValid(code))
                {
                    text.Append(new Rune(code).ToString());
                    at += length;
                    return;
                }

                break;
            case >= '0' and <= '7' when at + 2 <= expression.Length && expression[at] is >= '0' and <= '7' && expression[at + 1] is >= '0' and <= '7':
                text.Append((char)(((letter - '0') * 64) + ((expression[at] - '0') * 8) + (expression[at + 1] - '0')));
                at += 2;
                return;
        }

        throw new FormatException(string.Create(CultureInfo.InvariantCulture, $"the escape at character {start + 1} means nothing"));
    }
}
