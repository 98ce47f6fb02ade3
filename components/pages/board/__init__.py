"""Board tab."""
