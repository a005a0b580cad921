using System.CommandLine;
using System.Text;
using PostalExporter.Configuration;
using PostalExporter.Signals;

namespace PostalExporter.Cli;

/// <summary><c>classify</c>: says for each reply of the standard input which failure reason the exporter counts it under.</summary>
/// <param name="loader">Loads the configuration.</param>
/// <param name="openInput">Opens the standard input.</param>
internal sealed class ClassifyVerb(ConfigurationLoader loader, Func<Stream> openInput)
{
    private const string Help =
        "Read replies of mail servers from standard input, one a line, and print the failure reason of each, one a line. "
        + @"A line break in a reply is written \n. A line with two tabs is deliveries.status, deliveries.details and deliveries.output; "
        + "any other line is a reply, or what Postal wrote in its place, and its first digit tells whether it is temporary.";

    /// <summary>Adds the verb.</summary>
    public void AddTo(RootCommand root)
    {
        var configFile = ServeFlags.ConfigFileFlag();
        var verb = new Command("classify", Help) { configFile };
        verb.SetAction(result =>
        {
            var (output, error) = (result.InvocationConfiguration.Output, result.InvocationConfiguration.Error);
            try
            {
                var classifier = LoadClassifier(result.GetValue(configFile));
                using var input = openInput();
                new ReplyLines(classifier, output).Run(input);
                return ExitStatus.Success;
            }
            catch (ConfigurationException exception)
            {
                foreach (var problem in exception.Problems)
                    error.WriteLine($"postal-exporter: {problem}");
                return ExitStatus.Failure;
            }
        });
        root.Add(verb);
    }

    // Without a configuration there is still the built-in table, which is all that this verb needs.
    private FailureClassifier LoadClassifier(string? file) =>
        file is null && !File.Exists(ConfigurationLoader.DefaultFile) ? FailureReasonsReader.BuiltIn : loader.Load(file).Configuration.FailureReasons;

    /// <summary>Classifies lines of bytes as they come: what was read whole is answered before more is waited for.</summary>
    private sealed class ReplyLines(FailureClassifier classifier, TextWriter output)
    {
        // More than Postal keeps of status, details and output together, also where a character takes four bytes.
        private const int KeptBytes = 16 * 1024;

        private const int ChunkBytes = 64 * 1024;
        private const char ByteOrderMark = '\ufeff';

        private readonly byte[] line = new byte[KeptBytes];
        private readonly char[] text = new char[KeptBytes];
        private int length;
        private bool isEmpty = true;

        public void Run(Stream input)
        {
            var chunk = new byte[ChunkBytes];
            while (input.Read(chunk) is var count and > 0)
            {
                var rest = chunk.AsSpan(0, count);
                while (rest.IndexOf((byte)'\n') is var end and >= 0)
                {
                    Add(rest[..end]);
                    Answer();
                    rest = rest[(end + 1)..];
                }

                Add(rest);
                output.Flush();
            }

            if (!isEmpty)
                Answer();
            output.Flush();
        }

        // What does not fit is left out: the cause does not stand there.
        private void Add(ReadOnlySpan<byte> bytes)
        {
            isEmpty &= bytes.IsEmpty;
            bytes = bytes[..Math.Min(bytes.Length, KeptBytes - length)];
            bytes.CopyTo(line.AsSpan(length));
            length += bytes.Length;
        }

        private void Answer()
        {
            var decoded = text.AsSpan(0, Encoding.UTF8.GetChars(line.AsSpan(0, length), text));
            output.WriteLine(Classify(Unescape(decoded)).Label());
            length = 0;
            isEmpty = true;
        }

        private FailureReason Classify(ReadOnlySpan<char> reply)
        {
            reply = reply.TrimStart(ByteOrderMark).TrimEnd('\r');
            Span<Range> fields = stackalloc Range[4];
            if (reply.Split(fields, '\t') == 3)
                return classifier.Classify(reply[fields[0]].Trim(), reply[fields[1]].Trim(), reply[fields[2]]);

            // Postal's own sentences stand in another column; here they are what they look like.
            return classifier.Classify(reply.TrimStart() is ['5', ..] ? "HardFail" : "SoftFail", reply, reply);
        }

        // In place: what is written as two characters becomes one.
        private static Span<char> Unescape(Span<char> text)
        {
            var written = 0;
            for (var index = 0; index < text.Length; index++)
            {
                var isBreak = text[index] == '\\' && index + 1 < text.Length && text[index + 1] == 'n';
                text[written++] = isBreak ? '\n' : text[index];
                if (isBreak)
                    index++;
            }

            return text[..written];
        }
    }
}
