"""Option chains: hygiene, implied volatility, sentiment."""
