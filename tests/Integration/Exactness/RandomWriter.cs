using PostalSimulator.Installations;

namespace PostalExporter.Integration.Exactness;

/// <summary>One of several writers of messages and deliveries, some of which become visible after rows with higher ids.</summary>
internal static class RandomWriter
{
    private static readonly string[] Statuses = ["Sent", "Sent", "SoftFail", "HardFail", "Held", "Bounced", "Error"];

    /// <summary>Writes until it is told to end; every transaction is brought to its end.</summary>
    public static async Task WriteAsync(MailServer server, Random random, CancellationToken cancellationToken)
    {
        while (!cancellationToken.IsCancellationRequested)
        {
            var credential = server.Credentials[random.Next(server.Credentials.Count)].Id;
            var row = new MessageRow { CredentialId = credential, Recipient = $"someone@{(random.Next(2) == 0 ? "Example.com" : "example.org")}" };
            long message;
            if (random.Next(4) == 0)
            {
                await using var open = await server.InsertUncommittedMessageAsync(row, CancellationToken.None);
                await server.InsertMessageRowAsync(row, CancellationToken.None);
                await open.CommitAsync(CancellationToken.None);
                message = open.Id;
            }
            else
            {
                message = await server.InsertMessageRowAsync(row, CancellationToken.None);
            }
            for (var i = random.Next(3); i >= 0; i--)
                await server.InsertDeliveryRowAsync(new DeliveryRow(message, Statuses[random.Next(Statuses.Length)]) { Details = "details", Output = "550 5.1.1 unknown recipient" }, CancellationToken.None);
        }
    }
}
