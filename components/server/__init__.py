"""The HTTP side: limits, checks and headers, admission, live snapshot, metrics, JSON routes."""
