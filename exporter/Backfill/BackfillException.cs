namespace PostalExporter.Backfill;

/// <summary>History cannot be replayed; the message says why and what to do.</summary>
internal sealed class BackfillException(string message) : Exception(message);
