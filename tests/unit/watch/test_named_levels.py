"""Levels that rules name, as known before a session: against pandas, by hand, and at their day."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics.alerts.rule_levels import offered
from analytics.model.levels import LevelId
from analytics.model.question import Inputs, Symbol
from analytics.model.vocabulary import Bars, Event, EventKind, Moment, Phase
from analytics.watch.session_baseline import (
    SESSION_BASELINES,
    SessionBaseline,
    SessionBaselinesParameters,
)
from tests.support.builders import FRIDAY, make_bars, walk

NOON = dt.datetime(2025, 1, 24, 17, tzinfo=dt.UTC)
FED_DAYS = ("2024-12-18", "2025-01-29")
"""Decisions of the FOMC, of its own calendar."""


def known(
    bars: Bars, levels: Iterable[str], time: dt.datetime = NOON, events: tuple[Event, ...] = ()
) -> SessionBaseline:
    """The baseline of the bars' last session, still trading, with these levels."""
    phase = Phase.OPEN
    moment = Moment(time, bars.last_session, phase, True)
    inputs = Inputs(moment, {bars.symbol: bars}, events={bars.symbol: events})
    asked = tuple(LevelId.of_name(name) for name in levels)
    parameters = SessionBaselinesParameters((Symbol(bars.symbol),), asked)
    (found,) = SESSION_BASELINES.compute(parameters, inputs).baselines
    return found


def prices(baseline: SessionBaseline) -> dict[str, float | None]:
    return {one.id.name: one.price for one in baseline.named}


def running(seed: int, moved: float = 1.0) -> Bars:
    """A random walk whose last bar is of the session under way and has ``moved`` so far."""
    closes = walk(299, seed=seed, sigma=0.015)
    last = round(float(closes[-1]) * moved, 2)
    bars = make_bars([*closes, last], FRIDAY, complete=False)
    volume = np.random.default_rng(seed).integers(1, 10_000, len(bars)).astype(float)
    return replace(bars, volume=volume)


def by_pandas(bars: Bars) -> dict[str, float]:
    """The levels before the last bar, as pandas groups and sums the bars before it."""
    days = pd.DatetimeIndex(bars.sessions[:-1].astype("datetime64[s]"))
    frame = pd.DataFrame(
        {name: getattr(bars, name)[:-1] for name in ("high", "low", "close", "volume")}, days
    )
    today = pd.Timestamp(bars.last_session)
    weeks = frame[days.to_period("W-SUN") < today.to_period("W-SUN")].groupby(
        lambda day: day.to_period("W-SUN")
    )
    months = frame[days.to_period("M") < today.to_period("M")].groupby(
        lambda day: day.to_period("M")
    )
    typical = frame[["high", "low", "close"]].mean(axis=1)

    def vwap(anchor: pd.Timestamp) -> float:
        volume = frame.volume[anchor:]
        return float((typical[anchor:] * volume).sum() / volume.sum())

    year = frame.iloc[-252:][::-1]
    return {
        "prior day low": frame.low.iloc[-1],
        "prior day high": frame.high.iloc[-1],
        "prior week low": weeks.low.min().iloc[-1],
        "prior week high": weeks.high.max().iloc[-1],
        "prior month low": months.low.min().iloc[-1],
        "prior month high": months.high.max().iloc[-1],
        "10-week average": weeks.close.last().iloc[-10:].mean(),
        "40-week average": weeks.close.last().iloc[-40:].mean(),
        "52-week low": frame.low.iloc[-252:].min(),
        "anchored VWAP (52-week high)": vwap(pd.Timestamp(str(year.high.idxmax()))),
        "anchored VWAP (52-week low)": vwap(pd.Timestamp(str(year.low.idxmin()))),
        "anchored VWAP (2024-08-05)": vwap(pd.Timestamp("2024-08-05")),
        "anchored VWAP (Fed)": vwap(pd.Timestamp(FED_DAYS[0])),
    }


class TestKnownBeforeTheSession:
    @settings(max_examples=25)
    @given(st.integers(0, 10_000), st.floats(0.9, 1.1))
    def test_it_is_what_pandas_makes_of_the_bars_before(self, seed: int, move: float) -> None:
        """Whatever the session under way has come to."""
        bars = running(seed, move)
        wanted = by_pandas(bars)
        found = prices(known(bars, wanted))
        assert found == pytest.approx(wanted, rel=1e-9)

    @given(st.floats(0.9, 1.1))
    @settings(max_examples=25)
    def test_no_level_moves_with_the_session(self, move: float) -> None:
        names = [level.name for level in offered()]
        still, moved = (prices(known(running(3, by), names)) for by in (1.0, move))
        assert still == moved
        assert sum(price is not None for price in still.values()) == len(names) - 1  # no earnings

    def test_the_volume_profile_is_found_by_hand(self) -> None:
        """All traded at 100 but one day of a thousandth of it, which reaches to 105."""
        flat = make_bars([100.0] * 64, spread=0.0, complete=False)
        volume = np.where(np.arange(64) == 40, 63.0, 1000.0)
        high = np.where(np.arange(64) == 40, 105.0, flat.high)
        bars = replace(flat, volume=volume, high=high)
        found = prices(known(bars, ["profile point of control", "profile value area low"]))
        # 50 rows of 0.1 from 100 to 105: nearly all lies in the first
        assert found["profile point of control"] == pytest.approx(100.05)
        assert found["profile value area low"] == pytest.approx(100.0)

    def test_a_prior_day_s_low_is_another_one_with_the_session(self) -> None:
        bars = make_bars([100.0, 104.0, 102.0, 103.0], spread=0.5, complete=False)
        assert prices(known(bars, ["prior day low"])) == {"prior day low": 101.5}
        thursday = replace(bars.upto(bars.sessions[2].item()), last_complete=False)
        before = known(thursday, ["prior day low"], NOON - dt.timedelta(days=1))
        assert prices(before) == {"prior day low": 99.5}

    def test_shares_split_in_two_have_levels_of_half_the_price(self) -> None:
        bars = running(5)
        names = [level.name for level in offered()]
        half = {
            name: getattr(bars, name) / 2 for name in ("open", "high", "low", "close", "adj_close")
        }
        split = replace(bars, **half, volume=bars.volume * 2)
        whole = prices(known(bars, names))
        after = prices(known(split, names))
        wanted = {name: price / 2 for name, price in whole.items() if price is not None}
        assert {name: after[name] for name in wanted} == pytest.approx(wanted, rel=1e-9)


class TestAnchors:
    @pytest.mark.parametrize(
        ("session", "anchor"),
        [("2025-01-29", FED_DAYS[0]), ("2025-01-30", FED_DAYS[1])],
        ids=["on the day", "on the next"],
    )
    def test_a_fed_decision_is_the_anchor_from_the_next_session_on(
        self, session: str, anchor: str
    ) -> None:
        day = dt.date.fromisoformat(session)
        bars = replace(make_bars(walk(300), day, complete=False), volume=np.arange(300.0) % 7 + 1.0)
        time = dt.datetime(day.year, day.month, day.day, 17, tzinfo=dt.UTC)
        found = prices(known(bars, ["anchored VWAP (Fed)", f"anchored VWAP ({anchor})"], time))
        event, dated = found.values()
        assert event == dated is not None

    def test_so_is_a_report_after_the_close(self) -> None:
        bars = running(8)
        wednesday = dt.date(2025, 1, 22)
        report = Event(wednesday, EventKind.EARNINGS, "Earnings", timing="after the close")
        names = ["anchored VWAP (earnings)", "anchored VWAP (2025-01-23)"]
        event, dated = prices(known(bars, names, events=(report,))).values()
        assert event == dated is not None
        late = replace(report, day=dt.date(2025, 1, 23))
        assert prices(known(bars, names[:1], events=(late,))) == {names[0]: None}


class TestMissing:
    @pytest.mark.parametrize(
        ("name", "why"),
        [
            ("anchored VWAP (52-week high)", "needs 252 sessions (has 99)"),
            ("anchored VWAP (2024-12-30)", "no volume from the anchor on"),
            ("anchored VWAP (2030-01-02)", "2030-01-02 is ahead of the last session, 20"),
            ("anchored VWAP (earnings)", "no earnings day is known"),
            ("profile point of control", "the bars have no volume"),
            ("40-week average", "needs 40 completed weeks (has 21)"),
        ],
    )
    def test_a_level_that_bars_do_not_give_says_why(self, name: str, why: str) -> None:
        bars = make_bars(walk(100), complete=False)
        (one,) = known(replace(bars, volume=np.zeros(100)), [name]).named
        assert one.price is None
        assert why in str(one.missing)
        assert name in str(one.missing)
