"""Studies over an index count who was a member on each day, and say who of them had no bars.

The universe has three companies: STAY was a member throughout, GONE left at the end of March 2024,
CAME joined then. Counts are by hand.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from analytics.desk.lists import KINDS
from analytics.model import dated_lists
from analytics.model.listings import universe_group
from analytics.model.question import Inputs
from analytics.model.vocabulary import Bars, NotAvailable
from analytics.studies.hold.levels import HoldLevel
from analytics.studies.hold.universe import HOLD_UNIVERSE, HoldUniverseParameters, study_symbol
from analytics.studies.sectors.follow_through import FOLLOW_THROUGH, FollowThroughParameters
from analytics.studies.sentiment.breadth import BREADTH, BreadthParameters
from analytics.studies.sentiment.index import SENTIMENT, SentimentParameters
from tests.support.small_bars import bars_of, days_to, inputs_of
from tests.unit.studies.hold.test_hold_study import random_walk

FRIDAY = dt.date(2025, 1, 24)
CHANGE = dt.date(2024, 4, 1)
DAYS = days_to(FRIDAY, 400)


@pytest.fixture(autouse=True)
def folder(tmp_path: Path) -> Iterator[None]:
    rows = [
        ",".join(KINDS["universes"].columns),
        "dow,STAY,,2008-01-02,,,2026-11-01,x",
        f"dow,GONE,,2008-01-02,{CHANGE},,2026-11-01,x",
        f"dow,CAME,,{CHANGE},,,2026-11-01,x",
        f"dow,DARK,,2008-01-02,{CHANGE},,2026-11-01,x",
    ]
    (tmp_path / "universes.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    dated_lists.use_folder(tmp_path)
    yield
    dated_lists.use_folder(None)


def three() -> tuple[Bars, ...]:
    up, down = np.arange(1.0, 401), np.arange(400.0, 0, -1)
    return (
        bars_of("STAY", up, sessions=DAYS),
        bars_of("GONE", down, sessions=DAYS),  # it went on trading after it had left
        bars_of("CAME", up, sessions=DAYS),
    )


class TestBreadth:
    def test_each_session_counts_its_own_members(self) -> None:
        parameters = BreadthParameters(group="dow", sessions=300)
        needed = BREADTH.needs(parameters, inputs_of().moment).bars
        assert needed == ("CAME", "STAY", "DARK", "GONE")
        got = BREADTH.compute(parameters, inputs_of(*three()))
        of = dict(zip(got.history.sessions, got.history.levels[0].of, strict=True))
        above = dict(zip(got.history.sessions, got.history.levels[0].above, strict=True))
        assert (above[dt.date(2024, 3, 28)], of[dt.date(2024, 3, 28)]) == (1, 2)  # STAY, GONE
        assert (above[CHANGE], of[CHANGE]) == (2, 2)  # STAY, CAME
        assert (got.shares[0].above, got.shares[0].of) == (2, 2)

    def test_a_former_member_without_bars_is_said(self) -> None:
        got = BREADTH.compute(BreadthParameters(group="dow", sessions=300), inputs_of(*three()))
        assert "1 of 4 had no bars: DARK." in got.note
        assert (got.former, tuple(got.former_missing)) == (2, ("DARK",))
        assert got.coverage == ""

    def test_members_that_left_before_the_time_shown_are_not_asked_for(self) -> None:
        parameters = BreadthParameters(group="dow", sessions=20)
        assert BREADTH.needs(parameters, inputs_of().moment).bars == ("CAME", "STAY")


class TestSentiment:
    def test_its_breadth_counts_the_members_of_each_day(self) -> None:
        spy = bars_of("SPY", np.linspace(400, 600, 400), sessions=DAYS)
        got = SENTIMENT.compute(SentimentParameters(group="dow"), inputs_of(spy, *three()))
        part = next(part for part in got.parts if part.key == "breadth")
        assert part.value == 100.0
        assert "had no bars: DARK" in got.note


class TestFollowThrough:
    def test_only_the_members_of_the_day_of_a_fall_are_ranked(self) -> None:
        rng = np.random.default_rng(7)
        market = rng.normal(0.0, 0.01, len(DAYS))
        falls = np.array([120, 330])  # before and after the change
        market[falls] = -0.05

        def walk(symbol: str) -> Bars:
            moves = market + rng.normal(0.0, 0.004, len(DAYS))
            return bars_of(symbol, 100 * np.exp(np.cumsum(moves)), sessions=DAYS)

        spy = bars_of("SPY", 100 * np.exp(np.cumsum(market)), sessions=DAYS)
        others = tuple(walk(symbol) for symbol in ("STAY", "GONE", "CAME", "DARK"))
        got = FOLLOW_THROUGH.compute(
            FollowThroughParameters(group="dow", fall_bp=400), inputs_of(spy, *others)
        )
        assert [event.ranked for event in got.events] == [3]  # STAY, GONE, DARK
        assert got.not_ranked == 1  # two members are too few to rank
        assert got.events[0].session == DAYS[120].astype(dt.date)


def long_walk(symbol: str) -> Bars:
    walk = random_walk(3000, seed=3)
    return replace(walk, symbol=symbol, sessions=days_to(FRIDAY, 3000))


class TestHoldStudy:
    def test_events_are_those_of_its_time_as_a_member(self) -> None:
        walk = long_walk("GONE")
        listed = universe_group("dow", walk.last_session)
        cut = walk.between(dt.date(2008, 1, 2), CHANGE, before=20)
        alone = study_symbol(cut, None, 20, 100).row
        member = study_symbol(walk, None, 20, 100, listed).row
        everything = study_symbol(walk, None, 20, 100).row
        assert member == alone
        assert 0 < member.touches.events < everything.touches.events

    @pytest.mark.parametrize("level", ["10-week", "month-low", "vwap-low", "poc", 20])
    def test_no_event_before_it_joined_counts(self, level: HoldLevel) -> None:
        """CAME walked until it joined, and has only risen since."""
        walk = long_walk("CAME")
        joined = int(np.searchsorted(walk.sessions, np.datetime64(CHANGE, "D")))
        up = np.exp(0.01 * np.maximum(np.arange(3000) - joined + 1, 0))
        last = walk.close[joined - 1]
        after = np.arange(3000) >= joined
        rising = replace(
            walk,
            volume=np.random.default_rng(1).uniform(1e6, 3e6, 3000),
            open=np.where(after, last * up, walk.open),
            low=np.where(after, last * up, walk.low),
            high=np.where(after, last * up * 1.001, walk.high),
            close=np.where(after, last * up, walk.close),
        )
        listed = universe_group("dow", walk.last_session)
        member = study_symbol(rising, None, level, 100, listed)
        assert study_symbol(rising, None, level, 100).row.touches.events > 10
        assert member.row.touches.events + member.row.gap_downs.events <= 1
        # events are 10 sessions apart, on the paths too: as many as its time as a member has room
        room = (3000 - joined) // 10 + 1
        assert 0 < member.null[:, :, 0].sum(axis=1).max() <= room

    def test_who_had_no_bars_as_a_member_is_said(self) -> None:
        walk = long_walk("STAY")
        young = replace(walk.between(walk.last_session, dt.date.max), symbol="CAME")
        inputs = Inputs(inputs_of(session=walk.last_session).moment, {"STAY": walk, "CAME": young})
        got = HOLD_UNIVERSE.compute(HoldUniverseParameters(group="dow", paths=100), inputs)
        assert [row.symbol for row in got.rows] == ["STAY"]
        assert "3 of 4 had no bars" in got.note
        with pytest.raises(NotAvailable, match="no bars of its time in Dow Jones"):
            study_symbol(young, None, 20, 100, universe_group("dow", walk.last_session))
