"""Mending of the day's log by the session's one-minute bars: at the close it says what they say.

Prices that came in live may have been wrong, and some never came. A line that the minutes bear
out keeps its own time and price, which are finer; what they do not bear out is taken out, and
what they show beside it is added.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import replace

import numpy as np

from analytics.model.calendars import ListingCalendar
from analytics.model.level_calls import Happening, LevelCall, LevelEvent
from analytics.model.plausibility import rounding_cent
from analytics.model.vocabulary import MinuteBars
from analytics.watch.crossings import events_of, prints_of_minutes
from analytics.watch.session_baseline import SessionBaseline

_MINUTE = dt.timedelta(minutes=1)
ENDS = dt.timedelta(minutes=5)
"""The first and the last trade of a session are no further from its bells."""
NEAR = dt.timedelta(minutes=2)
"""A line and the minute that bears it out are no further apart."""


def mended(
    calls: Iterable[LevelCall],
    written: Sequence[LevelEvent],
    minutes: MinuteBars,
    baseline: SessionBaseline,
) -> tuple[LevelEvent, ...] | None:
    """A finished session's log of one symbol, oldest line first.

    Args:
        calls: of the session, in the units of the minutes.
        written: the log as prices came in.
        baseline: of the session.

    Returns:
        None where the minutes do not cover the session, and so decide nothing.
    """
    if not covers(minutes, baseline.listing, (line.at for line in written)):
        return None
    prints = tuple(prints_of_minutes(minutes))
    lines: list[LevelEvent] = []
    for call in calls:
        shown = events_of(call, baseline.atr_before, prints, final=True)
        lines += _matched(shown, [line for line in written if line.level == call.level], minutes)
    return tuple(sorted(lines, key=lambda line: (line.at, line.level.name)))


def covers(minutes: MinuteBars, listing: ListingCalendar, times: Iterable[dt.datetime]) -> bool:
    """Whether the minutes reach from bell to bell and hold those of ``times``.

    A minute without a trade has no bar; where a price came in live one is missing.
    """
    if not len(minutes):
        return False
    starts = [start.replace(tzinfo=dt.UTC) for start in minutes.times.tolist()]
    opened, closed = listing.open(minutes.session), listing.close(minutes.session)
    if starts[0] > opened + ENDS or starts[-1] + _MINUTE < closed - ENDS:
        return False
    return all(
        any(start - NEAR <= time <= start + _MINUTE + NEAR for start in starts) or time >= closed
        for time in times
    )


def _matched(
    shown: Sequence[LevelEvent], written: Sequence[LevelEvent], minutes: MinuteBars
) -> list[LevelEvent]:
    """The lines the minutes show, each as it was written live where one was."""
    left = list(written)
    lines: list[LevelEvent] = []
    for line in shown:
        same = next((old for old in left if _bears_out(line, old, minutes)), None)
        if same is None or (lines and same.at < lines[-1].at):
            lines.append(line)
            continue
        left = left[left.index(same) + 1 :]
        # of a touch the lowest price counts, which a minute's low knows best
        price = line.price if line.kind is Happening.TOUCHED else same.price
        lines.append(replace(same, price=price, level_price=line.level_price))
    return lines


def _bears_out(shown: LevelEvent, written: LevelEvent, minutes: MinuteBars) -> bool:
    """Whether a written line is the one shown, at a price that its minutes traded."""
    if written.kind is not shown.kind or abs(written.at - shown.at) > NEAR:
        return False
    at = np.datetime64(written.at.replace(tzinfo=None), "us")
    near = np.abs(minutes.times - at) <= np.timedelta64(NEAR)
    cent = rounding_cent(minutes.close[near])
    least = np.fmin(minutes.low, minutes.close)[near] - cent
    most = np.fmax(minutes.high, minutes.close)[near] + cent
    return bool(((least <= written.price) & (written.price <= most)).any())
