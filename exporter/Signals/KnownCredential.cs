using PostalExporter.Metrics;
using PostalExporter.Postal;
using PostalExporter.RawMail;

namespace PostalExporter.Signals;

/// <summary>
/// Series that a credential has from the moment it is known and has a place. Prometheus sees a rise only between two samples: a
/// counter that is born with its first hundred failures would hide them.
/// </summary>
internal static class KnownCredential
{
    private static readonly string[] Statuses = [DeliveryStatus.Sent, DeliveryStatus.SoftFail, DeliveryStatus.HardFail];

    /// <summary>Makes the series that rules watch for abuse.</summary>
    /// <returns>The one that counts its messages.</returns>
    public static CounterSeries Declare(ServerView view, Credential credential)
    {
        var scope = ServerView.Scope(outgoing: true);
        foreach (var status in Statuses)
            view.Series(Families.Deliveries, scope, credential.Label, status);
        view.Series(Families.MessageFailures, credential.Label, FailureReason.RecipientUnknown.Label());
        view.Series(Families.NewRecipientDomainMessages, credential.Label);
        view.Series(Families.RepeatedRecipientMessages, credential.Label);
        view.Series(Families.DormantCredentialMessages, credential.Label);
        view.Series(Families.UnusualHourMessages, credential.Label);
        view.Series(Families.NewSenderDomainMessages, credential.Label);
        if (view.Configuration.Complaints.Routes.Count > 0)
            view.Series(Families.Complaints, credential.Label, FeedbackType.Abuse.Label());
        if (view.Configuration.Sources.Enabled)
            view.Series(Families.NewSourceNetworkMessages, credential.Label);
        foreach (var rule in view.Configuration.Content.Rules)
            view.Series(Families.ContentMatches, credential.Label, rule.Name);
        // The first message to a trap says it all.
        foreach (var list in view.Configuration.Lists.All)
            view.Series(Families.ListedRecipientMessages, credential.Label, list.Name);
        return view.Series(Families.Messages, scope, credential.Label);
    }
}
