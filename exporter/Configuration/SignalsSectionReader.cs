namespace PostalExporter.Configuration;

/// <summary>Reads the section <c>signals</c>, which has a section for each signal that can be set up.</summary>
internal static class SignalsSectionReader
{
    /// <summary>Reads the section.</summary>
    public static SignalOptions Read(YamlSection section)
    {
        var defaults = new SignalOptions();
        var signals = new SignalOptions
        {
            LookBack = section.Duration("look_back", TimeSpan.FromDays(7), TimeSpan.FromDays(365)) ?? defaults.LookBack,
            RepeatedRecipients = ReadRepeatedRecipients(section.Section("repeated_recipients")),
            DormantAfter = section.Duration("dormant_after", TimeSpan.FromDays(1), TimeSpan.FromDays(365)) ?? defaults.DormantAfter,
            HoursAfter = section.Duration("hours_after", TimeSpan.FromDays(7), TimeSpan.FromDays(365)) ?? defaults.HoursAfter,
            RecipientScore = ReadRecipientScore(section.Section("recipient_score")),
        };
        section.RefuseUnknown();
        return signals;
    }

    private static RepeatedRecipientOptions ReadRepeatedRecipients(YamlSection section)
    {
        var defaults = new RepeatedRecipientOptions();
        var repeated = new RepeatedRecipientOptions
        {
            Messages = section.Integer("messages", 1, 100_000) ?? defaults.Messages,
            Window = section.Duration("window", TimeSpan.FromMinutes(1), TimeSpan.FromDays(1)) ?? defaults.Window,
        };
        section.RefuseUnknown();
        return repeated;
    }

    private static RecipientScoreOptions ReadRecipientScore(YamlSection section)
    {
        var defaults = new RecipientScoreOptions();
        var normal = section.Share("normal_share");
        var bad = section.Share("bad_share");
        var score = new RecipientScoreOptions
        {
            NormalShare = normal ?? defaults.NormalShare,
            BadShare = bad ?? defaults.BadShare,
            Ceiling = section.Number("ceiling", 1, 1000) ?? defaults.Ceiling,
        };
        if (score.NormalShare >= score.BadShare)
        {
            // What is not in the file cannot be the line to correct.
            var (key, order, other) = normal is null ? ("bad_share", "above normal_share", score.NormalShare) : ("normal_share", "below bad_share", score.BadShare);
            section.Problem(key, FormattableString.Invariant($"does not lie {order} ({other}); correct one of them"));
        }

        section.RefuseUnknown();
        return score;
    }
}
