"""What is ahead: decisions, releases, earnings, expiries, closures."""
