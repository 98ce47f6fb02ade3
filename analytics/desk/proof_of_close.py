"""Whether prices bear out that a session is over: the clock alone may be ahead."""

from __future__ import annotations

import datetime as dt

from analytics.desk.desk import Desk
from analytics.model.listing_calendars import close_of
from analytics.model.question import DEFAULT_BENCHMARK, Needs
from analytics.model.vocabulary import Bars

BEFORE_THE_BELL = dt.timedelta(minutes=5)
"""A last price so shortly before the close is of the close."""


def has_closed(desk: Desk, bars: Bars, session: dt.date) -> bool:
    """Whether a session is over by its own prices, or by the benchmark's.

    A thinly traded listing has no price at the bell; the benchmark always has. A source that
    states no time of its prices is believed.

    Args:
        bars: of the listing, through the session.

    Raises:
        HoldlineError: as `Desk.inputs`.
    """
    until = close_of(bars.symbol, session) - BEFORE_THE_BELL
    if _is_past(bars, session, until):
        return True
    benchmark = desk.inputs(Needs(bars=(DEFAULT_BENCHMARK,))).bars.get(DEFAULT_BENCHMARK)
    return benchmark is None or _is_past(benchmark, session, until)


def _is_past(bars: Bars, session: dt.date, until: dt.datetime) -> bool:
    return bars.last_session > session or bars.last_time is None or bars.last_time >= until
