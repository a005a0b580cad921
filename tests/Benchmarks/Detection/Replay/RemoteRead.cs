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

    /// <summary>Writes the answer to one request, a result for each query; <paramref name="start"/> is the moment of minute 0.</summary>
    /// <returns>Snappy's block format with one literal: over loopback, compressing costs more than it saves.</returns>
    public static byte[] Answer(IEnumerable<Query> queries, SeriesStore store, DateTimeOffset start)
    {
        var answer = new MessageBuffer();
        foreach (var query in queries)
        {
            var result = Result(query, store, start.ToUnixTimeMilliseconds());
            answer.Message(1, result.Written);
        }
        return AsLiteral(answer.Written);
    }

    private static byte[] AsLiteral(ReadOnlySpan<byte> message)
    {
        var block = new MessageBuffer();
        block.Varint((ulong)message.Length);
        if (message.Length > 0)
        {
            block.Byte(63 << 2);
            block.LittleEndian((uint)message.Length - 1);
            block.Bytes(message);
        }
        return block.Written.ToArray();
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

    private static MessageBuffer Result(Query query, SeriesStore store, long origin)
    {
        var result = new MessageBuffer();
        if (query.EndMilliseconds < origin)
            return result;
        var first = (int)Math.Max(0, (query.BeginMilliseconds - origin + 59_999) / 60_000);
        var last = (int)((query.EndMilliseconds - origin) / 60_000);
        var message = new MessageBuffer();
        foreach (var series in store.Select(query.Matchers).OrderBy(series => series.Labels, LabelOrder.Instance))
        {
            message.Clear();
            foreach (var (name, value) in series.Labels)
                message.Label(1, name, value);
            var labels = message.Written.Length;
            series.ForEachSample(first, last, (minute, value) => message.Sample(2, value, origin + minute * 60_000L));
            if (message.Written.Length > labels)
                result.Message(1, message.Written);
        }
        return result;
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
