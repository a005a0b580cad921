namespace PostalExporter.Configuration;

/// <summary>What one source (environment, the exporter's file) says about the shard; null where it says nothing.</summary>
internal sealed record ShardLayer
{
    public int? Index { get; init; }

    public int? Count { get; init; }

    /// <summary>Source, line and key of <see cref="Index"/>, for what is wrong with it.</summary>
    public ConfigurationProblem? IndexPlace { get; init; }

    /// <summary>Reads the section <c>shard</c> of a file.</summary>
    public static ShardLayer Read(YamlSection section, string file)
    {
        var layer = new ShardLayer
        {
            Index = section.Integer("index", 0, ShardOptions.MostShards - 1),
            Count = section.Integer("count", 1, ShardOptions.MostShards),
            IndexPlace = new ConfigurationProblem(file, section.LineOf("index"), section.PathOf("index"), ""),
        };
        section.RefuseUnknown();
        return layer;
    }

    /// <summary>This layer, with <paramref name="lower"/> where it says nothing.</summary>
    public ShardLayer Over(ShardLayer lower) => new()
    {
        Index = Index ?? lower.Index,
        Count = Count ?? lower.Count,
        IndexPlace = Index is null ? lower.IndexPlace : IndexPlace,
    };

    /// <summary>The options, with all servers where this layer says nothing.</summary>
    /// <param name="problem">What is wrong with them, or null.</param>
    public ShardOptions ToOptions(out ConfigurationProblem? problem)
    {
        var options = new ShardOptions(Index ?? ShardOptions.Whole.Index, Count ?? ShardOptions.Whole.Count);
        problem = options.Index < options.Count ? null : IndexPlace! with
        {
            Message = $"is not below the number of shards ({options.Count}); the first shard has index 0: correct one of them",
        };
        return options;
    }
}
