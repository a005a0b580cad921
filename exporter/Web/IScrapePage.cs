namespace PostalExporter.Web;

/// <summary>The answer to a scrape. Its bytes may be read until it is disposed, not after.</summary>
internal interface IScrapePage : IDisposable
{
    /// <summary>Bytes of the whole page.</summary>
    long Length { get; }

    /// <summary>The page in the format that was asked for, in pieces that an answer can take one at a time.</summary>
    IEnumerable<ReadOnlyMemory<byte>> Pieces { get; }
}
