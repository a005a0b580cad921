using System.Security.Cryptography;

namespace PostalSimulator.Installations;

/// <summary>Random identifiers in the shapes Postal uses. Nothing depends on their values.</summary>
internal static class Tokens
{
    private const string Alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

    public static string Uuid() => Guid.NewGuid().ToString();

    /// <summary>A message's token, a credential's key, a batch's log id.</summary>
    public static string Random(int length) => RandomNumberGenerator.GetString(Alphabet, length);

    /// <summary>A server's token: lower case, since it becomes the local part of return paths.</summary>
    public static string ServerToken() => RandomNumberGenerator.GetString("abcdefghijklmnopqrstuvwxyz0123456789", 6);
}
