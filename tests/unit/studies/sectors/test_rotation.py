"""Rotation: the published formula by plain loops, quadrants, tails, and who led and lagged."""

from __future__ import annotations

import datetime as dt
import statistics

import numpy as np
import pytest

from analytics.model.question import Symbol
from analytics.studies.sectors.rotation import (
    MIN_SESSIONS,
    ROTATION,
    Rotation,
    RotationParameters,
    capital_rotation,
    quadrant,
    rolling_z,
    rotation_lines,
    week_ends,
)
from tests.support.small_bars import LAST, bars_of, days_to, inputs_of, walks

NAMES = ("AAA", "BBB", "CCC", "DDD")


def ask(sessions: int, cut: dt.date | None = None, **changes: object) -> Rotation:
    spy, *rest = walks(5, sessions)
    bars = [bars_of("SPY", spy), *(bars_of(n, w) for n, w in zip(NAMES, rest, strict=True))]
    parameters = RotationParameters(symbols=tuple(map(Symbol, NAMES)), **changes)  # type: ignore[arg-type]
    inputs = inputs_of(*bars, session=cut) if cut else inputs_of(*bars)
    return ROTATION.compute(parameters, inputs)


class TestLines:
    def test_agree_with_the_formula_written_out(self) -> None:
        theirs, ours = walks(2, 160)
        ratio, momentum = rotation_lines(ours, theirs)
        strength = [100 * a / b for a, b in zip(ours, theirs, strict=True)]
        slow = [
            100 + (strength[t] - statistics.fmean(w)) / statistics.stdev(w)
            for t in range(62, 160)
            for w in [strength[t - 62 : t + 1]]
        ]
        assert ratio[62:] == pytest.approx(slow)
        change = [slow[i] / slow[i - 14] - 1 for i in range(14, len(slow))]
        window = change[-63:]
        last = 100 + (window[-1] - statistics.fmean(window)) / statistics.stdev(window)
        assert momentum[-1] == pytest.approx(last)
        assert np.isnan(ratio[:62]).all()
        assert np.isnan(momentum[:138]).all()
        assert np.isfinite(momentum[138:]).all()

    def test_scaling_a_price_changes_nothing(self) -> None:
        theirs, ours = walks(2, 160)
        np.testing.assert_allclose(
            rotation_lines(7 * ours, theirs)[1], rotation_lines(ours, theirs)[1], rtol=1e-9
        )

    def test_z_by_hand_and_without_variation(self) -> None:
        got = rolling_z(np.array([1.0, 2.0, 3.0, 3.0, 3.0]), 3)
        # 2,3,3: mean 8/3, sd 1/sqrt(3)
        assert got[:4] == pytest.approx([np.nan, np.nan, 1.0, 3**0.5 / 3], nan_ok=True)
        assert np.isnan(got[4])

    @pytest.mark.parametrize(
        ("ratio", "momentum", "wanted"),
        [(101, 101, "leading"), (101, 99, "weakening"), (99, 99, "lagging"), (99, 101, "improving"),
         (100, 100, "leading")],
    )  # fmt: skip
    def test_quadrants(self, ratio: float, momentum: float, wanted: str) -> None:
        assert quadrant(ratio, momentum) == wanted


class TestTails:
    def test_a_week_point_is_its_last_session(self) -> None:
        # 17-24 January 2025: Monday the 20th was a holiday.
        days = days_to(dt.date(2025, 1, 23), 6)
        ends = [str(day) for day in days[week_ends(days)]]
        assert ends == ["2025-01-17", "2025-01-23"]

    def test_the_present_point_is_the_last(self) -> None:
        got = ask(400, tail=12)
        assert len(got.members) == 4
        for member in got.members:
            assert len(member.tail) == 12
            assert member.tail[-1].session == dt.date(2025, 1, 24)
            assert (member.tail[-1].ratio, member.tail[-1].momentum) == (
                member.ratio,
                member.momentum,
            )
            assert member.quadrant == quadrant(member.ratio, member.momentum)
            assert member.previous_quadrant == quadrant(
                member.tail[-2].ratio, member.tail[-2].momentum
            )

    def test_an_earlier_answer_is_the_later_one_s_tail(self) -> None:
        late = ask(400, tail=30, step="session")
        cut = late.members[0].tail[-6].session
        early = ask(400, cut, tail=30, step="session")
        for member in early.members:
            now = next(m for m in late.members if m.symbol == member.symbol)
            assert member.tail[-1].session == cut
            then = next(p for p in now.tail if p.session == cut)
            assert (member.ratio, member.momentum) == pytest.approx((then.ratio, then.momentum))

    def test_too_few_sessions_are_said(self) -> None:
        got = ask(MIN_SESSIONS - 1)
        assert got.members == ()
        assert got.missing["AAA"] == "rotation needs 140 sessions (has 139)"
        assert len(ask(MIN_SESSIONS).members) == 4

    def test_a_member_that_is_the_benchmark_s_double_is_said(self) -> None:
        spy = walks(1, 200)[0]
        got = ROTATION.compute(
            RotationParameters(symbols=(Symbol("AAA"),)),
            inputs_of(bars_of("SPY", spy), bars_of("AAA", 2 * spy)),
        )
        assert "does not vary" in got.missing["AAA"]

    def test_one_traded_close_puts_all_on_traded_closes(self) -> None:
        spy, ours = walks(2, 200)
        both = ROTATION.compute(
            RotationParameters(symbols=(Symbol("AAA"),)),
            inputs_of(bars_of("SPY", spy, spy), bars_of("AAA", ours, ours)),
        )
        mixed = ROTATION.compute(
            RotationParameters(symbols=(Symbol("AAA"),)),
            inputs_of(bars_of("SPY", spy, 0.5 * spy**2), bars_of("AAA", ours)),
        )
        assert (both.basis, mixed.basis) == ("total-return closes", "traded closes")
        assert mixed.members[0].ratio == pytest.approx(both.members[0].ratio)


class TestCapital:
    def test_from_the_worst_to_the_best(self) -> None:
        flat = bars_of("SPY", [100, 100, 101])
        members = [
            bars_of("AAA", [10, 10, 11]),
            bars_of("BBB", [10, 10, 10]),
            bars_of("CCC", [10, 10, 9]),
        ]
        got = capital_rotation(members, flat, total=False, sessions=1)
        assert got is not None
        assert (got.moved_from, got.moved_to) == (("CCC",), ("AAA",))
        assert got.benchmark_return_pct == pytest.approx(1.0)
        assert (got.from_pct, got.to_pct) == pytest.approx((-11.0, 9.0))
        assert got.sentence == (
            "Over 1 session AAA led (+9.0 points against SPY) and CCC lagged (-11.0)."
        )

    def test_a_window_is_of_the_calendars_sessions_and_never_longer(self) -> None:
        """Two sessions' move is no session's: who lacks the bar between has no return over one."""
        spy = bars_of("SPY", [100, 100, 100, 101])
        days = np.delete(days_to(LAST, 4), 2)
        gap, whole = bars_of("GAP", [10, 10, 12], sessions=days), bars_of("AAA", [10, 10, 10, 11])
        got = capital_rotation([gap, whole], spy, total=False, sessions=1)
        assert got is not None
        assert [row.symbol for row in got.ranking] == ["AAA"]
        assert got.missing == {"GAP": f"no bar of {days_to(LAST, 2)[0]}"}
        over_two = capital_rotation([gap, whole], spy, total=False, sessions=2)
        assert over_two is not None
        assert over_two.missing == {}
        assert {row.symbol: round(row.return_pct) for row in over_two.ranking} == {
            "GAP": 20,
            "AAA": 10,
        }
        lacking = bars_of("SPY", [100, 100, 101], sessions=days)
        assert capital_rotation([whole], lacking, total=False, sessions=1) is None

    def test_a_window_the_data_do_not_reach_is_left_out(self) -> None:
        got = ask(30)
        assert [one.sessions for one in got.capital] == [1, 5, 20]

    def test_led_and_lagged_never_overlap(self) -> None:
        for window in ask(150).capital:
            assert not set(window.moved_from) & set(window.moved_to)
            relative = [row.relative_pct for row in window.ranking]
            assert relative == sorted(relative, reverse=True)
