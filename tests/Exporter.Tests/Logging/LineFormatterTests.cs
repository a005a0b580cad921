using System.Text.Json;
using FsCheck;
using FsCheck.Fluent;
using Microsoft.Extensions.Logging;
using PostalExporter.Logging;
using Xunit;

namespace PostalExporter.Tests.Logging;

public sealed partial class LineFormatterTests
{
    [Fact]
    public void Logfmt_line_has_time_level_message_and_snake_case_fields()
    {
        using var capture = new LogCapture();

        ServerUnreadable(capture.Factory.CreateLogger("test"), "acme/shop", 7, TimeSpan.FromSeconds(1.5), null);

        Assert.Equal(
            "ts=2026-01-02T03:04:05.678Z level=warn msg=\"server cannot be read\" event_id=4711 server_name=acme/shop server_id=7 took_for=1.5s",
            Assert.Single(capture.Lines));
    }

    [Fact]
    public void Json_line_is_an_object_with_numbers_as_numbers()
    {
        using var capture = new LogCapture(LogFormat.Json);

        ServerUnreadable(capture.Factory.CreateLogger("test"), "acme/shop", 7, TimeSpan.Zero, new InvalidOperationException("outer", new IOException("inner\n\u2028")));

        using var line = JsonDocument.Parse(Assert.Single(capture.Lines));
        Assert.Equal(7, line.RootElement.GetProperty("server_id").GetInt32());
        Assert.Equal("warn", line.RootElement.GetProperty("level").GetString());
        Assert.Equal("IOException", line.RootElement.GetProperty("error_type").GetString());
        Assert.Equal("inner\n\u2028", line.RootElement.GetProperty("error").GetString());
        Assert.False(line.RootElement.TryGetProperty("stack", out _));
    }

    [Theory]
    [InlineData("plain", "plain")]
    [InlineData("", "\"\"")]
    [InlineData("two words", "\"two words\"")]
    [InlineData("a=b", "\"a=b\"")]
    [InlineData("a\"b\\c", "\"a\\\"b\\\\c\"")]
    [InlineData("line\nlevel=error msg=forged", "\"line\\nlevel=error msg=forged\"")]
    [InlineData("\r\t\u0000\u001b[31m\u0085\u2028\u202e", "\"\\r\\t\\u0000\\u001b[31m\\u0085\\u2028\\u202e\"")]
    [InlineData("naïve 😀", "\"naïve 😀\"")]
    public void No_value_can_break_a_logfmt_line(string value, string expected)
    {
        Assert.Equal("key=" + expected, LogLine.Logfmt([new("key", value)]));
    }

    [Fact]
    public void Any_value_leaves_one_line_without_control_characters() =>
        Check.QuickThrowOnFailure(Prop.ForAll<string?>(value =>
        {
            var line = LogLine.Logfmt([new("key", value), new("end", 1)]);
            return !line.Any(char.IsControl) && line.EndsWith(" end=1", StringComparison.Ordinal);
        }));

    [Fact]
    public void Endless_value_is_cut()
    {
        Assert.InRange(LogLine.Logfmt([new("key", new string('a', 1_000_000))]).Length, 1000, 10_000);
    }

    [Fact]
    public void Stack_is_written_when_debugging()
    {
        using var capture = new LogCapture(withStack: true);

        try
        {
            throw new InvalidOperationException("broken");
        }
        catch (InvalidOperationException exception)
        {
            ServerUnreadable(capture.Factory.CreateLogger("test"), "acme/shop", 7, TimeSpan.Zero, exception);
        }

        Assert.Contains("error=broken stack=\"   at PostalExporter.Tests", Assert.Single(capture.Lines), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("ListenAddress", false, "listen_address")]
    [InlineData("listenAddress", false, "listen_address")]
    [InlineData("msg", false, "msg_value")]
    [InlineData("Error", false, "error")]
    [InlineData("Error", true, "error_value")]
    [InlineData("a b=c", false, "a_b_c")]
    public void Field_name_is_snake_case_and_no_name_of_the_line_itself(string parameter, bool hasException, string expected) =>
        Assert.Equal(expected, FieldName.From(parameter, hasException));

    [LoggerMessage(EventId = 4711, Level = LogLevel.Warning, Message = "server cannot be read")]
    private static partial void ServerUnreadable(ILogger logger, string serverName, int serverId, TimeSpan tookFor, Exception? exception);
}
