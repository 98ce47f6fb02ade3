"""Anchored VWAP and volume profile: by hand, beside pandas, and by their properties."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from analytics.model.levels import LevelSet
from analytics.model.parameters import parse_parameters
from analytics.model.question import Symbol
from analytics.model.vocabulary import Bars, Event, EventKind, Quarter
from analytics.studies.supports.levels import families_of_bars, without_last
from analytics.studies.supports.supports import (
    SUPPORTS,
    SupportLadder,
    SupportsParameters,
    build_ladder,
)
from analytics.studies.supports.volume_levels import (
    Profile,
    volume_profile,
    vwap,
    vwap_path,
)
from tests.support.builders import FRIDAY, make_bars, walk
from tests.support.small_bars import inputs_of

ALL: tuple[LevelSet, ...] = ("weekly", "prior-lows", "prior-highs", "vwap", "profile")


def bars_of(rows: list[tuple[float, float, float, float]]) -> Bars:
    """Bars of (high, low, close, volume)."""
    high, low, close, volume = (np.array(column) for column in zip(*rows, strict=True))
    made = make_bars(close)
    return replace(made, open=close, high=high, low=low, volume=volume)


class TestAnchoredVwap:
    def test_by_hand(self) -> None:
        """Typical prices 10, 20, 30 of 100, 300, 100 shares: 10, 17.5, 20."""
        bars = bars_of([(11, 9, 10, 100.0), (22, 18, 20, 300.0), (33, 27, 30, 100.0)])
        first = str(bars.sessions[0])
        assert vwap_path(bars, first).tolist() == pytest.approx([10.0, 17.5, 20.0])
        second = str(bars.sessions[1])
        assert vwap_path(bars, second).tolist()[1:] == pytest.approx([20.0, 22.5])
        assert np.isnan(vwap_path(bars, second)[0])

    @pytest.mark.parametrize("which", ["high", "low"])
    def test_a_52_week_anchor_beside_pandas(self, which: str) -> None:
        bars = make_bars(walk(600, 8))
        frame = pd.DataFrame(
            {"high": bars.high, "low": bars.low, "close": bars.close, "volume": bars.volume},
            index=pd.DatetimeIndex(bars.sessions),
        )
        year = frame.tail(252)[::-1]  # of ties the latest
        day = year["high"].idxmax() if which == "high" else year["low"].idxmin()
        since = frame.loc[day:]
        typical = since[["high", "low", "close"]].mean(axis=1)
        expected = np.average(typical, weights=since["volume"])
        assert vwap(bars, f"52-week {which}") == pytest.approx(expected, rel=1e-12)

    def test_a_new_high_is_the_anchor_of_the_next_session_only(self) -> None:
        closes = np.append(np.linspace(100, 120, 299), 150.0)
        bars = make_bars(closes)
        rungs = {lv.name: lv for lv in build_ladder(bars, sets=("vwap",)).levels}
        rung = rungs["anchored VWAP (52-week high)"]
        assert rung.price == pytest.approx((bars.high[-1] + bars.low[-1] + 150.0) / 3)
        assert rung.session_level == vwap(without_last(bars), "52-week high")

    def test_absences_are_sentences(self) -> None:
        bars = make_bars(walk(300))
        of = {m.name: m.reason for m in ladder_since(bars, dt.date(2030, 1, 2)).unavailable}
        name = "anchored VWAP (2030-01-02)"
        after = "2030-01-02 is ahead of the last session, 2025-01-24"
        assert of[name] == f"{name}: {after}"
        silent = replace(bars, volume=np.zeros(300))
        reasons = [m.reason for m in build_ladder(silent, sets=("vwap", "profile")).unavailable]
        assert "anchored VWAP (52-week low): no volume from the anchor on" in reasons
        assert "profile point of control: the bars have no volume" in reasons


FIRST, LAST = dt.date(2023, 11, 13), dt.date(2025, 1, 24)  # a Monday, a Friday


class TestOwnDay:
    @pytest.mark.parametrize(
        ("day", "said"),
        [
            ("1900-01-01", f"the bars begin on {FIRST}, after that day"),
            ("0001-01-01", f"the bars begin on {FIRST}, after that day"),
            ("2025-01-25", f"2025-01-25 is no session; the nearest is {LAST}"),
            ("2025-01-27", f"2025-01-27 is ahead of the last session, {LAST}"),
            ("9999-12-31", f"9999-12-31 is ahead of the last session, {LAST}"),
        ],
    )
    def test_a_day_that_bars_do_not_reach_leaves_the_rest(self, day: str, said: str) -> None:
        wanted = {"symbol": "TEST", "sets": "vwap", "since": day}
        since = parse_parameters(SupportsParameters, wanted).since
        assert since is not None
        bars = make_bars(walk(300))
        ladder = ladder_since(bars, since)
        name = f"anchored VWAP ({day})"
        assert {m.name: m.reason for m in ladder.unavailable}[name] == f"{name}: {said}"
        assert ladder.notes == ()
        rest = {level.name for level in build_ladder(bars, sets=("vwap",)).levels}
        assert {level.name for level in ladder.levels} >= rest

    @pytest.mark.parametrize("day", ["2024-12-25", "2024-12-21"])
    def test_a_day_that_is_no_session_begins_with_the_next(self, day: str) -> None:
        bars, begins = (
            make_bars(walk(300)),
            {"2024-12-25": "2024-12-26", "2024-12-21": "2024-12-23"},
        )
        ladder = ladder_since(bars, dt.date.fromisoformat(day))
        name = f"anchored VWAP ({day})"
        assert ladder.notes == (f"{name}: {day} is no session; it begins with {begins[day]}",)
        own = {level.name: level.price for level in ladder.levels}
        there = ladder_since(bars, dt.date.fromisoformat(begins[day]))
        assert there.notes == ()
        prices = {level.name: level.price for level in there.levels}
        assert own[name] == prices[f"anchored VWAP ({begins[day]})"]


def ladder_since(bars: Bars, since: dt.date, **more: object) -> SupportLadder:
    inputs = replace(inputs_of(bars, session=bars.last_session), **more)  # type: ignore[arg-type]
    wanted = SupportsParameters(Symbol(bars.symbol), sets=("vwap",), since=since)
    return SUPPORTS.compute(wanted, inputs)


class TestAnchors:
    def names(self, bars: Bars, **more: object) -> list[str]:
        ladder = ladder_since(bars, dt.date(2025, 1, 2), **more)
        return [lv.name for lv in ladder.levels if lv.name.startswith("anchored VWAP (")]

    def test_a_report_after_the_close_is_anchored_at_the_next_session(self) -> None:
        bars = make_bars(walk(300), FRIDAY)
        report = Event(
            dt.date(2025, 1, 22), EventKind.EARNINGS, "", timing="after the close", symbol="TEST"
        )
        ahead = replace(report, day=FRIDAY)  # its next session is Monday: none has traded on it
        names = self.names(bars, events={"TEST": (report, ahead)})
        assert "anchored VWAP (earnings 2025-01-23)" in names
        assert len([name for name in names if "earnings" in name]) == 1

    def test_a_quarter_counts_from_its_report_date(self) -> None:
        bars = make_bars(walk(300), FRIDAY)
        quarters = tuple(
            Quarter(dt.date(2024, 12, 31), 1.0, None, reported_on=day)
            for day in (dt.date(2024, 10, 30), dt.date(2025, 1, 29))
        )
        names = self.names(bars, quarters={"TEST": quarters})
        assert "anchored VWAP (earnings 2024-10-30)" in names

    def test_the_last_decision_of_the_fed_and_an_own_date(self) -> None:
        """The meeting of 17-18 December 2024; the next ended on 29 January 2025."""
        names = self.names(make_bars(walk(300), FRIDAY))
        assert "anchored VWAP (Fed 2024-12-18)" in names
        assert "anchored VWAP (2025-01-02)" in names

    def test_a_decision_of_the_running_session_is_no_anchor_yet(self) -> None:
        running = make_bars(walk(300), dt.date(2025, 1, 29), complete=False)
        assert "anchored VWAP (Fed 2024-12-18)" in self.names(running)
        closed = make_bars(walk(300), dt.date(2025, 1, 29))
        assert "anchored VWAP (Fed 2025-01-29)" in self.names(closed)


class TestVolumeProfile:
    def test_by_hand(self) -> None:
        """60 bars of 1 share at 100..101, 3 of 100 shares at 149.5..150, rows 1 high."""
        rows = [(101.0, 100.0, 100.5, 1.0)] * 60 + [(150.0, 149.0, 149.5, 100.0)] * 3
        found = volume_profile(bars_of(rows))
        assert found == Profile(149.5, 150.0, 149.0)  # 300 of 360 shares are in the top row

    def test_the_area_grows_towards_more_volume(self) -> None:
        """Rows of 1: 40 shares in 110..111, 25 in 109..110, 20 in 111..112, 15 in 112..113.

        The largest row and the one below it hold 65%, with the one above 85%.
        """
        rows = [(111.0, 110.0, 110.5, 40.0), (110.0, 109.0, 109.5, 25.0)]
        rows += [(112.0, 111.0, 111.5, 20.0), (113.0, 112.0, 112.5, 15.0)]
        rows += [(100.0, 100.0, 100.0, 0.0), (150.0, 150.0, 150.0, 0.0)]
        rows += [(120.0, 120.0, 120.0, 0.0)] * 57
        found = volume_profile(bars_of(rows))
        assert found is not None
        assert found.point_of_control == pytest.approx(110.5)
        assert (found.value_low, found.value_high) == pytest.approx((109.0, 112.0))

    def test_one_price_is_all_three(self) -> None:
        assert volume_profile(bars_of([(10.0, 10.0, 10.0, 5.0)] * 63)) == Profile(10, 10, 10)
        assert volume_profile(bars_of([(10.0, 10.0, 10.0, 5.0)] * 62)) is None

    @pytest.mark.parametrize("seed", range(20))
    def test_it_holds_seventy_percent_round_the_point_of_control(self, seed: int) -> None:
        bars = make_bars(walk(63, seed), spread=0.01)
        found = volume_profile(bars)
        assert found is not None
        assert bars.low.min() <= found.value_low < found.point_of_control < found.value_high
        assert found.value_high <= bars.high.max() + 1e-9
        over = np.minimum(bars.high, found.value_high) - np.maximum(bars.low, found.value_low)
        share = np.maximum(over, 0) / (bars.high - bars.low)
        assert 0.7 <= (share * bars.volume).sum() / bars.volume.sum() + 1e-9 < 0.8


class TestEveryFamily:
    def test_a_split_scales_every_level(self) -> None:
        bars = make_bars(walk(400, 4))
        split = replace(
            bars,
            open=bars.open / 4,
            high=bars.high / 4,
            low=bars.low / 4,
            close=bars.close / 4,
            volume=bars.volume * 4,
        )
        before = {lv.id: lv.price for lv in build_ladder(bars, sets=ALL).levels}
        after = {lv.id: lv.price * 4 for lv in build_ladder(split, sets=ALL).levels}
        assert after == pytest.approx(before)
        assert len(after) == sum(len(family.levels) for family in families_of_bars())

    def test_no_set_is_on_a_ladder_that_does_not_ask_for_it(self) -> None:
        ladder = build_ladder(make_bars(walk(400, 4)))
        assert all(level.id.declared.set is None for level in ladder.levels)

    def test_the_future_moves_no_level(self) -> None:
        bars = make_bars(walk(500, 6))
        last = bars.sessions[379].item()
        later = np.arange(500) > 379
        changed = replace(
            bars,
            high=np.where(later, 1e6, bars.high),
            low=np.where(later, 1e-3, bars.low),
            close=np.where(later, 900.0, bars.close),
            volume=np.where(later, 1e12, bars.volume),
        )
        assert build_ladder(bars.upto(last), sets=ALL) == build_ladder(changed.upto(last), sets=ALL)

    def test_inputs_are_asked_for_only_where_the_set_is(self) -> None:
        moment = inputs_of(make_bars(walk(30))).moment
        plain = SUPPORTS.needs(SupportsParameters(Symbol("AAPL")), moment)
        anchored = SUPPORTS.needs(SupportsParameters(Symbol("AAPL"), sets=("vwap",)), moment)
        assert (plain.events, plain.quarters, plain.lists) == ((), (), ())
        assert anchored.events == anchored.quarters == ("AAPL",)
        assert anchored.lists
