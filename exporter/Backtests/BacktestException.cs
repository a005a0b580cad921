namespace PostalExporter.Backtests;

/// <summary>A backtest cannot be done. The message says why and what to do.</summary>
internal sealed class BacktestException(string message) : Exception(message);
