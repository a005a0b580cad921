using PostalExporter.Signals;

namespace PostalExporter.Tests.Signals;

public sealed class LabelPlacesTests
{
    [Fact]
    public void Busy_values_keep_their_place_in_a_flood_and_take_those_of_values_seen_once()
    {
        var places = new LabelPlaces(10);
        // Five are busy from the start; the flood takes the other places.
        string[] early = [.. Enumerable.Range(0, 5).Select(i => $"early-{i}.example")];
        string[] late = [.. Enumerable.Range(0, 5).Select(i => $"late-{i}.example")];
        Count(places, early, 20);
        for (var minute = 0; minute < 60; minute++)
        {
            for (var i = 0; i < 1_000; i++)
                places.Count($"junk-{minute}-{i}.example");
            Count(places, early, 1);
            if (minute >= 10)
                Count(places, late, 30);
            Assert.Empty(Rebalance(places).Intersect(early));
            places.Elapse(TimeSpan.FromMinutes(1));
        }

        Assert.All([.. early, .. late], name => Assert.True(places.Has(name)));
        Assert.Same(places.Other, places.Count("junk-59-999.example"));
    }

    [Fact]
    public void A_pinned_value_has_a_place_where_none_is_free_and_keeps_it_though_it_is_never_counted()
    {
        var places = new LabelPlaces(2);
        Count(places, ["first.example", "second.example"], 1);

        places.Pin("trap.example");
        Count(places, ["flood.example"], 1_000);
        var lost = Rebalance(places);

        Assert.Equal(["flood.example", "second.example", "trap.example"], places.Taken.Select(place => place.Name).Order(StringComparer.Ordinal));
        Assert.Equal(["first.example"], lost);
    }

    [Fact]
    public void A_busy_value_keeps_its_place_beside_much_busier_ones()
    {
        var places = new LabelPlaces(1);
        Count(places, ["busy.example"], (int)LabelPlaces.Busy + 1);
        Count(places, ["flood.example"], 100_000);

        Assert.Empty(Rebalance(places));
        Assert.True(places.Has("busy.example"));
    }

    [Fact]
    public void A_value_that_is_no_longer_used_gives_its_place_to_one_that_is()
    {
        var places = new LabelPlaces(1);
        Count(places, ["old.example"], 100);
        places.Elapse(TimeSpan.FromHours(8));
        Count(places, ["new.example"], 100);

        Assert.Equal(["old.example"], Rebalance(places));
        Assert.Equal("new.example", places.Of("new.example").Name);
        Assert.Same(places.Other, places.Of("old.example"));
    }

    [Fact]
    public void Of_values_used_alike_the_one_of_the_lowest_rank_loses_its_place()
    {
        var places = new LabelPlaces(3);
        string[] unused = ["lately", "never", "long-ago"];
        foreach (var name in unused)
            places.Of(name);
        Count(places, ["new"], 10);

        var lost = places.Rebalance(name => name switch { "lately" => 2, "long-ago" => 1, _ => 0 });

        Assert.Equal("never", Assert.Single(lost).Name);
    }

    [Fact]
    public void After_a_restart_a_value_has_time_to_show_that_it_is_busy()
    {
        var places = new LabelPlaces(1);
        places.Restore("old.example");
        places.Restore("older.example");
        Assert.False(places.Has("older.example"));
        Count(places, ["new.example"], 10_000);
        Assert.Empty(Rebalance(places));

        places.Elapse(TimeSpan.FromHours(3));
        Count(places, ["new.example"], 10_000);

        Assert.Equal(["old.example"], Rebalance(places));
    }

    [Fact]
    public void A_place_that_became_free_goes_to_whoever_is_next()
    {
        var places = new LabelPlaces(1);
        var first = places.Count("first.example");
        Assert.Same(places.Other, places.Of("second.example"));

        places.Release(first);

        Assert.Equal("second.example", places.Of("second.example").Name);
    }

    [Fact]
    public void Without_places_all_are_other()
    {
        var places = new LabelPlaces(0);
        Count(places, ["busy.example"], 100);

        Assert.Empty(Rebalance(places));
        Assert.Empty(places.Taken);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(2)]
    public void A_reserved_value_has_its_place_beside_the_others_and_never_loses_it(int most)
    {
        var places = new LabelPlaces(most, ["yahoo.com", "aol.com"]);
        Count(places, ["idle-1.example", "idle-2.example", "yahoo.com"], 1);
        var reserved = places.Of("yahoo.com");
        Count(places, ["busy-1.example", "busy-2.example", "busy-3.example"], 1_000);
        Rebalance(places);
        places.Elapse(TimeSpan.FromDays(10));
        Count(places, ["busy-4.example", "busy-5.example"], 1_000);

        Assert.Equal(most, Rebalance(places).Count());
        Assert.Same(reserved, places.Of("yahoo.com"));
        Assert.False(places.Has("aol.com"));
        Assert.NotSame(places.Other, places.Count("aol.com"));
        Assert.Equal(most + 2, places.Taken.Count);
        Assert.Same(places.Other, places.Of("late.example"));
    }

    [Fact]
    public void A_reserved_value_that_is_released_frees_no_other_place()
    {
        var places = new LabelPlaces(1, ["yahoo.com"]);
        Count(places, ["first.example", "yahoo.com"], 1);

        places.Release(places.Of("yahoo.com"));

        Assert.Same(places.Other, places.Of("second.example"));
    }

    [Fact]
    public void Time_does_not_overflow()
    {
        var places = new LabelPlaces(1);
        for (var day = 0; day < 1_000; day++)
        {
            Count(places, ["daily.example"], 100);
            places.Elapse(TimeSpan.FromDays(1));
        }
        Count(places, ["another.example"], 100);

        Assert.Equal(["daily.example"], Rebalance(places));
    }

    private static IEnumerable<string> Rebalance(LabelPlaces places) => places.Rebalance(_ => 0).Select(place => place.Name);

    private static void Count(LabelPlaces places, IEnumerable<string> names, int times)
    {
        foreach (var name in names)
        {
            for (var i = 0; i < times; i++)
                places.Count(name);
        }
    }
}
