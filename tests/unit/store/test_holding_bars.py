"""Closes of holdings in the store: they come back, and no stranger's bars replace them."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pytest

from analytics.model.sessions import sessions_between
from analytics.model.vocabulary import Bars
from analytics.store.database import Database
from analytics.store.holding_bars import HoldingBars
from tests.support.small_portfolios import bars_of

NOW = dt.datetime(2025, 1, 27, 21, tzinfo=dt.UTC)


def bars(first: dt.date, last: dt.date, price: float = 100.0, **more: object) -> Bars:
    days = sessions_between(first, last)
    return bars_of("GONE", [price] * len(days), days=days, **more)  # type: ignore[arg-type]


@pytest.fixture
def stored() -> HoldingBars:
    return HoldingBars(Database(None))


OLD = bars(dt.date(2024, 1, 2), dt.date(2025, 1, 23), splits={5: 2.0}, dividends={9: 1.0})


def test_what_a_ledger_needs_comes_back(stored: HoldingBars) -> None:
    assert stored.bars("Yahoo", "GONE") is None
    assert stored.save("Yahoo", OLD, NOW)
    found = stored.bars("Yahoo", "GONE")
    assert found is not None
    for name in ("sessions", "close", "adj_close", "splits"):
        assert np.array_equal(getattr(found, name), getattr(OLD, name))
    assert found.currency == "USD"
    assert stored.bars("Files", "GONE") is None


@pytest.mark.parametrize(
    ("later", "replaced"),
    [
        (bars(dt.date(2024, 1, 2), dt.date(2025, 1, 24)), True),
        (bars(dt.date(2025, 1, 2), dt.date(2026, 1, 5)), True),  # the window of three years moved
        (bars(dt.date(2024, 1, 2), dt.date(2025, 1, 22)), False),  # older
        (bars(dt.date(2025, 1, 24), dt.date(2025, 1, 27), 7.0), False),  # another listing
    ],
)
def test_only_what_continues_them_replaces_them(
    stored: HoldingBars, later: Bars, replaced: bool
) -> None:
    stored.save("Yahoo", OLD, NOW)
    assert stored.save("Yahoo", later, NOW) is replaced
    found = stored.bars("Yahoo", "GONE")
    assert found is not None
    assert found.last_session == (later if replaced else OLD).last_session


def test_a_part_of_a_long_history_does_not_replace_it(stored: HoldingBars) -> None:
    stored.save("Yahoo", bars(dt.date(2021, 1, 4), dt.date(2025, 1, 23)), NOW)
    assert not stored.save("Yahoo", bars(dt.date(2024, 6, 3), dt.date(2025, 1, 27)), NOW)
