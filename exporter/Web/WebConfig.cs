using System.Security.Authentication;

namespace PostalExporter.Web;

/// <summary>The file of <c>--web.config.file</c>, in the format of Prometheus' exporter-toolkit.</summary>
internal sealed record WebConfig
{
    /// <summary>YAML: <c>tls_server_config</c>; null for plain HTTP.</summary>
    public ServerTls? Tls { get; init; }

    /// <summary>YAML: <c>http_server_config.http2</c>.</summary>
    public bool Http2 { get; init; } = true;

    /// <summary>YAML: <c>http_server_config.headers</c>.</summary>
    public IReadOnlyDictionary<string, string> Headers { get; init; } = new Dictionary<string, string>();

    /// <summary>YAML: <c>basic_auth_users</c>; null when nobody has to log in.</summary>
    public BasicAuthentication? Authentication { get; init; }

    /// <summary>Every file that it was read from.</summary>
    public required IReadOnlyList<string> Files { get; init; }
}

/// <summary>Which client certificates are asked for, as Go's names in the file say.</summary>
internal enum ClientAuthentication
{
    /// <summary>None is asked for.</summary>
    NoClientCert,

    /// <summary>One is asked for; none is needed and none is checked.</summary>
    RequestClientCert,

    /// <summary>Any is needed.</summary>
    RequireAnyClientCert,

    /// <summary>One that is given must be signed by the authority.</summary>
    VerifyClientCertIfGiven,

    /// <summary>One that is signed by the authority is needed.</summary>
    RequireAndVerifyClientCert,
}

/// <summary>Names of TLS versions in the file.</summary>
internal static class TlsVersions
{
    /// <summary>By name, oldest first.</summary>
    public static readonly IReadOnlyDictionary<string, SslProtocols> ByName = new Dictionary<string, SslProtocols>
    {
        ["TLS12"] = SslProtocols.Tls12,
        ["TLS13"] = SslProtocols.Tls13,
    };
}
