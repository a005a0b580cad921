namespace PostalStack;

/// <summary>A configuration as the project ships it, with the values of the site replaced and nothing else.</summary>
internal sealed class ShippedFile(string path)
{
    private string text = File.ReadAllText(Path.Combine(StackFolder.Repository, path));

    /// <exception cref="StackException">The value is not in the file.</exception>
    public ShippedFile With(string value, string replacement)
    {
        if (!text.Contains(value, StringComparison.Ordinal))
            throw new StackException($"{path} no longer contains '{value}'");
        text = text.Replace(value, replacement, StringComparison.Ordinal);
        return this;
    }

    /// <inheritdoc/>
    public override string ToString() => text;

    public Task SaveAsync(string target, CancellationToken cancellationToken) => File.WriteAllTextAsync(target, text, cancellationToken);
}
