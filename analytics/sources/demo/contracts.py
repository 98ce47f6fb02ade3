"""Listed option contracts of the demo: expiries and strikes as the exchanges space them."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from analytics.model.expiries import third_friday
from analytics.model.sessions import is_session, session_on_or_before
from analytics.model.vocabulary import Floats
from analytics.sources.demo.scenario import FRIDAY, Instrument

DAILY = frozenset({"SPY", "QQQ"})
_MONTHS_OUT = 12
_WEEKS_OUT = 7
_DAYS_OUT = 14


@dataclass(frozen=True, eq=False)
class Contracts:
    """Every listed contract, a row each, sorted by expiry, kind and strike; shape (n,).

    Attributes:
        monthly: True for the third-Friday series, where open interest gathers.
    """

    expiry: NDArray[np.datetime64]
    is_call: NDArray[np.bool_]
    strike: Floats
    monthly: NDArray[np.bool_]


def list_contracts(
    instrument: Instrument, day: dt.date = FRIDAY, spot: float | None = None
) -> Contracts:
    """The contracts listed on a day around a price; the Friday's grid is the Monday's too.

    Args:
        day: a session.
        spot: the underlying's close that day; None: the Friday's.
    """
    spot = instrument.friday if spot is None else spot
    monthlies = _monthlies(day)
    listed = monthlies | _weeklies(day) | _quarterlies(instrument, day) | _dailies(instrument, day)
    expiries = sorted(listed)
    parts = []
    for expiry in expiries:
        strikes = _strikes(instrument, spot, (expiry - day).days, expiry in monthlies)
        for is_call in (True, False):
            n = len(strikes)
            parts.append(
                (
                    np.full(n, np.datetime64(expiry, "D")),
                    np.full(n, is_call),
                    strikes,
                    np.full(n, expiry in monthlies),
                )
            )
    expiry_column, kind, strike, monthly = (np.concatenate(c) for c in zip(*parts, strict=True))
    return Contracts(expiry_column, kind, strike, monthly)


def _monthlies(day: dt.date) -> set[dt.date]:
    """Third Fridays, or the Thursday before where that is a holiday."""
    found = set()
    for step in range(_MONTHS_OUT + 1):
        years, month = divmod(day.month - 1 + step, 12)
        friday = third_friday(day.year + years, month + 1)
        if friday >= day:
            found.add(session_on_or_before(friday))
    return {expiry for expiry in found if expiry >= day}


def _weeklies(day: dt.date) -> set[dt.date]:
    friday = day + dt.timedelta(days=(4 - day.weekday()) % 7)
    fridays = (friday + dt.timedelta(weeks=week) for week in range(_WEEKS_OUT + 1))
    expiries = (session_on_or_before(each) for each in fridays)
    return {expiry for expiry in expiries if expiry >= day}


def _quarterlies(instrument: Instrument, day: dt.date) -> set[dt.date]:
    """The last sessions of the next four quarters, of funds."""
    if not instrument.is_fund:
        return set()
    ends = ((3, 31), (6, 30), (9, 30), (12, 31))
    dates = [dt.date(year, *end) for year in (day.year, day.year + 1) for end in ends]
    expiries = [session_on_or_before(end) for end in dates]
    return set([expiry for expiry in expiries if expiry >= day][: len(ends)])


def _dailies(instrument: Instrument, day: dt.date) -> set[dt.date]:
    if instrument.symbol not in DAILY:
        return set()
    days = (day + dt.timedelta(days=d) for d in range(_DAYS_OUT))
    return {each for each in days if is_session(each)}


def _strikes(instrument: Instrument, spot: float, days: int, monthly: bool) -> Floats:
    """Fine near the money and soon, coarse far away and later."""
    if instrument.is_fund:
        fine, near = 1.0, 0.08
    else:
        fine, near = 0.5 if spot < 60 else 1.0 if spot < 160 else 2.5 if spot < 450 else 5.0, 0.20
    coarse = 2.5 if spot < 60 else 5.0 if spot < 450 else 10.0
    if days > 60:
        fine = max(fine, coarse / 2)
    far = (0.30 if days <= 60 else 0.45) + (0.10 if monthly else 0.0)
    inner = np.arange(np.ceil(spot * (1 - near) / fine), np.floor(spot * (1 + near) / fine) + 1)
    outer = np.arange(np.ceil(spot * (1 - far) / coarse), np.floor(spot * (1 + far) / coarse) + 1)
    return np.unique(np.concatenate([inner * fine, outer * coarse]))
