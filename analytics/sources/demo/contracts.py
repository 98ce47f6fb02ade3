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


def list_contracts(instrument: Instrument) -> Contracts:
    """The contracts listed on the Friday; the grid is the same on the Monday after."""
    monthlies = _monthlies()
    expiries = sorted(monthlies | _weeklies() | _quarterlies(instrument) | _dailies(instrument))
    parts = []
    for expiry in expiries:
        strikes = _strikes(instrument, (expiry - FRIDAY).days, expiry in monthlies)
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


def _monthlies() -> set[dt.date]:
    """Third Fridays, or the Thursday before where that is a holiday."""
    found = set()
    for step in range(_MONTHS_OUT + 1):
        year, month = divmod(FRIDAY.month - 1 + step, 12)
        friday = third_friday(FRIDAY.year + year, month + 1)
        if friday >= FRIDAY:
            found.add(session_on_or_before(friday))
    return found


def _weeklies() -> set[dt.date]:
    fridays = (FRIDAY + dt.timedelta(weeks=week) for week in range(_WEEKS_OUT + 1))
    return {session_on_or_before(day) for day in fridays}


def _quarterlies(instrument: Instrument) -> set[dt.date]:
    if not instrument.is_fund:
        return set()
    ends = ((3, 31), (6, 30), (9, 30), (12, 31))
    return {session_on_or_before(dt.date(FRIDAY.year, month, day)) for month, day in ends}


def _dailies(instrument: Instrument) -> set[dt.date]:
    if instrument.symbol not in DAILY:
        return set()
    days = (FRIDAY + dt.timedelta(days=d) for d in range(_DAYS_OUT))
    return {day for day in days if is_session(day)}


def _strikes(instrument: Instrument, days: int, monthly: bool) -> Floats:
    """Fine near the money and soon, coarse far away and later."""
    spot = instrument.friday
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
