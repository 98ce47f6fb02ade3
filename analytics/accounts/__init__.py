"""Accounts: people, their roles and plans, and how long what lets them in is good for."""
