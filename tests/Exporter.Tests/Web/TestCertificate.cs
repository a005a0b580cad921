using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace PostalExporter.Tests.Web;

/// <summary>Certificates made for one test, in files.</summary>
internal sealed record TestCertificate(X509Certificate2 Certificate, string CertificateFile, string KeyFile)
{
    private static readonly DateTimeOffset Start = new(2020, 1, 1, 0, 0, 0, TimeSpan.Zero);

    /// <summary>Makes a certificate for the loopback address and writes it and its key.</summary>
    /// <param name="folder">Where the files go.</param>
    /// <param name="name">Their name without extension, and the subject.</param>
    /// <param name="issuer">Who signs it; itself when null.</param>
    public static TestCertificate Create(string folder, string name, TestCertificate? issuer = null)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(issuer is null, false, 0, true));
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid("1.3.6.1.5.5.7.3.1"), new Oid("1.3.6.1.5.5.7.3.2")], false));
        var names = new SubjectAlternativeNameBuilder();
        names.AddIpAddress(IPAddress.Loopback);
        request.CertificateExtensions.Add(names.Build());

        var serial = RandomNumberGenerator.GetBytes(8);
        var certificate = issuer is null
            ? request.CreateSelfSigned(Start, Start.AddYears(30))
            : request.Create(issuer.Certificate, Start, Start.AddYears(29), serial).CopyWithPrivateKey(key);
        var files = new TestCertificate(certificate, Path.Combine(folder, name + ".crt"), Path.Combine(folder, name + ".key"));
        File.WriteAllText(files.CertificateFile, certificate.ExportCertificatePem());
        File.WriteAllText(files.KeyFile, key.ExportPkcs8PrivateKeyPem());
        return files;
    }
}
