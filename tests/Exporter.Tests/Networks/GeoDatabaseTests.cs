using System.Net;
using FsCheck;
using FsCheck.Fluent;
using MaxMind.Db;
using PostalExporter.Networks;
using PostalExporter.Tests.Logging;

namespace PostalExporter.Tests.Networks;

public sealed class GeoDatabaseTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("postal-geo-").FullName;
    private readonly LogCapture log = new();
    private DateTime written = new(2026, 1, 6, 0, 0, 0, DateTimeKind.Utc);

    private string File => Path.Combine(folder, "addresses.mmdb");

    public void Dispose()
    {
        log.Dispose();
        Directory.Delete(folder, recursive: true);
    }

    [Theory]
    [InlineData(4, 24)]
    [InlineData(4, 28)]
    [InlineData(4, 32)]
    [InlineData(6, 24)]
    [InlineData(6, 28)]
    [InlineData(6, 32)]
    public void The_file_of_the_tests_is_one_that_MaxMinds_reader_reads(int ipVersion, int recordBits)
    {
        var record = new Dictionary<string, object>
        {
            ["text"] = new string('x', 200), ["small"] = (ushort)7, ["number"] = 4_294_967_295u, ["large"] = 1UL << 40, ["zero"] = 0u,
            ["fraction"] = 1.5, ["yes"] = true, ["list"] = new List<object> { "a", 1u }, ["map"] = new Dictionary<string, object> { ["k"] = "v" },
        };
        var file = new AddressDatabaseFile("Test", ipVersion, recordBits).Add("192.0.0.0/8", Of("whole", "8")).Add("192.0.2.0/24", record);
        using var reader = new Reader(new MemoryStream(file.ToBytes()));

        Assert.Equal("Test", reader.Metadata.DatabaseType);
        var found = reader.Find<Dictionary<string, object>>(IPAddress.Parse("192.0.2.77"), out var prefixLength);
        Assert.Equal(24, prefixLength);
        Assert.Equal(new string('x', 200), found!["text"]);
        Assert.Equal((7, 4_294_967_295L, 1UL << 40, 0L), (found["small"], found["number"], found["large"], found["zero"]));
        Assert.Equal((1.5, true), (found["fraction"], found["yes"]));
        Assert.Equal(["a", 1L], Assert.IsType<IReadOnlyList<object>>(found["list"], exactMatch: false));
        Assert.Equal("v", Assert.IsType<IReadOnlyDictionary<string, object>>(found["map"], exactMatch: false)["k"]);
        Assert.Equal("8", reader.Find<Dictionary<string, object>>(IPAddress.Parse("192.0.3.1"))!["whole"]);
        Assert.Null(reader.Find<Dictionary<string, object>>(IPAddress.Parse("193.0.2.1")));
    }

    [Fact]
    public void GeoLite2_and_DB_IP_name_countries_in_a_map()
    {
        Save(new AddressDatabaseFile("GeoLite2-City")
            .Add("192.0.2.0/24", new()
            {
                ["city"] = Of("names", Of("en", "Bern")), ["continent"] = Of("code", "EU"), ["country"] = Of("iso_code", "CH"),
                ["registered_country"] = Of("iso_code", "DE"), ["location"] = Of("latitude", 46.9),
            })
            .Add("198.51.100.0/24", Of("registered_country", Of("iso_code", "fr")))
            .Add("2001:db8::/32", Of("country", Of("iso_code", "SE")))
            .Add("203.0.113.0/24", Of("continent", Of("code", "EU"))));
        using var database = Open(GeoData.Country);

        Assert.Equal(["CH", "FR", "SE", null, null], Countries(database, "192.0.2.7", "198.51.100.1", "2001:db8::1", "203.0.113.1", "10.0.0.1"));
        Assert.Equal("CH", database.Country(IPAddress.Parse("::ffff:192.0.2.7")));
        Assert.Null(database.Asn(IPAddress.Parse("192.0.2.7")));
    }

    [Fact]
    public void GeoLite2_and_DB_IP_name_systems_by_number()
    {
        Save(new AddressDatabaseFile("GeoLite2-ASN")
            .Add("192.0.2.0/24", new() { ["autonomous_system_number"] = 64_500u, ["autonomous_system_organization"] = "Example" })
            .Add("198.51.100.0/24", Of("autonomous_system_number", 4_200_000_000u))
            .Add("2001:db8::/32", Of("autonomous_system_number", 0u)));
        using var database = Open(GeoData.Asn);

        Assert.Equal([64_500u, 4_200_000_000u, null, null], Systems(database, "192.0.2.7", "198.51.100.1", "2001:db8::1", "203.0.113.1"));
    }

    [Fact]
    public void IPinfo_names_both_as_texts()
    {
        Save(new AddressDatabaseFile("ipinfo generic_country_asn.mmdb")
            .Add("192.0.2.0/24", new() { ["country"] = "Chad", ["country_code"] = "TD", ["asn"] = "AS64500", ["as_name"] = "Example" })
            .Add("198.51.100.0/24", new() { ["country"] = "US", ["country_name"] = "United States", ["asn"] = 64_501u })
            .Add("203.0.113.0/24", new() { ["country"] = "Somewhere", ["asn"] = "unknown" }));
        using var countries = Open(GeoData.Country);
        using var systems = Open(GeoData.Asn);

        Assert.Equal(["TD", "US", null], Countries(countries, "192.0.2.7", "198.51.100.1", "203.0.113.1"));
        Assert.Equal([64_500u, 64_501u, null], Systems(systems, "192.0.2.7", "198.51.100.1", "203.0.113.1"));
    }

    [Fact]
    public void A_database_of_IPv4_knows_nothing_of_IPv6()
    {
        Save(new AddressDatabaseFile("GeoLite2-Country", ipVersion: 4).Add("32.0.0.0/8", Of("country", Of("iso_code", "US"))));
        using var database = Open(GeoData.Country);

        Assert.Equal(["US", null, "US"], Countries(database, "32.1.13.184", "2001:db8::1", "::ffff:32.1.13.184"));
    }

    [Fact]
    public void A_file_that_is_missing_broken_or_of_another_kind_is_named_with_the_remedy()
    {
        AssertProblem("the file does not exist; check the path", GeoData.Country);
        foreach (var broken in (byte[][])[[], [1, 2, 3], Countries("CH")[..^20], [0x1f, 0x8b, .. new byte[5000]], Countries("CH")[^150..]])
        {
            Save(broken);
            AssertProblem("is damaged or no database in MaxMind's format; download the .mmdb file again", GeoData.Country);
        }

        Save(Countries("CH"));
        AssertProblem("the database (GeoLite2-Country) has no autonomous systems; name one of ASNs", GeoData.Asn);
        Save(new AddressDatabaseFile("GeoLite2-ASN").Add("192.0.2.0/24", Of("autonomous_system_number", 64_500u)).ToBytes());
        AssertProblem("the database (GeoLite2-ASN) has no countries; name one of countries or cities", GeoData.Country);
    }

    [Fact]
    public void A_folder_is_no_database()
    {
        Directory.CreateDirectory(File);

        AssertProblem("make sure that it is no directory", GeoData.Country);
    }

    [Fact]
    public void A_file_that_was_replaced_is_opened_anew()
    {
        Save(Countries("CH"));
        using var database = Open(GeoData.Country);
        database.Refresh();
        Assert.Empty(log.Lines);

        Save(Countries("SE"));
        Assert.Equal("CH", database.Country(IPAddress.Parse("192.0.2.7")));
        database.Refresh();

        Assert.Equal("SE", database.Country(IPAddress.Parse("192.0.2.7")));
        AssertTold(Assert.Single(log.Lines), "info", "address database replaced", $"file={File}");
    }

    [Fact]
    public void A_file_behind_a_symbolic_link_counts_by_its_own_time()
    {
        Save(Countries("CH"));
        var link = Path.Combine(folder, "link.mmdb");
        System.IO.File.CreateSymbolicLink(link, File);
        using var database = GeoDatabase.Open(link, GeoData.Country, log.CreateLogger("geo"));

        Save(Countries("SE"));
        database.Refresh();

        Assert.Equal("SE", database.Country(IPAddress.Parse("192.0.2.7")));
    }

    [Fact]
    public void A_replacement_that_is_broken_is_told_once_and_the_old_one_stays()
    {
        Save(Countries("CH"));
        using var database = Open(GeoData.Country);

        foreach (var replacement in (byte[]?[])[Countries("SE")[..^20], null])
        {
            var before = log.Lines.Count;
            if (replacement is null)
                System.IO.File.Delete(File);
            else
                Save(replacement);
            database.Refresh();
            database.Refresh();

            Assert.Equal("CH", database.Country(IPAddress.Parse("192.0.2.7")));
            AssertTold(Assert.Single(log.Lines.Skip(before)), "error", "address database not replaced, the one before it stays in use", $"problem=\"{File}: ");
        }

        Save(Countries("SE"));
        database.Refresh();
        Assert.Equal("SE", database.Country(IPAddress.Parse("192.0.2.7")));
    }

    [Fact]
    public void A_replacement_that_is_still_being_written_is_used_when_it_is_whole()
    {
        Save(Countries("CH"));
        using var database = Open(GeoData.Country);

        Save(Countries("SE")[..100]);
        database.Refresh();
        Save(Countries("SE"));
        database.Refresh();

        Assert.Equal("SE", database.Country(IPAddress.Parse("192.0.2.7")));
    }

    [Fact]
    public void A_damaged_file_gives_answers_or_none_and_never_an_error()
    {
        var whole = Countries("CH");
        var changes = Gen.Choose(0, whole.Length - 1).Zip(Gen.Choose(0, 255)).NonEmptyListOf();

        Prop.ForAll(changes.ToArbitrary(), places =>
        {
            var damaged = whole.ToArray();
            foreach (var (place, value) in places)
                damaged[place] = (byte)value;
            Save(damaged);
            try
            {
                using var database = Open(GeoData.Country);
                return Countries(database, "192.0.2.7", "2001:db8::1", "255.255.255.255").All(country => country is null or { Length: 2 });
            }
            catch (GeoDatabaseException)
            {
                return true;
            }
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(1000));
    }

    [Fact]
    public void Damage_that_is_met_later_is_told_once()
    {
        var bytes = new AddressDatabaseFile("GeoLite2-Country")
            .Add("10.0.0.0/8", Of("country", Of("iso_code", "CH")))
            .Add("192.0.2.0/24", Of("name", "here")).ToBytes();
        // The text becomes one that is longer than the file.
        bytes[bytes.AsSpan().IndexOf("here"u8) - 1] = 0x5f;
        Save(bytes);
        using var database = Open(GeoData.Country);

        Assert.Equal([null, null, "CH"], Countries(database, "192.0.2.7", "192.0.2.8", "10.0.0.1"));
        AssertTold(Assert.Single(log.Lines), "error", "address database cannot be read everywhere, some addresses stay unknown", $"problem=\"{File}: ");
    }

    private static Dictionary<string, object> Of(string key, object value) => new() { [key] = value };

    private static byte[] Countries(string code) => new AddressDatabaseFile("GeoLite2-Country")
        .Add("192.0.2.0/24", Of("country", Of("iso_code", code))).Add("2001:db8::/32", Of("country", Of("iso_code", code))).ToBytes();

    private static List<string?> Countries(GeoDatabase database, params string[] addresses) =>
        [.. addresses.Select(address => database.Country(IPAddress.Parse(address)))];

    private static List<uint?> Systems(GeoDatabase database, params string[] addresses) =>
        [.. addresses.Select(address => database.Asn(IPAddress.Parse(address)))];

    private GeoDatabase Open(GeoData data) => GeoDatabase.Open(File, data, log.CreateLogger("geo"));

    private void AssertProblem(string remedy, GeoData data)
    {
        var exception = Assert.Throws<GeoDatabaseException>(() => Open(data));
        Assert.StartsWith($"{File}: ", exception.Message, StringComparison.Ordinal);
        Assert.Contains(remedy, exception.Message, StringComparison.Ordinal);
    }

    private static void AssertTold(string line, string level, string message, string field)
    {
        Assert.Contains($"level={level} ", line, StringComparison.Ordinal);
        Assert.Contains(message, line, StringComparison.Ordinal);
        Assert.Contains(field, line, StringComparison.Ordinal);
    }

    private void Save(AddressDatabaseFile file) => Save(file.ToBytes());

    // Each time a second later, whatever the clock of the file system tells apart.
    private void Save(byte[] bytes)
    {
        System.IO.File.WriteAllBytes(File, bytes);
        written = written.AddSeconds(1);
        System.IO.File.SetLastWriteTimeUtc(File, written);
    }
}
