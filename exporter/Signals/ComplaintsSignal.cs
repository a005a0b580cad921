using PostalExporter.Metrics;
using PostalExporter.RawMail;

namespace PostalExporter.Signals;

/// <summary>
/// <c>postal_complaints_total</c>, counted for the server and credential that sent the message, wherever the complaint came in, and
/// <c>postal_unlinked_complaints_total</c> for the server where it came in.
/// </summary>
internal sealed class ComplaintsSignal(ServerView view) : ISignal
{
    private readonly SeriesCache<FeedbackType> unlinked = new(type => view.Series(Families.UnlinkedComplaints, type.Label()));

    /// <inheritdoc/>
    public void Observe(InspectedMessage message, RowEffects effects)
    {
        // That it was no spam is the opposite of a complaint.
        if (message.Complaint is not { Type: not FeedbackType.NotSpam } complaint)
            return;
        if (complaint.About.Count == 0)
            effects.Add(unlinked[complaint.Type]);
        foreach (var (sender, messageId, credentialId) in complaint.About)
        {
            // Providers repeat reports, and a route with several endpoints makes several rows of one.
            if (effects.Once(sender.Marks[MarkKind.Complained], messageId))
                effects.Add(sender.Series(Families.Complaints, sender.Credential(credentialId).Name, complaint.Type.Label()));
        }
    }
}
