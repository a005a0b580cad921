using System.Diagnostics;
using System.Globalization;

namespace PostalStack;

/// <summary>
/// Who the programs run as: when this program runs as root, as <c>nobody</c>, else as its own user. MariaDB has an account of its
/// own and changes to it by itself.
/// </summary>
internal static class Account
{
    // The number of "nobody" and of its group on every Linux; the group's name differs.
    private const int Nobody = 65534;

    private static bool IsNeeded => Environment.IsPrivilegedProcess;

    /// <summary>A command that runs a program as the unprivileged account, with the same process id.</summary>
    public static ProcessStartInfo Command(string program, IEnumerable<string> arguments) => IsNeeded && IsReachable(program)
        ? new("setpriv", [Id("--reuid"), Id("--regid"), "--clear-groups", "--no-new-privs", program, .. arguments])
        : new(program, arguments);

    /// <summary>Hands a folder and what is in it to the account, and keeps it from everybody else.</summary>
    public static async Task GiveAsync(string directory, CancellationToken cancellationToken)
    {
        if (IsNeeded)
            await Tool.RunAsync("chown", ["--recursive", $"{Nobody}:{Nobody}", directory], cancellationToken);
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(directory, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }

    /// <summary>Whether others may run a program: one in root's home, as an installed .NET may be, can only be run by root.</summary>
    private static bool IsReachable(string program)
    {
        if (OperatingSystem.IsWindows())
            return false;
        for (var path = Tool.Find(program); path is not null; path = Path.GetDirectoryName(path))
            if (!File.GetUnixFileMode(path).HasFlag(UnixFileMode.OtherExecute))
                return false;
        return true;
    }

    private static string Id(string option) => string.Create(CultureInfo.InvariantCulture, $"{option}={Nobody}");
}
