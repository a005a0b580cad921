using System.Reflection;

namespace PostalExporter.Collection;

/// <summary>Version and revision, as the build stamped them.</summary>
internal static class ExporterVersion
{
    // The SDK writes VERSION+REVISION here when the build runs in a git checkout.
    private static readonly string[] Parts =
        (typeof(ExporterVersion).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "unknown").Split('+', 2);

    /// <summary>The exporter's version, such as <c>1.2.0</c>.</summary>
    public static string Version => Parts[0];

    /// <summary>The source revision, or <c>unknown</c>.</summary>
    public static string Revision => Parts.Length > 1 ? Parts[1] : "unknown";
}
