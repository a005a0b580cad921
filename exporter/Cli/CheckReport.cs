using System.Globalization;

namespace PostalExporter.Cli;

/// <summary>What a check found, line by line.</summary>
internal sealed class CheckReport(TextWriter output)
{
    /// <summary>Findings that keep the exporter from its work.</summary>
    public int Problems { get; private set; }

    /// <summary>Findings that an operator should look at.</summary>
    public int Warnings { get; private set; }

    /// <summary>Something is as it should be.</summary>
    public void Ok(string text) => Write("ok", text);

    /// <summary>Something works, and should not be as it is.</summary>
    public void Warning(string text)
    {
        Warnings++;
        Write("warning", text);
    }

    /// <summary>Something is a decision to know of.</summary>
    public void Note(string text) => Write("note", text);

    /// <summary>Something does not work.</summary>
    public void Problem(string text)
    {
        Problems++;
        Write("problem", text);
    }

    /// <summary>Writes the last line.</summary>
    /// <returns>Exit status.</returns>
    public int Close()
    {
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{Count(Problems, "problem")}, {Count(Warnings, "warning")}"));
        return Problems == 0 ? ExitStatus.Success : ExitStatus.Failure;
    }

    /// <summary>A number with its noun.</summary>
    public static string Count(int number, string noun) =>
        string.Create(CultureInfo.InvariantCulture, $"{number} {noun}{(number == 1 ? "" : "s")}");

    // Names from databases stand in these lines: none of them may steer the terminal.
    private void Write(string kind, string text) =>
        output.WriteLine($"{kind,-8} {string.Concat(text.Select(character => char.IsControl(character) ? '\uFFFD' : character))}");
}
