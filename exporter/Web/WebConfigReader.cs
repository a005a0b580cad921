using System.Security.Authentication;
using System.Security.Cryptography;
using System.Text.RegularExpressions;
using PostalExporter.Configuration;

namespace PostalExporter.Web;

/// <summary>Reads the file of <c>--web.config.file</c>. A key that this server cannot honour is refused, not ignored.</summary>
internal static partial class WebConfigReader
{
    private static readonly string[] Unsupported =
    [
        "cert", "key", "client_ca", "client_allowed_sans", "cipher_suites", "curve_preferences", "prefer_server_cipher_suites",
    ];

    private static readonly string[] Headers =
    [
        "Content-Security-Policy", "Strict-Transport-Security", "X-Content-Type-Options", "X-Frame-Options", "X-XSS-Protection",
    ];

    /// <summary>Reads the file and those that it names.</summary>
    /// <exception cref="ConfigurationException">Something is wrong with it; it names everything.</exception>
    public static WebConfig Read(string file)
    {
        var problems = new ProblemList(file);
        var root = new YamlSection(YamlTree.Load(file, file), "", problems);
        var files = new List<string> { file };
        var folder = Path.GetDirectoryName(Path.GetFullPath(file))!;
        var tls = ReadTls(root, folder, files);
        var http = root.Section("http_server_config");
        var http2 = http.OneOf("http2", ["true", "false"]) != "false";
        var headers = ReadHeaders(http.Section("headers"));
        http.RefuseUnknown();
        var users = ReadUsers(root.Section("basic_auth_users"));
        root.RefuseUnsupported("rate_limit");
        root.RefuseUnknown();
        if (problems.All.Count > 0)
            throw new ConfigurationException(problems.All);

        return new WebConfig
        {
            Tls = tls,
            Http2 = http2,
            Headers = headers,
            Authentication = users.Count > 0 ? new BasicAuthentication(users) : null,
            Files = files,
        };
    }

    private static ServerTls? ReadTls(YamlSection root, string folder, List<string> files)
    {
        var section = root.Section("tls_server_config");
        if (!section.Entries.Any())
            return null;

        var certificate = ReadFile(section, "cert_file", folder, files);
        var key = ReadFile(section, "key_file", folder, files);
        foreach (var required in (string[])["cert_file", "key_file"])
        {
            if (!section.Has(required))
                section.Problem(required, "is missing; TLS needs a certificate and its key");
        }

        var authority = ReadFile(section, "client_ca_file", folder, files);
        var clients = section.OneOf("client_auth_type", Enum.GetNames<ClientAuthentication>()) is { } name
            ? Enum.Parse<ClientAuthentication>(name)
            : ClientAuthentication.NoClientCert;
        var verifies = clients is ClientAuthentication.VerifyClientCertIfGiven or ClientAuthentication.RequireAndVerifyClientCert;
        if (verifies && !section.Has("client_ca_file"))
            section.Problem("client_auth_type", "client certificates cannot be verified without client_ca_file; add it");
        else if (!verifies && section.Has("client_ca_file"))
            section.Problem("client_ca_file", "has no effect with this client_auth_type; set RequireAndVerifyClientCert or remove it");

        var protocols = ReadVersions(section);
        foreach (var unsupported in Unsupported)
            section.RefuseUnsupported(unsupported);
        section.RefuseUnknown();
        return certificate is null || key is null || (verifies && authority is null)
            ? null
            : LoadTls(section, certificate, key, protocols, clients, verifies ? authority : null);
    }

    private static ServerTls? LoadTls(
        YamlSection section, string certificate, string key, SslProtocols protocols, ClientAuthentication clients, string? authority)
    {
        try
        {
            return ServerTls.Load(certificate, key, protocols, clients, authority);
        }
        catch (CryptographicException)
        {
            // Not its message: it speaks of the library's inside.
            section.Problem("cert_file", "certificate and key cannot be used together; give both in PEM format, the key without a passphrase, and the key that belongs to the certificate");
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            section.Problem("cert_file", FileProblem.Describe(exception));
        }

        return null;
    }

    private static string? ReadFile(YamlSection section, string key, string folder, List<string> files)
    {
        if (section.Text(key) is not { } relative)
            return null;

        var path = Path.GetFullPath(Path.Combine(folder, relative));
        files.Add(path);
        try
        {
            using var readable = File.OpenRead(path);
            return path;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            section.Problem(key, FileProblem.Describe(exception));
            return null;
        }
    }

    private static SslProtocols ReadVersions(YamlSection section)
    {
        var names = TlsVersions.ByName.Keys.ToList();
        var minimum = names.IndexOf(section.OneOf("min_version", names) ?? names[0]);
        var maximum = names.IndexOf(section.OneOf("max_version", names) ?? names[^1]);
        if (minimum > maximum)
            section.Problem("min_version", "lies above max_version; correct one of them");

        return names
            .Where((_, index) => index >= minimum && index <= maximum)
            .Aggregate(SslProtocols.None, (all, name) => all | TlsVersions.ByName[name]);
    }

    private static Dictionary<string, string> ReadHeaders(YamlSection section)
    {
        var headers = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        foreach (var name in Headers)
        {
            if (section.Text(name) is not { } value)
                continue;

            if (value.Any(character => character is < ' ' or > '~'))
                section.Problem(name, "holds characters that a header cannot have; use plain ASCII");
            else
                headers[name] = value;
        }

        section.RefuseUnknown();
        return headers;
    }

    private static Dictionary<string, string> ReadUsers(YamlSection section)
    {
        var users = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var entry in section.Entries)
        {
            if (section.Text(entry.Key) is not { } hash)
                continue;

            if (entry.Key.Contains(':', StringComparison.Ordinal))
                section.Problem(entry.Key, "a user's name cannot hold a colon; choose another name");
            else if (!BcryptHash().IsMatch(hash))
                section.Problem(entry.Key, "not a bcrypt hash of cost 4 to 17; make one with htpasswd -nBC 10 \"\" | tr -d ':\\n'");
            else
                users[entry.Key] = hash;
        }

        return users;
    }

    [GeneratedRegex(@"\A\$2[aby]\$(0[4-9]|1[0-7])\$[./A-Za-z0-9]{53}\z")]
    private static partial Regex BcryptHash();
}
