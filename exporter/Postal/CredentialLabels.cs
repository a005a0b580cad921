using System.Globalization;

namespace PostalExporter.Postal;

/// <summary>Gives each credential of a server the label value by which people know it, and no two the same.</summary>
internal static class CredentialLabels
{
    /// <summary>Characters of the longest label of a row that is gone.</summary>
    public const int LongestGone = 14;

    private const string GonePrefix = "id:";

    /// <summary>The label of a credential or domain whose row is gone: <c>id:ID</c>.</summary>
    /// <param name="id">Its id.</param>
    /// <param name="buffer">Room for <see cref="LongestGone"/> characters.</param>
    public static ReadOnlySpan<char> Gone(int id, Span<char> buffer)
    {
        GonePrefix.CopyTo(buffer);
        id.TryFormat(buffer[GonePrefix.Length..], out var digits, provider: CultureInfo.InvariantCulture);
        return buffer[..(GonePrefix.Length + digits)];
    }

    /// <summary>
    /// The name; <c>NAME#ID</c> where two share it, where it is empty (an empty label means "none"), where it is the label of
    /// all credentials without one of their own, or where it looks like a label that this method or <see cref="Gone"/> makes.
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
        if (name is "" or LabelText.Other || name.StartsWith(GonePrefix, StringComparison.Ordinal))
            return true;
        var mark = name.LastIndexOf('#');
        return mark >= 0 && mark < name.Length - 1 && name.AsSpan(mark + 1).IndexOfAnyExceptInRange('0', '9') < 0;
    }
}
