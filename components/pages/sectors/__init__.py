"""Sectors and drawdowns tab."""
