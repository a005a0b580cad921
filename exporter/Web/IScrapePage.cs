namespace PostalExporter.Web;

/// <summary>The answer to a scrape. Its bytes may be read until it is disposed, not after.</summary>
internal interface IScrapePage : IDisposable
{
    /// <summary>The page in the format that was asked for.</summary>
    ReadOnlyMemory<byte> Bytes { get; }
}
