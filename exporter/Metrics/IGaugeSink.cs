namespace PostalExporter.Metrics;

/// <summary>Takes the gauges of one collection.</summary>
internal interface IGaugeSink
{
    /// <summary>Sets a series; the last value set for the same labels counts.</summary>
    /// <param name="family">A gauge of <see cref="Families"/>.</param>
    /// <param name="value">The value in the family's unit.</param>
    /// <param name="labels">One value per label of the family, in its order.</param>
    void Set(Family family, double value, params ReadOnlySpan<string> labels);
}
