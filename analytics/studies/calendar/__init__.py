"""Dates ahead: decisions, releases, earnings, expiries, closures."""
