"""Reconstructed calls: as made live on the day, blind to what comes later; their null."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import numpy as np
import pytest

from analytics.model.level_calls import LevelCall
from analytics.model.levels import PUT_WALL, LevelId, dma
from analytics.model.question import Inputs, Symbol
from analytics.model.status import Status
from analytics.model.vocabulary import Bars, DailyFigures, Moment, Phase
from analytics.options.daily_record import DEFINITION, OPTIONS_NAME
from analytics.watch.ledger import CALL_LEDGER, CallLedger, CallLedgerParameters
from analytics.watch.ledger_null import chance_at, ledger_null
from analytics.watch.reconstruction import reconstruct, wall_calls
from analytics.watch.scoring import calls_of, score
from analytics.watch.session_baseline import baseline_of
from tests.support.builders import make_bars, walk


def bars_of(count: int = 320, seed: int = 1) -> Bars:
    return make_bars(walk(count, seed), spread=1.0)


class TestStrictlyAsOfTheDay:
    def test_they_are_the_calls_that_the_watch_would_have_made_and_scored(self) -> None:
        bars = bars_of()
        made = {(call.session, call.level): call for call in reconstruct(bars, 60)}
        days = bars.sessions[-60:].astype(object).tolist()
        expected: dict[tuple[dt.date, LevelId], LevelCall] = {}
        for day in days:
            before = bars.upto(bars.listing.previous_session(day))
            baseline = baseline_of(before, day)
            assert baseline is not None
            opened = bars.listing.open(day)
            for call in calls_of(baseline, opened):
                scored = score(call, bars.upto(day), bars.listing.close(day))
                assert scored is not None
                expected[day, call.level] = scored
        assert made.keys() == expected.keys()
        for key, call in made.items():
            other = expected[key]
            assert call.price == pytest.approx(other.price, rel=1e-12)
            assert replace(call, price=0.0) == replace(other, price=0.0)

    def test_later_bars_change_nothing(self) -> None:
        bars = bars_of()
        cut = bars.upto(bars.sessions[-40].astype(dt.date))
        wild = replace(bars, close=np.where(np.arange(320) > 280, 1.0, bars.close))
        expected = set(reconstruct(cut, 100))
        assert expected
        assert expected <= set(reconstruct(bars, 200))
        assert expected <= set(reconstruct(wild, 200))

    def test_a_session_after_a_missing_bar_has_no_call(self) -> None:
        bars = bars_of()
        gone = bars.sessions[-10]
        keep = bars.sessions != gone
        series = {
            name: getattr(bars, name)[keep] for name in ("sessions", "open", "high", "low", "close")
        }
        holed = replace(bars, **series, volume=bars.volume[keep], adj_close=None)
        days = {call.session for call in reconstruct(holed, 30)}
        assert bars.sessions[-9].astype(dt.date) not in days
        assert bars.sessions[-8].astype(dt.date) in days

    def test_a_running_session_is_not_scored(self) -> None:
        bars = replace(bars_of(), last_complete=False)
        assert bars.last_session not in {call.session for call in reconstruct(bars)}


def figures_of(
    session: dt.date, wall: float | None, spot: float, definition: int = DEFINITION
) -> DailyFigures:
    at = dt.datetime.combine(session, dt.time(21), dt.UTC)
    figures = {"put_wall": wall, "spot": spot}
    return DailyFigures("TEST", session, True, at, definition, figures)


class TestPutWalls:
    def rows(self, *walls: tuple[float, float, float]) -> list[Status | None]:
        """Of (wall, low, close) sessions after closes of 100: the statuses of the walls."""
        close = np.full(2 * len(walls), 100.0)
        bars = make_bars(close, spread=1.0)
        low, end = bars.low.copy(), close.copy()
        figures = []
        for i, (wall, deep, last) in enumerate(walls):
            low[2 * i + 1], end[2 * i + 1] = deep, last
            figures.append(figures_of(bars.sessions[2 * i].astype(dt.date), wall, 100.0))
        made = wall_calls(replace(bars, low=low, close=end), figures, DEFINITION)
        return [call.status for call in made]

    def test_by_hand(self) -> None:
        found = self.rows((95, 94, 97), (95, 94, 94.5), (95, 96, 97), (105, 99, 101))
        assert found == [Status.HELD, Status.BROKEN, Status.ABOVE, Status.BELOW]

    def test_of_other_definitions_and_of_before_a_split_none_is_called(self) -> None:
        bars = make_bars(np.full(4, 100.0), spread=1.0)
        day = bars.sessions[1].astype(dt.date)
        assert wall_calls(bars, [figures_of(day, 95.0, 100.0, DEFINITION - 1)], DEFINITION) == ()
        assert wall_calls(bars, [figures_of(day, 950.0, 1000.0)], DEFINITION) == ()
        (call,) = wall_calls(bars, [figures_of(day, 95.0, 100.0)], DEFINITION)
        assert (call.session, call.level) == (bars.sessions[2].astype(dt.date), LevelId("put-wall"))

    def test_chance_by_hand(self) -> None:
        # lows 2% under the close before on each of the sessions, closes back at it or under it
        close = np.full(200, 100.0)
        bars = make_bars(close, spread=0.0)
        low = np.full(200, 98.0)
        end = np.where(np.arange(200) % 4 == 0, 98.5, 100.0)
        moved = replace(bars, open=np.full(200, 100.0), low=low, close=end)
        chance = chance_at([("TEST", 0.99)], [replace(moved, symbol="TEST")])
        # touched: opened above 99% of the close before and fell to it; after a close of 98.5
        # the level is 97.515, which no low reaches
        assert chance == pytest.approx(100 * 99 / 149, abs=1)


class TestNull:
    def test_too_few_sessions_have_no_null(self) -> None:
        assert ledger_null([bars_of(100)], 50, focus=False) is None

    def test_the_focus_counts_one_average_a_session(self) -> None:
        null = ledger_null([bars_of(600)], 250, focus=True, courses=20)
        assert null is not None
        assert null.of(level=dma(20)).sum() == 0
        assert null.of()[:, 0].max() <= 250
        whole = ledger_null([bars_of(600)], 250, focus=False, courses=20)
        assert whole is not None
        assert whole.of()[:, 0].sum() > null.of()[:, 0].sum()


class TestLedger:
    def ask(self, bars: Bars, **asked: object) -> CallLedger:
        moment = Moment(
            bars.listing.close(bars.last_session), bars.last_session, Phase.CLOSED, True
        )
        inputs = Inputs(
            moment,
            {bars.symbol: bars},
            history={
                (OPTIONS_NAME, bars.symbol): (
                    figures_of(bars.sessions[-2].astype(dt.date), 1.0, float(bars.close[-2])),
                )
            },
        )
        parameters = CallLedgerParameters(Symbol(bars.symbol), **asked)  # type: ignore[arg-type]
        return CALL_LEDGER.compute(parameters, inputs)

    def test_it_is_full_on_the_first_day_and_marked(self) -> None:
        bars = bars_of(600)
        found = self.ask(bars)
        past = found.past
        assert past is not None
        assert found.rows == ()
        assert {row.origin for row in past.rows} == {"reconstructed"}
        assert past.sessions == 252
        assert past.overall.null_rate_pct is not None
        assert {row.level_id for row in past.rows} == {
            *(dma(n) for n in (20, 50, 100, 200)),
            LevelId(PUT_WALL.key),
        }

    def test_in_focus_there_is_at_most_one_row_a_session_and_the_wall(self) -> None:
        past = self.ask(bars_of(600), focus=True).past
        assert past is not None
        days = [row.session for row in past.rows if row.level_id != LevelId(PUT_WALL.key)]
        assert len(days) == len(set(days)) <= 252

    def test_none_is_asked_for(self) -> None:
        assert self.ask(bars_of(), back=0).past is None

    def test_closes_alone_are_no_test(self) -> None:
        bars = bars_of(600)
        nothing = np.full(600, np.nan)
        closes = replace(bars, open=nothing, high=nothing, low=nothing)
        past = self.ask(closes).past
        assert past is not None
        assert past.overall.tested == 0
