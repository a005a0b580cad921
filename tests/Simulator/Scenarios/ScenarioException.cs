namespace PostalSimulator.Scenarios;

/// <summary>A scenario file that cannot be used; the message names file, line and key and says what would be right.</summary>
public sealed class ScenarioException(string message) : Exception(message);
