using FsCheck;
using FsCheck.Fluent;
using PostalExporter.Postal;

namespace PostalExporter.Tests.Postal;

public sealed class CredentialLabelsTests
{
    [Fact]
    public void A_name_is_the_label_and_gets_its_id_where_two_share_it()
    {
        var labels = CredentialLabels.Assign([(1, "app"), (2, "app"), (3, "shop"), (4, ""), (5, "id:9"), (6, "app#1"), (7, "other")]);

        Assert.Equal(["app#1", "app#2", "shop", "#4", "id:9#5", "app#1#6", "other#7"], labels.OrderBy(pair => pair.Key).Select(pair => pair.Value));
    }

    [Theory]
    [InlineData(7, "id:7")]
    [InlineData(int.MaxValue, "id:2147483647")]
    [InlineData(int.MinValue, "id:-2147483648")]
    public void A_row_that_is_gone_is_named_by_its_id(int id, string label) =>
        Assert.Equal(label, CredentialLabels.Gone(id, stackalloc char[CredentialLabels.LongestGone]).ToString());

    [Fact]
    public void No_two_credentials_of_a_server_share_a_label_and_none_is_empty_or_looks_deleted_or_is_that_of_all_others() => Prop.ForAll(
        Arb.From(Gen.ListOf(Gen.Elements("app", "app#1", "app#2", "app#1#2", "", "#1", "#", "id:1", "id:", "1", "other", "other#1"))),
        names =>
        {
            var labels = CredentialLabels.Assign([.. names.Select((name, index) => (index + 1, name))]).Values.ToList();
            return labels.Distinct().Count() == labels.Count && !labels.Contains("") && !labels.Contains("id:1") && !labels.Contains("other");
        }).QuickCheckThrowOnFailure();
}
