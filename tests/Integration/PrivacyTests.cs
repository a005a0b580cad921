using System.Globalization;
using System.Text;
using PostalSimulator.Installations;

namespace PostalExporter.Integration;

/// <summary>
/// An exporter with everything switched on, as a process that logs all it can, on mail full of words that nobody else may
/// see: they are nowhere in its answers, its log and its state directory.
/// </summary>
public sealed class PrivacyTests(MariaDbFixture mariaDb) : IAsyncLifetime
{
    // Local parts of recipients and senders, a subject, a tag, words of a text, of a reply and of a link, a client's address.
    private static readonly string[] Secrets =
    [
        "zelda.planted", "yorick.planted", "quintessential-subject", "tag-of-planted", "bodywordplanted", "replywordplanted", "pathwordplanted",
        "trapaddressplanted", "198.51.100.73", "198.51.100",
    ];

    private Installation installation = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private MailServer Server => installation.Servers[0];

    public async ValueTask InitializeAsync() =>
        installation = await Installation.CreateAsync(mariaDb.Server.ConnectionString, InstallationDescription.WithCredentials("app"), Cancel);

    public ValueTask DisposeAsync() => installation.DisposeAsync();

    [Fact]
    public async Task Addresses_subjects_and_texts_stay_in_the_process()
    {
        await using var exporter = await ExporterProcess.CreateAsync(mariaDb.Server, installation);
        await File.AppendAllTextAsync(exporter.ConfigurationFile, Options, Cancel);
        await File.WriteAllTextAsync(Path.Combine(Path.GetDirectoryName(exporter.ConfigurationFile)!, "traps.txt"), "trapaddressplanted@example.com\nzelda.planted7@example.com\n", Cancel);
        exporter.Flags = ["--log.level", "debug"];
        await exporter.LaunchAsync();
        await exporter.ScrapeAsync();
        var first = await SendAsync(0);
        for (var i = 1; i < 30; i++)
            await SendAsync(i);
        await Server.ComplainAsync(first, new ComplaintShape(), Cancel);
        await Server.ComplainAsync(first, new ComplaintShape { Form = ComplaintForm.Quoted, HasToken = false }, Cancel);
        var page = await exporter.ScrapeAsync();
        // What must have been looked at, or this test would prove nothing.
        Assert.Equal(30, page.Sum("postal_messages_total", ("scope", "outgoing")));
        Assert.Equal(1, page.Sum("postal_complaints_total"));
        Assert.Equal(30, page.Sum("postal_delivery_failures_total"));
        Assert.Equal(1, page.Find("postal_credential_source_networks", ("credential", "app")));
        Assert.Equal(1, page.Find("postal_listed_recipient_messages_total", ("list", "traps")));
        foreach (var rule in (string[])["lure", "tagged", "words", "links"])
            Assert.Equal(30, page.Find("postal_content_matches_total", ("rule", rule)));
        await exporter.TerminateAsync();
        await exporter.LaunchAsync();
        var again = await exporter.ScrapeAsync();
        await exporter.TerminateAsync();

        var places = new List<(string Name, string Text)> { ("page", page.Text), ("page after a restart", again.Text), ("log", exporter.LogText) };
        foreach (var file in Directory.EnumerateFiles(exporter.StateDirectory, "*", SearchOption.AllDirectories))
            places.Add((file, Encoding.Latin1.GetString(await File.ReadAllBytesAsync(file, Cancel))));
        Assert.Contains(places, place => place.Name.EndsWith("state.db", StringComparison.Ordinal) && place.Text.Contains("postal_complaints_total", StringComparison.Ordinal));
        foreach (var (name, text) in places)
        {
            foreach (var secret in Secrets)
                Assert.False(text.Contains(secret, StringComparison.OrdinalIgnoreCase), $"{name} holds {secret}");
        }
    }

    private async Task<Message> SendAsync(int number)
    {
        var recipient = string.Create(CultureInfo.InvariantCulture, $"zelda.planted{number}@example.com");
        var message = await Server.AcceptAsync(
            new MessageDraft(recipient)
            {
                Credential = Server.Credentials[0], Domain = Server.Domains[0], Sender = "yorick.planted@acme.example", Subject = "quintessential-subject for you",
                TagHeader = "tag-of-planted", Body = "A bodywordplanted text.\r\n", Links = ["https://links.example/pathwordplanted"], ClientAddress = "198.51.100.73",
            },
            Cancel);
        await Server.ProcessAsync(message, DeliveryOutcome.Sent(recipient), Cancel);
        await Server.InsertDeliveryRowAsync(
            new DeliveryRow(message.Id, "HardFail") { Details = "Permanent SMTP delivery error when sending to mx", Output = $"550 5.1.1 <{recipient}> replywordplanted unknown" }, Cancel);
        return message;
    }

    private static string Options => """
        complaints: {routes: [fbl@acme.example]}
        sources: {enabled: true, learn_for: 0s}
        lists: [{name: traps, file: traps.txt}]
        content:
          read_text: true
          similar_subjects: true
          rules:
            - {name: lure, subject: quintessential-subject}
            - {name: tagged, tag: tag-of-planted}
            - {name: words, text: bodywordplanted}
            - {name: links, link_domain: links.example}
        """;
}
