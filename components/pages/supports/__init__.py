"""Supports tab."""
