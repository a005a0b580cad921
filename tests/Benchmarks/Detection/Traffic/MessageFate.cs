using PostalExporter.Signals;
using PostalSimulator.Traffic;

namespace PostalExporter.Benchmarks.Detection.Traffic;

/// <summary>What becomes of each message of a server: attempts, failures, bounces and complaints, now or later.</summary>
internal sealed class MessageFate
{
    // As Postal has it: so many attempts, each wait 1.3 times as long as the one before.
    private const int MostAttempts = 18;
    private const double FirstWait = 5 * 1.3;

    private static readonly FailureReason[] Deferrals =
    [
        FailureReason.RateLimited, FailureReason.RateLimited, FailureReason.RateLimited, FailureReason.Connection, FailureReason.SystemTrouble,
        FailureReason.Policy,
    ];

    private readonly IReadOnlyList<ProviderTrouble> troubles;
    private readonly Dictionary<(int Domain, string Status), Tally> byDomain = [];

    public MessageFate(SeriesBook book, IReadOnlyList<ProviderTrouble> troubles)
    {
        this.troubles = troubles;
        for (var domain = 0; domain < MailHost.Domains.Count; domain++)
        {
            foreach (var status in CredentialCounters.Statuses)
            {
                byDomain[(domain, status)] = book.Counter(
                    "postal_recipient_domain_deliveries_total", null, ("recipient_domain", MailHost.Domains[domain]), ("status", status));
            }
        }
    }

    /// <summary>Postal holds the message.</summary>
    public void Hold(AccountRun account, int minute, int domain, Tally cause)
    {
        cause.Add(minute);
        Deliver(account, minute, domain, DeliveryStatus.Held);
    }

    /// <summary>Postal sends the message.</summary>
    /// <param name="account">Whose it is.</param>
    /// <param name="minute">When it was handed in.</param>
    /// <param name="domain">Index in <see cref="MailHost.Domains"/>.</param>
    /// <param name="mix">With what success.</param>
    /// <param name="queue">Where it waits in between.</param>
    /// <param name="random">Chance.</param>
    public void Send(AccountRun account, int minute, int domain, MailMix mix, QueueState queue, ref RandomStream random)
    {
        var at = minute + (int)(random.Share() + random.Exponential(random.Happens(0.03) ? 4 : 0.4));
        if (TroubleAt(at, domain, ref random) is { } trouble)
        {
            account.Outcome(at, trouble.CallsUnknown);
            if (trouble.CallsUnknown)
                FailFirst(account, at, domain, FailureReason.RecipientUnknown);
            else
                Defer(account, at, domain, FailureReason.Connection, mix, 0.9, queue, ref random);
            return;
        }
        var chance = random.Share();
        if ((chance -= mix.Unknown) < 0)
        {
            account.Outcome(at, isUnknown: true);
            // A domain that does not exist is asked for again for more than a day.
            if (random.Happens(0.1))
                Defer(account, at, domain, FailureReason.DnsError, mix, 0, queue, ref random);
            else
                FailFirst(account, at, domain, FailureReason.RecipientUnknown);
            return;
        }
        account.Outcome(at, isUnknown: false);
        if ((chance -= mix.SpamBlock) < 0)
            FailFirst(account, at, domain, FailureReason.SpamBlock);
        else if ((chance -= mix.IpReputation) < 0)
            FailFirst(account, at, domain, FailureReason.IpReputation);
        else if ((chance -= mix.MailboxFull) < 0)
            Defer(account, at, domain, FailureReason.MailboxFull, mix, 0.05, queue, ref random);
        else if (chance - mix.Deferred < 0)
            Defer(account, at, domain, random.One(Deferrals), mix, 0.85, queue, ref random);
        else
            Arrive(account, at, domain, mix, ref random);
    }

    private ProviderTrouble? TroubleAt(int minute, int domain, ref RandomStream random)
    {
        foreach (var trouble in troubles)
        {
            if (trouble.IsAt(minute, domain) && random.Happens(trouble.Share))
                return trouble;
        }
        return null;
    }

    private void FailFirst(AccountRun account, int minute, int domain, FailureReason reason)
    {
        Fail(account, minute, domain, DeliveryStatus.HardFail, reason);
        account.Counters.MessageFailures(reason).Add(minute);
    }

    private void Defer(
        AccountRun account, int minute, int domain, FailureReason reason, MailMix mix, double recovery, QueueState queue, ref RandomStream random)
    {
        account.Counters.MessageFailures(reason).Add(minute);
        Fail(account, minute, domain, DeliveryStatus.SoftFail, reason);
        var (at, wait) = (minute, FirstWait);
        for (var attempt = 2; attempt <= MostAttempts; attempt++, wait *= 1.3)
        {
            var next = at + (int)Math.Round(wait);
            queue.Wait(at, next);
            at = next;
            if (TroubleAt(at, domain, ref random) is { CallsUnknown: false })
            {
                Fail(account, at, domain, DeliveryStatus.SoftFail, FailureReason.Connection);
            }
            else if (random.Happens(recovery))
            {
                // Some receivers look at the address only at the second attempt.
                if (reason == FailureReason.RateLimited && random.Happens(mix.Unknown))
                    Fail(account, at, domain, DeliveryStatus.HardFail, FailureReason.RecipientUnknown);
                else
                    Arrive(account, at, domain, mix, ref random);
                return;
            }
            else
            {
                Fail(account, at, domain, DeliveryStatus.SoftFail, reason);
            }
        }
        Fail(account, at, domain, DeliveryStatus.HardFail, FailureReason.Internal);
    }

    private void Arrive(AccountRun account, int minute, int domain, MailMix mix, ref RandomStream random)
    {
        Deliver(account, minute, domain, DeliveryStatus.Sent);
        if (random.Happens(mix.LateBounces))
        {
            // A bounce points at the notification: its reason is not in the row.
            var at = minute + (int)random.LogBetween(5, 360);
            Fail(account, at, domain, DeliveryStatus.Bounced, FailureReason.Other);
            account.Counters.MessageFailures(FailureReason.Other).Add(at);
        }
        else if (random.Happens(mix.Complaints))
        {
            account.Counters.Complaints.Add(minute + (int)random.LogBetween(40, 480));
        }
    }

    private void Fail(AccountRun account, int minute, int domain, string status, FailureReason reason)
    {
        account.Counters.Failures(status, reason).Add(minute);
        Deliver(account, minute, domain, status);
    }

    private void Deliver(AccountRun account, int minute, int domain, string status)
    {
        account.Counters.Deliveries(status).Add(minute);
        byDomain[(domain, status)].Add(minute);
    }
}
