using Markdig;
using Markdig.Extensions.AutoIdentifiers;
using Markdig.Renderers.Html;
using Markdig.Syntax;
using Markdig.Syntax.Inlines;

namespace PostalExporter.Conformance;

/// <summary>A page of the documentation, as GitHub shows it.</summary>
internal sealed class MarkdownPage
{
    private static readonly MarkdownPipeline Pipeline =
        new MarkdownPipelineBuilder().UsePipeTables().UseAutoIdentifiers(AutoIdentifierOptions.GitHub).Build();

    private readonly MarkdownDocument document;

    private MarkdownPage(string path)
    {
        Path = path;
        Name = System.IO.Path.GetRelativePath(Repository.Root, path);
        Text = File.ReadAllText(path);
        document = Markdown.Parse(Text, Pipeline);
    }

    /// <summary>Every page of the repository.</summary>
    public static IReadOnlyList<MarkdownPage> All { get; } = [.. PathsBelow(Repository.Root).Order(StringComparer.Ordinal).Select(path => new MarkdownPage(path))];

    /// <summary>The front page.</summary>
    public static MarkdownPage Readme => Of("README.md");

    /// <summary>Full path.</summary>
    public string Path { get; }

    /// <summary>Path relative to the repository's root.</summary>
    public string Name { get; }

    /// <summary>The source.</summary>
    public string Text { get; }

    /// <summary>Targets of links that stay in the repository.</summary>
    public IEnumerable<string> Links => document.Descendants<LinkInline>().Select(link => link.Url ?? "")
        .Where(url => !url.Contains("://", StringComparison.Ordinal));

    /// <summary>Names that a link can end in after <c>#</c>.</summary>
    public IEnumerable<string?> Anchors => document.Descendants<HeadingBlock>().Select(heading => heading.GetAttributes().Id);

    /// <summary>Texts in <c>`backticks`</c>.</summary>
    public IEnumerable<string> CodeSpans => document.Descendants<CodeInline>().Select(code => code.Content);

    /// <summary>Fenced blocks in their order.</summary>
    public IEnumerable<CodeBlock> Blocks => document.Descendants<FencedCodeBlock>().Select(block => new CodeBlock(block.Info ?? "", block.Lines.ToString() + "\n"));

    /// <summary>The page of that path relative to the repository's root.</summary>
    public static MarkdownPage Of(string name) => All.Single(page => page.Name == name);

    /// <inheritdoc/>
    public override string ToString() => Name;

    private static IEnumerable<string> PathsBelow(string folder) => Directory.EnumerateFiles(folder, "*.md").Concat(
        Directory.EnumerateDirectories(folder).Where(child => System.IO.Path.GetFileName(child) is not ("bin" or "obj" or ['.', ..])).SelectMany(PathsBelow));

    /// <summary>What is printed between fences.</summary>
    /// <param name="Language">Word behind the opening fence.</param>
    /// <param name="Text">The lines, each with its end.</param>
    internal sealed record CodeBlock(string Language, string Text)
    {
        /// <summary>Name of the file that a block's first line gives: <c># /etc/FOLDER/exporter.yml</c> gives <c>exporter.yml</c>; else null.</summary>
        public string? FileName => Text.Split('\n')[0] is ['#', ' ', .. var path] && path.EndsWith(".yml", StringComparison.Ordinal)
            ? System.IO.Path.GetFileName(path)
            : null;
    }
}
