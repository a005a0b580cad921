using PostalExporter.Signals;

namespace PostalExporter.Tests.Signals;

public sealed class HoldCauseTests
{
    [Theory]
    [InlineData("Mail server has been suspended. No e-mails can be processed at present. Contact support for assistance.", "server_suspended")]
    [InlineData("Server is in development mode.", "development_mode")]
    [InlineData("Credential is configured to hold all messages authenticated by it.", "credential")]
    [InlineData("Recipient (anna@example.com) is on the suppression list (reason: too many hard fails)", "suppression")]
    [InlineData("Message held because send limit (500) has been reached.", "send_limit")]
    [InlineData("Message placed into quarantine.", "quarantine")]
    [InlineData("Message has been accepted but not sent to any endpoints.", "route")]
    [InlineData("A text of a release to come.", "other")]
    [InlineData("", "other")]
    public void Each_text_of_Postal_has_its_cause(string details, string cause) => Assert.Equal(cause, HoldCause.Of(details));

    [Theory]
    [InlineData("Recipient(anna@example.com) is on the suppression list", "suppression")]
    [InlineData(" Message  held because send limit(500) has been reached", "send_limit")]
    [InlineData("message placed\ninto quarantine", "quarantine")]
    public void Spacing_and_case_of_older_releases_change_nothing(string details, string cause) => Assert.Equal(cause, HoldCause.Of(details));

    [Fact]
    public void The_text_inside_a_suppression_cannot_name_another_cause() =>
        Assert.Equal("suppression", HoldCause.Of("Recipient (\"send limit\"@quarantine.example.com) is on the suppression list (reason: Server is in development mode.)"));

    [Fact]
    public void A_text_cut_in_the_middle_of_a_phrase_is_other() => Assert.Equal("other", HoldCause.Of("Message held because"));
}
