"""The questions Holdline answers from prices: one folder a family."""
