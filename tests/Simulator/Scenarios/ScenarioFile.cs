using System.Globalization;
using PostalSimulator.Installations;
using PostalSimulator.Traffic;

namespace PostalSimulator.Scenarios;

/// <summary>Reads a scenario. The documented example is <c>Scenarios/demo.yml</c>.</summary>
public static class ScenarioFile
{
    /// <exception cref="ScenarioException">The file cannot be used.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static Scenario Read(string path)
    {
        using var text = File.OpenText(path);
        return Parse(path, text);
    }

    /// <param name="name">Name of the file in messages.</param>
    /// <param name="text">The file's content.</param>
    /// <exception cref="ScenarioException">The text cannot be used.</exception>
    public static Scenario Parse(string name, TextReader text)
    {
        var root = YamlSection.Parse(name, text);
        var scenario = new Scenario
        {
            Seed = (ulong)root.Number("seed", 1, 0, 1e15),
            Organizations = [.. root.Sections("organizations").Select(Organization)],
        };
        scenario = scenario with { Episodes = [.. root.Sections("episodes").Select(section => Episode(section, scenario))] };
        root.Close();
        return scenario;
    }

    private static ScenarioOrganization Organization(YamlSection section)
    {
        var permalink = section.Text("permalink");
        var organization = new ScenarioOrganization(
            section.OptionalText("name") ?? permalink, permalink, [.. section.Sections("servers").Select(Server)]);
        section.Close();
        return organization;
    }

    private static ScenarioServer Server(YamlSection section)
    {
        var permalink = section.Text("permalink");
        var credentials = new List<CredentialDescription>();
        var traffic = new Dictionary<string, TrafficProfile>(StringComparer.Ordinal);
        foreach (var credential in section.Sections("credentials"))
        {
            var name = credential.Text("name");
            credentials.Add(new CredentialDescription(name, credential.Choice("type", "SMTP", "SMTP", "API", "SMTP-IP"))
            {
                Hold = credential.Flag("hold"), UnusedFor = credential.Duration("dormant"),
            });
            if (!traffic.TryAdd(name, Profile(credential)))
                throw credential.Wrong("name", $"'{name}' is the name of another credential of this server; scenarios need distinct names");
            if (credentials[^1].UnusedFor <= TimeSpan.Zero)
                throw credential.Wrong("dormant", "must be longer than nothing, such as 40d");
            if (credentials[^1].UnusedFor is not null && traffic[name].MessagesPerDay > 0)
                throw credential.Wrong("dormant", "a dormant credential sends nothing of its own: leave messages_per_day out, and let an episode wake it");
        }
        var description = new ServerDescription(section.OptionalText("name") ?? permalink, permalink)
        {
            Mode = section.Choice("mode", "Live", "Live", "Development"),
            SendLimit = section.OptionalInteger("send_limit", null),
            MessageRetentionDays = section.OptionalInteger("message_retention_days", 60),
            RawMessageRetentionDays = section.OptionalInteger("raw_message_retention_days", 30),
            RawMessageRetentionSize = section.OptionalInteger("raw_message_retention_size", 2048),
            OutboundSpamThreshold = section.OptionalInteger("outbound_spam_threshold", null),
            PrivacyMode = section.Flag("privacy_mode"),
            Domains = section.Texts("domains"),
            Credentials = credentials,
        };
        var incoming = section.OptionalSection("incoming") is { } received ? Profile(received) : null;
        if (traffic.Values.Any(profile => profile.Reactions.Complaints > 0))
            NeedDomain(section, description);
        section.Close();
        return new ScenarioServer(description, traffic, incoming);
    }

    private static TrafficProfile Profile(YamlSection section)
    {
        var profile = new TrafficProfile
        {
            MessagesPerDay = section.Number("messages_per_day", 0, 0, 1e8),
            Rhythm = new Rhythm(RhythmOf(section))
            {
                Weekend = section.Number("weekend", 1, 0, 100),
                Dispersion = section.Number("dispersion", 0.1, 0, 2),
            },
            Recipients = Mix(section, "consumer"),
            Bounces = Bounces(section, 0.01),
            Reactions = Reactions(section),
            SizeBytes = (int)section.Number("size_bytes", 20_000, 100, 50_000_000),
        };
        section.Close();
        return profile;
    }

    private static double[] RhythmOf(YamlSection section)
    {
        if (!section.IsList("rhythm"))
            return Rhythm.Named[section.Choice("rhythm", "flat", [.. Rhythm.Named.Keys])];
        var hours = section.Texts("rhythm").Select(text =>
            double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var weight) && weight >= 0
                ? weight : throw section.Wrong("rhythm", $"'{text}' is not a weight")).ToArray();
        return hours.Length == 24 && hours.Sum() > 0 ? hours : throw section.Wrong("rhythm", "must name a rhythm or hold 24 weights, not all 0");
    }

    private static RecipientMix Mix(YamlSection section, string fallback)
    {
        var mix = section.IsMapping("recipients")
            ? new RecipientMix(Weights(section, "recipients"))
            : RecipientMix.Named[section.Choice("recipients", fallback, [.. RecipientMix.Named.Keys])];
        if (section.OptionalText("free_mail") is not null)
            mix = mix.WithFreeMail(section.Number("free_mail", 0, 0, 1));
        return section.IsMapping("regions") ? mix.In(Weights(section, "regions")) : mix;
    }

    private static Dictionary<string, double> Weights(YamlSection section, string key)
    {
        var shares = section.OptionalSection(key)!;
        var weights = shares.Keys().ToDictionary(name => name, name => shares.Number(name, 0, 0, 1e9));
        return weights.Values.Sum() > 0 ? weights : throw section.Wrong(key, "needs a weight above 0");
    }

    private static Reactions Reactions(YamlSection section)
    {
        var reactions = new Reactions();
        if (section.OptionalSection("reactions") is not { } shares)
            return reactions;
        reactions = new Reactions
        {
            Opens = shares.Number("opens", 0, 0, 1),
            Clicks = shares.Number("clicks", 0, 0, 1),
            Complaints = shares.Number("complaints", 0, 0, 1),
            ReadingDelay = shares.Duration("reading_delay") ?? reactions.ReadingDelay,
            ComplaintDelay = shares.Duration("complaint_delay") ?? reactions.ComplaintDelay,
        };
        shares.Close();
        return reactions;
    }

    private static BounceBehaviour Bounces(YamlSection section, double unknownRecipients)
    {
        var defaults = new BounceBehaviour();
        if (section.OptionalSection("bounces") is not { } shares)
            return defaults with { UnknownRecipients = unknownRecipients };
        var bounces = new BounceBehaviour
        {
            UnknownRecipients = shares.Number("unknown_recipients", unknownRecipients, 0, 1),
            RepeatedUnknown = shares.Number("repeated_unknown", defaults.RepeatedUnknown, 0, 1),
            SoftFail = shares.Number("soft_fail", defaults.SoftFail, 0, 1),
            MailboxFull = shares.Number("mailbox_full", defaults.MailboxFull, 0, 1),
            SpamRefusals = shares.Number("spam_refusals", defaults.SpamRefusals, 0, 1),
            LateBounces = shares.Number("late_bounces", defaults.LateBounces, 0, 1),
        };
        shares.Close();
        return bounces;
    }

    private static Episode Episode(YamlSection section, Scenario scenario)
    {
        var kind = Enum.Parse<EpisodeKind>(section.Choice("kind", "hijack", "hijack", "loop", "campaign", "guessing"), ignoreCase: true);
        var path = section.Text("server");
        var server = scenario.Servers.FirstOrDefault(candidate => candidate.Path == path).Server
            ?? throw section.Wrong("server", $"'{path}' is no server of this scenario; there are {string.Join(", ", scenario.Servers.Select(known => known.Path))}");
        var credential = section.Text("credential");
        var isNew = section.Flag("new_credential");
        if (server.Credentials.ContainsKey(credential) == isNew)
            throw section.Wrong("credential", isNew
                ? $"'{credential}' is a credential of {path} already, and the episode is to make it; take another name, or leave new_credential out"
                : $"'{credential}' is no credential of {path}; there are {string.Join(", ", server.Credentials.Keys)}");
        var defaults = new Episode(section.Text("name"), kind, path, credential);
        var episode = defaults with
        {
            MessagesPerSecond = section.Number("messages_per_second", 10, 0.001, 10_000),
            Duration = section.Duration("duration") ?? TimeSpan.FromMinutes(20),
            Recipients = Mix(section, kind == EpisodeKind.Hijack ? "bought-list" : "consumer"),
            Bounces = Bounces(section, kind == EpisodeKind.Hijack ? 0.3 : 0.01),
            Reactions = Reactions(section),
            IsNewCredential = isNew,
            SenderDomain = section.OptionalText("sender_domain"),
            SourceNetworks = (int)section.Number("source_networks", 0, 0, Traffic.Episode.MaximumNetworks),
            Subject = section.OptionalText("subject"),
            Links = section.Texts("links"),
            LoopRecipient = section.OptionalText("loop_recipient") ?? defaults.LoopRecipient,
        };
        episode = WithStart(WithList(episode, section), section);
        if (episode.SenderDomain is { } sender && !server.Description.Domains.Contains(sender))
            throw section.Wrong("sender_domain", $"'{sender}' is no domain of {path}; there are {string.Join(", ", server.Description.Domains)}");
        if (episode.Reactions.Complaints > 0)
            NeedDomain(section, server.Description);
        section.Close();
        return episode;
    }

    private static Episode WithList(Episode episode, YamlSection section)
    {
        if (section.OptionalSection("listed_recipients") is not { } list)
            return episode;
        episode = episode with { ListedShare = list.Number("share", 0.01, 0, 1), ListedRecipients = list.Texts("addresses") };
        list.Close();
        return episode.ListedRecipients.Count > 0 ? episode : throw section.Wrong("listed_recipients", "needs addresses");
    }

    /// <summary>Complaints come in by a route, and a route receives for a domain.</summary>
    private static void NeedDomain(YamlSection section, ServerDescription server)
    {
        if (server.Domains.Count == 0)
            throw section.Wrong("reactions", $"complaints arrive at a domain of the server, and {server.Permalink} has none; give it domains");
    }

    private static Episode WithStart(Episode episode, YamlSection section)
    {
        var start = section.OptionalText("start") ?? "on_demand";
        if (start == "on_demand")
            return episode;
        var parts = start.Split(' ');
        if (TimeOnly.TryParseExact(parts[^1], "HH:mm", CultureInfo.InvariantCulture, DateTimeStyles.None, out var time))
        {
            if (parts.Length == 1)
                return episode with { StartTime = time };
            if (parts.Length == 2 && Durations.TryParse(parts[0], out var days))
                return episode with { StartTime = time, StartAfter = days };
        }
        if (Durations.TryParse(start, out var after))
            return episode with { StartAfter = after };
        return DateTimeOffset.TryParse(start, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var moment)
            ? episode with { StartAt = moment }
            : throw section.Wrong("start", $"'{start}' is neither 'on_demand', a duration such as 30s or -3d, a time of the day such as 03:00 or -3d 03:00, "
                + "nor a moment such as 2026-01-31T09:00:00Z");
    }
}
