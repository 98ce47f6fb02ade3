"""Overnight: markets elsewhere while New York is closed, and the open that futures imply."""
