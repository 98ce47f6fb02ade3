"""Live lines against the ladder of the same price, through a day of quotes."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.feed import baseline_of
from analytics.feed.book import QuoteBook
from analytics.feed.outcomes import Outcome
from analytics.model import sessions
from analytics.model.levels import dma
from analytics.model.status import Status
from analytics.model.vocabulary import Quote
from analytics.studies.supports.supports import build_ladder
from analytics.watch.live_lines import evaluate
from analytics.watch.session_baseline import SessionBaseline
from tests.support.builders import make_bars
from tests.support.small_feeds import CLOSES, MONDAY, friday_baseline, running_bars, tick

PRICES = st.floats(float(CLOSES.min()) * 0.9, float(CLOSES.max()) * 1.1)


def book(baseline: SessionBaseline | None = None) -> QuoteBook:
    made = QuoteBook()
    made.set_baselines({"TEST": baseline or friday_baseline()})
    return made


class TestAgainstTheLadder:
    """A tick must give what the ladder gives once its bars hold that same price."""

    @given(PRICES)
    def test_levels_distances_and_statuses_are_the_ladders(self, price: float) -> None:
        bars = running_bars(price)
        ladder = build_ladder(bars)
        wanted = [level for level in ladder.levels if level.name.endswith("-DMA")]
        quote = tick(
            price, open=float(bars.open[-1]), high=float(bars.high[-1]), low=float(bars.low[-1])
        )
        line = evaluate(friday_baseline(), quote, final=False)
        assert [level.name for level in line.levels] == [level.name for level in wanted]
        for mine, theirs in zip(line.levels, wanted, strict=True):
            assert mine.price == pytest.approx(theirs.price, rel=1e-12)
            assert mine.session_level == theirs.session_level
            assert mine.distance_pct == pytest.approx(theirs.distance_pct, abs=1e-9)
            assert mine.distance_atr == pytest.approx(theirs.distance_atr, abs=1e-9)
            assert mine.status is theirs.status
            assert mine.gap_down is theirs.gap_down
        assert line.change_pct == pytest.approx(ladder.change_pct)
        assert line.support == (ladder.support.id if ladder.support else None)
        assert line.next_support == (ladder.next_support.id if ladder.next_support else None)

    def test_the_session_level_stays_while_the_price_moves(self) -> None:
        levels = {
            tuple(
                level.session_level for level in evaluate(friday_baseline(), tick(p), False).levels
            )
            for p in (CLOSES[-1], CLOSES[-1] + 0.01)
        }
        assert len(levels) == 1

    def test_ten_closes_by_hand(self) -> None:
        baseline = baseline_of(
            make_bars(np.arange(1.0, 20.0), spread=0.5), MONDAY
        )  # closes 1 .. 19
        assert baseline is not None
        (average,) = baseline.averages
        assert average.id == dma(20)
        assert average.session_level is None
        assert average.through(20.0) == 10.5

    def test_too_few_sessions_give_no_level(self) -> None:
        baseline = baseline_of(make_bars(np.arange(1.0, 19.0), spread=0.5), MONDAY)
        assert baseline is not None
        assert baseline.averages == ()

    def test_a_first_day_has_no_basis(self) -> None:
        assert baseline_of(make_bars([100.0], MONDAY, complete=False), MONDAY) is None


class TestTheDay:
    def test_a_touch_earlier_in_the_day_is_remembered(self) -> None:
        level = friday_baseline().averages[1].session_level
        assert level is not None
        high_above = level * 1.2
        baseline = baseline_of(running_bars(high_above, low=level - 0.01), MONDAY)
        live = book(baseline)
        live.accept([tick(high_above)])
        (line,) = live.lines().values()
        assert line.quote.low == level - 0.01

    def test_high_and_low_are_those_of_the_prices_taken_and_the_open_is_stated_twice(self) -> None:
        live = book()
        live.accept([tick(100.0, 0, open=99.0, high=103.0, low=96.0, volume=10.0)])
        assert live.lines()["TEST"].quote.open is None
        live.accept([tick(102.0, 1, open=99.0), tick(97.0, 2, volume=12.0)])
        quote = live.lines()["TEST"].quote
        assert (quote.open, quote.high, quote.low, quote.volume) == (99.0, 102.0, 97.0, 12.0)

    def test_after_the_bell_the_close_decides(self) -> None:
        live = book()
        bell = (sessions.session_close(MONDAY) - tick(1.0).time).total_seconds()
        live.accept([tick(CLOSES[-1], bell - 1)])
        assert not live.lines()["TEST"].final
        live.accept([tick(CLOSES[-1], bell)])
        assert live.lines()["TEST"].final
        provisional = {Status.UNDER, Status.RECLAIMING, Status.TESTING}
        assert not provisional & {level.status for level in live.lines()["TEST"].levels}

    def test_a_half_day_ends_at_its_own_close(self) -> None:
        day = dt.date(2025, 7, 3)
        baseline = baseline_of(make_bars(CLOSES, dt.date(2025, 7, 2)), day)
        live = book(baseline)
        one_o_clock = dt.datetime(2025, 7, 3, 17, tzinfo=dt.UTC)
        live.accept([Quote("TEST", 100.0, one_o_clock)])
        assert live.lines()["TEST"].final

    def test_a_finished_bar_takes_no_more_prices(self) -> None:
        bars = make_bars(np.append(CLOSES, 100.0), MONDAY)
        live = book(baseline_of(bars, MONDAY))
        assert live.accept([tick(90.0, 3600)]) == 0
        line = live.lines()["TEST"]
        assert (line.quote.price, line.final) == (100.0, True)


class TestBeforeTheOpen:
    def test_an_indicated_price_decides_no_status_and_moves_no_low(self) -> None:
        live = book()
        live.accept([tick(95.0, -5 * 3600, pre_market=True)])
        line = live.lines()["TEST"]
        assert {level.status for level in line.levels} == {None}
        assert {level.gap_down for level in line.levels} == {None}
        assert line.quote.low is None
        live.accept([tick(CLOSES[-1], 0)])
        assert live.lines()["TEST"].quote.low == CLOSES[-1]

    def test_its_distance_is_to_the_level_known_before_the_open(self) -> None:
        baseline = friday_baseline()
        line = evaluate(baseline, tick(100.0, -5 * 3600, pre_market=True), final=False)
        wanted = {a.id.name: a.session_level for a in baseline.averages}
        assert {level.name: level.price for level in line.levels} == wanted

    def test_once_the_market_is_open_it_does_not_come_back(self) -> None:
        live = book()
        live.accept([tick(100.0)])
        assert live.accept([tick(99.0, 1, pre_market=True)]) == 0


class TestRefused:
    @pytest.mark.parametrize(
        ("quote", "reason"),
        [
            (tick(99.0, -1), Outcome.OUT_OF_ORDER),
            (tick(99.0, 86_400), Outcome.OTHER_SESSION),
            (tick(99.0, -86_400), Outcome.OTHER_SESSION),
            (tick(99.0, symbol="ELSE"), Outcome.NOT_FOLLOWED),
        ],
    )
    def test_what_must_not_move_the_price_is_dropped_and_counted(
        self, quote: Quote, reason: str
    ) -> None:
        live = book()
        live.accept([tick(100.0)])
        assert live.accept([quote]) == 0
        assert live.dropped == {reason: 1}
        assert live.lines()["TEST"].quote.price == 100.0

    def test_changes_are_told_once(self) -> None:
        live = book()
        live.accept([tick(100.0)])
        assert live.take_changes() is not None
        assert live.take_changes() is None

    def test_new_bases_keep_the_price_of_the_day_and_drop_the_unfollowed(self) -> None:
        live = book()
        live.accept([tick(100.0)])
        live.set_baselines({"TEST": friday_baseline(), "NEW": friday_baseline("NEW")})
        assert live.lines()["TEST"].quote.price == 100.0
        live.set_baselines({"NEW": friday_baseline("NEW")})
        assert "TEST" not in live.lines()
