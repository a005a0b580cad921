namespace PostalExporter.Configuration;

/// <summary>Says why a file cannot be read.</summary>
internal static class FileProblem
{
    /// <summary>What is wrong and what to do, without the file's name.</summary>
    public static string Describe(Exception exception) => exception switch
    {
        FileNotFoundException or DirectoryNotFoundException => "the file does not exist; check the path",
        UnauthorizedAccessException => "the file may not be read; let the exporter's user read it (and make sure that it is no directory)",
        _ => $"the file cannot be read: {exception.Message}",
    };
}
