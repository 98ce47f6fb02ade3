"""Scan tab."""
