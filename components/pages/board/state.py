"""State of the Board page: whose tiles it shows."""

from __future__ import annotations

from dataclasses import dataclass

from analytics.model.question import Symbol
from analytics.model.vocabulary import BadInput
from components.frame.state import PageState

LONGEST_NAME = 24
"""Of a watchlist, as ``assets/pages/watchlists.mjs`` takes it."""


@dataclass(frozen=True)
class BoardState(PageState):
    """See `PageState`.

    Attributes:
        symbols: in the order of the tiles; None: the page's own.
        list: the watchlist they are from. Its symbols are known to the viewer's browser alone,
            which fills them in (``assets/pages/watchlist.mjs``).
    """

    symbols: tuple[Symbol, ...] | None = None
    list: str | None = None

    def check(self) -> None:
        """Judge the list's name."""
        name = self.list
        if name is not None and not (len(name) <= LONGEST_NAME and name.isprintable()):
            raise BadInput(f"list is {name[:40]!r}: the name of a watchlist is accepted.")
