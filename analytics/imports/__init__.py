"""Import of a past that was kept or bought elsewhere: option chains, daily put/call counts."""
