using PostalExporter.Signals;

namespace PostalExporter.Tests.Signals;

public sealed class KeyedHashTests
{
    // The reference vectors: key 00 01 .. 0f, input the first N bytes of 00 01 02 ..
    [Theory]
    [InlineData(0, 0x726fdb47dd0e0e31)]
    [InlineData(1, 0x74f839c593dc67fd)]
    [InlineData(7, 0xab0200f58b01d137)]
    [InlineData(8, 0x93f5f5799a932462)]
    [InlineData(15, 0xa129ca6149be45e5)]
    public void Hashes_are_those_of_SipHash_2_4(int length, ulong hash)
    {
        var keyed = new KeyedHash([.. Enumerable.Range(0, KeyedHash.KeyBytes).Select(number => (byte)number)]);

        Assert.Equal(hash, keyed.OfBytes([.. Enumerable.Range(0, length).Select(number => (byte)number)]));
    }

    [Fact]
    public void An_address_has_one_hash_however_it_is_written_and_another_one_under_another_key()
    {
        var one = new KeyedHash("0123456789abcdef"u8);
        var other = new KeyedHash("0123456789abcdeg"u8);

        Assert.Equal(one.OfText("anna@example.com"), one.OfText("Anna@Example.COM"));
        Assert.NotEqual(one.OfText("anna@example.com"), one.OfText("anne@example.com"));
        Assert.NotEqual(one.OfText("anna@example.com"), other.OfText("anna@example.com"));
    }

    [Fact]
    public void A_text_of_any_length_has_a_hash()
    {
        var hash = new KeyedHash("0123456789abcdef"u8);

        Assert.NotEqual(hash.OfText(""), hash.OfText(new string('ä', 100_000)));
    }
}
