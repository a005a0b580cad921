using System.Threading.Channels;

namespace PostalSimulator.Live;

/// <summary>Work that is due at moments; several writers take it from the other side in parallel.</summary>
internal sealed class Agenda(TimeProvider time)
{
    private static readonly TimeSpan LongestNap = TimeSpan.FromMilliseconds(50);

    private readonly PriorityQueue<Func<CancellationToken, Task>, DateTimeOffset> later = new();
    private readonly Channel<Func<CancellationToken, Task>> due = Channel.CreateUnbounded<Func<CancellationToken, Task>>();

    public void At(DateTimeOffset moment, Func<CancellationToken, Task> work)
    {
        lock (later)
            later.Enqueue(work, moment);
    }

    /// <summary>Work as it becomes due.</summary>
    public IAsyncEnumerable<Func<CancellationToken, Task>> DueAsync(CancellationToken cancellationToken) => due.Reader.ReadAllAsync(cancellationToken);

    /// <summary>Hands over what is due and waits a moment, or until the next work is.</summary>
    public Task AdvanceAsync(CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        var nap = LongestNap;
        lock (later)
        {
            while (later.TryPeek(out var work, out var moment))
            {
                if (moment > now)
                {
                    nap = moment - now < nap ? moment - now : nap;
                    break;
                }
                later.Dequeue();
                due.Writer.TryWrite(work);
            }
        }
        // The agenda is a timer: this is the time until its next entry.
        return Task.Delay(nap, time, cancellationToken);
    }
}
