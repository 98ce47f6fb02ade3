"""Pages of documentation, and the script that takes their pictures."""
