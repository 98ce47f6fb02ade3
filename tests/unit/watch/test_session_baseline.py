"""The baseline of a session: what it refuses, whose prices it takes, and the running average."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.model.bars import Break
from analytics.model.calendars import FUTURES
from analytics.model.question import Inputs, Symbol
from analytics.model.vocabulary import Moment, NotAvailable, Phase
from analytics.watch.session_baseline import (
    SESSION_BASELINES,
    SessionBaseline,
    SessionBaselinesParameters,
    baseline_of,
    listing_session,
    no_baseline,
    price_only_baseline,
)
from tests.support.builders import FRIDAY, MONDAY, make_bars, walk

THURSDAY = dt.date(2025, 1, 23)
NOON = dt.datetime(2025, 1, 27, 17, tzinfo=dt.UTC)


def friday() -> SessionBaseline:
    """Of Friday, on 259 closes before it."""
    baseline = baseline_of(make_bars(walk(260)), FRIDAY)
    assert baseline is not None
    return baseline


class TestRunningAverage:
    @given(st.floats(50.0, 200.0))
    def test_it_is_the_mean_with_the_price_as_the_last_close(self, price: float) -> None:
        closes = walk(260)
        for average in friday().averages:
            window = np.append(closes[:-1], price)[-average.sessions :]
            assert average.through(price) == pytest.approx(float(window.mean()), rel=1e-12)

    def test_of_too_few_closes_there_is_none(self) -> None:
        baseline = baseline_of(make_bars(walk(51)), FRIDAY)
        assert baseline is not None
        assert [average.sessions for average in baseline.averages] == [20, 50]


class TestRefusals:
    def test_a_first_day_has_none(self) -> None:
        bars = make_bars(walk(1))
        assert no_baseline(bars, FRIDAY) == f"no close before {FRIDAY}"
        assert baseline_of(bars, FRIDAY) is None
        assert price_only_baseline(bars, FRIDAY) is None

    def test_without_yesterday_s_bar_there_is_none_but_prices_are_judged(self) -> None:
        bars = make_bars(walk(60), THURSDAY)
        assert "2025-01-24" in str(no_baseline(bars, MONDAY))
        alone = price_only_baseline(bars, MONDAY)
        assert alone is not None
        assert alone.averages == ()
        assert alone.withheld == no_baseline(bars, MONDAY)
        assert not alone.is_previous_close(alone.previous_close)

    def test_a_change_of_basis_is_said(self) -> None:
        bars = replace(make_bars(walk(60)), basis_changes=(Break(FRIDAY, "a split"),))
        assert no_baseline(bars, FRIDAY) == "a split"


class TestPreviousClose:
    def test_the_stated_close_is_the_bars_or_less_its_dividend(self) -> None:
        baseline = replace(friday(), previous_close=100.0, ex_dividend_close=98.5)
        assert baseline.is_previous_close(100.0)
        assert baseline.is_previous_close(98.5)
        assert not baseline.is_previous_close(97.0)
        assert not baseline.is_previous_close(400.0)

    def test_a_market_settled_at_another_hour_is_judged_by_distance(self) -> None:
        future = replace(friday(), previous_close=100.0, atr_before=1.0, calendar=FUTURES)
        assert future.is_previous_close(101.0)
        assert not future.is_previous_close(150.0)


class TestHours:
    def test_prices_of_the_day_are_of_the_session(self) -> None:
        baseline = replace(friday(), session=MONDAY)
        assert baseline.has(dt.datetime(2025, 1, 27, 13, tzinfo=dt.UTC)), "before the open"
        assert baseline.has(dt.datetime(2025, 1, 27, 22, tzinfo=dt.UTC)), "after the close"
        assert not baseline.has(dt.datetime(2025, 1, 28, 15, tzinfo=dt.UTC))

    def test_before_the_open_the_session_is_today_s(self) -> None:
        early = Moment(dt.datetime(2025, 1, 27, 13, tzinfo=dt.UTC), FRIDAY, Phase.PRE, live=True)
        assert listing_session(make_bars(walk(60)), early) == MONDAY

    def test_another_exchange_has_its_own_session(self) -> None:
        bars = replace(make_bars(walk(60)), calendar="XLON", timezone="Europe/London")
        moment = Moment(NOON, FRIDAY, Phase.OPEN, live=True)
        assert listing_session(bars, moment) == MONDAY


class TestQuestion:
    def test_each_symbol_has_a_baseline_or_a_reason(self) -> None:
        bars = {
            "SPY": make_bars(walk(260), MONDAY, symbol="SPY", complete=False),
            "GAP": make_bars(walk(60), THURSDAY, symbol="GAP"),
        }
        absent = {("bars", "NONE"): NotAvailable("NONE: unknown.")}
        moment = Moment(NOON, MONDAY, Phase.OPEN, live=True)
        symbols = tuple(Symbol(symbol) for symbol in ("SPY", "GAP", "NONE"))
        found = SESSION_BASELINES.compute(
            SessionBaselinesParameters(symbols), Inputs(moment, bars=bars, absent=absent)
        )
        (spy,) = found.baselines
        assert (spy.symbol, spy.session, spy.complete) == ("SPY", MONDAY, False)
        assert spy.bar is not None
        assert spy.bar.price == float(bars["SPY"].close[-1])
        assert found.missing["NONE"] == "NONE: unknown."
        assert "2025-01-24" in found.missing["GAP"]
        assert [one.symbol for one in found.price_only] == ["GAP"]
