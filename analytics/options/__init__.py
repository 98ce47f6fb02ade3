"""What an option chain says: hygiene, implied volatility, sentiment."""
