using System.Globalization;

namespace PostalExporter.Configuration;

/// <summary>Reads the environment variables that Postal reads, <c>…_PASSWORD_FILE</c> for container secrets, and <c>SHARD_*</c>.</summary>
/// <param name="variable">Gives a variable's value, or null.</param>
internal sealed class EnvironmentReader(Func<string, string?> variable)
{
    private static readonly string[] Suffixes =
        ["HOST", "PORT", "USERNAME", "PASSWORD", "PASSWORD_FILE", "POOL_SIZE", "ENCODING", "DATABASE", "DATABASE_NAME_PREFIX"];

    /// <summary>The environment of this process.</summary>
    public static EnvironmentReader Process { get; } = new(Environment.GetEnvironmentVariable);

    /// <summary>Whether the environment says where the main database is.</summary>
    public bool NamesMainDatabase => Suffixes.Any(suffix => Get("MAIN_DB_" + suffix) is not null);

    /// <summary>What <c>MAIN_DB_*</c> says.</summary>
    public DatabaseLayer ReadMainDatabase(ProblemList problems) => Read("MAIN_DB_", "DATABASE", problems);

    /// <summary>What <c>MESSAGE_DB_*</c> says.</summary>
    public DatabaseLayer ReadMessageDatabase(ProblemList problems) => Read("MESSAGE_DB_", "DATABASE_NAME_PREFIX", problems);

    /// <summary>What <c>SHARD_*</c> says.</summary>
    public ShardLayer ReadShard(ProblemList problems) => new()
    {
        Index = Integer("SHARD_INDEX", 0, ShardOptions.MostShards - 1, problems),
        Count = Integer("SHARD_COUNT", 1, ShardOptions.MostShards, problems),
        IndexPlace = new ConfigurationProblem("environment", 0, "SHARD_INDEX", ""),
    };

    private DatabaseLayer Read(string prefix, string databaseSuffix, ProblemList problems)
    {
        // <prefix>ENCODING and <prefix>POOL_SIZE are Postal's too: the exporter always speaks utf8mb4, over one connection, so
        // there is nothing to take from them.
        var password = Get(prefix + "PASSWORD");
        if (Get(prefix + "PASSWORD_FILE") is { } file)
        {
            if (password is not null)
            {
                problems.Add(0, prefix + "PASSWORD_FILE", $"{prefix}PASSWORD is set too; keep one of them");
            }
            else
            {
                password = DatabaseSectionReader.ReadPasswordFile(file, out var problem);
                if (problem is not null)
                    problems.Add(0, prefix + "PASSWORD_FILE", problem);
            }
        }

        return new DatabaseLayer
        {
            Host = Get(prefix + "HOST"),
            Port = Integer(prefix + "PORT", 1, 65535, problems),
            Username = Get(prefix + "USERNAME"),
            Password = password,
            Database = Get(prefix + databaseSuffix),
        };
    }

    private int? Integer(string name, int minimum, int maximum, ProblemList problems)
    {
        if (Get(name) is not { } text)
            return null;

        if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var value) && value >= minimum && value <= maximum)
            return value;

        problems.Add(0, name, $"not a whole number from {minimum} to {maximum}; correct the variable");
        return null;
    }

    // An empty variable is an unset one: compose files pass on variables that nobody set.
    private string? Get(string name) => variable(name) is { Length: > 0 } value ? value : null;
}
