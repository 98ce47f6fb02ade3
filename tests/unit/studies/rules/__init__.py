"""Rule lab."""
