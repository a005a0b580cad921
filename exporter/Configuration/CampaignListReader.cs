namespace PostalExporter.Configuration;

/// <summary>Reads the list <c>campaigns</c>.</summary>
internal static class CampaignListReader
{
    /// <summary>Reads the list.</summary>
    public static IReadOnlyList<Campaign> Read(YamlSection root)
    {
        var campaigns = new List<Campaign>();
        foreach (var section in root.Sections("campaigns"))
        {
            var name = Required(section, "name", section.Text("name"));
            var organization = Required(section, "organization", ReadPermalink(section, "organization"));
            var server = ReadPermalink(section, "server");
            var start = section.Moment("start");
            var end = section.Moment("end");
            if (!section.Has("start"))
                section.Problem("start", "is missing; say when the campaign begins");
            if (!section.Has("end"))
                section.Problem("end", "is missing; say when the campaign is over");
            if (end <= start)
                section.Problem("end", "does not lie after start; correct one of them");

            section.RefuseUnknown();
            if (name is not null && organization is not null && start is not null && end is not null)
                campaigns.Add(new Campaign(name, organization, server, start.Value, end.Value));
        }

        return campaigns;
    }

    private static string? Required(YamlSection section, string key, string? value)
    {
        if (!section.Has(key))
            section.Problem(key, "is missing; add it");
        return value;
    }

    private static string? ReadPermalink(YamlSection section, string key)
    {
        var text = section.Text(key);
        if (text is not null && !Permalink.IsValid(text))
            section.Problem(key, $"not a permalink; {Permalink.Form}");
        return text;
    }
}
