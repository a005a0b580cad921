using System.Diagnostics;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using Microsoft.Extensions.Logging;
using PostalExporter.Configuration;
using PostalExporter.Tests.Logging;
using PostalExporter.Web;
using Xunit;

namespace PostalExporter.Tests.Web;

public sealed class WebProtectionTests
{
    // bcrypt of "right", at the lowest cost.
    private static readonly string Hash = BCrypt.Net.BCrypt.HashPassword("right", 4);

    private readonly string folder = Directory.CreateTempSubdirectory("web-").FullName;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private string ConfigFile => Path.Combine(folder, "web.yml");

    [Theory]
    [InlineData("/metrics")]
    [InlineData("/")]
    [InlineData("/-/healthy")]
    [InlineData("/nowhere")]
    public async Task Every_path_asks_for_name_and_password(string path)
    {
        await using var server = await StartAsync($"basic_auth_users: {{prometheus: {Hash}}}");

        using var anonymous = await server.Client.GetAsync(path, Cancellation);
        using var wrong = await server.Client.SendAsync(Request(path, "prometheus", "wrong"), Cancellation);
        using var unknown = await server.Client.SendAsync(Request(path, "nobody", "right"), Cancellation);
        using var right = await server.Client.SendAsync(Request(path, "prometheus", "right"), Cancellation);
        using var again = await server.Client.SendAsync(Request(path, "prometheus", "right"), Cancellation);

        Assert.Equal("Basic", Assert.Single(anonymous.Headers.WwwAuthenticate).Scheme);
        Assert.All([anonymous, wrong, unknown], response => Assert.Equal(HttpStatusCode.Unauthorized, response.StatusCode));
        Assert.All([right, again], response => Assert.NotEqual(HttpStatusCode.Unauthorized, response.StatusCode));
    }

    [Fact]
    public async Task Password_that_was_right_costs_bcrypt_once_and_does_not_let_a_wrong_one_in()
    {
        using var authentication = new BasicAuthentication(new Dictionary<string, string> { ["prometheus"] = BCrypt.Net.BCrypt.HashPassword("right", 11) });
        Assert.True(await authentication.AcceptsAsync(Header("prometheus", "right"), Cancellation));

        var watch = Stopwatch.StartNew();
        for (var i = 0; i < 100; i++)
            Assert.True(await authentication.AcceptsAsync(Header("prometheus", "right"), Cancellation));

        // A hundred times the cost of bcrypt at 11 would be ten seconds and more.
        Assert.InRange(watch.Elapsed, TimeSpan.Zero, TimeSpan.FromSeconds(2));
        Assert.False(await authentication.AcceptsAsync(Header("prometheus", "wrong"), Cancellation));
    }

    [Fact]
    public async Task Unknown_name_takes_as_long_as_a_known_one()
    {
        using var authentication = new BasicAuthentication(new Dictionary<string, string> { ["prometheus"] = BCrypt.Net.BCrypt.HashPassword("right", 11) });
        Assert.False(await authentication.AcceptsAsync(Header("prometheus", "wrong"), Cancellation));

        var known = await TimeAsync("prometheus");
        var unknown = await TimeAsync("nobody");

        // Without the work for the unknown name the ratio would be some thousand.
        Assert.InRange(known / unknown, 0.1, 10);

        async Task<double> TimeAsync(string user)
        {
            var watch = Stopwatch.StartNew();
            for (var i = 0; i < 3; i++)
                await authentication.AcceptsAsync(Header(user, "wrong"), Cancellation);
            return watch.Elapsed.TotalSeconds;
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData("Basic")]
    [InlineData("Basic !!!")]
    [InlineData("Basic cHJvbWV0aGV1cw==")]
    [InlineData("Bearer cHJvbWV0aGV1czpyaWdodA==")]
    public async Task Header_that_is_no_basic_authentication_is_refused(string header)
    {
        using var authentication = new BasicAuthentication(new Dictionary<string, string> { ["prometheus"] = Hash });

        Assert.False(await authentication.AcceptsAsync(header, Cancellation));
    }

    [Fact]
    public async Task Changed_file_counts_without_a_restart_and_a_bad_one_changes_nothing()
    {
        using var log = new LogCapture();
        await using var server = await StartAsync($"basic_auth_users: {{prometheus: {Hash}}}", log.Factory);

        Change("basic_auth_users: {prometheus: secret-in-clear}");
        using var afterBad = await server.Client.SendAsync(Request("/metrics", "prometheus", "right"), Cancellation);
        Change($"basic_auth_users: {{other: {Hash}}}");
        using var old = await server.Client.SendAsync(Request("/metrics", "prometheus", "right"), Cancellation);
        using var other = await server.Client.SendAsync(Request("/metrics", "other", "right"), Cancellation);

        Assert.Equal(HttpStatusCode.OK, afterBad.StatusCode);
        Assert.Equal(HttpStatusCode.Unauthorized, old.StatusCode);
        Assert.Equal(HttpStatusCode.OK, other.StatusCode);
        Assert.Contains(log.Lines, line => line.Contains("level=error", StringComparison.Ordinal) && line.Contains("web.yml:1: basic_auth_users.prometheus", StringComparison.Ordinal));
        Assert.DoesNotContain(log.Lines, line => line.Contains("secret-in-clear", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Curl_speaks_tls_with_a_password_and_http_2()
    {
        var certificate = TestCertificate.Create(folder, "server");
        await using var server = await StartAsync($$"""
            tls_server_config: {cert_file: server.crt, key_file: server.key, min_version: TLS13}
            http_server_config:
              headers: {Strict-Transport-Security: max-age=31536000}
            basic_auth_users: {prometheus: {{Hash}}}
            """);
        Assert.Equal("https", server.Address.Scheme);

        var answer = await CurlAsync("--cacert", certificate.CertificateFile, "--user", "prometheus:right", "--include", "--http2", $"{server.Address}metrics");
        var oldTls = await CurlAsync("--cacert", certificate.CertificateFile, "--tls-max", "1.2", $"{server.Address}metrics");
        var plain = await CurlAsync($"http://{server.Address.Authority}/metrics");

        Assert.StartsWith("HTTP/2 200", answer.Output, StringComparison.Ordinal);
        Assert.Contains("strict-transport-security: max-age=31536000", answer.Output, StringComparison.Ordinal);
        Assert.EndsWith("postal_up 1\n", answer.Output, StringComparison.Ordinal);
        Assert.NotEqual(0, oldTls.Status);
        Assert.DoesNotContain("postal_up", plain.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Changed_certificate_is_served_at_the_next_connection()
    {
        TestCertificate.Create(folder, "server");
        await using var server = await StartAsync("tls_server_config: {cert_file: server.crt, key_file: server.key}");
        var first = await ServedAsync(server);

        var second = TestCertificate.Create(folder, "server");
        File.SetLastWriteTimeUtc(second.CertificateFile, new DateTime(2021, 1, 1, 0, 0, 0, DateTimeKind.Utc));

        Assert.NotEqual(first, second.Certificate.Thumbprint);
        Assert.Equal(second.Certificate.Thumbprint, await ServedAsync(server));

        async Task<string?> ServedAsync(WebServerUnderTest under)
        {
            string? thumbprint = null;
            using var handler = new HttpClientHandler
            {
                ServerCertificateCustomValidationCallback = (_, served, _, _) => (thumbprint = served?.Thumbprint) is not null,
            };
            using var client = new HttpClient(handler);
            await client.GetStringAsync(new Uri(under.Address, "/metrics"), Cancellation);
            return thumbprint;
        }
    }

    [Fact]
    public async Task Only_clients_that_the_authority_signed_get_in()
    {
        var authority = TestCertificate.Create(folder, "authority");
        var server = TestCertificate.Create(folder, "server", authority);
        var client = TestCertificate.Create(folder, "client", authority);
        var stranger = TestCertificate.Create(folder, "stranger");
        await using var web = await StartAsync(
            "tls_server_config: {cert_file: server.crt, key_file: server.key, client_auth_type: RequireAndVerifyClientCert, client_ca_file: authority.crt}");

        var signed = await CurlAsync("--cacert", authority.CertificateFile, "--cert", client.CertificateFile, "--key", client.KeyFile, $"{web.Address}metrics");
        var strange = await CurlAsync("--cacert", authority.CertificateFile, "--cert", stranger.CertificateFile, "--key", stranger.KeyFile, $"{web.Address}metrics");
        var without = await CurlAsync("--cacert", authority.CertificateFile, $"{web.Address}metrics");

        Assert.Equal("postal_up 1\n", signed.Output);
        Assert.NotEqual(0, strange.Status);
        Assert.NotEqual(0, without.Status);
        Assert.NotEqual(server.Certificate.Thumbprint, client.Certificate.Thumbprint);
    }

    [Theory]
    [InlineData("tls_server_config: {cert_file: nowhere.crt, key_file: nowhere.key}",
        "1: tls_server_config.cert_file: the file does not exist; check the path", "1: tls_server_config.key_file: the file does not exist; check the path")]
    [InlineData("tls_server_config: {cert_file: web.yml}", "1: tls_server_config.key_file: is missing; TLS needs a certificate and its key")]
    [InlineData("tls_server_config: {cert_file: web.yml, key_file: web.yml}",
        "1: tls_server_config.cert_file: certificate and key cannot be used together; give both in PEM format, the key without a passphrase, and the key that belongs to the certificate")]
    [InlineData("tls_server_config: {cert_file: web.yml, key_file: web.yml, min_version: TLS13, max_version: TLS12, cipher_suites: [A]}",
        "1: tls_server_config.min_version: lies above max_version; correct one of them",
        "1: tls_server_config.cipher_suites: is not supported by this exporter; remove it",
        "1: tls_server_config.cert_file: certificate and key cannot be used together; give both in PEM format, the key without a passphrase, and the key that belongs to the certificate")]
    [InlineData("tls_server_config: {cert_file: web.yml, key_file: web.yml, client_auth_type: RequireAndVerifyClientCert, max_version: TLS10}",
        "1: tls_server_config.client_auth_type: client certificates cannot be verified without client_ca_file; add it",
        "1: tls_server_config.max_version: unknown value; did you mean TLS12?")]
    [InlineData("basic_auth_users: {prometheus: hunter2}",
        "1: basic_auth_users.prometheus: not a bcrypt hash of cost 4 to 17; make one with htpasswd -nBC 10 \"\" | tr -d ':\\n'")]
    [InlineData("basic_auth_user: {}", "1: basic_auth_user: unknown key; did you mean basic_auth_users?")]
    [InlineData("http_server_config: {http2: maybe, headers: {X-Powered-By: me}}",
        "1: http_server_config.http2: unknown value; known are true, false",
        "1: http_server_config.headers.X-Powered-By: unknown key; known are Content-Security-Policy, Strict-Transport-Security, X-Content-Type-Options, X-Frame-Options, X-XSS-Protection")]
    [InlineData("rate_limit: {interval: 1s}", "1: rate_limit: is not supported by this exporter; remove it")]
    public void Bad_file_is_refused_with_all_its_problems(string yaml, params string[] problems)
    {
        File.WriteAllText(ConfigFile, yaml);

        var exception = Assert.Throws<ConfigurationException>(() => WebConfigReader.Read(ConfigFile));

        Assert.Equal(problems.Select(problem => $"{ConfigFile}:{problem}"), exception.Problems.Select(problem => problem.ToString()));
    }

    private static HttpRequestMessage Request(string path, string user, string password) =>
        new(HttpMethod.Get, path) { Headers = { Authorization = AuthenticationHeaderValue.Parse(Header(user, password)) } };

    private static string Header(string user, string password) =>
        "Basic " + Convert.ToBase64String(Encoding.UTF8.GetBytes($"{user}:{password}"));

    private static async Task<(int Status, string Output)> CurlAsync(params string[] arguments)
    {
        using var curl = Process.Start(new ProcessStartInfo("curl", ["--silent", "--show-error", "--max-time", "30", "--noproxy", "*", .. arguments])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        var output = await Task.WhenAll(curl.StandardOutput.ReadToEndAsync(Cancellation), curl.StandardError.ReadToEndAsync(Cancellation));
        await curl.WaitForExitAsync(Cancellation);
        return (curl.ExitCode, output[0]);
    }

    private Task<WebServerUnderTest> StartAsync(string yaml, ILoggerFactory? loggers = null)
    {
        File.WriteAllText(ConfigFile, yaml);
        return WebServerUnderTest.StartAsync(new PageSource(), new WebOptions { ConfigFile = ConfigFile }, loggers: loggers);
    }

    // Two changes within the resolution of the file system's clock and of the same length would look the same.
    private void Change(string yaml)
    {
        var before = File.GetLastWriteTimeUtc(ConfigFile);
        File.WriteAllText(ConfigFile, yaml);
        File.SetLastWriteTimeUtc(ConfigFile, before.AddSeconds(1));
    }
}
