namespace PostalExporter.Networks;

/// <summary>A database of addresses cannot be used; the message names the file and says what to do.</summary>
internal sealed class GeoDatabaseException(string message) : Exception(message)
{
    /// <summary>For a file that is damaged or something else.</summary>
    public static GeoDatabaseException OfContent(string path) =>
        new($"{path}: is damaged or no database in MaxMind's format; download the .mmdb file again, and unpack it if it is an archive");

    /// <summary>For a database that has other data.</summary>
    /// <param name="path">The file.</param>
    /// <param name="type">What it calls itself.</param>
    /// <param name="wanted">What it was to have.</param>
    public static GeoDatabaseException OfType(string path, string type, GeoData wanted) =>
        new($"{path}: the database ({type}) has no {(wanted == GeoData.Country ? "countries; name one of countries or cities" : "autonomous systems; name one of ASNs")}");
}
