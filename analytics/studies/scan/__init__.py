"""Scan: where every name of a universe stands at its level, and how unusual the day is."""
