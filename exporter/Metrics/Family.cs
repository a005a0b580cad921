namespace PostalExporter.Metrics;

/// <summary>The Prometheus type of a <see cref="Family"/>.</summary>
internal enum FamilyType
{
    /// <summary>Only rises, and starts again at 0 when its state is gone.</summary>
    Counter,

    /// <summary>A picture of the moment.</summary>
    Gauge,

    /// <summary>Counts values by size; see <see cref="HistogramPart"/>.</summary>
    Histogram,
}

/// <summary>
/// One metric family: declared once in <see cref="Families"/>, from where the exporter, its reference page
/// and the tests take name, type, help and labels. Two are equal when they are the same object.
/// </summary>
/// <param name="name">Full name with unit and, for counters, <c>_total</c>.</param>
/// <param name="type">Its type.</param>
/// <param name="help">One sentence without line breaks: unit and source table.</param>
/// <param name="labels">Label names, in the order in which values are given. Of a histogram the last one is <see cref="HistogramPart.Label"/>.</param>
/// <param name="meaning">For the reference page: what a rise or a value means to an operator.</param>
internal sealed class Family(string name, FamilyType type, string help, string[] labels, string meaning)
{
    /// <summary>Full name with unit and, for counters, <c>_total</c>.</summary>
    public string Name => name;

    /// <summary>Its type.</summary>
    public FamilyType Type => type;

    /// <summary>One sentence without line breaks: unit and source table.</summary>
    public string Help => help;

    /// <summary>Label names, in the order in which values are given.</summary>
    public string[] Labels => labels;

    /// <summary>What a rise or a value means to an operator.</summary>
    public string Meaning => meaning;

    /// <summary>Whether its first two labels name a mail server.</summary>
    public bool IsOfServer => labels is ["organization", "server", ..];

    /// <inheritdoc/>
    public override string ToString() => name;
}
