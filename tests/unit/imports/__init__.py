"""Import of a past that was kept or bought elsewhere."""
