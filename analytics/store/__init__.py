"""What cannot be fetched again: option chains, and the figures shown on their day."""
