using PostalExporter.Lists;

namespace PostalExporter.Tests.Lists;

public sealed class ListLineTests
{
    [Theory]
    [InlineData("trap.example", "trap.example")]
    [InlineData("  Trap.EXAMPLE\t", "trap.example")]
    [InlineData("@trap.example", "trap.example")]
    [InlineData("*@trap.example", "trap.example")]
    [InlineData("*.trap.example", "trap.example")]
    [InlineData(".trap.example", "trap.example")]
    [InlineData("trap.example.", "trap.example")]
    [InlineData("trap.example # seeded in March", "trap.example")]
    [InlineData("*.zip", "zip")]
    [InlineData("b\u00fccher.example", "xn--bcher-kva.example")]
    [InlineData("B\u00dcCHER.example", "xn--bcher-kva.example")]
    [InlineData("XN--BCHER-KVA.example", "xn--bcher-kva.example")]
    [InlineData("_dmarc.trap.example", "_dmarc.trap.example")]
    [InlineData("someone@Trap.example", "someone@trap.example")]
    [InlineData("some#one@trap.example", "some#one@trap.example")]
    [InlineData("\"a@b\"@b\u00fccher.example", "\"a@b\"@xn--bcher-kva.example")]
    [InlineData("", null)]
    [InlineData("   ", null)]
    [InlineData("# traps of ours", null)]
    public void An_entry_is_taken_as_it_is_compared(string line, string? expected)
    {
        var problem = ListLine.TryRead(line, out var entry);

        Assert.Null(problem);
        Assert.Equal(expected, entry, ignoreCase: false);
    }

    [Theory]
    [InlineData("hunter2", "is a top-level domain")]
    [InlineData("hunter2 trap.example", "more than one word")]
    [InlineData("hunter2.example,trap.example", "more than one word")]
    [InlineData("https://hunter2.example/", "neither a domain nor an address")]
    [InlineData("hunter2..example", "neither a domain nor an address")]
    [InlineData("-hunter2.example", "neither a domain nor an address")]
    [InlineData("hunter2\u200b\u0000.example", "UTF-8")]
    [InlineData("hunter2\ufffd.example", "UTF-8")]
    [InlineData("192.0.2.1", "IP address")]
    [InlineData("@", "neither a domain nor an address")]
    [InlineData("hunter2@", "is not an address")]
    [InlineData("hunter2*@trap.example", "is not an address")]
    [InlineData("<hunter2@trap.example>", "is not an address")]
    public void A_wrong_line_is_said_to_be_wrong_without_a_word_of_it(string line, string expected)
    {
        var problem = ListLine.TryRead(line, out var entry);

        Assert.Null(entry);
        Assert.Contains(expected, problem, StringComparison.Ordinal);
        Assert.DoesNotContain("hunter2", problem, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(63, true)]
    [InlineData(64, false)]
    public void A_label_has_63_characters_at_most(int length, bool isName) =>
        Assert.Equal(isName, ListLine.TryRead(new string('a', length) + ".example", out _) is null);
}
