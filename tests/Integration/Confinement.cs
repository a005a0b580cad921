using System.Diagnostics;
using System.Globalization;

namespace PostalExporter.Integration;

/// <summary>
/// What a container or the unit for systemd leaves a process: the rights of nobody, and if asked for no file system that can be written
/// but the state's. It needs root.
/// </summary>
/// <param name="readOnlyRoot">Whether every file system but <c>/proc</c> and the state's is read-only.</param>
internal sealed class Confinement(bool readOnlyRoot)
{
    /// <summary>User and group, which own nothing.</summary>
    public const int Nobody = 65534;

    // /proc is the process's own. What remains writable would make the test say nothing, so it is looked at.
    private const string ReadOnlyRoot = """
        mount --bind "$1" "$1"
        findmnt --raw --noheadings --output TARGET | while read -r target; do
            case "$target" in "$1" | /proc | /proc/*) ;; *) mount --options remount,bind,ro "$target" ;; esac
        done
        for folder in / /tmp /var/tmp /dev/shm; do
            if [[ -w "$folder" ]]; then echo "$folder can be written"; exit 1; fi
        done
        shift
        exec "$@"
        """;

    /// <summary>Whether this machine lets root make file systems read-only for one process, which some containers do not.</summary>
    public static async Task<bool> CanMountAsync(CancellationToken cancellationToken)
    {
        using var probe = Process.Start(new ProcessStartInfo(
            "unshare", ["--mount", "--propagation", "private", "mount", "--options", "remount,bind,ro", "/"]) { RedirectStandardError = true })!;
        await probe.WaitForExitAsync(cancellationToken);
        return probe.ExitCode == 0;
    }

    /// <summary>Copies the program to where nobody can read it, and gives the state to nobody.</summary>
    /// <param name="program">Folder of the program; another user may not get at it there.</param>
    /// <param name="directory">Where the copy goes.</param>
    /// <param name="state">Folder of the state.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public static async Task PrepareAsync(string program, string directory, string state, CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(state);
        await RunAsync("cp", ["--recursive", program, Path.Combine(directory, "program")], cancellationToken);
        await RunAsync("chmod", ["--recursive", "a+rX", directory], cancellationToken);
        await RunAsync("chown", [string.Create(CultureInfo.InvariantCulture, $"{Nobody}:{Nobody}"), state], cancellationToken);
        await RunAsync("chmod", ["0700", state], cancellationToken);
    }

    /// <summary>The command that runs a command in this confinement. The process stays the same, so its id and exit status are the command's.</summary>
    public IEnumerable<string> Wrap(string state, IEnumerable<string> command)
    {
        string[] unprivileged =
        [
            "setpriv", $"--reuid={Nobody}", $"--regid={Nobody}", "--clear-groups", "--no-new-privs", "--inh-caps=-all", "--bounding-set=-all",
            .. command,
        ];
        return readOnlyRoot
            ? ["unshare", "--mount", "--propagation", "private", "bash", "-euo", "pipefail", "-c", ReadOnlyRoot, "bash", state, .. unprivileged]
            : unprivileged;
    }

    private static async Task RunAsync(string program, IEnumerable<string> arguments, CancellationToken cancellationToken)
    {
        using var process = Process.Start(program, arguments);
        await process.WaitForExitAsync(cancellationToken);
        Assert.Equal(0, process.ExitCode);
    }
}
