using System.Globalization;

namespace PostalExporter.Benchmarks;

/// <summary>What the kernel says of a process.</summary>
/// <param name="ResidentBytes">Memory in use, files that are mapped included.</param>
/// <param name="PeakBytes">The most that <paramref name="ResidentBytes"/> has been since the start of the process.</param>
/// <param name="AnonymousBytes">The part of <paramref name="ResidentBytes"/> that is no mapped file.</param>
/// <param name="Handles">Open files and sockets.</param>
/// <param name="Threads">Threads.</param>
internal readonly record struct ProcessFigures(long ResidentBytes, long PeakBytes, long AnonymousBytes, int Handles, int Threads)
{
    /// <summary>The figures of now.</summary>
    /// <param name="processId">A process that runs.</param>
    public static ProcessFigures Read(int processId)
    {
        var folder = string.Create(CultureInfo.InvariantCulture, $"/proc/{processId}");
        var lines = File.ReadLines(Path.Combine(folder, "status"))
            .Select(line => line.Split(':', 2)).ToDictionary(pair => pair[0], pair => pair[1].Trim());
        long Kibibytes(string name) => 1024 * long.Parse(lines[name].Split(' ')[0], CultureInfo.InvariantCulture);
        return new ProcessFigures(
            Kibibytes("VmRSS"), Kibibytes("VmHWM"), Kibibytes("RssAnon"), Directory.EnumerateFileSystemEntries(Path.Combine(folder, "fd")).Count(),
            int.Parse(lines["Threads"], CultureInfo.InvariantCulture));
    }
}
