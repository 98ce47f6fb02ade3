"""Result in, figure out: pure functions without Dash, I/O or a clock."""
