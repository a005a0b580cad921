using System.Globalization;

namespace PostalExporter.Baselines;

/// <summary>Numbers as people read them, the same in every language of the machine.</summary>
internal static class Figures
{
    private const string None = "–";

    /// <summary>A number of messages: whole from 10 on, with one digit below; a dash when it is none.</summary>
    public static string Count(double value) =>
        double.IsFinite(value) ? value.ToString(Math.Abs(value) < 9.95 ? "0.#" : "#,0", CultureInfo.InvariantCulture) : None;

    /// <summary>A share in percent; a dash when it is none.</summary>
    public static string Share(double value) => double.IsFinite(value) ? value.ToString("0.##%", CultureInfo.InvariantCulture).Replace("%", " %", StringComparison.Ordinal) : None;

    /// <summary>A limit as the configuration writes it.</summary>
    public static string Limit(double value) => double.IsFinite(value) ? value.ToString("0.######", CultureInfo.InvariantCulture) : "off";

    /// <summary>Weeks with a digit.</summary>
    public static string History(double weeks) => weeks.ToString("0.0", CultureInfo.InvariantCulture);

    /// <summary>A number of hours with its noun.</summary>
    public static string Hours(int number) => Cli.CheckReport.Count(number, "normal hour");

    /// <summary>A number of weeks with its noun.</summary>
    public static string Weeks(int number) => Cli.CheckReport.Count(number, "week");
}
