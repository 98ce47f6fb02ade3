"""Alerts at work: rules evaluated at each snapshot, messages delivered."""
