"""Classes of the hold study's events: kind, the slope, the first since a break, gap, VIX."""

from __future__ import annotations

COOLDOWN_SESSIONS = 10
"""An event counts only so long after the last counted one, of either kind."""
MEAN_BLOCK_SESSIONS = 20
"""Mean length of the bootstrap's blocks."""
SLOPE_SESSIONS = 20
"""A rising average stands higher than so long before."""

TOUCH, GAP_DOWN = 0, 1
GAP_BOUNDS = (0.0025, 0.01)
"""Bounds of the three gap sizes: (level - open) / level."""
REGIMES = 5
"""VIX regimes 0-3, and 4 for an unknown VIX."""

CELLS = (2, 2, 2, 3, REGIMES)
"""Shape of an event's class: kind, rising average, first since a close below, gap size, regime."""
CELL_COUNT = 2 * 2 * 2 * 3 * REGIMES
