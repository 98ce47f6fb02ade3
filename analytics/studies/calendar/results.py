"""Earnings results: what was reported against what was expected, and what the price made of it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np

from analytics.model.vocabulary import Bars, Event, EventKind

BEFORE_THE_OPEN, AFTER_THE_CLOSE = "before the open", "after the close"


@dataclass(frozen=True)
class EarningsResult:
    """One company's report.

    Attributes:
        reported_eps, expected_eps: dollars a share, as the source states them.
        surprise_pct: (reported - expected) / |expected|; None without an expectation.
        reaction_pct: close to close over the first session that could trade on the report; None
            where its hour or that session's bar is not known.
        reaction_session: that session.
    """

    symbol: str
    day: dt.date
    reported_eps: float
    expected_eps: float | None
    surprise_pct: float | None
    reaction_pct: float | None
    reaction_session: dt.date | None


def earnings_results(
    events: Iterable[Event], bars: Mapping[str, Bars]
) -> tuple[EarningsResult, ...]:
    """The results of those reports that are out, in the events' order."""
    return tuple(
        _result(event, event.actual, bars.get(event.symbol))
        for event in events
        if event.kind is EventKind.EARNINGS and event.actual is not None
    )


def _result(event: Event, reported: float, bars: Bars | None) -> EarningsResult:
    expected = event.expected
    surprise = None
    if expected is not None and expected != 0.0:
        surprise = 100.0 * (reported - expected) / abs(expected)
    session, reaction = (None, None) if bars is None else reaction_of(event, bars)
    return EarningsResult(event.symbol, event.day, reported, expected, surprise, reaction, session)


def reaction_of(event: Event, bars: Bars) -> tuple[dt.date | None, float | None]:
    """(first session that could trade on a report, its change close to close in percent).

    After the close it is the next session, before the open the day's own; of a report whose half
    of the day is not known it cannot be told.
    """
    if event.timing not in (BEFORE_THE_OPEN, AFTER_THE_CLOSE):
        return None, None
    day = np.datetime64(event.day, "D")
    too_early = bars.sessions <= day if event.timing == AFTER_THE_CLOSE else bars.sessions < day
    i = int(np.count_nonzero(too_early))
    if not 0 < i < len(bars.sessions):
        return None, None
    change = 100.0 * (float(bars.close[i]) / float(bars.close[i - 1]) - 1.0)
    return bars.sessions[i].astype(dt.date), change
