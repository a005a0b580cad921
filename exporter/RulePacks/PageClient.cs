using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace PostalExporter.RulePacks;

/// <summary>Fetches pages as Prometheus does: without a proxy, and without following redirects.</summary>
internal sealed class PageClient : IDisposable
{
    private static readonly TimeSpan ScrapeTimeout = TimeSpan.FromSeconds(30);
    private static readonly PageProgram Exporter = new("the exporter", "add the path of the metrics, such as /metrics");

    private readonly HttpClient client;
    private readonly AuthenticationHeaderValue? authentication;
    private readonly Uri authenticated;

    /// <param name="access">What pages ask for.</param>
    /// <param name="authenticated">The page that gets user or token, with others of its host and port.</param>
    /// <exception cref="PageException">A file cannot be read, or does not hold what it should.</exception>
    public PageClient(PageAccess access, Uri authenticated)
    {
        this.authenticated = authenticated;
        authentication = Authentication(access);
        var handler = new SocketsHttpHandler { UseProxy = false, AllowAutoRedirect = false, AutomaticDecompression = DecompressionMethods.All };
        if (access.AuthorityFile is { } file)
            handler.SslOptions.CertificateChainPolicy = TrustOnly(file);
        // Each request has a limit of its own, which holds for what is read of the answer too.
        client = new HttpClient(handler) { Timeout = System.Threading.Timeout.InfiniteTimeSpan };
    }

    /// <summary>Fetches a page of metrics.</summary>
    /// <returns>How many series it has.</returns>
    /// <exception cref="PageException">There is none; the message says what to do.</exception>
    public async Task<int> AddAsync(Uri url, ExposedSeries exposed, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, url);
        request.Headers.Accept.ParseAdd("text/plain;version=0.0.4");
        request.Headers.Add("X-Prometheus-Scrape-Timeout-Seconds", ScrapeTimeout.TotalSeconds.ToString(CultureInfo.InvariantCulture));
        var series = await SendAsync(
            request, Exporter, ScrapeTimeout,
            async (stream, limit) =>
            {
                using var page = new StreamReader(stream);
                return await exposed.AddAsync(page, limit);
            },
            cancellationToken);
        return series > 0 ? series : throw new PageException("is no page of metrics; give the address that Prometheus scrapes, such as http://exporter:10587/metrics");
    }

    /// <summary>Sends a request and reads the answer.</summary>
    /// <param name="request">The request; gets user or token when it goes to the host and port that may have them.</param>
    /// <param name="program">Who is asked, for messages.</param>
    /// <param name="timeout">How long request and answer may take together.</param>
    /// <param name="read">Reads the body of an answer of status 200.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="PageException">There is no such answer; the message says what to do.</exception>
    public async Task<T> SendAsync<T>(
        HttpRequestMessage request, PageProgram program, TimeSpan timeout, Func<Stream, CancellationToken, Task<T>> read, CancellationToken cancellationToken)
    {
        if (request.RequestUri!.GetLeftPart(UriPartial.Authority) == authenticated.GetLeftPart(UriPartial.Authority))
            request.Headers.Authorization = authentication;
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(timeout);
        try
        {
            using var response = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, limit.Token);
            if (response.StatusCode != HttpStatusCode.OK)
                throw new PageException($"answers {(int)response.StatusCode} {response.ReasonPhrase}{await program.Reason(response, limit.Token)}; {Remedy(response.StatusCode, program)}");
            return await read(await response.Content.ReadAsStreamAsync(limit.Token), limit.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new PageException($"did not answer within {timeout.TotalSeconds:0} seconds; look at {program.Name}'s log");
        }
        catch (Exception exception) when (exception is HttpRequestException or IOException)
        {
            var cause = exception.InnerException?.Message ?? exception.Message;
            throw new PageException($"cannot be fetched ({cause}); start {program.Name}, or correct --url");
        }
    }

    /// <inheritdoc/>
    public void Dispose() => client.Dispose();

    private static string Remedy(HttpStatusCode status, PageProgram program) => status switch
    {
        HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden => "give user and password by --http.basic-auth-file, or a token by --http.bearer-token-file",
        HttpStatusCode.NotFound => program.NotFound,
        >= HttpStatusCode.Ambiguous and < HttpStatusCode.BadRequest => "redirects are not followed; give the address itself",
        _ => $"look at {program.Name}'s log",
    };

    private static AuthenticationHeaderValue? Authentication(PageAccess access)
    {
        if (access.BasicFile is { } basic)
        {
            var account = Secret(basic);
            return account.Contains(':', StringComparison.Ordinal)
                ? new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes(account)))
                : throw new PageException($"{basic}: is not USER:PASSWORD; write both in one line with a colon between them");
        }

        return access.BearerFile is { } bearer ? new AuthenticationHeaderValue("Bearer", Secret(bearer)) : null;
    }

    private static string Secret(string file)
    {
        var secret = Read(file).TrimEnd('\r', '\n');
        return secret.Length > 0 && !secret.Any(char.IsControl) ? secret : throw new PageException($"{file}: holds not one line of text; correct it");
    }

    private static X509ChainPolicy TrustOnly(string file)
    {
        var policy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
        try
        {
            policy.CustomTrustStore.ImportFromPem(Read(file));
        }
        catch (CryptographicException)
        {
            // An entry that is no certificate: what was read before it does not count either.
            policy.CustomTrustStore.Clear();
        }

        return policy.CustomTrustStore.Count > 0 ? policy : throw new PageException($"{file}: holds no certificate in PEM format; give that of the authority");
    }

    private static string Read(string file)
    {
        try
        {
            return File.ReadAllText(file);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new PageException($"{file}: {Configuration.FileProblem.Describe(exception)}");
        }
    }
}

/// <summary>What pages ask of those who fetch them.</summary>
/// <param name="BasicFile">File with <c>USER:PASSWORD</c>, or null.</param>
/// <param name="BearerFile">File with a token, or null.</param>
/// <param name="AuthorityFile">File with the certificates of authorities to trust, in PEM format, or null for those of the machine.</param>
internal sealed record PageAccess(string? BasicFile, string? BearerFile, string? AuthorityFile);

/// <summary>Who is asked for a page.</summary>
/// <param name="Name">In a sentence.</param>
/// <param name="NotFound">What to do when it does not know the page.</param>
internal record PageProgram(string Name, string NotFound)
{
    /// <summary>What the body of a refusal says, in parentheses after a space, or nothing.</summary>
    public virtual Task<string> Reason(HttpResponseMessage response, CancellationToken cancellationToken) => Task.FromResult("");
}

/// <summary>A page cannot be had. The message says why and what to do.</summary>
internal sealed class PageException(string message) : Exception(message);
