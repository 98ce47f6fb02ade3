"""Alerts tab."""
