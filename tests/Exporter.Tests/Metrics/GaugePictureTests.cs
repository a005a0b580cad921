using System.Globalization;
using PostalExporter.Metrics;

namespace PostalExporter.Tests.Metrics;

public sealed class GaugePictureTests
{
    private readonly MetricsPage page = new();
    private readonly GaugePicture picture = new();

    [Fact]
    public void What_a_picture_does_not_set_leaves_the_page()
    {
        picture.Begin();
        picture.Set(Families.Up, 1);
        picture.Set(Families.ServerUp, 1, "org", "a");
        picture.Set(Families.ServerUp, 1, "org", "b");
        picture.Publish(page);
        picture.Begin();
        picture.Set(Families.ServerUp, 0, "org", "b");
        picture.Publish(page);

        Assert.Equal(["""postal_exporter_server_up{organization="org",server="b"} 0"""], Page());
    }

    [Fact]
    public void Nothing_shows_before_the_whole_picture_does()
    {
        picture.Begin();
        picture.Set(Families.Up, 1);
        picture.Publish(page);
        picture.Begin();
        picture.Set(Families.Up, 0);
        picture.Set(Families.ServerUp, 1, "org", "a");

        Assert.Equal(["postal_up 1"], Page());
    }

    [Fact]
    public void A_collector_that_fails_shows_nothing_and_comes_back()
    {
        foreach (var fails in (bool[])[false, true, false])
        {
            picture.Begin();
            picture.Set(Families.Up, 1);
            var part = picture.Part("queue");
            part.Set(Families.ServerUp, 1, "org", "a");
            if (fails)
                part.Begin();
            picture.Publish(page);

            string[] expected = fails ? ["postal_up 1"] : ["""postal_exporter_server_up{organization="org",server="a"} 1""", "postal_up 1"];
            Assert.Equal(expected, Page());
        }
    }

    [Fact]
    public void The_last_value_of_the_same_labels_counts_and_one_that_was_set_twice_stays_when_it_is_set_once()
    {
        foreach (var times in (int[])[2, 1, 2])
        {
            picture.Begin();
            for (var i = 1; i <= times; i++)
            {
                picture.Set(Families.ServerUp, i, "org", "a");
                picture.Set(Families.ServerSuspended, i, "org", "a");
            }
            picture.Publish(page);

            Assert.Equal(
                [$$"""postal_exporter_server_up{organization="org",server="a"} {{times}}""", $$"""postal_server_suspended{organization="org",server="a"} {{times}}"""],
                Page());
        }
    }

    [Fact]
    public void A_correction_lasts_until_the_next_picture_and_leaves_what_is_gathered_alone()
    {
        picture.Correct(page, Families.Up, 0);
        Assert.Equal(["postal_up 0"], Page());

        picture.Begin();
        picture.Set(Families.Up, 1);
        picture.Publish(page);
        Assert.Equal(["postal_up 1"], Page());

        picture.Begin();
        picture.Set(Families.Up, 2);
        picture.Correct(page, Families.Up, 0);
        Assert.Equal(["postal_up 0"], Page());

        picture.Publish(page);
        Assert.Equal(["postal_up 2"], Page());
    }

    [Fact]
    public void A_family_that_is_no_gauge_or_has_other_labels_is_refused()
    {
        picture.Begin();

        Assert.Throws<ArgumentException>(() => picture.Set(Families.Messages, 1, "org", "a", "outgoing", "app"));
        Assert.Throws<ArgumentException>(() => picture.Set(Families.ServerUp, 1, "org"));
    }

    [Fact]
    public void Any_sequence_of_pictures_shows_the_last_one()
    {
        var random = new Random(1);
        for (var round = 0; round < 300; round++)
        {
            var expected = new Dictionary<string, double>();
            picture.Begin();
            var servers = Enumerable.Range(0, 12).Where(_ => random.Next(4) > 0).ToArray();
            if (random.Next(3) == 0)
                random.Shuffle(servers);
            foreach (var server in servers)
            {
                var name = string.Create(CultureInfo.InvariantCulture, $"server-{server}");
                picture.Set(Families.ServerUp, expected[$$"""postal_exporter_server_up{organization="org",server="{{name}}"}"""] = random.Next(100), "org", name);
                if (random.Next(5) == 0)
                    picture.Part("servers").Set(Families.ServerSuspended, expected[$$"""postal_server_suspended{organization="org",server="{{name}}"}"""] = random.Next(100), "org", name);
            }
            // A collection that breaks off shows nothing and must leave nothing behind.
            if (random.Next(4) == 0)
                continue;
            picture.Publish(page);

            Assert.Equal(expected.Select(pair => string.Create(CultureInfo.InvariantCulture, $"{pair.Key} {pair.Value}")).Order(StringComparer.Ordinal), Page());
        }
    }

    [Fact]
    public void The_same_series_again_cost_no_memory()
    {
        var names = Enumerable.Range(0, 1_000).Select(id => string.Create(CultureInfo.InvariantCulture, $"server-{id}")).ToArray();
        void Collect(double value)
        {
            picture.Begin();
            foreach (var name in names)
                picture.Set(Families.ServerUp, value, "org", name);
            picture.Publish(page);
        }
        Collect(1);
        Collect(2);
        var before = GC.GetAllocatedBytesForCurrentThread();
        Collect(3);

        // Enumerators of a collection, whatever it holds.
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1_000);
    }

    private IReadOnlyList<string> Page() => [.. new PageText(page, openMetrics: false).Series.Order(StringComparer.Ordinal)];
}
