using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace PostalExporter.Tests.Networks;

/// <summary>
/// Writes a database in MaxMind's format: a binary tree over the bits of addresses, the records, and a description of both.
/// Records are made of maps, texts, <see cref="uint"/>, <see cref="ushort"/>, <see cref="ulong"/>, <see cref="double"/>, <see cref="bool"/> and lists.
/// </summary>
/// <param name="type">What the database calls itself.</param>
/// <param name="ipVersion">4 or 6. IPv4 networks are within <c>::/96</c> of the latter.</param>
/// <param name="recordBits">Bits of a branch: 24, 28 or 32.</param>
internal sealed class AddressDatabaseFile(string type, int ipVersion = 6, int recordBits = 28)
{
    private static readonly byte[] MetadataMarker = [0xAB, 0xCD, 0xEF, .. "MaxMind.com"u8];

    // A branch is the number of a node, or -1 for nothing, or less than that for a record: -2 - its offset.
    private readonly List<int[]> nodes = [[-1, -1]];
    private readonly List<byte> records = [];

    /// <summary>Adds a network. A network within another comes after it.</summary>
    public AddressDatabaseFile Add(string network, Dictionary<string, object> record)
    {
        var offset = records.Count;
        Write(records, record);
        var parsed = IPNetwork.Parse(network);
        var isIPv4 = parsed.BaseAddress.AddressFamily == AddressFamily.InterNetwork;
        var address = parsed.BaseAddress.GetAddressBytes();
        var bits = parsed.PrefixLength;
        if (isIPv4 && ipVersion == 6)
            (address, bits) = ([.. new byte[12], .. address], bits + 96);

        var node = 0;
        for (var bit = 0; bit < bits - 1; bit++)
            node = Descend(node, Bit(address, bit));
        nodes[node][Bit(address, bits - 1)] = -2 - offset;
        return this;
    }

    /// <summary>The file's bytes.</summary>
    public byte[] ToBytes()
    {
        var file = new List<byte>();
        foreach (var node in nodes)
            WriteNode(file, Value(node[0]), Value(node[1]));
        file.AddRange(new byte[16]);
        file.AddRange(records);
        file.AddRange(MetadataMarker);
        Write(file, new Dictionary<string, object>
        {
            ["binary_format_major_version"] = (ushort)2,
            ["binary_format_minor_version"] = (ushort)0,
            ["build_epoch"] = 1_767_690_487UL,
            ["database_type"] = type,
            ["description"] = new Dictionary<string, object> { ["en"] = "Made for a test" },
            ["ip_version"] = (ushort)ipVersion,
            ["languages"] = new List<object> { "en" },
            ["node_count"] = (uint)nodes.Count,
            ["record_size"] = (ushort)recordBits,
        });
        return [.. file];
    }

    private static int Bit(byte[] address, int bit) => (address[bit / 8] >> (7 - (bit % 8))) & 1;

    private int Descend(int node, int bit)
    {
        var next = nodes[node][bit];
        if (next >= 0)
            return next;
        // What was said of the whole goes on to hold for both halves.
        nodes.Add([next, next]);
        return nodes[node][bit] = nodes.Count - 1;
    }

    private uint Value(int branch) => (uint)(branch >= 0 ? branch : branch == -1 ? nodes.Count : nodes.Count + 16 + (-2 - branch));

    private void WriteNode(List<byte> file, uint left, uint right)
    {
        var node = recordBits switch
        {
            24 => ((ulong)left << 24) | right,
            // The upper four bits of both halves share the byte in the middle.
            28 => ((ulong)(left & 0xFFFFFF) << 32) | ((ulong)(left >> 24) << 28) | ((ulong)(right >> 24) << 24) | (right & 0xFFFFFF),
            _ => ((ulong)left << 32) | right,
        };
        Span<byte> bytes = stackalloc byte[8];
        BinaryPrimitives.WriteUInt64BigEndian(bytes, node);
        file.AddRange(bytes[^(recordBits / 4)..]);
    }

    private static void Write(List<byte> file, object value)
    {
        switch (value)
        {
            case string text:
                WriteBytes(file, 2, Encoding.UTF8.GetBytes(text));
                break;
            case double number:
                Span<byte> bytes = stackalloc byte[8];
                BinaryPrimitives.WriteDoubleBigEndian(bytes, number);
                WriteBytes(file, 3, bytes);
                break;
            case ushort or uint or ulong:
                WriteNumber(file, value is ushort ? 5 : value is uint ? 6 : 9, Convert.ToUInt64(value, null));
                break;
            case Dictionary<string, object> map:
                WriteControl(file, 7, map.Count);
                foreach (var (key, item) in map)
                {
                    Write(file, key);
                    Write(file, item);
                }

                break;
            case List<object> list:
                WriteControl(file, 11, list.Count);
                list.ForEach(item => Write(file, item));
                break;
            case bool flag:
                WriteControl(file, 14, flag ? 1 : 0);
                break;
            default:
                throw new ArgumentException($"No type of the format: {value.GetType()}", nameof(value));
        }
    }

    private static void WriteNumber(List<byte> file, int type, ulong number)
    {
        Span<byte> bytes = stackalloc byte[8];
        BinaryPrimitives.WriteUInt64BigEndian(bytes, number);
        WriteBytes(file, type, bytes.TrimStart((byte)0));
    }

    private static void WriteBytes(List<byte> file, int type, ReadOnlySpan<byte> bytes)
    {
        WriteControl(file, type, bytes.Length);
        file.AddRange(bytes);
    }

    // Type and length in a byte; types from 8 on and lengths from 29 on take one more each.
    private static void WriteControl(List<byte> file, int type, int length)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(length, 29 + byte.MaxValue);
        file.Add((byte)(((type < 8 ? type : 0) << 5) | Math.Min(length, 29)));
        if (type >= 8)
            file.Add((byte)(type - 7));
        if (length >= 29)
            file.Add((byte)(length - 29));
    }
}
