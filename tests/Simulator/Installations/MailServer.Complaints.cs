namespace PostalSimulator.Installations;

// Complaints about mail that was sent, which come in by a route like any other mail.
public sealed partial class MailServer
{
    private readonly Lock feedbackLock = new();
    private Task<Route>? feedbackRoute;

    /// <summary>Somebody complains about a message, of this server or another: incoming mail at a route of this one, handed on as the route says.</summary>
    /// <returns>The rows it arrived as, of which there is more than one when the shape asks for copies.</returns>
    /// <exception cref="InvalidOperationException">No route is named, and the server has no domain to make one for.</exception>
    public async Task<IReadOnlyList<Message>> ComplainAsync(Message original, ComplaintShape shape, CancellationToken cancellationToken)
    {
        var now = shape.ReceivedAt ?? installation.Time.GetUtcNow();
        var body = ComplaintText.Body(original, shape, now.AddMinutes(-40));
        var isReport = shape.Form == ComplaintForm.Report;
        var recipientDomain = original.Recipient[(original.Recipient.LastIndexOf('@') + 1)..];
        var route = shape.Route ?? await FeedbackRouteAsync(cancellationToken);
        var draft = new MessageDraft(route.Address)
        {
            Scope = "incoming", Route = route, Domain = route.Domain, Helo = $"mx1.{recipientDomain}", ClientAddress = "203.0.113.7",
            Sender = isReport ? $"feedback@{recipientDomain}" : shape.IsRedacted ? $"redacted@{recipientDomain}" : original.Recipient,
            Subject = isReport ? "Email feedback report" : $"Fw: {original.Subject}", MessageId = $"{Tokens.Uuid()}@{recipientDomain}",
            ExtraHeaders = ComplaintText.Headers(shape.Form), Body = body, SizeBytes = body.Length + 700, ReceivedAt = shape.ReceivedAt,
        };
        var copies = new List<Message>();
        for (var copy = 0; copy < shape.Copies; copy++)
        {
            copies.Add(await AcceptAsync(draft, cancellationToken));
            await ProcessAsync(
                copies[^1], route.Mode == "Accept" ? DeliveryOutcome.Accepted() : DeliveryOutcome.ReceivedByEndpoint(), cancellationToken);
        }
        return copies;
    }

    /// <summary>The route of the server's feedback address, which concurrent complaints share.</summary>
    private Task<Route> FeedbackRouteAsync(CancellationToken cancellationToken)
    {
        var domain = FirstDomain ?? throw new InvalidOperationException($"server {Path} has no domain, so it needs ComplaintShape.Route");
        var address = $"fbl@{domain.Name}";
        lock (feedbackLock)
        {
            if (feedbackRoute is null || feedbackRoute.IsFaulted || feedbackRoute.IsCanceled)
                feedbackRoute = routes.FirstOrDefault(route => route.Address == address) is { } known
                    ? Task.FromResult(known) : AddRouteAsync(address, "Accept", cancellationToken);
            return feedbackRoute;
        }
    }
}
