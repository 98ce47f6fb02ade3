"""Sources of market data: one contract, three providers."""
