"""Several faults in one history, in any order: the bars are those of the history without them."""

from __future__ import annotations

import datetime as dt
import random

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics.model.listing_calendars import calendar_of
from analytics.sources.base import RawBars
from analytics.sources.validate import clean_bars

PRICES = ["open", "high", "low", "close"]
SYMBOLS = ["SPY", "VOD.L", "7203.T", "PETR4.SA", "BTC-USD", "ES=F", "RELIANCE.NS", "EURUSD=X"]
COUNT = 140
NEWEST = dt.date(2025, 6, 20)


def true_history(symbol: str, seed: int) -> pd.DataFrame:
    """A walk on the listing's own sessions, in the shares of today."""
    days = calendar_of(symbol).sessions_between(dt.date(2024, 1, 2), NEWEST)[-COUNT:]
    moves = np.random.default_rng(seed).normal(0.0, 0.01, COUNT)
    close = 50 * np.exp(np.cumsum(moves))
    columns = {"open": close, "high": close * 1.01, "low": close * 0.99, "close": close}
    return pd.DataFrame({**columns, "volume": 1e3, "splits": 1.0}, index=pd.DatetimeIndex(days))


@settings(max_examples=60, deadline=None)
@given(
    symbol=st.sampled_from(SYMBOLS),
    seed=st.integers(0, 10_000),
    ratio=st.sampled_from([1.5, 2.0, 4.0, 10.0, 0.1, 0.05]),
    applied=st.booleans(),
    twice=st.booleans(),
    unit=st.sampled_from([100.0, 0.01]),
    stay=st.integers(0, 4),
    dropped=st.sets(st.integers(0, COUNT - 2), max_size=4),
    order=st.randoms(use_true_random=False),
)
def test_any_mixture(
    symbol: str,
    seed: int,
    ratio: float,
    applied: bool,
    twice: bool,
    unit: float,
    stay: int,
    dropped: set[int],
    order: random.Random,
) -> None:
    true = true_history(symbol, seed)
    split, detour = order.randrange(15, COUNT - 15), order.randrange(5, COUNT - 10)
    raw, days = true.copy(), true.index
    raw.loc[days[split], "splits"] = ratio
    if twice:
        raw.loc[days[split + order.randrange(1, 8)], "splits"] = ratio
    if not applied:
        raw.loc[days[:split], PRICES] *= ratio
    raw.loc[days[detour : detour + stay], PRICES] *= unit
    for at in dropped:
        raw.loc[days[at], "close"] = order.choice([np.nan, 0.0, -3.0, np.inf])
    listing = calendar_of(symbol)
    closed = [
        day
        for day in pd.date_range(raw.index[0], raw.index[-1])
        if not listing.is_session(day.date())
    ]
    for day in order.sample(closed, min(3, len(closed))):
        raw.loc[day] = [9.0, 9.0, 9.0, 9.0, 1.0, 1.0]
    shuffled = list(range(len(raw)))
    order.shuffle(shuffled)

    bars, rejected = clean_bars(RawBars(symbol, raw.iloc[shuffled]))

    gone = dropped | set(range(detour, detour + stay))
    remaining = [at for at in range(COUNT) if at not in gone]
    assert bars.sessions.tolist() == [true.index[at].date() for at in remaining]
    assert bars.close == pytest.approx(true["close"].to_numpy()[remaining])
    assert sum(rejected.values()) == len(raw) - len(remaining)
    assert all("the hole of" in found.reason for found in bars.breaks)
    place = remaining[order.randrange(len(remaining))]
    before = ratio if place < split and remaining[-1] >= split else 1.0
    seen = bars.upto(true.index[place].date())
    assert seen.close[-1] == pytest.approx(true["close"].iloc[place] * before)
