"""Numbers from arrays: averages, ranges, channels, percentiles, intervals."""
