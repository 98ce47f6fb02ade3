"""Random days for alerts: a world of prices, sleeps and clocks, and an oracle that sees it all.

``python -m tests.support.alert_days 10000`` plays so many days and prints what was told.
"""
