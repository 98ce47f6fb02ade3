"""Release calendars of the Federal Reserve, the BLS and the BEA."""
