"""Levels out: the ladders of a list of symbols as files that charting programs and sheets read."""
