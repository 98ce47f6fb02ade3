"""Market now tab."""
