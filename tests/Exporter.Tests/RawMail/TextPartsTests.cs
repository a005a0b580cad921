using System.Text;
using PostalExporter.RawMail;

namespace PostalExporter.Tests.RawMail;

public sealed class TextPartsTests
{
    private const string Base64Windows1251 = "z/Du4uXw/PLlIPHi7ukg8ffl8g==";

    [Theory]
    [InlineData("Content-Type: text/plain; charset=windows-1251\r\nContent-Transfer-Encoding: base64", Base64Windows1251, "Проверьте свой счет")]
    [InlineData("Content-Type: text/html; charset=iso-8859-1\r\nContent-Transfer-Encoding: quoted-printable", "<b>f=E4llig=\r\n</b>", "<b>fällig</b>")]
    [InlineData("Subject: no type at all", "hello", "hello")]
    [InlineData("Content-Type: text/plain; charset=x-invented", "grüß", "grüß")]
    [InlineData("Content-Type: text/plain; charset=utf-7", "a+-b", "a+-b")]
    [InlineData("Content-Type: text/calendar", "secret", "")]
    [InlineData("Content-Type: application/octet-stream", "secret", "")]
    public void Text_is_read_without_its_encodings(string headers, string body, string expected) =>
        Assert.Equal(expected, Read(headers, body).Trim());

    [Fact]
    public void Parts_of_several_kinds_are_read_in_their_order()
    {
        var text = Read(
            "Content-Type: multipart/mixed; boundary=a",
            "--a\r\nContent-Type: multipart/alternative; boundary=b\r\n\r\n--b\r\n\r\nplain\r\n--b\r\nContent-Type: text/html\r\n\r\n<p>html</p>\r\n--b--\r\n"
            + "--a\r\nContent-Type: message/rfc822\r\n\r\nSubject: x\r\n\r\nforwarded\r\n--a\r\nContent-Type: image/png\r\n\r\npicture\r\n--a--\r\n");

        Assert.Matches("(?s)plain.*html.*forwarded", text);
        Assert.DoesNotContain("picture", text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", "")]
    [InlineData("", "text")]
    [InlineData(" \0\u0001", "\0\0\0")]
    [InlineData("Content-Type: multipart/mixed", "--\r\n\r\n--")]
    [InlineData("Content-Type: multipart/mixed; boundary=\"\"", "--\r\n--\r\n")]
    [InlineData("Content-Type: text/plain\r\nContent-Transfer-Encoding: base64", "%%%=== not base64 ===")]
    [InlineData("Content-Type: text/plain; charset*0*=utf-8''%FF%;charset*9=x\r\nContent-Transfer-Encoding: x-none", "text")]
    [InlineData("Content-Type: text/plain; charset=utf-16\r\nContent-Transfer-Encoding: uuencode", "begin 644 a\r\n#XY")]
    public void Broken_messages_are_read_as_far_as_they_go(string headers, string body) => Assert.NotNull(Read(headers, body));

    [Fact]
    public void Parts_levels_and_bytes_have_a_bound()
    {
        var many = Read("Content-Type: multipart/mixed; boundary=a", string.Concat(Enumerable.Range(1, 200).Select(i => $"--a\r\n\r\npart{i}.\r\n")));
        Assert.Contains("part49.", many, StringComparison.Ordinal);
        Assert.DoesNotContain("part51.", many, StringComparison.Ordinal);

        Assert.Equal(TextParts.MaxBytes, Read("Subject: x", new string('x', 2 * TextParts.MaxBytes)).Trim().Length);

        var deep = new StringBuilder();
        for (var i = 0; i < 5000; i++)
            deep.Append("--b").Append(i).Append("\r\nContent-Type: multipart/mixed; boundary=b").Append(i + 1).Append("\r\n\r\n");
        Assert.NotNull(Read("Content-Type: multipart/mixed; boundary=b0", deep.ToString()));
    }

    [Fact]
    public void Any_bytes_are_read()
    {
        var random = new Random(11);
        for (var i = 0; i < 2000; i++)
        {
            var bytes = new byte[random.Next(400)];
            random.NextBytes(bytes);
            Assert.NotNull(TextParts.Read(i % 2 == 0 ? bytes : "Content-Type: multipart/mixed; boundary=a"u8.ToArray(), bytes));
            PostalTag.Of(bytes);
        }
    }

    [Theory]
    [InlineData("Subject: x\r\nX-Postal-Tag: one\r\nx-postal-tag: two\r\nFrom: a", "two")]
    [InlineData("X-Postal-Tag: =?UTF-8?B?Z3LDvMOf?=", "grüß")]
    [InlineData("Subject: X-Postal-Tag: one", null)]
    [InlineData("", null)]
    public void The_last_tag_of_the_header_counts(string headers, string? expected) => Assert.Equal(expected, PostalTag.Of(Encoding.UTF8.GetBytes(headers)));

    private static string Read(string headers, string body) => TextParts.Read(Encoding.UTF8.GetBytes(headers), Encoding.UTF8.GetBytes(body));
}
