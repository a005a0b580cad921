using System.Net;
using System.Net.Sockets;
using MaxMind.Db;
using PostalExporter.Configuration;

namespace PostalExporter.Networks;

/// <summary>What a database of addresses is asked for.</summary>
internal enum GeoData
{
    /// <summary>The country that an address is in.</summary>
    Country,

    /// <summary>The number of the autonomous system that an address is announced by.</summary>
    Asn,
}

/// <summary>
/// A database of addresses that the operator provides, in MaxMind's format (<c>.mmdb</c>): GeoLite2 and GeoIP2 (Country, City, ASN), DB-IP lite,
/// IPinfo lite. It is held in memory: a file that is read in place and overwritten there would end the process. Country and ASN
/// databases have about ten megabytes, those of cities some sixty.
/// <para>For the one collection that runs at a time, not for several threads.</para>
/// </summary>
internal sealed class GeoDatabase : IDisposable
{
    // Records that are looked at to find out whether a database has what it is asked for; the first ones of some are reserved networks.
    private const int SampledRecords = 1000;

    private readonly string path;
    private readonly GeoData data;
    private readonly ILogger logger;
    private OpenFile current;
    private FileStamp? brokenStamp;
    private string? toldProblem;
    private bool toldDamage;

    private GeoDatabase(string path, GeoData data, ILogger logger, OpenFile current)
    {
        this.path = path;
        this.data = data;
        this.logger = logger;
        this.current = current;
    }

    /// <summary>Opens a database.</summary>
    /// <param name="path">The file.</param>
    /// <param name="data">What it must have.</param>
    /// <param name="logger">Where is told how it goes when the file is replaced.</param>
    /// <exception cref="GeoDatabaseException">It cannot be used; the message says what to do.</exception>
    public static GeoDatabase Open(string path, GeoData data, ILogger logger)
    {
        using var file = OpenForReading(path);
        return new GeoDatabase(path, data, logger, Read(path, file, data));
    }

    /// <summary>
    /// Opens the file anew if it was replaced since, by its time of writing and its size. A new one that cannot be used changes nothing and is
    /// told once.
    /// </summary>
    public void Refresh()
    {
        try
        {
            using var file = OpenForReading(path);
            var found = FileStamp.Of(file);
            if (found == brokenStamp)
                return;
            brokenStamp = null;
            if (found != current.Stamp)
                Replace(file, found);
            toldProblem = null;
        }
        catch (GeoDatabaseException exception)
        {
            if (toldProblem != exception.Message)
                GeoLog.Kept(logger, exception.Message);
            toldProblem = exception.Message;
        }
    }

    /// <summary>The country of an address, where its holder is registered if that is all that is known.</summary>
    /// <returns>Two capital letters (ISO 3166); null when there is none.</returns>
    public string? Country(IPAddress address) => Find(address) is { } record ? GeoRecord.Country(record) : null;

    /// <summary>The autonomous system of an address; null when there is none.</summary>
    public uint? Asn(IPAddress address) => Find(address) is { } record ? GeoRecord.Asn(record) : null;

    /// <inheritdoc/>
    public void Dispose() => current.Reader.Dispose();

    private Dictionary<string, object>? Find(IPAddress address)
    {
        if (address.IsIPv4MappedToIPv6)
            address = address.MapToIPv4();
        // The reader would look up the first half of the address as one of IPv4.
        if (address.AddressFamily == AddressFamily.InterNetworkV6 && current.Reader.Metadata.IPVersion == 4)
            return null;
        try
        {
            return current.Reader.Find<Dictionary<string, object>>(address);
        }
        catch (Exception exception) when (IsDamage(exception))
        {
            if (!toldDamage)
                GeoLog.Damaged(logger, GeoDatabaseException.OfContent(path).Message);
            toldDamage = true;
            return null;
        }
    }

    private void Replace(FileStream file, FileStamp found)
    {
        // Until the contrary is known, so that the same broken file is not read at every collection.
        brokenStamp = found;
        var replacement = Read(path, file, data);
        current.Reader.Dispose();
        current = replacement;
        brokenStamp = null;
        toldDamage = false;
        GeoLog.Replaced(logger, path);
    }

    private static FileStream OpenForReading(string path)
    {
        try
        {
            return new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new GeoDatabaseException($"{path}: {FileProblem.Describe(exception)}");
        }
    }

    private static OpenFile Read(string path, FileStream file, GeoData data)
    {
        var stamp = FileStamp.Of(file);
        try
        {
            var reader = new Reader(file);
            var records = reader.FindAll<Dictionary<string, object>>(cacheSize: 1).Take(SampledRecords).Select(node => node.Data);
            if (records.Any(record => data == GeoData.Country ? GeoRecord.Country(record) is not null : GeoRecord.Asn(record) is not null))
                return new OpenFile(reader, stamp);
            var type = reader.Metadata.DatabaseType;
            reader.Dispose();
            throw GeoDatabaseException.OfType(path, type, data);
        }
        catch (Exception exception) when (IsDamage(exception))
        {
            throw GeoDatabaseException.OfContent(path);
        }
        catch (IOException exception)
        {
            throw new GeoDatabaseException($"{path}: {FileProblem.Describe(exception)}");
        }
    }

    // A damaged file leads the reader astray, behind its end too.
    private static bool IsDamage(Exception exception) =>
        exception is InvalidDatabaseException or DeserializationException or ArgumentException or ArithmeticException or InvalidCastException
            or IndexOutOfRangeException;

    private sealed record OpenFile(Reader Reader, FileStamp Stamp);

    private readonly record struct FileStamp(DateTime WrittenUtc, long Bytes)
    {
        /// <summary>That of an open file, so that what is behind a symbolic link counts and not the link.</summary>
        public static FileStamp Of(FileStream file) => new(File.GetLastWriteTimeUtc(file.SafeFileHandle), file.Length);
    }
}
