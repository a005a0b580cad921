using PostalExporter.Signals;

namespace PostalExporter.Tests.Signals;

/// <summary>Failed deliveries with the reason that somebody gave each of them.</summary>
internal sealed class ReplyCorpus
{
    private readonly List<Delivery> deliveries;

    private ReplyCorpus(List<Delivery> deliveries) => this.deliveries = deliveries;

    /// <summary>Reads a file of this folder: reason, receiver, status, details and output, separated by tabs; \n is a line break.</summary>
    public static ReplyCorpus Read(string file)
    {
        var lines = File.ReadLines(RepositoryFiles.PathTo($"tests/Exporter.Tests/Signals/{file}"))
            .Where(line => line.Length > 0 && !line.StartsWith('#') && !line.StartsWith("reason\t", StringComparison.Ordinal));
        var deliveries = lines.Select(line => line.Split('\t')).Select(fields => new Delivery(
            fields[0], fields[2], fields[3], fields[4].Replace(@"\n", "\n", StringComparison.Ordinal))).ToList();
        Assert.NotEmpty(deliveries);
        Assert.All(deliveries, delivery => Assert.Contains(delivery.Reason, FailureReasonLabels.All));
        return new ReplyCorpus(deliveries);
    }

    /// <summary>How well a classifier agrees with the labels.</summary>
    public CorpusScore Score(FailureClassifier classifier)
    {
        var answers = deliveries.Select(delivery => (delivery, Answer: classifier.Classify(delivery.Status, delivery.Details, delivery.Output).Label())).ToList();
        var labels = deliveries.Select(delivery => delivery.Reason).Distinct();
        return new CorpusScore(
            (double)answers.Count(answer => answer.Answer == answer.delivery.Reason) / answers.Count,
            labels.Average(label =>
            {
                var right = answers.Count(answer => answer.Answer == label && answer.delivery.Reason == label);
                var wrong = answers.Count(answer => (answer.Answer == label) != (answer.delivery.Reason == label));
                return 2.0 * right / (2 * right + wrong);
            }),
            [.. answers.Where(answer => answer.Answer != answer.delivery.Reason).Select(answer => $"{answer.delivery.Reason}, not {answer.Answer}: {answer.delivery.Details} | {answer.delivery.Output}")]);
    }

    private sealed record Delivery(string Reason, string Status, string Details, string Output);
}

/// <summary>How well answers agree with labels.</summary>
/// <param name="Accuracy">Share of right answers.</param>
/// <param name="MacroF1">Mean, over the labels, of the harmonic mean of precision and recall.</param>
/// <param name="Mistakes">A line for each wrong answer.</param>
internal sealed record CorpusScore(double Accuracy, double MacroF1, IReadOnlyList<string> Mistakes);
