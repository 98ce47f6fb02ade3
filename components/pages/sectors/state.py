"""State of the Sectors page: the parameters of its views."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from components.frame.state import PageState, Range, check_short_name, check_span


@dataclass(frozen=True)
class SectorsState(PageState):
    """See `PageState`.

    Attributes:
        start, end: of the move that is measured; None: as far as ``range`` reaches.
        method: what the heatmap shows.
    """

    range: Range = "6m"
    start: dt.date | None = None
    end: dt.date | None = None
    method: str | None = None

    def check(self) -> None:
        """Judge the span and the name."""
        check_span(self.start, self.end)
        check_short_name("method", self.method)
