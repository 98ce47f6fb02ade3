"""Accounts over HTTP: who a request is from, signing in and out, and one's own account."""
