"""Where market data comes from: one protocol, three sources."""
