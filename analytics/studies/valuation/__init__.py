"""Valuation: what companies earn, and what the market pays for their sales."""
