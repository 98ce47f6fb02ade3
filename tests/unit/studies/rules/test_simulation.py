"""A rule's trades, computed by hand on small series."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import numpy as np
import pytest

from analytics.model.vocabulary import Bars
from analytics.studies.rules import orders
from analytics.studies.rules.market import Market, make_market
from analytics.studies.rules.rule import Rule
from analytics.studies.rules.simulation import MemberRun, run_member, run_rule
from tests.support.builders import make_bars, walk

FLAT = (100.0, 101.0, 99.0, 100.0)
DOWN = (98.0, 98.5, 96.0, 97.0)
UP = (98.0, 102.0, 97.5, 101.0)
QUIET = [FLAT] * 20
"""Twenty sessions at 100: the 2-DMA stands at 100, ATR14 at 2."""
DIP = [*QUIET, DOWN, UP]
"""A close at 97 under the 2-DMA, then one of 101 over it (98.5): a reclaim on row 21."""
FREE = Rule(n=2, k=0.0, m=5, cost_bp=0.0)


def bars_of(rows: list[tuple[float, float, float, float]]) -> Bars:
    made = make_bars([row[3] for row in rows])
    open_, high, low, close = (np.array(column) for column in zip(*rows, strict=True))
    return replace(made, open=open_, high=high, low=low, close=close, adj_close=None)


def traded(rule: Rule, bars: Bars) -> tuple[MemberRun, Market]:
    market = make_market([bars], None, len(bars))
    return run_member(rule, market, market.members[0]), market


def trades(rule: Rule, rows: list[tuple[float, float, float, float]]) -> list[list[float]]:
    """Entry row, exit row, entry price, exit price, reason of every trade."""
    run, _ = traded(rule, bars_of(rows))
    found: list[list[float]] = run.trades[:, :5].tolist()
    return found


class TestEntries:
    def test_a_reclaim_is_bought_at_the_next_open_and_sold_after_m_sessions(self) -> None:
        after = [(101.5 + i, 103.0 + i, 101.0 + i, 102.0 + i) for i in range(6)]
        # bought at row 22's open of 101.5, sold at row 27's open, 5 sessions later
        assert trades(FREE, DIP + after) == [[22, 27, 101.5, 106.5, orders.ON_TIME]]

    def test_at_the_close_it_is_the_next_sessions_close(self) -> None:
        after = [(101.5 + i, 103.0 + i, 101.0 + i, 102.0 + i) for i in range(6)]
        at_close = replace(FREE, fill="close", m=4)
        assert trades(at_close, DIP + after) == [[22, 26, 102.0, 106.0, orders.ON_TIME]]

    def test_a_touch_that_holds(self) -> None:
        """After closes of 104 and 106 the 2-DMA is 105; a low of 104 and a close of 106 hold."""
        rows = [*QUIET, (103.0, 105.0, 102.0, 104.0), (105.0, 107.0, 104.5, 106.0)]
        held = [*rows, (106.0, 107.0, 104.0, 106.0), (107.0, 108.0, 106.5, 107.0)]
        found = trades(replace(FREE, entry="touch"), held)
        assert found[-1] == [23, -1, 107.0, 107.0, orders.STILL_OPEN]
        kept_off = [*rows, (106.0, 107.0, 105.5, 106.0), (107.0, 108.0, 106.5, 107.0)]
        # the quiet days touch their own average, too: one trade from row 16 to row 21
        assert found[:-1] == trades(replace(FREE, entry="touch"), kept_off)

    def test_a_cross_compares_each_close_with_its_own_sessions_level(self) -> None:
        """Close 97 under its 2-DMA of 100, then 98 under 98.5, then 98.2 over 97.5."""
        rows = [*QUIET, DOWN, (97.0, 98.5, 96.5, 98.0), (98.0, 98.5, 97.0, 98.2), FLAT]
        assert trades(replace(FREE, entry="cross"), rows)[0][:3] == [23, -1, 100.0]
        # a close of 98.2 after 98.0: over 97.5 both times, so no reclaim
        assert trades(FREE, rows) == []

    def test_a_signal_on_the_last_bar_waits_and_is_no_trade(self) -> None:
        run, _ = traded(FREE, bars_of(DIP))
        assert len(run.trades) == 0
        assert run.waiting == orders.BUY
        assert run.equity[-1] == 1.0

    def test_a_buy_on_the_last_bar_is_a_trade_still_open(self) -> None:
        run, _ = traded(FREE, bars_of([*DIP, (102.0, 104.0, 101.0, 103.0)]))
        assert run.trades[:, :5].tolist() == [[22, -1, 102.0, 103.0, orders.STILL_OPEN]]
        assert run.equity[-1] == pytest.approx(103 / 102)


class TestExits:
    def test_a_close_under_the_stop_is_sold_at_the_next_open(self) -> None:
        """Row 23: the 2-DMA is (101 + 102) / 2 = 101.5; it closes at 99."""
        rows = [*DIP, (101.5, 103.0, 101.0, 102.0), (102.0, 102.0, 98.0, 99.0)]
        found = trades(FREE, [*rows, (97.0, 98.0, 96.0, 97.0)])
        assert found == [[22, 24, 101.5, 97.0, orders.ON_CLOSE_UNDER]]

    def test_a_resting_stop_is_filled_at_its_price(self) -> None:
        """At the level itself, k = 0: 101.5 on row 23."""
        rows = [*DIP, (101.5, 103.0, 101.0, 102.0), (102.0, 102.0, 98.0, 101.8)]
        assert trades(replace(FREE, stop="intraday"), rows)[0] == [
            22, 23, 101.5, 101.5, orders.ON_STOP,
        ]  # fmt: skip

    def test_a_gap_through_the_stop_is_filled_at_the_open(self) -> None:
        rows = [*DIP, (101.5, 103.0, 101.0, 102.0), (95.0, 96.0, 94.0, 95.5)]
        assert trades(replace(FREE, stop="intraday"), rows)[0] == [
            22, 23, 101.5, 95.0, orders.ON_GAP,
        ]  # fmt: skip

    def test_an_open_under_the_stop_is_not_bought(self) -> None:
        """The 2-DMA for row 22 is (97 + 101) / 2 = 99."""
        rows = [*DIP, (98.9, 103.0, 98.0, 102.0)]
        assert trades(replace(FREE, stop="intraday"), rows) == []
        assert len(trades(FREE, rows)) == 1  # a stop by the close does not know of the open

    def test_k_lowers_the_stop_by_so_many_atr(self) -> None:
        """ATR14 through row 22, by hand: 2 for the flat days, then 4, 5, 2 smoothed by 1/14."""
        atr = 2.0
        for true_range in (4.0, 5.0, 2.0):
            atr += (true_range - atr) / 14
        rows = [*DIP, (101.5, 103.0, 101.0, 102.0), (102.0, 102.0, 90.0, 101.8)]
        found = trades(replace(FREE, stop="intraday", k=1.0), rows)
        assert found[0][3] == pytest.approx(101.5 - atr)

    def test_a_target_and_a_stop_in_one_session_are_the_stop(self) -> None:
        """Target: 101.5 + ATR14 through row 21, about 103.9."""
        rule = replace(FREE, stop="intraday", target=1.0)
        both = [*DIP, (101.5, 102.0, 101.2, 102.0), (102.0, 110.0, 98.0, 101.8)]
        assert trades(rule, both)[0][4] == orders.ON_STOP
        atr = 2.0
        for true_range in (4.0, 5.0):
            atr += (true_range - atr) / 14
        alone = [*DIP, (101.5, 102.0, 101.2, 102.0), (102.0, 110.0, 101.9, 103.0)]
        assert trades(rule, alone)[0][3:] == [pytest.approx(101.5 + atr), orders.ON_TARGET]
        jumped = [*DIP, (101.5, 102.0, 101.2, 102.0), (108.0, 110.0, 107.0, 109.0)]
        assert trades(rule, jumped)[0][3:] == [108.0, orders.ON_TARGET]


class TestMoney:
    def test_costs_of_both_sides(self) -> None:
        """25 basis points a side on 100 -> 110: 110 x .9975 / (100 x 1.0025)."""
        after = [(100.0, 112.0, 99.5, 111.0), (110.0, 111.0, 109.0, 110.0)]
        run, _ = traded(replace(FREE, m=1, cost_bp=25.0), bars_of(DIP + after))
        assert run.trades[0, orders.GROWTH] == pytest.approx(110 * 0.9975 / (100 * 1.0025))
        assert run.equity[-1] == pytest.approx(run.trades[0, orders.GROWTH])

    def test_a_dividend_goes_to_who_held_over_the_night(self) -> None:
        """2% on row 23: held from row 22's open; a trade sold on 22 has none of it."""
        after = [(100.0, 112.0, 99.5, 110.0)] * 4
        bars = bars_of(DIP + after)
        adjusted = bars.close.copy()
        adjusted[:23] /= 1.02
        bars = replace(bars, adj_close=adjusted)
        run, _ = traded(replace(FREE, m=2), bars)
        assert run.trades[0, orders.GROWTH] == pytest.approx(1.02)
        assert run.held[-1] / run.held[20] == pytest.approx(110 / 97 * 1.02)

    def test_a_split_changes_nothing(self) -> None:
        bars = make_bars(walk(600, 3), spread=0.5)
        split = replace(
            bars,
            open=bars.open / 4,
            high=bars.high / 4,
            low=bars.low / 4,
            close=bars.close / 4,
            volume=bars.volume * 4,
        )
        rule = Rule(n=20, stop="intraday", k=0.7, target=3.0)
        one, other = traded(rule, bars)[0], traded(rule, split)[0]
        assert len(one.trades) > 5
        np.testing.assert_allclose(one.equity, other.equity)
        assert (one.trades[:, :2] == other.trades[:, :2]).all()

    def test_exposure_counts_closes_in_the_market(self) -> None:
        after = [(101.5 + i, 103.0 + i, 101.0 + i, 102.0 + i) for i in range(8)]
        run = run_rule(FREE, make_market([bars_of(DIP + after)], None, 30))
        assert run.exposure == pytest.approx(5 / 30)


class TestSessionsWithoutABar:
    def halted(self, bars: Bars, rows: list[int]) -> Bars:
        left = [i for i in range(len(bars)) if i not in rows]
        return replace(
            bars,
            sessions=bars.sessions[left],
            open=bars.open[left],
            high=bars.high[left],
            low=bars.low[left],
            close=bars.close[left],
            adj_close=None,
            volume=bars.volume[left],
            splits=bars.splits[left],
        )

    AFTER = tuple((101.5 + i, 103.0 + i, 101.0 + i, 102.0 + i) for i in range(8))

    def test_a_buy_order_lapses(self) -> None:
        bars = self.halted(bars_of([*DIP, *self.AFTER]), [22])
        run, market = traded(FREE, bars)
        assert len(market.sessions) == 30  # the session stands in the calendar
        assert len(run.trades) == 0

    def test_no_signal_after_a_session_that_is_not_known(self) -> None:
        run, _ = traded(FREE, self.halted(bars_of([*DIP, *self.AFTER]), [20]))
        assert len(run.trades) == 0

    def test_a_halted_symbol_is_sold_when_it_trades_again(self) -> None:
        """The time is up for row 27's open; it is halted on rows 26 to 28."""
        run, _ = traded(FREE, self.halted(bars_of([*DIP, *self.AFTER]), [26, 27, 28]))
        assert run.trades[:, :5].tolist() == [[22, 29, 101.5, 108.5, orders.ON_TIME]]

    def test_its_equity_stands_still_meanwhile(self) -> None:
        run, _ = traded(FREE, self.halted(bars_of([*DIP, *self.AFTER]), [24, 25]))
        assert run.equity[24] == run.equity[25] == run.equity[23] == pytest.approx(103 / 101.5)


class TestNoLookAhead:
    @pytest.mark.parametrize("level", ["dma", "weekly", "month-low", "vwap-high", "poc"])
    @pytest.mark.parametrize("stop", ["close", "intraday"])
    def test_the_future_changes_no_past_trade(self, level: str, stop: str) -> None:
        bars = make_bars(walk(900, 11), spread=0.4)
        cut = 700
        rng = np.random.default_rng(5)
        later = np.where(np.arange(900) >= cut, np.exp(rng.normal(0, 0.2, 900)), 1.0)
        changed = replace(
            bars,
            open=bars.open * later,
            high=bars.high * later,
            low=bars.low * later,
            close=bars.close * later,
            volume=bars.volume * later,
        )
        rule = Rule(level=level, n=10, stop=stop, k=0.3, m=15)  # type: ignore[arg-type]
        one, other = traded(rule, bars)[0], traded(rule, changed)[0]
        past = [run.trades[run.trades[:, orders.EXIT_ROW] < cut][:, :5] for run in (one, other)]
        past = [rows[rows[:, orders.EXIT_ROW] >= 0] for rows in past]
        assert len(past[0]) > 2
        assert (past[0] == past[1]).all()
        assert (one.equity[:cut] == other.equity[:cut]).all()

    def test_an_earlier_end_has_the_same_trades_up_to_it(self) -> None:
        bars = make_bars(walk(900, 12), spread=0.4)
        whole = traded(Rule(n=20), bars)[0]
        part = traded(Rule(n=20), bars.upto(bars.sessions[599].item()))[0]
        ended = part.trades[part.trades[:, orders.EXIT_ROW] >= 0]
        assert (whole.trades[: len(ended)] == ended).all()


def test_a_day_is_a_row_of_the_listings_calendar() -> None:
    market = make_market([make_bars(walk(30))], np.datetime64(dt.date(2025, 1, 13), "D"), 0)
    assert market.sessions[market.begin].item() == dt.date(2025, 1, 13)
