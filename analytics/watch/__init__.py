"""Level calls, the day's log of each level, and what the close made of the calls."""
