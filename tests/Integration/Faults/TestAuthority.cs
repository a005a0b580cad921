using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace PostalExporter.Integration.Faults;

/// <summary>A certificate authority made for one test, and what it signs, in files that everybody can read.</summary>
internal sealed class TestAuthority : IDisposable
{
    private static readonly DateTimeOffset Start = new(2020, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private readonly string folder;
    private readonly X509Certificate2 certificate;

    /// <param name="folder">Where the files go.</param>
    /// <param name="name">Subject, and name of the file.</param>
    public TestAuthority(string folder, string name)
    {
        this.folder = folder;
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign, true));
        certificate = request.CreateSelfSigned(Start, Start.AddYears(30));
        File = Path.Combine(folder, name + ".pem");
        System.IO.File.WriteAllText(File, certificate.ExportCertificatePem());
    }

    /// <summary>Its certificate, in PEM format.</summary>
    public string File { get; }

    /// <summary>Signs a certificate for 127.0.0.1, and no name.</summary>
    /// <returns>The files of certificate and key.</returns>
    public (string Certificate, string Key) SignServer()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=database", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(false, false, 0, true));
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid("1.3.6.1.5.5.7.3.1")], false));
        var names = new SubjectAlternativeNameBuilder();
        names.AddIpAddress(IPAddress.Loopback);
        request.CertificateExtensions.Add(names.Build());
        using var signed = request.Create(certificate, Start, Start.AddYears(29), RandomNumberGenerator.GetBytes(8));
        var files = (Path.Combine(folder, "server.pem"), Path.Combine(folder, "server-key.pem"));
        System.IO.File.WriteAllText(files.Item1, signed.ExportCertificatePem());
        System.IO.File.WriteAllText(files.Item2, key.ExportPkcs8PrivateKeyPem());
        return files;
    }

    /// <inheritdoc/>
    public void Dispose() => certificate.Dispose();
}
