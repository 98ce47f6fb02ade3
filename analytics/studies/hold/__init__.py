"""Hold study: how often a moving average held, beside what chance gives."""
