using FsCheck;
using FsCheck.Fluent;

namespace PostalExporter.Integration.Exactness;

/// <summary>What can happen to an installation and to the exporter that reads it.</summary>
internal enum Act
{
    /// <summary>A message is accepted: one statement, visible at once.</summary>
    Message,

    /// <summary>A delivery of a message there is, visible at once.</summary>
    Delivery,

    /// <summary>A writer has its id for a message, and nobody sees the row yet.</summary>
    BeginMessage,

    /// <summary>A writer has its id for a delivery, and nobody sees the row yet.</summary>
    BeginDelivery,

    /// <summary>One of the rows that nobody sees becomes visible.</summary>
    Commit,

    /// <summary>One of the rows that nobody sees is taken back: its id stays unused.</summary>
    RollBack,

    /// <summary>A row with an id that was left out below the last one, as another node of a cluster writes it.</summary>
    FillGap,

    /// <summary>Ids are used up by rows that are taken back.</summary>
    SkipIds,

    /// <summary>Writers take every third id from now on, or every id again.</summary>
    Step,

    /// <summary>The oldest messages go, with their deliveries.</summary>
    Retention,

    /// <summary>A server and its database are deleted and made anew under the same name, with the same id or another.</summary>
    Recreate,

    /// <summary>Both tables are backed up.</summary>
    Backup,

    /// <summary>Both tables are as they were at the backup.</summary>
    Restore,

    /// <summary>The message database is made anew under a server that stays: ids begin at 1.</summary>
    Empty,

    /// <summary>A scrape that reads everything.</summary>
    Scrape,

    /// <summary>A scrape that does not come to its end.</summary>
    CutScrape,

    /// <summary>A scrape during which the main database cannot be read.</summary>
    BlindScrape,

    /// <summary>A scrape that runs while other things happen.</summary>
    ScrapeBeside,

    /// <summary>Nothing happens for a while.</summary>
    Wait,

    /// <summary>The exporter ends and starts again.</summary>
    Restart,

    /// <summary>The exporter reads its configuration anew.</summary>
    Reload,

    /// <summary>The exporter's state directory is copied.</summary>
    CopyState,

    /// <summary>The exporter is started on the copy of its state directory.</summary>
    PutStateBack,

    /// <summary>The database server ends and starts again.</summary>
    RestartDatabase,
}

/// <summary>One step of a program.</summary>
/// <param name="Act">What happens.</param>
/// <param name="Pick">Chooses among what there is to choose from, by the remainder; any number will do.</param>
internal readonly record struct Operation(Act Act, int Pick)
{
    /// <inheritdoc/>
    public override string ToString() => $"({Act}, {Pick})";
}

/// <summary>A list of operations. One that cannot be done is left out when it runs, so every list is a program.</summary>
internal sealed class Program(IReadOnlyList<Operation> operations)
{
    private static readonly (int Weight, Act Act)[] Single =
    [
        (14, Act.Message), (12, Act.Delivery), (6, Act.BeginMessage), (5, Act.BeginDelivery), (9, Act.Commit), (3, Act.RollBack),
        (3, Act.FillGap), (2, Act.SkipIds), (2, Act.Step), (3, Act.Retention), (2, Act.Recreate), (3, Act.Backup), (3, Act.Restore),
        (1, Act.Empty), (14, Act.Scrape), (7, Act.CutScrape), (2, Act.BlindScrape), (3, Act.ScrapeBeside), (3, Act.Wait), (3, Act.Restart), (1, Act.Reload), (2, Act.CopyState), (2, Act.PutStateBack),
    ];

    // What is to meet a loss comes before it. By chance alone it would be seldom.
    private static readonly (Act First, Act[] Then)[] Losses =
    [
        (Act.Backup, [Act.Scrape, Act.Restore]), (Act.CopyState, [Act.Scrape, Act.PutStateBack]), (Act.Scrape, [Act.Empty]), (Act.Scrape, [Act.Recreate]),
        (Act.Scrape, [Act.Retention]),
    ];

    /// <summary>The operations in their order.</summary>
    public IReadOnlyList<Operation> Operations => operations;

    /// <summary>A program as a failure prints it.</summary>
    public static Program Of(params (Act Act, int Pick)[] operations) => new([.. operations.Select(pair => new Operation(pair.Act, pair.Pick))]);

    /// <summary>Programs at random, which shrink to parts of themselves.</summary>
    /// <param name="longest">At most this many operations.</param>
    /// <param name="more">Operations beside those that every program may have.</param>
    public static Arbitrary<Program> Any(int longest, params (int Weight, Act Act)[] more)
    {
        var writing = Single.Where(pair => pair.Act <= Act.RollBack).ToArray();
        var loss =
            from acts in Gen.Elements(Losses)
            from between in Gen.Choose(1, 4).SelectMany(length => Gen.ListOf(One(writing), length))
            from first in With(acts.First)
            from then in Gen.CollectToList(acts.Then, With)
            select (IReadOnlyList<Operation>)[first, .. between, .. then];
        var single = One([.. Single, .. more]).Select(operation => (IReadOnlyList<Operation>)[operation]);
        var program =
            from length in Gen.Choose(3, longest)
            from parts in Gen.ListOf(Gen.Frequency((12, single), (1, loss)), length)
            select new Program([.. parts.SelectMany(part => part).Take(longest)]);
        return Arb.From(program, program => program.Shrink());
    }

    /// <inheritdoc/>
    public override string ToString() => string.Join(", ", operations);

    private static Gen<Operation> One((int Weight, Act Act)[] acts) =>
        Gen.Frequency([.. acts.Select(pair => (pair.Weight, Gen.Constant(pair.Act)))]).SelectMany(With);

    private static Gen<Operation> With(Act act) => Gen.Choose(0, 99).Select(pick => new Operation(act, pick));

    private IEnumerable<Program> Shrink()
    {
        for (var part = (operations.Count + 1) / 2; part > 0; part = part == 1 ? 0 : (part + 1) / 2)
        {
            for (var start = 0; start < operations.Count; start += part)
                yield return new Program([.. operations.Take(start), .. operations.Skip(start + part)]);
        }
        for (var i = 0; i < operations.Count; i++)
        {
            var (act, pick) = operations[i];
            foreach (var smaller in new[] { 0, pick / 2, pick - 1 }.Distinct().Where(smaller => smaller >= 0 && smaller < pick))
                yield return new Program([.. operations.Take(i), new Operation(act, smaller), .. operations.Skip(i + 1)]);
        }
    }
}
