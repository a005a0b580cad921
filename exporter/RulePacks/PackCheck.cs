using PostalExporter.Cli;
using PostalExporter.Collectors;
using PostalExporter.Configuration;
using PostalExporter.Metrics;

namespace PostalExporter.RulePacks;

/// <summary>Holds a pack against what exporters show: every series, label and limit that its rules read must be there.</summary>
internal sealed class PackCheck
{
    private const string SignalLabel = "signal";

    private readonly RulePack pack;
    private readonly ExposedSeries exposed;
    private readonly CheckReport report;
    private readonly SeriesLabels labels;
    private readonly IReadOnlyList<ReadQuery> queries;

    /// <param name="pack">The pack.</param>
    /// <param name="exposed">What the pages show.</param>
    /// <param name="report">Where findings go.</param>
    public PackCheck(RulePack pack, ExposedSeries exposed, CheckReport report)
    {
        this.pack = pack;
        this.exposed = exposed;
        this.report = report;
        labels = new SeriesLabels(pack, exposed);
        queries = ReadQuery.Of(pack, (place, message) => report.Problem($"{place}: {message}"));
    }

    /// <summary>Checks everything.</summary>
    public void Run()
    {
        foreach (var file in pack.Files.Where(file => file.IsEdited))
            report.Warning($"{file.Name}: was changed after it was rendered; move the change to the configuration of rules render, and render again");
        CheckContract();
        CheckCollectors();
        CheckSeries();
        CheckLabels();
        CheckThresholds();
    }

    private void CheckContract()
    {
        var contracts = exposed.ValuesOf(Families.BuildInfo, "contract");
        if (contracts.Count == 0)
            report.Problem($"{Families.BuildInfo}: no page has it, so none is a Postal exporter's; give the address of one by --url");
        foreach (var contract in contracts.Where(contract => contract != pack.Contract))
            report.Problem($"{Families.BuildInfo}: an exporter speaks metric contract {contract}, the pack reads {pack.Contract}; load the pack of the exporter's release");
        if (contracts.SetEquals([pack.Contract]))
            report.Ok($"metric contract {pack.Contract} is that of the exporter");
    }

    private void CheckCollectors()
    {
        var running = exposed.ValuesOf(Families.CollectorSuccess, "collector");
        foreach (var name in StateCollectors.All.Select(collector => collector.Name).Where(name => running.Count > 0 && !running.Contains(name)))
            report.Warning($"collector {name} does not run, so rules that read its families are silent; start the exporter without --no-collector.{name}");
    }

    private void CheckSeries()
    {
        var reads =
            from query in queries
            from selector in query.Reading.Selectors
            where selector.Name is not null
            group query.Place by selector.Name;
        var (there, all) = (0, 0);
        foreach (var read in reads.Where(read => !labels.Recorded.Contains(read.Key) && !SeriesLabels.IsBuiltIn(read.Key)))
        {
            all++;
            if (exposed.Has(read.Key))
                there++;
            else
                Missing(read.Key, [.. read.Distinct()]);
        }

        report.Ok(FormattableString.Invariant($"{there} of the {all} series that rules read of exporters stand on the pages"));
    }

    private void Missing(string series, IReadOnlyList<PlacedRule> places)
    {
        var readers = places.Count == 1 ? $"{places[0]}" : $"{places[0]} and {CheckReport.Count(places.Count - 1, "other rule")}";
        if (PostalHealthFamilies.JobOf(series) is { } job)
            report.Note($"{series}: is of Postal's own page, which the job {job} scrapes; give its address as a further --url to check it ({readers})");
        else if (series.StartsWith("prometheus_", StringComparison.Ordinal))
            report.Note($"{series}: is of Prometheus' own page; give its address as a further --url to check it ({readers})");
        else if (SeriesLabels.Declared.TryGetValue(series, out var family) && IsOfThisVersion)
            report.Note($"{series}: has no series now, so what reads it is silent ({readers}). {family.Help}");
        else if (family is not null)
            report.Warning($"{series}: no page has it, and exporters of another version ({string.Join(", ", Versions)}) may not know it; check with their own version of this program ({readers})");
        else
        {
            foreach (var place in places)
                report.Problem($"{place}: {series}: {Remedy(series)}");
        }
    }

    private string Remedy(string series)
    {
        IReadOnlyCollection<string> candidates = series.Contains(':', StringComparison.Ordinal) ? labels.Recorded : [.. exposed.Names, .. SeriesLabels.Declared.Keys];
        var what = series.Contains(':', StringComparison.Ordinal) ? "no rule of the pack records it" : "no page has it, and the exporter does not declare it";
        return $"{what}; {(NearMiss.Find(series, candidates) is { } match ? $"did you mean {match}?" : "take the pack of the exporter's release, or correct the name")}";
    }

    private IReadOnlySet<string> Versions => exposed.ValuesOf(Families.BuildInfo, "version");

    private bool IsOfThisVersion => Versions.Count == 0 || Versions.SetEquals([BuildInformation.Version]);

    private void CheckLabels()
    {
        foreach (var query in queries)
        {
            foreach (var selector in query.Reading.Selectors.Where(selector => selector.Name is not null))
            {
                if (labels.Of(selector.Name!) is not { } own)
                    continue;
                foreach (var label in selector.Matchers.Select(matcher => matcher.Label).Where(label => label != "__name__" && !own.Contains(label)).Distinct())
                    report.Problem($"{query.Place}: {selector.Name}: has no label {label}; {NearMiss.Remedy(label, own.Order(StringComparer.Ordinal).ToList())}");
            }

            if (labels.Of(query.Reading) is not { } all)
                continue;
            foreach (var label in query.Reading.GroupingLabels.Where(label => !all.Contains(label)).Distinct())
                report.Problem($"{query.Place}: groups or joins by {label}, which no series has that it reads; {NearMiss.Remedy(label, all.Order(StringComparer.Ordinal).ToList())}");
        }
    }

    private void CheckThresholds()
    {
        var exported = exposed.ValuesOf(Families.Threshold, SignalLabel);
        if (exported.Count == 0)
        {
            report.Note($"{Families.Threshold}: has no series, as long as the exporter knows no mail server; its signals were not checked");
            return;
        }

        var known = exported.Union(ThresholdSignals.Names).ToList();
        var read = new HashSet<string>();
        foreach (var (place, matcher) in SignalMatchers())
        {
            var selected = known.Where(matcher.Selects).ToList();
            read.UnionWith(selected);
            if (selected.Count == 0)
                report.Problem($"{place}: {Families.Threshold}: has no signal {matcher.Value}; {NearMiss.Remedy(matcher.Value, known)}");
            else if (!selected.Exists(exported.Contains))
                report.Warning($"{place}: {Families.Threshold}: signal {matcher.Value} is off on every server, so the rule is silent; give it a limit in thresholds, or switch the alert off by rules render");
        }

        foreach (var signal in exported.Except(read).Order(StringComparer.Ordinal))
            report.Warning($"{Families.Threshold}: no rule reads signal {signal}, so its limits mean nothing; load the whole pack of the exporter's release, unless you switched its alerts off");
    }

    private IEnumerable<(PlacedRule Place, PromqlMatcher Matcher)> SignalMatchers() =>
        (from query in queries
         from selector in query.Reading.Selectors
         where selector.Name is not null && labels.HasLabelOf(selector.Name, SignalLabel, Families.Threshold.Name)
         from matcher in selector.Matchers
         where matcher.Label == SignalLabel && matcher.Operator is "=" or "=~" && !matcher.Value.Contains(AnnotationQueries.Placeholder, StringComparison.Ordinal)
         select (query.Place, matcher)).Distinct();
}
