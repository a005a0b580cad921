using PostalExporter.Cli;
using PostalExporter.Collection;
using PostalExporter.Configuration;

var loader = new ConfigurationLoader(EnvironmentReader.Process);
var root = CommandLine.CreateRoot();
new ServeVerb((configuration, disabled, time, loggers) => new CollectionService(configuration, disabled, time, loggers), loader, TimeProvider.System).AddTo(root);
new CheckConfigVerb(loader).AddTo(root);
SbomVerb.AddTo(root);
new ClassifyVerb(loader, Console.OpenStandardInput).AddTo(root);
new StateVerb(loader, TimeProvider.System, Console.In).AddTo(root);
RulesVerb.AddTo(root);
new BaselineVerb(TimeProvider.System).AddTo(root);
new BacktestVerb(TimeProvider.System).AddTo(root);

new BackfillVerb(loader, TimeProvider.System).AddTo(root);
return await CommandLine.RunAsync(root, args, Console.Out, Console.Error);
