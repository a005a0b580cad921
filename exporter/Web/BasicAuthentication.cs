using System.Buffers.Text;
using System.Collections.Concurrent;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using BCryptHash = BCrypt.Net.BCrypt;

namespace PostalExporter.Web;

/// <summary>
/// Checks names and passwords against bcrypt hashes. An unknown name takes as long as a known one. The cost of
/// bcrypt is paid once per accepted pair, and never by two requests at once, so that guesses cannot take the machine.
/// </summary>
internal sealed class BasicAuthentication : IDisposable
{
    private readonly IReadOnlyDictionary<string, string> hashes;
    private readonly string nobodysHash;
    private readonly byte[] key = RandomNumberGenerator.GetBytes(32);
    private readonly ConcurrentDictionary<string, byte[]> accepted = new(StringComparer.Ordinal);
    private readonly SemaphoreSlim bcrypt = new(1);

    /// <param name="hashes">bcrypt hashes by name.</param>
    public BasicAuthentication(IReadOnlyDictionary<string, string> hashes)
    {
        this.hashes = hashes;
        var cost = hashes.Values.Select(hash => BCryptHash.InterrogateHash(hash).WorkFactor).Select(int.Parse).DefaultIfEmpty(10).Max();
        nobodysHash = $"$2b${cost:00}${new string('.', 53)}";
    }

    /// <summary>Whether the header <c>Authorization</c> names a user with the right password.</summary>
    public async Task<bool> AcceptsAsync(string? header, CancellationToken cancellationToken)
    {
        if (!TryDecode(header, out var user, out var password))
            return false;

        var known = hashes.TryGetValue(user, out var hash);
        var pair = HMACSHA256.HashData(key, Encoding.UTF8.GetBytes($"{user}\0{password}"));
        if (known && accepted.TryGetValue(user, out var before) && CryptographicOperations.FixedTimeEquals(before, pair))
            return true;

        await bcrypt.WaitAsync(cancellationToken);
        try
        {
            var right = BCryptHash.Verify(password, hash ?? nobodysHash);
            if (!known || !right)
                return false;

            accepted[user] = pair;
            return true;
        }
        finally
        {
            bcrypt.Release();
        }
    }

    /// <inheritdoc/>
    public void Dispose() => bcrypt.Dispose();

    private static bool TryDecode(string? header, out string user, out string password)
    {
        user = password = "";
        if (!AuthenticationHeaderValue.TryParse(header, out var value)
            || !value.Scheme.Equals("Basic", StringComparison.OrdinalIgnoreCase)
            || value.Parameter is not { } parameter
            || !Base64.IsValid(parameter))
            return false;

        var text = Encoding.UTF8.GetString(Convert.FromBase64String(parameter));
        var colon = text.IndexOf(':', StringComparison.Ordinal);
        if (colon < 0)
            return false;

        user = text[..colon];
        password = text[(colon + 1)..];
        return true;
    }
}
