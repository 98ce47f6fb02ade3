"""Valuation tab."""
