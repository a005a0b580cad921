using PostalExporter.Postal;

namespace PostalExporter.Tail;

/// <summary>Tables beside those of mail cannot be read of some servers; what was read of the others counts.</summary>
internal sealed class StreamException : Exception
{
    /// <summary>Of some servers.</summary>
    /// <param name="server">One of the servers.</param>
    /// <param name="problem">What is wrong with it, from <see cref="DatabaseSession.Describe"/>.</param>
    /// <param name="servers">How many they are.</param>
    public StreamException(MailServer server, string problem, int servers)
        : base(servers == 1 ? $"{server.Organization}/{server.Permalink}: {problem}" : $"{server.Organization}/{server.Permalink} and {servers - 1} more servers: {problem}")
    {
    }

    /// <summary>The same as before, as nothing was tried since.</summary>
    public StreamException(StreamException before)
        : base(before.Message)
    {
    }
}
