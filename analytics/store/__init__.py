"""Durable store of what cannot be fetched again: chains, and figures shown on their day."""
