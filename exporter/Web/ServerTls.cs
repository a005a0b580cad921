using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;

namespace PostalExporter.Web;

/// <summary>Certificate, key and rules of one TLS server; replaced as a whole when a file changes.</summary>
internal sealed class ServerTls
{
    private const string ClientAuthenticationPurpose = "1.3.6.1.5.5.7.3.2";

    private readonly SslStreamCertificateContext certificate;
    private readonly SslProtocols protocols;
    private readonly ClientAuthentication clients;
    private readonly X509Certificate2Collection authorities;

    private ServerTls(
        SslStreamCertificateContext certificate, SslProtocols protocols, ClientAuthentication clients, X509Certificate2Collection authorities)
    {
        this.certificate = certificate;
        this.protocols = protocols;
        this.clients = clients;
        this.authorities = authorities;
    }

    /// <summary>Loads the files.</summary>
    /// <param name="certificateFile">Certificate, then those between it and the root, in PEM format.</param>
    /// <param name="keyFile">Its key, in PEM format, not encrypted.</param>
    /// <param name="protocols">TLS versions to speak.</param>
    /// <param name="clients">Which client certificates are asked for.</param>
    /// <param name="authorityFile">Who signs client certificates, or null.</param>
    /// <exception cref="System.Security.Cryptography.CryptographicException">A file holds no certificate or key, or they do not fit.</exception>
    public static ServerTls Load(
        string certificateFile, string keyFile, SslProtocols protocols, ClientAuthentication clients, string? authorityFile)
    {
        var own = X509Certificate2.CreateFromPemFile(certificateFile, keyFile);
        var chain = new X509Certificate2Collection();
        chain.ImportFromPemFile(certificateFile);
        var authorities = new X509Certificate2Collection();
        if (authorityFile is not null)
            authorities.ImportFromPemFile(authorityFile);

        return new ServerTls(SslStreamCertificateContext.Create(own, chain, offline: true), protocols, clients, authorities);
    }

    /// <summary>What a handshake needs.</summary>
    public SslServerAuthenticationOptions ToOptions() => new()
    {
        ServerCertificateContext = certificate,
        EnabledSslProtocols = protocols,
        ClientCertificateRequired = clients is not ClientAuthentication.NoClientCert,
        CertificateRevocationCheckMode = X509RevocationMode.NoCheck,
        RemoteCertificateValidationCallback = (_, client, _, _) => Accepts(client as X509Certificate2),
    };

    private bool Accepts(X509Certificate2? client) => clients switch
    {
        ClientAuthentication.NoClientCert or ClientAuthentication.RequestClientCert => true,
        ClientAuthentication.RequireAnyClientCert => client is not null,
        ClientAuthentication.VerifyClientCertIfGiven => client is null || IsSigned(client),
        _ => client is not null && IsSigned(client),
    };

    private bool IsSigned(X509Certificate2 client)
    {
        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.AddRange(authorities);
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        chain.ChainPolicy.ApplicationPolicy.Add(new System.Security.Cryptography.Oid(ClientAuthenticationPurpose));
        return chain.Build(client);
    }
}
