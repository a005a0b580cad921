using System.Reflection;
using System.Runtime.InteropServices;
using PostalExporter.Metrics;

namespace PostalExporter.Cli;

/// <summary>What this program is, from what the build wrote into it.</summary>
internal static class BuildInformation
{
    private static readonly string[] Parts = (typeof(BuildInformation).Assembly
        .GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "0.0.0").Split('+', 2);

    /// <summary>Version, such as <c>1.2.0</c>.</summary>
    public static string Version => Parts[0];

    /// <summary>Revision of the source, or <c>unknown</c> when it was built outside a repository.</summary>
    public static string Revision => Parts.Length > 1 ? Parts[1] : "unknown";

    /// <summary>All of it in one line.</summary>
    public static string Line =>
        $"postal-exporter {Version} (revision {Revision}, metric contract {Families.ContractVersion}, {RuntimeInformation.FrameworkDescription})";
}
