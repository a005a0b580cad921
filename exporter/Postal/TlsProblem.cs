using System.Net.Security;
using System.Security.Authentication;
using MySqlConnector;

namespace PostalExporter.Postal;

/// <summary>Says why TLS with a database failed and what to do.</summary>
internal static class TlsProblem
{
    /// <summary>Key and remedy, without names of hosts and files; null when the error is none of TLS.</summary>
    public static string? Describe(MySqlException exception) => exception switch
    {
        { InnerException: AuthenticationException } when Has(exception, SslPolicyErrors.RemoteCertificateChainErrors) =>
            "the certificate of the host is signed by no authority that is trusted: name the file of its authority in tls_ca_file",
        { InnerException: AuthenticationException } when Has(exception, SslPolicyErrors.RemoteCertificateNameMismatch) =>
            "the certificate of the host is not made out to its name in the configuration: correct host, or set tls_mode to verify_ca",
        { InnerException: AuthenticationException } => "the TLS handshake failed: check certificate and TLS versions of the host",
        { ErrorCode: MySqlErrorCode.UnableToConnectToHost } when exception.Message.Contains("does not support SSL", StringComparison.Ordinal) =>
            "the host offers no TLS: set it up there, or set tls_mode to preferred or disabled",
        _ when exception.Message.Contains("CA Certificate File", StringComparison.Ordinal) => "tls_ca_file cannot be read: check the path and who may read it",
        _ => null,
    };

    // MySqlConnector tells them in words only.
    private static bool Has(MySqlException exception, SslPolicyErrors error) =>
        exception.InnerException!.Message.Contains(error.ToString(), StringComparison.Ordinal);
}
