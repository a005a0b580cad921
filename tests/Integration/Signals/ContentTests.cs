using System.Text;
using MySqlConnector;
using PostalExporter.Configuration;
using PostalExporter.Signals;
using PostalSimulator.Installations;

namespace PostalExporter.Integration.Signals;

public sealed class ContentTests(MariaDbFixture mariaDb) : IAsyncLifetime
{
    private const string Matches = "postal_content_matches_total";
    private const string Ratio = "postal_credential_similar_subjects_ratio";
    private Installation installation = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private MailServer Server => installation.Servers[0];

    public async ValueTask InitializeAsync() => installation = await Installation.CreateAsync(
        mariaDb.Server.ConnectionString, InstallationDescription.WithCredentials("app", "shop"), Cancel);

    public ValueTask DisposeAsync() => installation.DisposeAsync();

    [Fact]
    public async Task A_subject_counts_once_for_each_rule_that_it_matches_and_for_each_recipient()
    {
        await using var exporter = await StartAsync(
            ContentRule.OfText("invoice", ContentPart.Subject, "invoice.*overdue"), ContentRule.OfText("digits", ContentPart.Subject, @"\d{4}"));
        var first = await exporter.ScrapeAsync();
        await SendAsync(Draft() with { Subject = "Your INVOICE 4711 is overdue" });
        await SendAsync(Draft() with { Recipient = "b@example.com", Subject = "Your INVOICE 4711 is overdue" });
        await SendAsync(Draft() with { Subject = "Overdue: invoice 12" });
        await Server.AcceptIncomingAsync("hello@acme.example", Cancel);

        var page = await exporter.ScrapeAsync();

        Assert.Equal(0, first.Find(Matches, ("credential", "shop"), ("rule", "digits")));
        Assert.Equal(0, first.Find(Matches, ("credential", "app"), ("rule", "invoice")));
        Assert.Equal(2, page.Find(Matches, ("credential", "app"), ("rule", "invoice")));
        Assert.Equal(2, page.Find(Matches, ("credential", "app"), ("rule", "digits")));
        Assert.Equal(4, page.Sum(Matches));
        Assert.Equal(0, page.Find("postal_exporter_content_timeouts_total", ("rule", "invoice")));
    }

    [Fact]
    public async Task A_tag_counts_whether_the_API_gave_it_or_a_header_that_Postal_has_not_read_yet()
    {
        await using var exporter = await StartAsync(ContentRule.OfText("bulk", ContentPart.Tag, "^bulk"));
        await exporter.ScrapeAsync();
        await SendAsync(Draft() with { Tag = "bulk-7" });
        await SendAsync(Draft() with { TagHeader = "Bulk" });
        await SendAsync(Draft() with { TagHeader = "bulk", ExtraHeaders = ["X-Postal-Tag: other"] });
        // The last one is Postal's choice, and what is stored already comes before any header.
        await SendAsync(Draft() with { TagHeader = "other", ExtraHeaders = ["X-Postal-Tag: bulk"] });
        await SendAsync(Draft() with { Tag = "news", TagHeader = "bulk" });
        await SendAsync(Draft() with { TagHeader = "bulk", StoreRaw = false });

        Assert.Equal(3, (await exporter.ScrapeAsync()).Sum(Matches));
    }

    [Fact]
    public async Task A_message_with_several_links_counts_once_also_after_a_restart()
    {
        await using var exporter = await StartAsync(
            ContentRule.OfLinks("evil", "evil.example"), ContentRule.OfLinks("worse", "worse.example"));
        await exporter.ScrapeAsync();
        var message = await Server.AcceptAsync(
            Draft() with { Links = ["https://evil.example/a", "https://login.evil.example/b", "https://acme.example/c", "http://evil.example.org/"] }, Cancel);
        await Server.DeliverAsync(message, DeliveryOutcome.Sent("a@example.com"), Cancel);

        var page = await exporter.ScrapeAsync();
        await exporter.RestartAsync();
        await AddLinkAsync(message, "https://www.evil.example/d");
        await AddLinkAsync(message, "https://worse.example/");
        var later = await exporter.ScrapeAsync();

        Assert.Equal(1, page.Find(Matches, ("credential", "app"), ("rule", "evil")));
        Assert.Equal(1, page.Sum(Matches));
        Assert.Equal(1, later.Find(Matches, ("credential", "app"), ("rule", "evil")));
        Assert.Equal(1, later.Find(Matches, ("credential", "app"), ("rule", "worse")));
    }

    [Fact]
    public async Task Text_is_decoded_before_it_is_judged()
    {
        Encoding.RegisterProvider(CodePagesEncodingProvider.Instance);
        var russian = Convert.ToBase64String(Encoding.GetEncoding("windows-1251").GetBytes("Срочно проверьте свой ПАРОЛЬ сегодня"));
        await using var exporter = await StartAsync(
            ContentRule.OfText("lure", ContentPart.Text, "проверьте.*пароль"), ContentRule.OfText("expired", ContentPart.Text, "password.*expired"));
        await exporter.ScrapeAsync();
        await SendAsync(Draft() with
        {
            ExtraHeaders = ["MIME-Version: 1.0", "Content-Type: text/plain; charset=windows-1251", "Content-Transfer-Encoding: base64"],
            Body = russian + "\r\n",
        });
        await SendAsync(Draft() with
        {
            ExtraHeaders = ["Content-Type: multipart/alternative; boundary=\"b\""],
            Body = "--b\r\nContent-Type: text/plain\r\n\r\nhello\r\n--b\r\nContent-Type: text/html\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\nYour pass=\r\nword has =65xpired\r\n--b--\r\n",
        });

        var page = await exporter.ScrapeAsync();

        Assert.Equal(1, page.Find(Matches, ("rule", "lure"), ("credential", "app")));
        Assert.Equal(1, page.Find(Matches, ("rule", "expired"), ("credential", "app")));
    }

    [Fact]
    public async Task Broken_mail_stops_nothing()
    {
        await using var exporter = await StartAsync(ContentRule.OfText("lure", ContentPart.Text, "password"));
        await exporter.ScrapeAsync();
        await SendAsync(Draft() with { Body = null });
        await SendAsync(Draft() with { StoreRaw = false });
        await SendAsync(Draft() with { ExtraHeaders = ["Content-Type: multipart/mixed; boundary="], Body = "--\r\n\r\npassword" });
        await SendAsync(Draft() with { ExtraHeaders = ["Content-Type: multipart/mixed; boundary=a"], Body = string.Concat(Enumerable.Repeat("--a\r\nContent-Type: multipart/mixed; boundary=a\r\n\r\n", 2000)) });
        await SendAsync(Draft() with { ExtraHeaders = ["Content-Type: text/plain; charset=\"\u0001", "Content-Transfer-Encoding: base64"], Body = "%%%" });
        await SendAsync(Draft() with { Body = "your password" });

        var page = await exporter.ScrapeAsync();

        Assert.Equal(1, page.Find("postal_exporter_server_up", ("server", Server.Permalink)));
        Assert.DoesNotContain(page.Values, pair => pair.Key.StartsWith("postal_exporter_collector_success", StringComparison.Ordinal) && pair.Value == 0);
        Assert.InRange(page.Find(Matches, ("credential", "app"), ("rule", "lure"))!.Value, 1, 2);
    }

    [Fact]
    public async Task Subjects_that_differ_in_names_and_numbers_are_similar_from_twenty_on()
    {
        await using var exporter = await StartAsync(new ContentOptions { SimilarSubjects = true });
        await exporter.ScrapeAsync();
        for (var i = 0; i < 19; i++)
            await SendAsync(Draft() with { Subject = $"Dear customer {i}, invoice {4711 * i} is overdue since {i} days" });
        var before = await exporter.ScrapeAsync();
        await SendAsync(Draft() with { Subject = "Minutes of the board meeting" });
        for (var i = 0; i < 5; i++)
            await SendAsync(Draft() with { Credential = Server.Credentials[1] });

        var page = await exporter.ScrapeAsync();

        Assert.Null(before.Find(Ratio, ("credential", "app")));
        Assert.Equal(0.95, page.Find(Ratio, ("credential", "app")));
        Assert.Null(page.Find(Ratio, ("credential", "shop")));
        Assert.Equal(0, page.Sum(Matches));
    }

    [Fact]
    public async Task Nothing_of_the_content_is_on_the_page_in_the_log_or_in_the_state()
    {
        using var log = new TestLog();
        await using var exporter = await ExporterUnderTest.StartAsync(Configuration(new ContentOptions
        {
            ReadText = true,
            SimilarSubjects = true,
            Rules =
            [
                ContentRule.OfText("s", ContentPart.Subject, "xylophone"), ContentRule.OfText("t", ContentPart.Tag, "xylophone"),
                ContentRule.OfText("b", ContentPart.Text, "xylophone"), ContentRule.OfLinks("l", "xylophone.example"),
            ],
        }), TimeProvider.System, TestLog.CreateFactory(log));
        await exporter.ScrapeAsync();
        var message = await Server.AcceptAsync(
            Draft() with { Subject = "xylophone", Tag = "xylophone", Body = "xylophone", Links = ["https://xylophone.example/"] }, Cancel);
        await Server.DeliverAsync(message, DeliveryOutcome.Sent("a@example.com"), Cancel);

        var page = await exporter.ScrapeAsync();

        Assert.Equal(4, page.Sum(Matches));
        Assert.DoesNotContain("xylophone", page.Text, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain(log.Lines, line => line.Contains("xylophone", StringComparison.OrdinalIgnoreCase));
        // Nobody else may open the lock, and it is empty.
        foreach (var file in Directory.EnumerateFiles(exporter.StateDirectory).Where(file => Path.GetFileName(file) != "lock"))
        {
            await using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
            using var reader = new StreamReader(stream, Encoding.Latin1);
            Assert.DoesNotContain("xylophone", await reader.ReadToEndAsync(Cancel), StringComparison.OrdinalIgnoreCase);
        }
    }

    private MessageDraft Draft() => new("a@example.com") { Credential = Server.Credentials[0], Domain = Server.Domains[0] };

    private Task<Message> SendAsync(MessageDraft draft) => Server.AcceptAsync(draft, Cancel);

    private async Task AddLinkAsync(Message message, string url)
    {
        await using var connection = new MySqlConnection(mariaDb.Server.ConnectionString);
        await connection.OpenAsync(Cancel);
        await using var command = new MySqlCommand(
            $"INSERT INTO `{Server.DatabaseName}`.links (message_id, token, hash, url, timestamp) "
            + "VALUES (@id, LEFT(MD5(@url), 16), SHA1(@url), @url, UNIX_TIMESTAMP())", connection);
        command.Parameters.AddWithValue("@id", message.Id);
        command.Parameters.AddWithValue("@url", url);
        await command.ExecuteNonQueryAsync(Cancel);
    }

    private Task<ExporterUnderTest> StartAsync(params ContentRule[] rules) => StartAsync(new ContentOptions { Rules = rules, ReadText = true });

    private Task<ExporterUnderTest> StartAsync(ContentOptions content) =>
        ExporterUnderTest.StartAsync(Configuration(content));

    private ExporterConfiguration Configuration(ContentOptions content) =>
        ExporterUnderTest.ConfigurationFor(mariaDb.Server, installation) with { Content = content };
}
