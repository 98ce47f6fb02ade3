"""The hold study against a second, simple implementation, and its null's calibration."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy.stats import false_discovery_control

from analytics.model.question import Inputs, Symbol
from analytics.model.vocabulary import Bars, Moment, NotAvailable, Phase
from analytics.studies.hold.aftermath import after_break
from analytics.studies.hold.cells import COOLDOWN_SESSIONS
from analytics.studies.hold.events import (
    REACH_SESSIONS,
    list_events,
    read_history,
)
from analytics.studies.hold.study import (
    HOLD_STUDY,
    HoldStudy,
    HoldStudyParameters,
)
from tests.support.shared_data import SHARED, needs_shared_data

MOMENT = Moment(dt.datetime(2025, 1, 1, 21, tzinfo=dt.UTC), dt.date(2025, 1, 1), Phase.CLOSED, True)


def bars_of(rows: list[tuple[float, float, float, float]], symbol: str = "TEST") -> Bars:
    """Bars from (open, high, low, close), one weekday after another."""
    values = np.asarray(rows, dtype=float)
    days = pd.bdate_range("1990-01-02", periods=len(rows)).values.astype("datetime64[D]")
    return Bars(
        symbol, days, values[:, 0], values[:, 1], values[:, 2], values[:, 3], None,
        np.full(len(rows), np.nan), np.ones(len(rows)),
    )  # fmt: skip


def random_walk(sessions: int, seed: int, steps: int = 30, sigma: float = 0.01) -> Bars:
    """A driftless walk with a small overnight gap, so that gap-downs happen too."""
    rng = np.random.default_rng(seed)
    inside = rng.normal(0, sigma / np.sqrt(steps), (sessions, steps))
    gap = rng.normal(0, sigma / 3, sessions)
    ends = np.cumsum(gap + inside.sum(axis=1))
    starts = np.concatenate([[0.0], ends[:-1]]) + gap
    paths = starts[:, None] + np.concatenate([np.zeros((sessions, 1)), inside.cumsum(axis=1)], 1)
    prices = 100 * np.exp(paths)
    rows = np.column_stack([prices[:, 0], prices.max(1), prices.min(1), prices[:, -1]])
    return bars_of([tuple(row) for row in rows])


def study(bars: Bars, level: int = 50, paths: int = 100, **options: bool) -> HoldStudy:
    parameters = HoldStudyParameters(Symbol(bars.symbol), level, paths, **options)  # type: ignore[arg-type]
    return HOLD_STUDY.compute(parameters, Inputs(MOMENT, {bars.symbol: bars}))


def simple_events(bars: Bars, n: int) -> list[tuple[int, str, bool]]:
    """The definitions word by word, with pandas: (bar, kind, held)."""
    close = pd.Series(bars.close)
    level = close.rolling(n).mean().shift(1)
    events: list[tuple[int, str, bool]] = []
    for t in range(1, len(close)):
        if np.isnan(level[t]) or (events and t - events[-1][0] < COOLDOWN_SESSIONS):
            continue
        before, held = close[t - 1], bool(close[t] >= level[t])
        if before > level[t] and bars.open[t] > level[t] and bars.low[t] <= level[t]:
            events.append((t, "touch", held))
        elif before > level[t] >= bars.open[t]:
            events.append((t, "gap-down", held))
    return events


def flat(close: float, count: int) -> list[tuple[float, float, float, float]]:
    return [(close, close + 1, close - 0.5, close)] * count


class TestEventsByHand:
    """Fifty closes of 100, one of 102 that lifts the price over the average, then the event."""

    BEFORE = (*flat(100.0, 50), (101.0, 103.0, 100.5, 102.0))

    def test_a_touch_that_holds(self) -> None:
        result = study(bars_of([*self.BEFORE, (101.0, 101.5, 99.9, 100.2)]))
        assert (result.touches.events, result.touches.held) == (1, 1)
        assert result.gap_downs.events == 0
        assert result.event_list[0].level == pytest.approx(100.04)

    def test_a_touch_that_breaks(self) -> None:
        result = study(bars_of([*self.BEFORE, (101.0, 101.5, 99.0, 99.5)]))
        assert (result.touches.events, result.touches.held) == (1, 0)

    def test_an_open_at_the_level_is_a_gap_down(self) -> None:
        level = (49 * 100 + 102) / 50
        result = study(bars_of([*self.BEFORE, (level, 101.0, 99.0, 100.5)]))
        assert (result.gap_downs.events, result.gap_downs.held) == (1, 1)
        assert result.touches.events == 0

    def test_a_close_exactly_at_the_level_holds(self) -> None:
        level = (49 * 100 + 102) / 50
        result = study(bars_of([*self.BEFORE, (101.0, 101.5, 99.0, level)]))
        assert result.touches.held == 1

    def test_a_low_above_the_level_is_no_event(self) -> None:
        assert study(bars_of([*self.BEFORE, (101.0, 103.0, 100.5, 102.0)])).touches.events == 0

    def test_the_next_event_is_at_least_ten_sessions_later(self) -> None:
        touch = (101.0, 103.0, 99.0, 102.0)
        above = (102.0, 103.0, 101.5, 102.0)
        nine = study(bars_of([*self.BEFORE, touch, *[above] * 8, touch]))
        ten = study(bars_of([*self.BEFORE, touch, *[above] * 9, touch]))
        assert nine.touches.events == 1
        assert ten.touches.events == 2

    def test_two_closes_below_confirm_a_break_and_one_shallow_close_does_not(self) -> None:
        shallow = (101.0, 101.5, 99.9, 100.0)
        once = study(bars_of([*self.BEFORE, shallow, (100.5, 102.0, 100.4, 101.0)]))
        twice = study(bars_of([*self.BEFORE, shallow, (100.0, 100.1, 99.0, 99.9)]))
        assert once.touches.confirmed_breaks == 0
        assert twice.touches.confirmed_breaks == 1

    def test_a_running_session_is_not_an_event(self) -> None:
        rows = [*self.BEFORE, (101.0, 101.5, 99.9, 100.2)]
        running = bars_of(rows)
        running = Bars(**{**running.__dict__, "last_complete": False})
        assert study(running).touches.events == 0


class TestAgainstTheSimpleImplementation:
    @pytest.mark.parametrize("level", [20, 50, 100, 200])
    def test_events_of_a_long_path(self, level: int) -> None:
        bars = random_walk(8000, seed=level)
        expected = simple_events(bars, level)
        result = study(bars, level)
        found = [(e.session, e.kind, e.held) for e in reversed(result.event_list)]
        assert found == [(bars.sessions[t].astype(dt.date), k, h) for t, k, h in expected]
        for kind, rate in (("touch", result.touches), ("gap-down", result.gap_downs)):
            outcomes = [held for _, k, held in expected if k == kind]
            assert rate.rate_pct == pytest.approx(100 * np.mean(outcomes))

    @needs_shared_data
    def test_recorded_spy_has_few_events_so_every_rate_is_refused(self) -> None:
        from analytics.sources.files.source import FilesSource
        from analytics.sources.validate import clean_bars

        bars, _ = clean_bars(FilesSource(Path(SHARED)).bars("SPY", None))
        result = study(bars)
        expected = simple_events(bars, 50)
        assert result.touches.events + result.gap_downs.events == len(expected)
        assert 0 < len(expected) < 10
        for rate in (result.touches, result.gap_downs):
            assert rate.rate_pct is None
            assert rate.wilson95_pct is None
            assert rate.p_value is None
            assert rate.refused


NO_NULL = np.zeros((0, 2), np.int32)


def simple_reach(bars: Bars, n: int) -> tuple[int, int, list[int]]:
    """Breaks with no lower average, known ones, and the waits of those that reached: pandas."""
    close = pd.Series(bars.close)
    levels = {m: close.rolling(m).mean().shift(1) for m in (n, 50, 100, 200)}
    without, known, waits = 0, 0, []
    for t, _, held in simple_events(bars, n):
        if held:
            continue
        lower = [m for m in (50, 100, 200) if m != n and levels[m][t] < levels[n][t]]
        if not lower:
            without += 1
            continue
        target = max(lower, key=lambda m: levels[m][t])
        window = range(t, min(t + REACH_SESSIONS, len(close) - 1) + 1)
        hits = [u - t for u in window if bars.low[u] <= levels[target][u]]
        waits += hits[:1]
        known += bool(hits) or t + REACH_SESSIONS < len(close)
    return without, known, waits


class TestAfterBreak:
    @pytest.mark.parametrize("level", [20, 50, 100])
    def test_reach_on_a_long_path_as_pandas_has_it(self, level: int) -> None:
        bars = random_walk(6000, seed=40 + level)
        without, known, waits = simple_reach(bars, level)
        after = study(bars, level).after_break
        assert (after.without_lower, after.observed, after.reached) == (without, known, len(waits))
        assert after.median_sessions == np.median(waits)
        assert after.reach_rate_pct == pytest.approx(100 * len(waits) / known)

    def test_on_a_walk_chance_explains_the_reach(self) -> None:
        after = study(random_walk(8000, seed=77), paths=300).after_break
        assert after.null_rate_pct == pytest.approx(after.reach_rate_pct, abs=12)
        assert after.p_value is not None
        assert after.p_value > 0.02

    def test_reach_of_the_next_average_by_hand(self) -> None:
        # A long rise puts the 100-DMA under the 50-DMA; the price then falls through both.
        rise = [(p, p + 0.2, p - 0.2, p) for p in np.linspace(100, 160, 150)]
        fall = [(p, p + 0.2, p - 0.5, p) for p in np.linspace(158, 100, 30)]
        history = read_history(bars_of([*rise, *fall, *flat(100.0, REACH_SESSIONS)]), None)
        events = list_events(history, 50)
        result = after_break(history, 50, events, NO_NULL)
        assert result.breaks == 1
        assert result.observed == result.reached == 1
        level = pd.Series(history.close).rolling(100).mean().shift(1)
        first = next(t for t in range(events[0].at, len(level)) if history.low[t] <= level[t])
        assert result.median_sessions == first - events[0].at
        assert result.reach_rate_pct is None, "one break is no rate"

    def test_a_break_at_the_end_is_not_yet_observed(self) -> None:
        rise = [(p, p + 0.2, p - 0.2, p) for p in np.linspace(100, 160, 150)]
        history = read_history(bars_of([*rise, (159.0, 159.0, 150.0, 145.5)]), None)
        result = after_break(history, 50, list_events(history, 50), NO_NULL)
        assert result.breaks == 1
        assert result.observed == 0


class TestManyTests:
    def test_q_values_over_all_that_the_page_shows(self) -> None:
        result = study(random_walk(8000, seed=13), paths=199)
        rates = [result.touches, result.gap_downs, *(split.rate for split in result.splits)]
        rows: list[Any] = [*rates, result.after_break, *result.forward_returns]
        tested = [row for row in rows if row.p_value is not None]
        assert len(tested) > 12
        corrected = false_discovery_control([rate.p_value for rate in tested])
        assert [rate.q_value for rate in tested] == pytest.approx(corrected)
        assert all(rate.q_value is None for rate in rates if rate.p_value is None)


class TestInputs:
    def test_close_only_data_are_refused(self) -> None:
        bars = random_walk(100, seed=1)
        nothing = np.full(len(bars), np.nan)
        closes = Bars(**{**bars.__dict__, "open": nothing, "high": nothing, "low": nothing})
        with pytest.raises(NotAvailable, match="close only"):
            study(closes)

    def test_placebo_levels_are_reported_beside(self) -> None:
        result = study(random_walk(3000, seed=9), placebo=True)
        assert [row.sessions for row in result.placebos] == [37, 43, 61]
        assert all(row.rate.null_rate_pct is not None for row in result.placebos)

    def test_splits_of_a_kind_add_up_to_its_events(self) -> None:
        result = study(random_walk(6000, seed=11))
        for kind, rate in (("touch", result.touches), ("gap-down", result.gap_downs)):
            for split in ("slope", "first", "vix"):
                rows = [s for s in result.splits if s.split == split and s.kind == kind]
                assert sum(row.rate.events for row in rows) == rate.events
