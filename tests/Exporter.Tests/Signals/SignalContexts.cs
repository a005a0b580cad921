using PostalExporter.Configuration;
using PostalExporter.Signals;

namespace PostalExporter.Tests.Signals;

/// <summary>Makes what signals share.</summary>
internal static class SignalContexts
{
    /// <summary>A hash with a key that is the same in every run.</summary>
    public static readonly KeyedHash Hash = new("0123456789abcdef"u8);

    /// <summary>The defaults, with other limits.</summary>
    public static SignalContext Of(LimitOptions limits) => Of(new ExporterConfiguration
    {
        MainDatabase = new MainDatabaseOptions(), MessageDatabase = new MessageDatabaseOptions(), Limits = limits,
    });

    /// <summary>A configuration.</summary>
    public static SignalContext Of(ExporterConfiguration configuration) => new() { Configuration = configuration, Hash = Hash };
}
