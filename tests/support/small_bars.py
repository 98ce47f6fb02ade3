"""Small close-only bars and inputs for tests of the sector and breadth studies."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

import numpy as np

from analytics.model.question import Inputs
from analytics.model.sessions import session_close, session_on_or_before, sessions_between
from analytics.model.vocabulary import Bars, Moment, Phase, Sessions

LAST = dt.date(2025, 1, 24)
ALL_SESSIONS = sessions_between(dt.date(1995, 1, 3), LAST)


def days_to(last: dt.date, count: int) -> Sessions:
    """The ``count`` sessions that end with ``last``."""
    end = int(np.searchsorted(ALL_SESSIONS, np.datetime64(last, "D"), side="right"))
    return ALL_SESSIONS[end - count : end]


def bars_of(
    symbol: str,
    closes: Sequence[float] | np.ndarray,
    adjusted: Sequence[float] | np.ndarray | None = None,
    last: dt.date = LAST,
    sessions: Sessions | None = None,
    complete: bool = True,
) -> Bars:
    """Bars of these closes on the sessions up to ``last`` (or on ``sessions``)."""
    close = np.asarray(closes, dtype=np.float64)
    blank = np.full(len(close), np.nan)
    return Bars(
        symbol=symbol,
        sessions=days_to(last, len(close)) if sessions is None else sessions,
        open=blank,
        high=blank,
        low=blank,
        close=close,
        adj_close=None if adjusted is None else np.asarray(adjusted, dtype=np.float64),
        volume=blank,
        splits=np.ones(len(close)),
        last_complete=complete,
    )


def inputs_of(*bars: Bars, session: dt.date = LAST) -> Inputs:
    """Inputs as of the close of ``session``, cut as the desk cuts them."""
    day = session_on_or_before(session)
    moment = Moment(session_close(day), day, Phase.CLOSED, False)
    return Inputs(moment, {one.symbol: one.upto(day) for one in bars})


def walks(count: int, sessions: int, seed: int = 1, sigma: float = 0.01) -> list[np.ndarray]:
    """Closes of a common driver (the first) and of names that lean on it."""
    rng = np.random.default_rng(seed)
    market = rng.normal(0.0003, sigma, sessions)
    names = [market] + [
        rng.uniform(0.4, 1.6) * market + rng.normal(0, sigma, sessions) for _ in range(count - 1)
    ]
    return [100 * np.exp(np.cumsum(name)) for name in names]
