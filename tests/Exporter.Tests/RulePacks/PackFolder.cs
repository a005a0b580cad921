using PostalExporter.RulePacks;

namespace PostalExporter.Tests.RulePacks;

/// <summary>A small pack in a folder of its own.</summary>
internal sealed class PackFolder : IDisposable
{
    /// <summary>The file that states version and contract.</summary>
    public const string Info = """
        groups:
          - name: pack
            rules:
              - record: postal_rules_info
                expr: vector(1)
                labels: {version: "1.2.3", contract: "1"}
        """;

    /// <summary>Two alerts of two categories, one of them with two severities.</summary>
    public const string Alerts = """
        groups:
          - name: volume
            interval: 1m
            rules:
              - alert: PostalLoud
                expr: |2
                    postal_messages_total > 5
                  or
                    postal_messages_total{scope="incoming"} > 9
                for: 5m
                keep_firing_for: 10m
                labels: &warning {severity: warning, category: abuse}
                annotations: &links
                  summary: Much mail.
                  dashboard_url: http://grafana:3000/d/postal-server?var-server={{ $labels.server }}
                  runbook_url: https://example.org/pack/PostalLoud.md
              - alert: PostalLoud
                expr: postal_messages_total > 50
                labels:
                  <<: *warning
                  severity: critical
                annotations: *links
          - name: queue
            rules:
              - alert: PostalSlow
                expr: postal_queue_messages > 5
                labels: {severity: warning, category: operations}
        """;

    private PackFolder(string path) => Path = path;

    /// <summary>Where it is.</summary>
    public string Path { get; }

    /// <summary>Makes a pack of alerts, and the file that states its version.</summary>
    public static PackFolder With(string alerts)
    {
        var folder = new PackFolder(Directory.CreateTempSubdirectory("postal-pack-").FullName);
        folder.Write("recording/pack.yml", Info);
        folder.Write("alerts/alerts.yml", alerts);
        return folder;
    }

    /// <summary>Writes a file of it.</summary>
    public string Write(string name, string text)
    {
        var file = System.IO.Path.Combine(Path, name);
        Directory.CreateDirectory(System.IO.Path.GetDirectoryName(file)!);
        File.WriteAllText(file, text);
        return file;
    }

    /// <summary>Reads it.</summary>
    public RulePack Read() => RulePackReader.Read(Path);

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
