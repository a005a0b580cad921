namespace PostalExporter.Configuration;

/// <summary>Reads the section <c>complaints</c>.</summary>
internal static class ComplaintSectionReader
{
    // One for each name that providers write to, not one for each customer.
    private const int MostRoutes = 1000;

    /// <summary>Reads the section.</summary>
    public static ComplaintOptions Read(YamlSection section)
    {
        var routes = new HashSet<string>(StringComparer.Ordinal);
        foreach (var text in section.Texts("routes"))
        {
            var address = text.Value;
            var at = address.IndexOf('@', StringComparison.Ordinal);
            if (at <= 0 || at == address.Length - 1 || address.LastIndexOf('@') != at || address.Any(char.IsWhiteSpace))
                section.Problem(text, "not an address; write it as Postal's route has it, such as abuse@example.com");
            else if (!routes.Add(address.ToLowerInvariant()))
                section.Problem(text, "the address was already given; keep one of them");
        }
        if (routes.Count > MostRoutes)
            section.Problem("routes", $"has more than {MostRoutes} addresses; name those that providers and people write to");
        section.RefuseUnknown();
        return new ComplaintOptions { Routes = routes };
    }
}
