"""Daily put and call counts of the whole market, as an exchange publishes them."""

from __future__ import annotations

from enum import StrEnum

MARKET_PUT_CALL = "market-put-call"
"""The question under which they are stored, a session's counts as its figures."""
DEFINITION = 1
CALLS, PUTS, RATIO = "calls", "puts", "ratio"


class Universe(StrEnum):
    """Which options are counted; the name is what they are stored under."""

    TOTAL = "TOTAL"
    EQUITY = "EQUITY"
    INDEX = "INDEX"


UNIVERSE_WORDS = {
    Universe.TOTAL: "all options",
    Universe.EQUITY: "options on shares",
    Universe.INDEX: "options on indexes",
}
