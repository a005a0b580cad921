using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace PostalExporter.Configuration;

/// <summary>Reads <c>main_db</c> and <c>message_db</c> of the exporter's own file.</summary>
internal static class DatabaseSectionReader
{
    private static readonly string[] TlsModes = ["disabled", "preferred", "required", "verify_ca", "verify_full"];

    /// <summary>Reads a section.</summary>
    /// <param name="section">The section.</param>
    /// <param name="databaseKey"><c>database</c> or <c>database_name_prefix</c>.</param>
    /// <param name="folder">What relative paths are relative to.</param>
    public static DatabaseLayer Read(YamlSection section, string databaseKey, string folder)
    {
        var layer = new DatabaseLayer
        {
            Host = section.Text("host"),
            Port = section.Integer("port", 1, 65535),
            Username = section.Text("username"),
            Password = ReadPassword(section, folder),
            Database = ReadDatabase(section, databaseKey),
            TlsMode = section.OneOf("tls_mode", TlsModes),
            TlsCaFile = ReadCertificateAuthority(section, folder),
        };
        // Postal's keys may be copied as they stand. One connection to each host is all that is opened.
        section.Integer("pool_size", 1, 1000);
        if (section.Text("encoding") is not (null or "utf8mb4"))
            section.Problem("encoding", "only utf8mb4 is spoken, which reads every encoding that Postal uses; remove the key");

        section.RefuseUnknown();
        return layer;
    }

    /// <summary>The password in a file, without the line break at its end.</summary>
    /// <param name="path">The file.</param>
    /// <param name="problem">What is wrong with it, or null.</param>
    public static string? ReadPasswordFile(string path, out string? problem)
    {
        problem = null;
        try
        {
            var password = File.ReadAllText(path).TrimEnd('\r', '\n');
            if (password.Length > 0)
                return password;

            problem = "the file is empty; write the password into it";
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            problem = FileProblem.Describe(exception);
        }

        return null;
    }

    private static string? ReadPassword(YamlSection section, string folder)
    {
        var password = section.Text("password");
        var file = section.Text("password_file");
        if (section.Has("password") && section.Has("password_file"))
        {
            section.Problem("password_file", "password is given too; keep one of them");
            return password;
        }

        if (file is null)
            return password;

        password = ReadPasswordFile(Path.Combine(folder, file), out var problem);
        if (problem is not null)
            section.Problem("password_file", problem);
        return password;
    }

    private static string? ReadDatabase(YamlSection section, string key)
    {
        var name = section.Text(key);
        // Longer names do not exist in MariaDB; the rest would only be a riddle when the connection fails.
        if (name is { Length: > 64 })
            section.Problem(key, "not a name that a database can have; MariaDB allows 64 characters");
        return name;
    }

    private static string? ReadCertificateAuthority(YamlSection section, string folder)
    {
        if (section.Text("tls_ca_file") is not { } file)
            return null;

        if (section.Text("tls_mode") is not ("verify_ca" or "verify_full"))
        {
            section.Problem("tls_ca_file", "has no effect without tls_mode verify_ca or verify_full; set one of them");
            return null;
        }

        var path = Path.GetFullPath(Path.Combine(folder, file));
        try
        {
            var certificates = new X509Certificate2Collection();
            certificates.ImportFromPemFile(path);
            if (certificates.Count > 0)
                return path;

            section.Problem("tls_ca_file", "the file holds no certificate; give a file in PEM format");
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            section.Problem("tls_ca_file", FileProblem.Describe(exception));
        }
        catch (CryptographicException)
        {
            section.Problem("tls_ca_file", "the file holds no valid certificate; give a file in PEM format");
        }

        return null;
    }
}
