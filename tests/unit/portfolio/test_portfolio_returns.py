"""Returns against second libraries, by hand and on recorded prices with payments and dividends."""

from __future__ import annotations

import csv
import datetime as dt
import json

import empyrical
import numpy as np
import pytest
import pyxirr
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics.model.portfolio_changes import Change
from analytics.model.vocabulary import Bars, Floats
from analytics.portfolio.book import dividends
from analytics.portfolio.ledger import Ledger, keep_ledger, session_axis
from analytics.portfolio.performance import (
    beta,
    deepest_drawdown,
    growth,
    money_weighted_rate,
    over_period,
    time_weighted_returns,
    volatility_pct,
)
from analytics.portfolio.question import same_payments
from tests.support.shared_data import SHARED, needs_shared_data
from tests.support.small_portfolios import DAYS, buy, day, deposit, sell, weights, withdraw

WITHIN = 1e-9


class TestByHand:
    def test_time_weighted_leaves_payments_out(self) -> None:
        value, flow = np.array([100.0, 220.0, 198.0]), np.array([100.0, 110.0, 0.0])
        assert time_weighted_returns(value, flow) == pytest.approx([0.10, -0.10])

    def test_a_session_without_a_value_is_bridged_not_invented(self) -> None:
        value = np.array([100.0, np.nan, 121.0])
        returns = time_weighted_returns(value, np.zeros(3))
        assert np.isnan(returns[0])
        assert returns[1] == pytest.approx(0.21)
        assert growth(returns)[2] == pytest.approx(1.21)
        assert np.isnan(growth(returns)[1])

    def test_xirr_of_one_year_and_of_a_known_sheet(self) -> None:
        year = [dt.date(2023, 1, 1), dt.date(2024, 1, 1)]
        assert money_weighted_rate(year, [-100, 110]) == pytest.approx(0.10, abs=1e-12)
        # the worked example of the spreadsheets' own XIRR page
        days = [(2008, 1, 1), (2008, 3, 1), (2008, 10, 30), (2009, 2, 15), (2009, 4, 1)]
        paid = [-10_000, 2_750, 4_250, 3_250, 2_750]
        rate = money_weighted_rate([dt.date(*d) for d in days], paid)
        assert rate == pytest.approx(0.373362535, abs=1e-8)

    @pytest.mark.parametrize(("days", "paid"), [(1, [-100.0, 50.0]), (9, [1.0, 2.0]), (9, [])])
    def test_there_is_no_rate_of_one_day_or_of_gifts(self, days: int, paid: list[float]) -> None:
        first = dt.date(2025, 1, 2)
        when = [first + dt.timedelta(days=(i * days) // 2 if days > 1 else 0) for i in range(2)]
        assert money_weighted_rate(when[: len(paid)], paid) is None

    def test_a_yearly_rate_over_half_of_it(self) -> None:
        assert over_period(0.21, 365) == pytest.approx(0.21)
        assert over_period(0.21, 730) == pytest.approx(1.21**2 - 1)

    def test_the_deepest_drawdown_has_its_dates(self) -> None:
        fallen = deepest_drawdown(DAYS, np.array([100.0, 110.0, 88.0, 99.0, 110.0]))
        assert fallen is not None
        assert fallen.pct == pytest.approx(-20.0)
        assert (fallen.peak, fallen.trough, fallen.recovered) == (day(1), day(2), day(4))
        assert deepest_drawdown(DAYS, np.array([1.0, 1.0, 2.0, 3.0, 4.0])) is None


def recorded(symbol: str) -> Bars:
    """Bars of a recorded file, closes and total-return closes."""
    with (SHARED / "prices" / f"{symbol}.csv").open() as lines:
        rows = list(csv.DictReader(lines))
    close, adjusted, blank = (
        np.array([float(row[name]) for row in rows]) for name in ("close", "adj_close", "close")
    )
    return Bars(
        symbol=symbol,
        sessions=np.array([row["date"] for row in rows], dtype="datetime64[D]"),
        open=blank,
        high=blank,
        low=blank,
        close=close,
        adj_close=adjusted,
        volume=blank,
        splits=np.ones(len(close)),
    )


def split_story() -> Bars:
    """The recorded Yahoo year of NVDA with its 4:1 split of July 2021 and four dividends."""
    path = SHARED / "yahoo" / "chart_NVDA_split_2021-02_2022-01.json"
    body = json.loads(path.read_text())["chart"]["result"][0]
    stamps = np.array(body["timestamp"], dtype="datetime64[s]").astype("datetime64[D]")
    close = np.array(body["indicators"]["quote"][0]["close"], dtype=np.float64)
    splits = np.ones(len(close))
    for event in body["events"]["splits"].values():
        on = np.datetime64(event["date"], "s").astype("datetime64[D]")
        splits[stamps == on] = event["numerator"] / event["denominator"]
    adjusted = np.array(body["indicators"]["adjclose"][0]["adjclose"], dtype=np.float64)
    return Bars("NVDA", stamps, close, close, close, close, adjusted, close, splits)


def ledger_of(changes: tuple[Change, ...], *bars: Bars) -> Ledger:
    last: dt.date = bars[0].sessions[-1].astype(dt.date)
    return keep_ledger(changes, {b.symbol: b for b in bars}, session_axis(changes, last), True)


def share_returns(bars: Bars, first: dt.date) -> Floats:
    """Simple returns of a share with its dividend, written on its own: traded prices, splits."""
    at = int(np.searchsorted(bars.sessions, np.datetime64(first)))
    after = np.array([np.prod(bars.splits[i + 1 :]) for i in range(len(bars))])
    traded, paid = bars.close * after, dividends(bars) * after
    worth = bars.splits[1:] * (traded[1:] + paid[1:])
    returns: Floats = worth / traded[:-1] - 1
    return returns[at:]


@needs_shared_data
class TestRecordedPrices:
    START = dt.date(2024, 8, 1)
    STORY = (
        deposit(100_000, START, 1),
        weights({"AAPL": 40, "NVDA": 20, "QQQ": 25}, START, 2),
        deposit(25_000, dt.date(2024, 10, 1), 3),
        buy("NVDA", 100, dt.date(2024, 10, 1), 4),
        withdraw(10_000, dt.date(2024, 12, 16), 5),
        sell("AAPL", 30, dt.date(2025, 2, 3), 6),
        weights({"AAPL": 30, "NVDA": 30, "QQQ": 39}, dt.date(2025, 4, 9), 7),
    )

    def story(self) -> tuple[Ledger, Floats]:
        """Our ledger, and its session returns rebuilt from weights and share returns alone."""
        bars = {s: recorded(s) for s in ("AAPL", "NVDA", "QQQ")}
        ledger = ledger_of(self.STORY, *bars.values())
        own = {s: share_returns(b, self.START) for s, b in bars.items()}
        dollars, cash = dict.fromkeys(bars, 0.0), 0.0
        whole_before, returns = 0.0, []
        for i, stamp in enumerate(ledger.sessions):
            today = stamp.astype(dt.date)
            if i:
                for s in dollars:
                    grown = dollars[s] * (1 + own[s][i - 1])
                    at = int(np.searchsorted(bars[s].sessions, stamp))
                    paid = dividends(bars[s])[at] * dollars[s] / bars[s].close[at - 1]
                    dollars[s], cash = grown - paid, cash + paid
                returns.append((sum(dollars.values()) + cash) / whole_before - 1)
            for c in (c for c in self.STORY if c.effective == today):
                cash += (c.amount or 0.0) * (1 if c.kind == "deposit" else -1)
                if c.shares:
                    at = int(np.searchsorted(bars[c.symbol].sessions, stamp))
                    worth = c.shares * bars[c.symbol].close[at] * (1 if c.kind == "buy" else -1)
                    dollars[c.symbol], cash = dollars[c.symbol] + worth, cash - worth
                if c.weights:
                    whole = sum(dollars.values()) + cash
                    dollars = {s: whole * c.weights[s] / 100 for s in dollars}
                    cash = whole - sum(dollars.values())
            whole_before = sum(dollars.values()) + cash
        return ledger, np.array(returns)

    def test_time_weighted_return_drawdown_volatility_and_beta_are_empyrical_s(self) -> None:
        ledger, rebuilt = self.story()
        ours = time_weighted_returns(ledger.value, ledger.flow)
        assert ledger.dividends.sum() > 100
        assert ours == pytest.approx(rebuilt, abs=WITHIN)
        grown = growth(ours)
        assert grown[-1] - 1 == pytest.approx(empyrical.cum_returns_final(rebuilt), abs=WITHIN)
        fallen = deepest_drawdown(ledger.sessions, grown)
        assert fallen is not None
        assert fallen.pct / 100 == pytest.approx(empyrical.max_drawdown(rebuilt), abs=WITHIN)
        rough = volatility_pct(ours)
        assert rough is not None
        assert rough / 100 == pytest.approx(empyrical.annual_volatility(rebuilt), abs=WITHIN)
        spy = share_returns(recorded("SPY"), self.START)
        assert beta(ours, spy) == pytest.approx(empyrical.beta(rebuilt, spy), abs=WITHIN)

    def test_money_weighted_return_is_pyxirr_s(self) -> None:
        ledger, _ = self.story()
        days = [stamp.astype(dt.date) for stamp in ledger.sessions]
        paid = [(d, -float(f)) for d, f in zip(days, ledger.flow, strict=True) if f]
        paid.append((days[-1], float(ledger.value[-1])))
        ours = money_weighted_rate([d for d, _ in paid], [p for _, p in paid])
        assert ours == pytest.approx(pyxirr.xirr(paid), abs=WITHIN)

    def test_thesame_payments_in_spy_are_pyxirr_s_long_nickels(self) -> None:
        ledger, _ = self.story()
        spy = recorded("SPY")
        assert spy.adj_close is not None
        closes = spy.adj_close[spy.sessions >= ledger.sessions[0]]
        ours = same_payments(ledger.flow, closes)
        theirs = pyxirr.pe.ln_pme_nav(  # type: ignore[attr-defined]  # not in its stubs
            (-ledger.flow).tolist(), closes.tolist()
        )
        assert ours[-1] == pytest.approx(theirs, rel=WITHIN)

    def test_a_split_and_dividends_of_a_recorded_year(self) -> None:
        bars = split_story()
        first: dt.date = bars.sessions[5].astype(dt.date)
        at = (bars.close[5] * np.prod(bars.splits[6:])).item()
        ledger = ledger_of((deposit(100 * at, first, 1), buy("NVDA", 100, first, 2)), bars)
        assert ledger.units == pytest.approx({"NVDA": 400})
        assert np.count_nonzero(ledger.dividends) == 4
        # $0.16 a share then, a fortieth of it in the file's basis of after the 10:1 split of 2024
        assert ledger.dividends.sum() == pytest.approx(400 * 0.16 / 40 * 4, rel=2e-3)
        own = share_returns(bars, first)
        grown = growth(own)
        price = float(bars.close[-1]) * 400 + float(ledger.dividends.sum())
        assert ledger.value[-1] == pytest.approx(price, abs=1e-6)
        assert grown[-1] == pytest.approx(ledger.value[-1] / ledger.value[0], rel=2e-3)


class TestAlways:
    @settings(max_examples=100, deadline=None)
    @given(
        st.lists(st.floats(-0.2, 0.25), min_size=60, max_size=120),
        st.integers(0, 2**32 - 1),
    )
    def test_every_figure_is_empyrical_s(self, moves: list[float], seed: int) -> None:
        returns = np.array(moves)
        theirs = np.random.default_rng(seed).normal(0, 0.01, len(returns))
        grown = growth(returns)
        assert grown[-1] - 1 == pytest.approx(empyrical.cum_returns_final(returns), abs=WITHIN)
        rough = volatility_pct(returns)
        assert rough is not None
        assert rough / 100 == pytest.approx(empyrical.annual_volatility(returns), abs=WITHIN)
        assert beta(returns, theirs) == pytest.approx(empyrical.beta(returns, theirs), abs=1e-7)

    @settings(max_examples=100, deadline=None)
    @given(
        st.lists(st.floats(10, 1e5), min_size=1, max_size=6),
        st.floats(0.2, 5.0),
        st.integers(30, 3_000),
    )
    def test_the_rate_is_pyxirr_s(self, paid: list[float], times: float, days: int) -> None:
        first = dt.date(2020, 1, 2)
        when = [first + dt.timedelta(days=i * days // 10) for i in range(len(paid))]
        last = first + dt.timedelta(days=days)
        flows = [*(-p for p in paid), sum(paid) * times]
        ours = money_weighted_rate([*when, last], flows)
        theirs = pyxirr.xirr([*when, last], flows)
        if theirs is not None and theirs < 1e6:
            assert ours == pytest.approx(theirs, rel=1e-7, abs=WITHIN)
