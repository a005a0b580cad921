using System.Globalization;
using FsCheck;
using FsCheck.Fluent;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.FSharp.Core;
using PostalSimulator.Databases;
using PostalSimulator.Installations;

namespace PostalExporter.Integration.Exactness;

/// <summary>
/// Whatever happens to the tables, to the database and to the exporter: no value that was scraped goes down, at rest every
/// counter equals the model, and nothing is counted twice.
/// </summary>
/// <remarks>
/// The programs follow from a seed and are the same at every run. <c>EXACTNESS_SEED</c> gives others, <c>EXACTNESS_RUNS</c> multiplies
/// their number.
/// </remarks>
public sealed class ExactnessTests(MariaDbFixture mariaDb) : ProgramTest(mariaDb)
{
    [Fact]
    public async Task Every_program_leaves_the_counters_as_the_model_says() =>
        await CheckAsync(Program.Any(40), 60, program => RunAsync(program, NullLoggerFactory.Instance));

    [Fact]
    public async Task Kills_at_any_point_and_restarts_of_the_database_change_nothing_of_it()
    {
        await using var database = await MariaDbServer.StartAsync(Cancel);
        await using var installation = await Installation.CreateAsync(database.ConnectionString, Description(), Cancel);
        await CheckAsync(Program.Any(20, (6, Act.RestartDatabase), (6, Act.CutScrape)), 4, program => ProgramRun.RunAsync(
            database, installation, () => StartProcessAsync(database, installation), new ModelClock(), program));
    }

    private static async Task<ITestedExporter> StartProcessAsync(MariaDbServer database, Installation installation)
    {
        var exporter = await ExporterProcess.StartAsync(
            database, installation, "  settle_time: 1h", "  deleted_server_grace: 30d", "collection:", "  page_rows: 2");
        return new ProcessUnderTest(exporter);
    }

    private static Task CheckAsync(Arbitrary<Program> programs, int runs, Func<Program, Task> run)
    {
        var factor = double.Parse(Environment.GetEnvironmentVariable("EXACTNESS_RUNS") ?? "1", CultureInfo.InvariantCulture);
        ulong seed = Environment.GetEnvironmentVariable("EXACTNESS_SEED") is { } given
            ? ulong.Parse(given, CultureInfo.InvariantCulture)
            : 1;
        var config = Config.QuickThrowOnFailure.WithMaxTest((int)Math.Ceiling(runs * factor)).WithQuietOnSuccess(true)
            .WithReplay(FSharpOption<Replay>.Some(new Replay(new Rnd(seed), FSharpOption<int>.None)));
        TestContext.Current.TestOutputHelper?.WriteLine($"EXACTNESS_SEED={seed}");
        // FsCheck waits for the end of a program on the thread that calls it.
        return Task.Run(() => Check.One(config, Prop.ForAll(programs, run)));
    }
}
