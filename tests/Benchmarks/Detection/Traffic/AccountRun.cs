using PostalExporter.Configuration;
using PostalExporter.Signals;
using PostalSimulator.Traffic;

namespace PostalExporter.Benchmarks.Detection.Traffic;

/// <summary>A credential while its trace is made: its counters, and what the exporter remembers of it.</summary>
internal sealed class AccountRun
{
    private static readonly SignalOptions Options = new();

    private readonly Account account;
    private readonly int id;
    private readonly RecipientScores scores;
    private readonly double[] lastUsed;
    private readonly double[] firstMessage;
    private readonly double[] recipients;
    private readonly double[] score;
    private readonly int[] unknown;
    private readonly int[] known;
    private readonly RecipientWindow window = new();
    private Habits? habits;
    private long? lastUse;

    public AccountRun(Account account, int id, RecipientScores scores, SeriesBook book, int minutes, ref RandomStream random)
    {
        (this.account, this.id, this.scores) = (account, id, scores);
        Counters = new CredentialCounters(book, account.Traced.Name, account.Created);
        (lastUsed, firstMessage, recipients, score) = (new double[minutes], new double[minutes], new double[minutes], new double[minutes]);
        (unknown, known) = (new int[minutes], new int[minutes]);
        lastUse = account.LastUse;
        Learn(ref random);
    }

    /// <summary>The credential.</summary>
    public Account Account => account;

    /// <summary>Its counters.</summary>
    public CredentialCounters Counters { get; }

    /// <summary>Takes the sample of a minute.</summary>
    public void Sample(int minute)
    {
        var exists = minute >= account.Created;
        lastUsed[minute] = lastUse ?? double.NaN;
        firstMessage[minute] = habits?.First ?? double.NaN;
        recipients[minute] = exists ? window.Estimate(minute) : double.NaN;
        score[minute] = exists ? scores[id] : double.NaN;
    }

    /// <summary>Notes that so many messages were handed in.</summary>
    public void Used(int minute, int messages)
    {
        Counters.Messages.Add(minute, messages);
        var seconds = lastUse = TraceTime.Seconds(minute) + 30;
        if (habits is null)
        {
            habits = new Habits(seconds.Value);
        }
        else
        {
            if (habits.IsAwakeAgain(seconds.Value) || habits.Wakes(seconds.Value, Options.DormantAfter))
                Counters.Dormant.Add(minute, messages);
            if (seconds - habits.First >= Options.HoursAfter.TotalSeconds && habits.IsUnusualHour(seconds.Value, Options.LookBack))
                Counters.UnusualHours.Add(minute, messages);
        }
        Remember(seconds.Value);
    }

    /// <summary>Notes whom a message goes to.</summary>
    public void WroteTo(int minute, ulong recipient) => window.Add(minute, recipient);

    /// <summary>Notes the first outcome of a message, at that minute or a later one.</summary>
    public void Outcome(int minute, bool isUnknown)
    {
        if (minute < known.Length)
            (isUnknown ? unknown : known)[minute]++;
    }

    /// <summary>Takes the outcomes of a minute into the score, in any order.</summary>
    public void Score(int minute, ref RandomStream random)
    {
        var (bad, all) = (unknown[minute], unknown[minute] + known[minute]);
        for (; all > 0; all--)
        {
            var isUnknown = bad > 0 && random.Below(all) < bad;
            scores.Observe(id, isUnknown);
            bad -= isUnknown ? 1 : 0;
        }
    }

    /// <summary>Forgets what is not in Postal's databases.</summary>
    public void LoseState() => window.Clear();

    /// <summary>Writes the gauges.</summary>
    public void WriteGauges(SeriesBook book)
    {
        var name = ("credential", account.Traced.Name);
        book.Gauge("postal_credential_last_used_timestamp_seconds", lastUsed, name);
        book.Gauge("postal_credential_first_message_timestamp_seconds", firstMessage, name);
        book.Gauge("postal_credential_recipients", recipients, name, ("window", "1h"));
        book.Gauge("postal_credential_recipient_score", score, name);
    }

    // What the exporter had seen in the weeks before the trace: the hours in which the first week has mail.
    private void Learn(ref RandomStream random)
    {
        const int WeeksBefore = 6;
        if (account.FirstUse is not { } first)
            return;
        habits = new Habits(first);
        if (account.LastUse is { } last && account.Role == AccountRole.Dormant)
            Remember(last);
        if (account.Role != AccountRole.Active)
            return;
        for (var week = WeeksBefore; week > 0; week--)
        {
            for (var hour = 0; hour < TraceTime.Week; hour += TraceTime.Hour)
            {
                if (random.Poisson(account.Ordinary!.Expected(hour, hour + TraceTime.Hour)) > 0)
                    Remember(TraceTime.Seconds(hour - (week * TraceTime.Week)));
            }
        }
    }

    private void Remember(long seconds)
    {
        if (!habits!.Knows(0, seconds))
            habits.Take(0, seconds, isPast: false, Options.DormantAfter, Options.LookBack);
    }
}
