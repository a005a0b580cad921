using System.Net;
using System.Net.Sockets;
using System.Security.Authentication;
using MySqlConnector;
using PostalExporter.Configuration;
using PostalExporter.Postal;

namespace PostalExporter.Cli;

/// <summary>Says why a database cannot be used and what to do, for the person who sets it up.</summary>
internal static class ConnectionProblem
{
    /// <summary>One sentence without secrets.</summary>
    public static async Task<string> DescribeAsync(Exception exception, DatabaseOptions options, CancellationToken cancellationToken)
    {
        if (exception is not MySqlException mysql)
            return DatabaseSession.Describe(exception);

        if (IsTls(mysql))
            return $"TLS with {options.Host}:{options.Port} failed with tls_mode {options.TlsMode}: the server offers none, or its certificate is not accepted; check tls_mode and tls_ca_file";

        return mysql.ErrorCode switch
        {
            MySqlErrorCode.AccessDenied =>
                $"{options.Host}:{options.Port} refuses the account {options.Username} with this password from here; check username, password and the account's host",
            MySqlErrorCode.DatabaseAccessDenied =>
                $"the account {options.Username} may not use the database; check its name and run exporter/grants.sql",
            MySqlErrorCode.UnknownDatabase => "the database does not exist; check its name",
            MySqlErrorCode.UnableToConnectToHost when !await HasAddressAsync(options.Host, cancellationToken) =>
                $"the host {options.Host} is not known; check the name",
            MySqlErrorCode.UnableToConnectToHost =>
                $"nothing answers at {options.Host}:{options.Port}; check host, port and firewall",
            _ => DatabaseSession.Describe(exception),
        };
    }

    private static bool IsTls(MySqlException exception) =>
        exception.InnerException is AuthenticationException || exception.Message.Contains("SSL", StringComparison.Ordinal);

    private static async Task<bool> HasAddressAsync(string host, CancellationToken cancellationToken)
    {
        try
        {
            return (await Dns.GetHostAddressesAsync(host, cancellationToken)).Length > 0;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
