using System.Security.Cryptography;
using PostalExporter.Configuration;
using PostalExporter.Signals;

namespace PostalExporter.State;

/// <summary>
/// The secret with which recipients are hashed, made at the first start. It is a file beside the state store and not in it: whoever
/// gets hold of the store alone, or of an export, cannot tell whom a hash stands for.
/// </summary>
internal sealed class HashKeyFile
{
    /// <summary>Name of the file within the directory of the state store.</summary>
    public const string FileName = "hash.key";

    private readonly string path;
    private readonly byte[] key;
    private bool isSaved;

    private HashKeyFile(string path, byte[] key, bool isSaved)
    {
        this.path = path;
        this.key = key;
        this.isSaved = isSaved;
    }

    /// <summary>Hashes with the key.</summary>
    public KeyedHash Hash => new(key);

    /// <summary>Tells keys apart without giving them away: hashes of another one are worth nothing.</summary>
    public string Id => Convert.ToHexStringLower(SHA256.HashData(key))[..16];

    /// <summary>Reads the key of a directory; a new one when there is none, which <see cref="Save"/> writes.</summary>
    /// <exception cref="StateStoreException">There is a file that is no key, or cannot be read.</exception>
    public static HashKeyFile Open(string directory)
    {
        var path = Path.Combine(directory, FileName);
        try
        {
            if (!File.Exists(path))
                return new HashKeyFile(path, RandomNumberGenerator.GetBytes(KeyedHash.KeyBytes), isSaved: false);
            var text = File.ReadAllText(path).Trim();
            if (text.Length == 2 * KeyedHash.KeyBytes && text.All(char.IsAsciiHexDigit))
                return new HashKeyFile(path, Convert.FromHexString(text), isSaved: true);
            throw new StateStoreException($"{path}: is not the key that was written there; restore it, or delete it: what is known of recipients is then learnt anew");
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new StateStoreException($"{path}: {FileProblem.Describe(exception)}");
        }
    }

    /// <summary>Writes a new key, for its owner's eyes only.</summary>
    /// <exception cref="IOException">It cannot be written.</exception>
    /// <exception cref="UnauthorizedAccessException">It cannot be written.</exception>
    public void Save()
    {
        if (isSaved)
            return;
        var options = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        // Beside its place first: a file of that name is a whole key.
        var beside = path + ".part";
        using (var file = new StreamWriter(beside, options))
            file.WriteLine(Convert.ToHexStringLower(key));
        File.Move(beside, path, overwrite: true);
        isSaved = true;
    }
}
