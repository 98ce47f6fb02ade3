"""Cboe's delayed option quotes: a whole chain in one answer; off until the operator names it."""
