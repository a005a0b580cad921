using System.Globalization;

namespace PostalExporter.Postal;

/// <summary>Gives each credential of a server the label value by which people know it, and no two the same.</summary>
internal static class CredentialLabels
{
    /// <summary>The label of a credential whose row is gone: <c>id:ID</c>.</summary>
    public static string Gone(int id) => string.Create(CultureInfo.InvariantCulture, $"id:{id}");

    /// <summary>
    /// The name; <c>NAME#ID</c> where two share it, where it is empty (an empty label means "none"), or where it
    /// looks like a label that this method or <see cref="Gone"/> makes.
    /// </summary>
    /// <param name="credentials">All credentials of one server.</param>
    public static IReadOnlyDictionary<int, string> Assign(IReadOnlyList<(int Id, string Name)> credentials)
    {
        var uses = credentials.CountBy(credential => credential.Name).ToDictionary();
        return credentials.ToDictionary(
            credential => credential.Id,
            credential => uses[credential.Name] == 1 && !IsReserved(credential.Name)
                ? credential.Name
                : string.Create(CultureInfo.InvariantCulture, $"{credential.Name}#{credential.Id}"));
    }

    // Every name that ends in "#digits" gets its own id appended, so none can equal another's appended form:
    // labels that end alike have equal ids, and an id occurs once.
    private static bool IsReserved(string name)
    {
        if (name.Length == 0 || name.StartsWith("id:", StringComparison.Ordinal))
            return true;
        var mark = name.LastIndexOf('#');
        return mark >= 0 && mark < name.Length - 1 && name.AsSpan(mark + 1).IndexOfAnyExceptInRange('0', '9') < 0;
    }
}
