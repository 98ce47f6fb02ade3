"""Ledger tab: calls and their scores."""
