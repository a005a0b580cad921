using static PostalExporter.Integration.Exactness.Act;

namespace PostalExporter.Integration.Exactness;

/// <summary>Programs that once left a counter wrong, as short as they could be made. They begin where every program does.</summary>
public sealed class ExactnessRegressionTests(MariaDbFixture mariaDb) : ProgramTest(mariaDb)
{
    [Fact]
    public Task A_table_that_was_made_anew_and_grew_exactly_to_the_cursor_is_read() =>
        ReplayAsync((Step, 0), (Empty, 0), (Message, 0), (Message, 0));

    [Fact]
    public Task A_table_that_was_made_anew_is_read_also_when_a_step_of_ids_leads_past_the_cursor() =>
        ReplayAsync((Empty, 0), (Message, 0), (Step, 0), (BeginMessage, 0), (BeginMessage, 0));

    [Fact]
    public Task A_restore_that_is_seen_before_it_fills_the_tables_does_not_flag_a_message_again() =>
        ReplayAsync((Message, 10), (Delivery, 0), (Backup, 0), (Message, 0), (Scrape, 0), (Restore, 5), (Delivery, 0));

    [Fact]
    public Task A_row_that_gets_the_id_of_a_lost_one_and_becomes_visible_late_is_counted() =>
        ReplayAsync((Backup, 0), (Message, 0), (Scrape, 0), (Restore, 0), (BeginMessage, 0), (Message, 0));

    [Fact]
    public Task Rows_that_retention_deleted_and_a_restore_brings_back_are_not_counted_again() =>
        ReplayAsync((Message, 0), (Backup, 0), (Retention, 35), (CutScrape, 0), (Restore, 0));

    [Fact]
    public Task A_failure_that_was_on_its_way_at_the_first_start_is_not_its_own_predecessor() =>
        ReplayAsync();

    [Fact]
    public Task A_failure_that_was_on_its_way_at_the_first_start_is_no_predecessor_of_another() =>
        ReplayAsync((BeginDelivery, 90));

    [Fact]
    public Task A_server_that_takes_over_an_id_while_the_main_database_is_away_is_counted_once() =>
        ReplayAsync((Recreate, 0), (Message, 0), (BlindScrape, 0));

    private Task ReplayAsync(params (Act Act, int Pick)[] operations) => RunAsync(Program.Of(operations), TestLog.CreateFactory());
}
