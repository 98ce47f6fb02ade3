"""Alerts: rules, the events they fire on, and messages - one an event."""
