"""Options tab."""
