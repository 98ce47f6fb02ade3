"""State of the Calendar page: the parameters of its views."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from components.frame.state import PageState, check_span


@dataclass(frozen=True)
class CalendarState(PageState):
    """The first and the last day shown; None: this week."""

    start: dt.date | None = None
    end: dt.date | None = None

    def check(self) -> None:
        """Judge the span."""
        check_span(self.start, self.end)
