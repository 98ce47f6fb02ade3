"""Definitions tab."""
