namespace PostalStack;

/// <summary>A part of the stack does not work; the message says which one, and holds the last lines of its log.</summary>
internal sealed class StackException(string message) : Exception(message);
