using System.Diagnostics;

namespace PostalExporter.Backtests;

/// <summary>What a program says on both its outputs: the last lines, and the first that complains.</summary>
internal sealed class LogTail
{
    private const int Lines = 20;

    private readonly Lock gate = new();
    private readonly Queue<string> last = new();
    private string? complaint;

    /// <param name="process">Started with both outputs redirected.</param>
    public LogTail(Process process)
    {
        process.OutputDataReceived += (_, line) => Add(line.Data);
        process.ErrorDataReceived += (_, line) => Add(line.Data);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
    }

    /// <summary>The first line of level error or above, or null.</summary>
    public string? Complaint
    {
        get
        {
            lock (gate)
                return complaint;
        }
    }

    /// <summary>The last lines.</summary>
    public override string ToString()
    {
        lock (gate)
            return string.Join('\n', last);
    }

    // TIME LEVEL PLACE MESSAGE, with tabs between them.
    private void Add(string? line)
    {
        if (line is null)
            return;
        lock (gate)
        {
            last.Enqueue(line);
            if (last.Count > Lines)
                last.Dequeue();
            if (complaint is null && line.Split('\t') is [_, "error" or "fatal" or "panic", _, ..])
                complaint = line;
        }
    }
}
