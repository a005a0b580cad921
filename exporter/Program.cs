using PostalExporter.Cli;
using PostalExporter.Configuration;

var loader = new ConfigurationLoader(EnvironmentReader.Process);
var root = CommandLine.CreateRoot();
new ServeVerb((_, _, _, _) => throw new NotSupportedException("collection is not part of this build yet"), loader, TimeProvider.System).AddTo(root);
return await CommandLine.RunAsync(root, args, Console.Out, Console.Error);
