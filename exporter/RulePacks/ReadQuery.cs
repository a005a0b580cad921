namespace PostalExporter.RulePacks;

/// <summary>A query of a rule: its expression, or one that an annotation asks.</summary>
/// <param name="Place">The rule.</param>
/// <param name="Reading">What it reads.</param>
internal sealed record ReadQuery(PlacedRule Place, PromqlReading Reading)
{
    /// <summary>All queries of a pack.</summary>
    /// <param name="pack">The pack.</param>
    /// <param name="report">Told of annotations whose query cannot be read.</param>
    public static IReadOnlyList<ReadQuery> Of(RulePack pack, Action<PlacedRule, string> report)
    {
        var queries = new List<ReadQuery>();
        foreach (var place in pack.Rules)
        {
            queries.Add(new ReadQuery(place, PromqlReader.Read(place.Rule.Expr)));
            foreach (var (name, template) in place.Rule.Annotations)
            {
                foreach (var query in AnnotationQueries.In(template))
                {
                    try
                    {
                        queries.Add(new ReadQuery(place, PromqlReader.Read(query)));
                    }
                    catch (FormatException exception)
                    {
                        report(place, $"the query of annotation {name} cannot be read: {exception.Message}; correct it");
                    }
                }
            }
        }

        return queries;
    }
}
