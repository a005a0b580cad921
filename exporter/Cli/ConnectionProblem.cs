using System.Net;
using System.Net.Sockets;
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

        if (TlsProblem.Describe(mysql) is { } problem)
            return $"TLS with {options.Host}:{options.Port} failed with tls_mode {options.TlsMode}: {problem}";

        return mysql.ErrorCode switch
        {
            MySqlErrorCode.AccessDenied =>
                $"{options.Host}:{options.Port} refuses the account {options.Username} with this password from here; check username, password and the account's host"
                + (options.TlsMode == "disabled" ? "; tls_mode is disabled: set another one if the account demands TLS" : ""),
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
