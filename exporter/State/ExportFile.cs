using System.Globalization;
using System.Text.Json;
using PostalExporter.Configuration;

namespace PostalExporter.State;

/// <summary>An export that was read.</summary>
internal sealed class ExportFile
{
    private readonly List<ExportedServer> servers = [];
    private readonly List<ExportedSeries> series = [];

    private ExportFile(string path, ExportHeader header)
    {
        Path = path;
        Header = header;
        var parts = header.Shard.Split('/');
        Index = int.Parse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture);
        Count = int.Parse(parts[^1], NumberStyles.None, CultureInfo.InvariantCulture);
        if (Index >= Count || Count > ShardOptions.MostShards)
            throw new FormatException($"there is no shard {header.Shard}");
    }

    /// <summary>The file.</summary>
    public string Path { get; }

    /// <summary>Its first line.</summary>
    public ExportHeader Header { get; }

    /// <summary>Number of its shard.</summary>
    public int Index { get; }

    /// <summary>Of how many.</summary>
    public int Count { get; }

    /// <summary>Its servers.</summary>
    public IReadOnlyList<ExportedServer> Servers => servers;

    /// <summary>Its series.</summary>
    public IReadOnlyList<ExportedSeries> Series => series;

    /// <summary>Reads a file whole.</summary>
    /// <exception cref="StateStoreException">It is no export, or is cut off.</exception>
    public static ExportFile Read(string path)
    {
        var number = 0;
        try
        {
            ExportFile? export = null;
            ExportEnd? end = null;
            foreach (var text in File.ReadLines(path))
            {
                number++;
                var line = JsonSerializer.Deserialize<ExportLine>(text, StateExport.Json);
                if (export is null)
                    export = new ExportFile(path, Accept(line?.Header));
                else if (end is null && line?.Server is { } server)
                    export.servers.Add(Accept(server));
                else if (end is null && line?.Series is { } counted)
                    export.series.Add(Accept(counted));
                else
                    end = end is null && line?.End is { } last ? last : throw new FormatException("this line does not belong here");
            }
            number++;
            if (export is null || end != new ExportEnd(export.servers.Count, export.series.Count))
                throw new FormatException("the end is missing; export again");
            return export;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new StateStoreException($"{path}: {FileProblem.Describe(exception)}");
        }
        catch (Exception exception) when (exception is JsonException or FormatException or OverflowException)
        {
            throw new StateStoreException($"{path}:{number}: no line of a state export, version {StateExport.Version}: {exception.Message}");
        }
    }

    private static ExportHeader Accept(ExportHeader? header) =>
        header is not { Format: StateExport.Format } ? throw new FormatException("it does not begin with a header")
        : header.Version != StateExport.Version ? throw new FormatException($"it is of version {header.Version}; use the release that wrote it")
        : header;

    private static ExportedSeries Accept(ExportedSeries series) =>
        series.Value < 0 ? throw new FormatException("a counter is negative")
        : series.Server is not null && series.Labels.Length < 2 ? throw new FormatException("a series of a server does not name it")
        : series;

    private static ExportedServer Accept(ExportedServer server)
    {
        server.ToState();
        return server;
    }
}
