"""Speed, printed by one command: ``python -m benchmarks``. Never run as a test."""
