using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;

namespace PostalExporter.Logging;

/// <summary>Writes fields as one line.</summary>
internal static class LogLine
{
    private const int MaximumValueLength = 8_000;

    /// <summary><c>key=value</c> pairs; values with anything but plain visible characters are quoted and escaped.</summary>
    public static string Logfmt(IReadOnlyList<KeyValuePair<string, object?>> fields)
    {
        var line = new StringBuilder(256);
        foreach (var (name, value) in fields)
        {
            if (line.Length > 0)
                line.Append(' ');
            line.Append(name).Append('=');
            AppendLogfmtValue(line, Text(value));
        }

        return line.ToString();
    }

    /// <summary>A JSON object; numbers and booleans keep their type.</summary>
    public static string Json(IReadOnlyList<KeyValuePair<string, object?>> fields)
    {
        var buffer = new ArrayBufferWriter<byte>(512);
        using (var writer = new Utf8JsonWriter(buffer))
        {
            writer.WriteStartObject();
            foreach (var (name, value) in fields)
            {
                writer.WritePropertyName(name);
                WriteJsonValue(writer, value);
            }

            writer.WriteEndObject();
        }

        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }

    private static void WriteJsonValue(Utf8JsonWriter writer, object? value)
    {
        switch (value)
        {
            case null:
                writer.WriteNullValue();
                break;
            case bool boolean:
                writer.WriteBooleanValue(boolean);
                break;
            case int or long or short or byte:
                writer.WriteNumberValue(Convert.ToInt64(value, CultureInfo.InvariantCulture));
                break;
            case double number when double.IsFinite(number):
                writer.WriteNumberValue(number);
                break;
            default:
                writer.WriteStringValue(Text(value));
                break;
        }
    }

    private static void AppendLogfmtValue(StringBuilder line, string text)
    {
        if (text.Length > 0 && text.All(IsPlain))
        {
            line.Append(text);
            return;
        }

        line.Append('"');
        foreach (var character in text)
        {
            switch (character)
            {
                case '"':
                    line.Append("\\\"");
                    break;
                case '\\':
                    line.Append(@"\\");
                    break;
                case '\n':
                    line.Append("\\n");
                    break;
                case '\r':
                    line.Append("\\r");
                    break;
                case '\t':
                    line.Append("\\t");
                    break;
                case var other when NeedsEscape(other):
                    line.Append(CultureInfo.InvariantCulture, $"\\u{(int)other:x4}");
                    break;
                default:
                    line.Append(character);
                    break;
            }
        }

        line.Append('"');
    }

    private static bool IsPlain(char character) => char.IsAscii(character) && character is > ' ' and not ('"' or '\\' or '=' or '\x7f');

    // Control and formatting characters (also those that reverse the direction of text) and line separators.
    private static bool NeedsEscape(char character) => char.GetUnicodeCategory(character)
        is UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator;

    private static string Text(object? value)
    {
        var text = value switch
        {
            null => "",
            string already => already,
            bool boolean => boolean ? "true" : "false",
            TimeSpan duration => duration.TotalSeconds.ToString("0.###", CultureInfo.InvariantCulture) + "s",
            IFormattable formattable => formattable.ToString(null, CultureInfo.InvariantCulture),
            _ => value.ToString() ?? "",
        };
        return text.Length > MaximumValueLength ? text[..MaximumValueLength] + "…" : text;
    }
}
