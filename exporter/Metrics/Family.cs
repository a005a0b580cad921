namespace PostalExporter.Metrics;

/// <summary>The Prometheus type of a <see cref="Family"/>.</summary>
internal enum FamilyType
{
    /// <summary>Only rises, and starts again at 0 when its state is gone.</summary>
    Counter,

    /// <summary>A picture of the moment.</summary>
    Gauge,
}

/// <summary>
/// One metric family: declared once in <see cref="Families"/>, from where the exporter, its reference page
/// and the tests take name, type, help and labels.
/// </summary>
/// <param name="Name">Full name with unit and, for counters, <c>_total</c>.</param>
/// <param name="Type">Counter or gauge.</param>
/// <param name="Help">One sentence without line breaks: unit and source table.</param>
/// <param name="Labels">Label names, in the order in which values are given.</param>
/// <param name="Meaning">For the reference page: what a rise or a value means to an operator.</param>
internal sealed record Family(string Name, FamilyType Type, string Help, string[] Labels, string Meaning);
