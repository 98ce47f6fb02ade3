"""Bars of what the model portfolio traded: kept, and put in place of what a provider forgot."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

from analytics.cache.entries import Cached
from analytics.desk.archive import Archive
from analytics.desk.fetching import BarsRecord, InputRequest
from analytics.model.portfolio_changes import Change
from analytics.model.vocabulary import Bars, HoldlineError, Moment, NotAvailable, SymbolNotFound


def use_stored_bars(
    taken: dict[InputRequest, Cached[Any] | HoldlineError],
    changes: Sequence[Change],
    moment: Moment,
    archive: Archive,
    now: dt.datetime,
) -> None:
    """Keep the bars that came; where a listing is forgotten, answer with those kept.

    A listing that ended is soon unknown to a provider, or its symbol is another company's: then
    the bars begin after the portfolio traded it.
    """
    traded = {s: c.effective for c in reversed(changes) for s in c.symbols}
    for request, got in taken.items():
        if not request.may_end:
            continue
        if isinstance(got, HoldlineError):
            forgotten = isinstance(got, SymbolNotFound | NotAvailable)
        else:
            forgotten = not _reaches(got.value.bars, traded.get(request.symbol))
            if not forgotten and moment.live:
                archive.remember_bars(got.value.bars)
        stored = archive.bars(request.symbol) if forgotten else None
        if stored is not None and _reaches(stored, traded.get(request.symbol)):
            taken[request] = _as_cached(stored, now)


def _reaches(bars: Bars, day: dt.date | None) -> bool:
    first: dt.date = bars.sessions[0].astype(dt.date)
    return day is None or first <= day


def _as_cached(bars: Bars, now: dt.datetime) -> Cached[Any]:
    version = f"kept|{bars.symbol}|{bars.last_session}"
    return Cached(BarsRecord(bars), now, now + dt.timedelta(hours=1), version)
