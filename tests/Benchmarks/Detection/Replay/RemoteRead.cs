using System.Text;
using Google.Protobuf;
using Snappier;

namespace PostalExporter.Benchmarks.Detection.Replay;

/// <summary>
/// Prometheus' remote-read protocol, the part that answers with plain samples: it lets Prometheus' own engine compute over series that
/// were never stored in it. Field numbers from <c>prompb/remote.proto</c> and <c>types.proto</c>.
/// </summary>
internal static class RemoteRead
{
    /// <summary>One selector of a query with the range it needs.</summary>
    internal sealed record Query(long BeginMilliseconds, long EndMilliseconds, IReadOnlyList<LabelMatcher> Matchers);

    /// <summary>Reads a request.</summary>
    public static IReadOnlyList<Query> Parse(byte[] body)
    {
        var queries = new List<Query>();
        foreach (var (field, input) in Messages(Snappy.DecompressToArray(body)))
            if (field == 1)
                queries.Add(ParseQuery(input));
        return queries;
    }

    /// <summary>Writes the answer to one request, a result for each query.</summary>
    public static byte[] Answer(IEnumerable<Query> queries, SeriesStore store, DateTimeOffset start)
    {
        var origin = start.ToUnixTimeMilliseconds();
        using var answer = new MemoryStream();
        using (var output = new CodedOutputStream(answer, leaveOpen: true))
            foreach (var query in queries)
                WriteMessage(output, 1, Result(query, store, origin));
        return Snappy.CompressToArray(answer.GetBuffer().AsSpan(0, (int)answer.Length));
    }

    private static Query ParseQuery(byte[] message)
    {
        long begin = 0, end = 0;
        var matchers = new List<LabelMatcher>();
        var input = new CodedInputStream(message);
        while (input.ReadTag() is var tag and not 0)
            switch (WireFormat.GetTagFieldNumber(tag))
            {
                case 1: begin = input.ReadInt64(); break;
                case 2: end = input.ReadInt64(); break;
                case 3: matchers.Add(ParseMatcher(input.ReadBytes().ToByteArray())); break;
                default: input.SkipLastField(); break;
            }
        return new(begin, end, matchers);
    }

    private static LabelMatcher ParseMatcher(byte[] message)
    {
        var kind = MatchKind.Equal;
        string name = "", value = "";
        var input = new CodedInputStream(message);
        while (input.ReadTag() is var tag and not 0)
            switch (WireFormat.GetTagFieldNumber(tag))
            {
                case 1: kind = (MatchKind)input.ReadEnum(); break;
                case 2: name = input.ReadString(); break;
                case 3: value = input.ReadString(); break;
                default: input.SkipLastField(); break;
            }
        return new(kind, name, value);
    }

    private static IEnumerable<(int Field, byte[] Message)> Messages(byte[] message)
    {
        var input = new CodedInputStream(message);
        while (input.ReadTag() is var tag and not 0)
            if (WireFormat.GetTagWireType(tag) == WireFormat.WireType.LengthDelimited)
                yield return (WireFormat.GetTagFieldNumber(tag), input.ReadBytes().ToByteArray());
            else
                input.SkipLastField();
    }

    private static MemoryStream Result(Query query, SeriesStore store, long origin)
    {
        var first = (int)Math.Max(0, (query.BeginMilliseconds - origin + 59_999) / 60_000);
        var last = (int)Math.Min(int.MaxValue, (query.EndMilliseconds - origin) / 60_000);
        var result = new MemoryStream();
        using var output = new CodedOutputStream(result, leaveOpen: true);
        if (query.EndMilliseconds < origin)
            return result;
        foreach (var series in store.Select(query.Matchers).OrderBy(series => series.Labels, LabelOrder.Instance))
        {
            using var message = new MemoryStream();
            var samples = 0;
            using (var inner = new CodedOutputStream(message, leaveOpen: true))
            {
                foreach (var (name, value) in series.Labels)
                    WriteLabel(inner, name, value);
                foreach (var (minute, value) in series.Samples(first, last))
                {
                    samples++;
                    var moment = origin + minute * 60_000L;
                    inner.WriteTag(2, WireFormat.WireType.LengthDelimited);
                    inner.WriteLength(1 + 8 + 1 + CodedOutputStream.ComputeInt64Size(moment));
                    inner.WriteTag(1, WireFormat.WireType.Fixed64);
                    inner.WriteDouble(value);
                    inner.WriteTag(2, WireFormat.WireType.Varint);
                    inner.WriteInt64(moment);
                }
            }
            if (samples > 0)
                WriteMessage(output, 1, message);
        }
        return result;
    }

    private static void WriteLabel(CodedOutputStream output, string name, string value)
    {
        int nameLength = Encoding.UTF8.GetByteCount(name), valueLength = Encoding.UTF8.GetByteCount(value);
        output.WriteTag(1, WireFormat.WireType.LengthDelimited);
        output.WriteLength(2 + CodedOutputStream.ComputeLengthSize(nameLength) + nameLength
            + CodedOutputStream.ComputeLengthSize(valueLength) + valueLength);
        output.WriteTag(1, WireFormat.WireType.LengthDelimited);
        output.WriteString(name);
        output.WriteTag(2, WireFormat.WireType.LengthDelimited);
        output.WriteString(value);
    }

    private static void WriteMessage(CodedOutputStream output, int field, MemoryStream message)
    {
        output.WriteTag(field, WireFormat.WireType.LengthDelimited);
        output.WriteBytes(UnsafeByteOperations.UnsafeWrap(message.GetBuffer().AsMemory(0, (int)message.Length)));
    }

    private sealed class LabelOrder : IComparer<IReadOnlyList<KeyValuePair<string, string>>>
    {
        public static readonly LabelOrder Instance = new();

        public int Compare(IReadOnlyList<KeyValuePair<string, string>>? x, IReadOnlyList<KeyValuePair<string, string>>? y)
        {
            for (var i = 0; i < x!.Count && i < y!.Count; i++)
            {
                var order = string.CompareOrdinal(x[i].Key, y[i].Key);
                order = order != 0 ? order : string.CompareOrdinal(x[i].Value, y[i].Value);
                if (order != 0)
                    return order;
            }
            return x.Count - y!.Count;
        }
    }
}
