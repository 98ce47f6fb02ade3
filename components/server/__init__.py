"""The HTTP side: hardening, admission, live snapshot, metrics, JSON routes."""
