using System.Numerics;
using PostalExporter.Signals;

namespace PostalExporter.Tests.Signals;

public sealed class SubjectSketchTests(ITestOutputHelper output)
{
    // {n} is a number, {f} a first name, {l} a last name, {c} a town.
    private static readonly string[] Templates =
    [
        "Your invoice {n} from {l} Ltd is overdue, please pay now",
        "{f}, your parcel {n} could not be delivered to {c}",
        "Order {n} confirmed: thank you for shopping with us",
        "Security alert: new sign-in to your account from {c}",
        "Dear {f} {l}, your mailbox is almost full, verify it today",
        "Weekly newsletter no. {n}: what happened in {c} this week",
        "{f}, we have reserved a discount of {n} percent for you",
        "Reminder: your appointment in {c} on {n} May at {n}:{n}",
        "Rechnung {n} für {f} {l} ist seit {n} Tagen fällig",
        "Votre colis {n} est arrivé à {c} et vous attend",
        "Reset the password of your user {f}{n} within {n} hours",
        "Congratulations {f}, you are our winner number {n} this month",
        "Minutes of the board meeting on {n} March in {c}",
        "Your monthly statement for account {n} is ready to view",
        "Job offer for {f} {l}: work from home, {n} euro a week",
        "Ticket {n} was closed by {f}, how did we do?",
    ];

    private static readonly string[] First = ["Anna", "Bob", "Chloé", "Dmitri", "Élodie", "Fatima", "Giovanni", "Hans", "Ingrid", "José"];
    private static readonly string[] Last = ["Müller", "Smith", "Nguyen", "O'Brien", "Kowalski", "García", "Rossi", "Sørensen"];
    private static readonly string[] Town = ["Berlin", "Lyon", "Porto", "Kraków", "Leeds", "Gent", "Malmö", "Graz"];

    [Theory]
    [InlineData("Your invoice 4711 is overdue", "YOUR INVOICE 12 is   overdue!")]
    [InlineData("Re: Meeting", "re meeting")]
    [InlineData("您的订单 1234 已发货", "您的订单 99 已发货")]
    public void Case_numbers_and_punctuation_make_no_difference(string one, string other) =>
        Assert.Equal(Of(one), Of(other));

    [Theory]
    [InlineData("")]
    [InlineData("  !!! ")]
    public void A_subject_without_words_has_a_sketch(string subject) => Assert.Equal(0UL, Of(subject));

    [Fact]
    public void Neither_long_nor_broken_text_is_refused()
    {
        Assert.NotEqual(0UL, Of(new string('x', 100_000)));
        Assert.NotEqual(0UL, Of("\uD800 lone \uDC00 surrogates"));
    }

    [Fact]
    public void Subjects_of_one_template_are_alike_and_those_of_others_are_not()
    {
        var random = new Random(5);
        var subjects = Templates.Select(template => Enumerable.Range(0, 30).Select(_ => Of(Fill(template, random))).ToArray()).ToArray();
        var same = Distances(subjects, (one, other) => one == other);
        var different = Distances(subjects, (one, other) => one < other);
        for (var limit = 10; limit <= 26; limit++)
            output.WriteLine($"{limit}: alike within a template {Share(same, limit):P1}, between templates {Share(different, limit):P2}");

        Assert.True(Share(same, SubjectSketch.MaxDistance) > 0.95);
        Assert.True(Share(different, SubjectSketch.MaxDistance) < 0.01);
    }

    [Fact]
    public void The_share_is_that_of_the_largest_group_of_the_last_hundred()
    {
        var subjects = new SimilarSubjects();
        var random = new Random(7);
        for (var i = 0; i < SimilarSubjects.Fewest - 1; i++)
            Tell(subjects, Fill(Templates[0], random));
        Assert.Null(subjects.Ratio(1));

        Tell(subjects, Fill(Templates[0], random));
        Assert.True(subjects.Ratio(1) > 0.9);
        Assert.Null(subjects.Ratio(2));

        // One of each kind in turn, then as many of one as fit.
        for (var i = 0; i < SimilarSubjects.Window; i++)
            Tell(subjects, Fill(Templates[i % Templates.Length], random));
        Assert.InRange(subjects.Ratio(1)!.Value, 0.05, 0.15);
        for (var i = 0; i < SimilarSubjects.Window; i++)
            Tell(subjects, "Hello");
        Assert.Equal(1, subjects.Ratio(1));

        subjects.KeepOnly([2]);
        Assert.Null(subjects.Ratio(1));
    }

    private static void Tell(SimilarSubjects subjects, string subject) => subjects.Take(new Note(1, 0, Of(subject)));

    private static ulong Of(string subject) => SubjectSketch.Of(subject, SignalContexts.Hash);

    private static double Share(List<int> distances, int limit) => distances.Count(distance => distance <= limit) / (double)distances.Count;

    private static List<int> Distances(ulong[][] subjects, Func<int, int, bool> pairs) =>
    [
        .. from one in Enumerable.Range(0, subjects.Length)
           from other in Enumerable.Range(0, subjects.Length)
           where pairs(one, other)
           from i in Enumerable.Range(0, subjects[one].Length)
           from j in Enumerable.Range(0, subjects[other].Length)
           where one != other || i < j
           select BitOperations.PopCount(subjects[one][i] ^ subjects[other][j]),
    ];

    private static string Fill(string template, Random random)
    {
        while (template.IndexOf('{', StringComparison.Ordinal) is >= 0 and var at)
        {
            var value = template[at + 1] switch
            {
                'f' => First[random.Next(First.Length)],
                'l' => Last[random.Next(Last.Length)],
                'c' => Town[random.Next(Town.Length)],
                _ => random.Next(1, 100_000).ToString(System.Globalization.CultureInfo.InvariantCulture),
            };
            template = template[..at] + value + template[(at + 3)..];
        }
        return template;
    }
}
