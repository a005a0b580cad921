using BenchmarkDotNet.Attributes;
using PostalExporter.Tail;

namespace PostalExporter.Benchmarks.InnerLoops;

/// <summary>What the tail asks <see cref="StreamCursor"/> and <see cref="MissingIds"/> for each row that it reads.</summary>
public class MissingIdsLoop
{
    private const int Rows = 8_192;
    private const int Waiting = 10_000;
    private static readonly TimeSpan Settle = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(15);
    private readonly StreamCursor ordered = new();
    private readonly StreamCursor stepped = new();
    private readonly StreamCursor late = new();
    private readonly Random random = new(1);

    /// <summary>Makes cursors that have read.</summary>
    [GlobalSetup]
    public void Make()
    {
        late.Position = 1;
        for (var i = 0; i < Waiting; i++)
            Read(late, late.Position + 2);
    }

    /// <summary>Rows whose ids follow each other.</summary>
    [Benchmark(Description = "cursor, a row that follows the last", OperationsPerInvoke = Rows)]
    public void ReadOrdered()
    {
        for (var i = 0; i < Rows; i++)
            Read(ordered, ordered.Position + 1);
        ordered.Elapse(Interval);
    }

    /// <summary>Rows of a cluster of three, each of which leaves two ids out; they are waited for through four collections.</summary>
    [Benchmark(Description = "cursor, a row that leaves ids out", OperationsPerInvoke = Rows)]
    public void ReadStepped()
    {
        for (var i = 0; i < Rows; i++)
            Read(stepped, stepped.Position + 3);
        stepped.Elapse(Interval);
    }

    /// <summary>Rows that show up anywhere among ten thousand missing ids; for each, another goes missing.</summary>
    [Benchmark(Description = "cursor, a row that is late, 10,000 missing", OperationsPerInvoke = 2 * Rows)]
    public void ReadLate()
    {
        for (var i = 0; i < Rows; i++)
        {
            Read(late, late.Missing.Ranges[random.Next(Waiting)].First);
            Read(late, late.Position + 2);
        }
    }

    private static void Read(StreamCursor cursor, long id)
    {
        const decimal Timestamp = 1_777_000_000.123456m;
        if (cursor.KindOf(id, Timestamp) != RowKind.Known && !cursor.IsReused(id))
            cursor.Advance(id, Timestamp, Settle);
    }
}
