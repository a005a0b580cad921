using System.Diagnostics;

namespace PostalExporter.Integration.Faults;

/// <summary>A disk of a few megabytes in memory, mounted on a folder. Needs the right to mount.</summary>
internal sealed class SmallDisk : IDisposable
{
    private readonly string folder;

    private SmallDisk(string folder) => this.folder = folder;

    /// <summary>Whether this process may mount.</summary>
    public static bool IsAvailable { get; } = Probe();

    private string Ballast => Path.Combine(folder, "ballast");

    public static SmallDisk Mount(string folder)
    {
        Directory.CreateDirectory(folder);
        Assert.True(TryRun("mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", folder));
        return new SmallDisk(folder);
    }

    /// <summary>Leaves no byte free.</summary>
    public void Fill()
    {
        var bytes = new byte[4096];
        using var file = new FileStream(Ballast, FileMode.Create, FileAccess.Write, FileShare.None, bufferSize: 0);
        try
        {
            while (true)
                file.Write(bytes);
        }
        catch (IOException)
        {
            // Full.
        }
    }

    /// <summary>Takes back what <see cref="Fill"/> did.</summary>
    public void Free() => File.Delete(Ballast);

    /// <summary>Allows writing or not. No process may have a file open for writing.</summary>
    public void SetReadOnly(bool readOnly) => Assert.True(TryRun("mount", "-o", readOnly ? "remount,ro" : "remount,rw", folder));

    // Lazily: the exporter of a test that failed still has files open.
    public void Dispose() => TryRun("umount", "--lazy", folder);

    private static bool Probe()
    {
        var probe = Directory.CreateTempSubdirectory("postal-exporter-mount-").FullName;
        try
        {
            return TryRun("mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", probe) && TryRun("umount", probe);
        }
        finally
        {
            Directory.Delete(probe);
        }
    }

    /// <summary>Runs a program and says whether it succeeded.</summary>
    internal static bool TryRun(string program, params string[] arguments)
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true, RedirectStandardOutput = true })!;
            process.WaitForExit();
            return process.ExitCode == 0;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return false;
        }
    }
}
