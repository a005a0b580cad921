namespace PostalExporter.Web;

/// <summary>The answer to a scrape. It may be read until it is disposed.</summary>
internal interface IScrapePage : IDisposable
{
    /// <summary>The page in the format that was asked for. A piece may be read until the next one is asked for.</summary>
    IEnumerable<ReadOnlyMemory<byte>> Pieces { get; }
}
