using System.CommandLine;
using PostalExporter.RulePacks;

namespace PostalExporter.Cli;

/// <summary>The flags that say where a page is, and what it asks of those who fetch it.</summary>
internal sealed class PageAccessFlags
{
    private readonly Option<string> basic = new("--http.basic-auth-file") { Description = "File with USER:PASSWORD for the host of the first --url.", HelpName = "file" };
    private readonly Option<string> bearer = new("--http.bearer-token-file") { Description = "File with a token for the host of the first --url.", HelpName = "file" };
    private readonly Option<string> authority = new("--http.ca-file")
    {
        Description = "Certificates of the authorities to trust, in PEM format, instead of the machine's.", HelpName = "file",
    };

    /// <summary>Adds the flags to a verb.</summary>
    public void AddTo(Command verb)
    {
        verb.Add(basic);
        verb.Add(bearer);
        verb.Add(authority);
        verb.Validators.Add(result =>
        {
            if (result.GetResult(basic) is not null && result.GetResult(bearer) is not null)
                result.AddError($"{basic.Name} and {bearer.Name} contradict each other; keep one of them");
        });
    }

    /// <summary>Refuses what is no address in a flag <c>--url</c>.</summary>
    /// <param name="url">The flag.</param>
    /// <param name="example">What could be written.</param>
    public static void ValidateUrl(Option url, string example) => url.Validators.Add(result =>
    {
        foreach (var token in result.Tokens.Where(token => ParseUrl(token.Value) is null))
            result.AddError($"--url {token.Value}: not an address of http or https without a user; write {example}");
    });

    /// <summary>The address of a page, or null when the text is none.</summary>
    public static Uri? ParseUrl(string text) =>
        Uri.TryCreate(text, UriKind.Absolute, out var url) && url.Scheme is "http" or "https" && url.UserInfo.Length == 0 ? url : null;

    /// <summary>What was given.</summary>
    public PageAccess Of(ParseResult result) => new(result.GetValue(basic), result.GetValue(bearer), result.GetValue(authority));
}
