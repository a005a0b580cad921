namespace PostalExporter.Benchmarks.Detection.Traffic;

/// <summary>Mail of one kind that a credential sends for some time.</summary>
/// <param name="Begin">Its first minute.</param>
/// <param name="Rates">Expected messages of each minute from there on.</param>
/// <param name="Mix">To whom, and with what success.</param>
/// <param name="Recipients">Their addresses.</param>
internal sealed record MailFlow(int Begin, double[] Rates, MailMix Mix, RecipientPool Recipients)
{
    /// <summary>The minute after its last one.</summary>
    public int End => Begin + Rates.Length;

    /// <summary>A mailing: it starts at once, and thins out over its last quarter.</summary>
    /// <param name="begin">Its first minute.</param>
    /// <param name="minutes">How long.</param>
    /// <param name="messages">How many, in all.</param>
    /// <param name="mix">To whom, and with what success.</param>
    /// <param name="recipients">Their addresses.</param>
    public static MailFlow Mailing(int begin, int minutes, double messages, MailMix mix, RecipientPool recipients)
    {
        var rates = new double[minutes];
        for (var i = 0; i < minutes; i++)
            rates[i] = Math.Min(1, (minutes - i) / (0.25 * minutes));
        Scale(rates, messages / rates.Sum());
        return new MailFlow(begin, rates, mix, recipients);
    }

    /// <summary>The same number every minute.</summary>
    public static MailFlow Even(int begin, int minutes, double messages, MailMix mix, RecipientPool recipients)
    {
        var rates = new double[minutes];
        Array.Fill(rates, messages / minutes);
        return new MailFlow(begin, rates, mix, recipients);
    }

    /// <summary>Takes some minutes out of this flow, and gives them back as one with another mix.</summary>
    public MailFlow TakeOut(int begin, int end, MailMix mix)
    {
        var rates = Rates[(begin - Begin)..(end - Begin)];
        Array.Clear(Rates, begin - Begin, end - begin);
        return this with { Begin = begin, Rates = rates, Mix = mix };
    }

    /// <summary>Expected messages of a stretch of time.</summary>
    public double Expected(int begin, int end)
    {
        var sum = 0.0;
        for (var minute = Math.Max(begin, Begin); minute < Math.Min(end, End); minute++)
            sum += Rates[minute - Begin];
        return sum;
    }

    private static void Scale(double[] rates, double factor)
    {
        for (var i = 0; i < rates.Length; i++)
            rates[i] *= factor;
    }
}
