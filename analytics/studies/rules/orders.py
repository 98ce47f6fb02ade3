"""What a rule's orders are called by the kernels: entries, fills, stops, why a trade ended."""

from __future__ import annotations

RECLAIM, TOUCH, CROSS = range(3)
AT_OPEN, AT_CLOSE = range(2)
BY_CLOSE, INTRADAY = range(2)

ON_CLOSE_UNDER, ON_TIME, ON_STOP, ON_GAP, ON_TARGET, ON_END, STILL_OPEN = range(7)
"""Why a trade ended; `ON_GAP`: the open lay under the stop, and was the price; `ON_END`: the
symbol's bars ended, and their last close was the price."""

NOTHING, BUY, SELL = range(3)
"""The order that waits when a session has closed."""

MEAN_BLOCK_SESSIONS = 5
"""Mean length of the bootstrap's blocks. Blocks as long as the hold study's (20) carry a rule's
whole trades over into the paths, and draw its p-values to the middle: measured on 200 random walks
of 1,400 sessions, a rule of 20 and 10 sessions has p <= 5% in 1.5% of them, with 5 in 3%, and a KS
test finds p uniform (0.96)."""
SEED = 20250127
ATR_SESSIONS = 14

OPEN, HIGH, LOW, CLOSE, VOLUME, DIVIDEND, SERIES = range(7)
"""Rows of a member's bars."""
ENTRY, FILL, STOP, LONGEST, CODES = range(5)
"""A rule's whole numbers: its entry, fill and stop, and the sessions after which a trade ends."""
STOP_ATR, TARGET_ATR, COST, SIZES = range(4)
"""A rule's sizes: ATR of the stop under the level, of the target over the price paid (0: none),
and the cost of each side, a fraction."""

ENTRY_ROW, EXIT_ROW, ENTRY_PRICE, EXIT_PRICE, REASON, GROWTH, COLUMNS = range(7)
"""Columns of a trade; rows are sessions of the grid, -1 where there is none yet."""

GAINED, HELD, POSITIONS, LEAVERS, SUMS = range(5)
"""What is added up over the members, row by row: returns of their parts of the rule's money,
returns of holding them, positions at the close, and those of them of no member any more."""
