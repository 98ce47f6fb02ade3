"""Alerts: rules, what makes them fire, and how a subscriber is told - once an event."""
