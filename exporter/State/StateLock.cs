namespace PostalExporter.State;

/// <summary>
/// Tells who uses a state directory: one exporter, or one command that changes its content. It goes with the process,
/// also by SIGKILL; the file stays and means nothing.
/// </summary>
internal sealed class StateLock : IDisposable
{
    private readonly FileStream file;

    private StateLock(FileStream file) => this.file = file;

    /// <summary>Takes the lock.</summary>
    /// <param name="directory">The state directory; it exists.</param>
    /// <returns>Null when another process has it.</returns>
    /// <exception cref="IOException">The lock's file can be neither made nor read.</exception>
    /// <exception cref="UnauthorizedAccessException">As before.</exception>
    public static StateLock? TryTake(string directory)
    {
        var path = Path.Combine(directory, "lock");
        try
        {
            return new StateLock(new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException && File.Exists(path))
        {
            // Taken, or on a disk that cannot be written: reading the file is enough to lock it.
        }
        try
        {
            return new StateLock(new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.None));
        }
        catch (IOException)
        {
            return null;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => file.Dispose();
}
