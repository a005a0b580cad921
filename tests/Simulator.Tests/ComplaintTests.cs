using Dapper;
using PostalSimulator.Installations;

namespace PostalSimulator.Tests;

public sealed class ComplaintTests(MariaDbFixture database)
{
    private readonly CancellationToken cancellationToken = TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_report_arrives_by_a_route_and_names_the_original_by_token_and_id()
    {
        await using var installation = await CreateAsync();
        var server = installation.Server("mail");
        var original = await SendAsync(server);

        var report = Assert.Single(await server.ComplainAsync(original, new ComplaintShape { FeedbackType = "fraud" }, cancellationToken));

        var stored = await StoredText.ReadAsync(database, server, report, cancellationToken);
        Assert.Contains("Content-Type: multipart/report; report-type=feedback-report;", stored.Lines);
        Assert.Contains("\r\nFeedback-Type: fraud\r\n", stored.Body, StringComparison.Ordinal);
        Assert.Contains("\r\nContent-Type: message/rfc822\r\n", stored.Body, StringComparison.Ordinal);
        Assert.Contains($"\r\nX-Postal-MsgID: {original.Token}\r\n", stored.Body, StringComparison.Ordinal);
        Assert.Contains($"\r\nMessage-ID: <{original.MessageId}>\r\n", stored.Body, StringComparison.Ordinal);
        Assert.Contains("\r\nOriginal-Rcpt-To: <someone@example.com>\r\n", stored.Body, StringComparison.Ordinal);
        await using var connection = await database.ConnectAsync(cancellationToken);
        Assert.Equal(("incoming", "fbl@acme.example", (int)server.Routes[0].Id, "Processed", 0), await connection.QuerySingleAsync<(string, string, int, string, int)>(
            $"SELECT scope, rcpt_to, route_id, status, CAST(bounce AS INT) FROM `{server.DatabaseName}`.messages WHERE id = {report.Id}"));
    }

    [Fact]
    public async Task What_a_receiver_takes_out_of_the_original_is_not_there()
    {
        await using var installation = await CreateAsync();
        var server = installation.Server("mail");
        var original = await SendAsync(server);

        var report = await server.ComplainAsync(
            original, new ComplaintShape { HasToken = false, HasMessageId = false, IsRedacted = true, HasHeadersOnly = true }, cancellationToken);

        var stored = await StoredText.ReadAsync(database, server, report[0], cancellationToken);
        Assert.Contains("\r\nContent-Type: text/rfc822-headers\r\n", stored.Body, StringComparison.Ordinal);
        foreach (var trace in (string[])["X-Postal-MsgID", original.Token, original.MessageId!, original.Recipient, "This is the text of the message."])
            Assert.DoesNotContain(trace, stored.Headers + stored.Body, StringComparison.Ordinal);
        Assert.DoesNotContain("Message-ID", stored.Body, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(ComplaintForm.Quoted, "> X-Postal-MsgID: ")]
    [InlineData(ComplaintForm.Forwarded, "\r\nX-Postal-MsgID: ")]
    public async Task A_person_quotes_the_headers_or_attaches_the_mail(ComplaintForm form, string before)
    {
        await using var installation = await CreateAsync();
        var server = installation.Server("mail");
        var original = await SendAsync(server);
        var route = await server.AddRouteAsync("abuse@acme.example", "Accept", cancellationToken);

        var complaint = await server.ComplainAsync(original, new ComplaintShape { Form = form, Route = route }, cancellationToken);

        var stored = await StoredText.ReadAsync(database, server, complaint[0], cancellationToken);
        Assert.Contains(before + original.Token, stored.Body, StringComparison.Ordinal);
        Assert.Contains("To: abuse@acme.example", stored.Lines);
        Assert.DoesNotContain("feedback-report", stored.Headers + stored.Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_repeated_report_is_the_same_text_in_another_row()
    {
        await using var installation = await CreateAsync();
        var server = installation.Server("mail");
        var original = await SendAsync(server);

        var copies = await server.ComplainAsync(
            original, new ComplaintShape { Copies = 2, ReceivedAt = new DateTimeOffset(2026, 3, 3, 7, 5, 9, TimeSpan.Zero) }, cancellationToken);

        var first = await StoredText.ReadAsync(database, server, copies[0], cancellationToken);
        var second = await StoredText.ReadAsync(database, server, copies[1], cancellationToken);
        Assert.NotEqual(copies[0].Id, copies[1].Id);
        Assert.NotEqual(copies[0].MessageId, original.MessageId);
        Assert.Equal(copies[0].MessageId, copies[1].MessageId);
        Assert.Equal((first.Headers, first.Body), (second.Headers, second.Body));
    }

    private async Task<Message> SendAsync(MailServer server)
    {
        var message = await server.AcceptAsync(server.Credential("app"), "someone@example.com", cancellationToken);
        await server.ProcessAsync(message, DeliveryOutcome.Sent(message.Recipient), cancellationToken);
        return message;
    }

    private Task<Installation> CreateAsync() =>
        Installation.CreateAsync(database.ConnectionString, InstallationDescription.WithCredentials("app"), cancellationToken);
}
