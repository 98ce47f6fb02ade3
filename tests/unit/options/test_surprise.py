"""Yesterday's lean against today's move: counts by hand, the guard of 30, chance, calibration."""

from __future__ import annotations

import contextlib
import datetime as dt
from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import kstest

from analytics.model.question import Inputs, Symbol
from analytics.model.vocabulary import Bars, DailyFigures, Moment, NotAvailable, Phase
from analytics.options.daily_record import DEFINITION, OPTIONS_NAME
from analytics.options.surprise import (
    OPTIONS_SURPRISE,
    OptionsSurprise,
    OptionsSurpriseParameters,
    ask_surprise,
)
from tests.support.builders import make_bars
from tests.support.preview_goldens import desk_on


def recorded(
    bars: Bars, shares: dict[int, float], definition: int = DEFINITION
) -> list[DailyFigures]:
    rows = []
    for i, share in sorted(shares.items()):
        day = bars.sessions[i].astype(dt.date)
        at = dt.datetime.combine(day, dt.time(21), dt.UTC)
        rows.append(
            DailyFigures(bars.symbol, day, True, at, definition, {"short_call_share": share})
        )
    return rows


def ask(bars: Bars, rows: list[DailyFigures]) -> OptionsSurprise:
    session = bars.last_session
    moment = Moment(bars.listing.close(session), session, Phase.CLOSED, live=True)
    inputs = Inputs(moment, {bars.symbol: bars}, history={(OPTIONS_NAME, bars.symbol): tuple(rows)})
    return OPTIONS_SURPRISE.compute(OptionsSurpriseParameters(Symbol(bars.symbol)), inputs)


def alternating(count: int, last: float) -> Bars:
    """Down 1% on every even session, up 1% on every odd one; the last close as given."""
    moves = np.where(np.arange(count) % 2 == 0, 0.99, 1.01)
    close = 100 * np.cumprod(moves)
    close[-1] = close[-2] * last
    return make_bars(close, spread=0.5)


class TestByHand:
    def test_such_leans_are_those_at_least_as_far_on_the_same_side(self) -> None:
        # 83 sessions: after even sessions (up next) the share is 60, after odd ones (down next)
        # 55; the last lean, of session 81 (odd), is 57: such leans are the 40 shares of 60
        bars = alternating(83, 0.83)
        shares = {i: 60.0 if i % 2 == 0 else 55.0 for i in range(82)}
        shares[81] = 57.0
        found = ask(bars, recorded(bars, shares))
        assert (found.lean, found.against) == ("bullish", True)
        assert found.move_pct == pytest.approx(-17)
        # sessions 0..80 have a next one before the last: 41 even (up next), 40 odd (down next)
        assert (found.kept, found.leans, found.went_against) == (81, 41, 0)
        assert found.rate_pct == 0
        assert found.chance_pct == pytest.approx(100 * 40 / 81)
        # blocks keep the rhythm of the days: an order of other phase is as far from chance
        assert found.p_value is not None
        assert found.p_value > 0.1
        assert found.text == (
            "TEST's short-term options volume: 57% in calls on "
            f"{found.leaned_on:%a} {found.leaned_on.day} {found.leaned_on:%b}, then \u221217.0% "
            f"on {found.session:%a} {found.session.day} {found.session:%b}: of 41 such leans "
            "(57% or more) the next session fell 0 times (0%), chance 49%."
        )

    def test_a_bearish_lean_is_wrong_when_the_next_session_rises(self) -> None:
        bars = alternating(83, 1.02)
        found = ask(bars, recorded(bars, dict.fromkeys(range(82), 40.0)))
        assert (found.lean, found.against) == ("bearish", True)
        assert (found.leans, found.went_against) == (81, 41)
        assert "the next session rose 41 times" in found.text
        assert found.p_value == 1  # every session is such a lean: no other order differs

    def test_under_thirty_only_the_count_is_given(self) -> None:
        bars = alternating(31, 0.9)
        found = ask(bars, recorded(bars, dict.fromkeys(range(30), 60.0)))
        assert (found.leans, found.rate_pct, found.chance_pct, found.p_value) == (
            29,
            None,
            None,
            None,
        )
        assert found.text.endswith("n/a (29 such leans kept, needs 30).")


class TestWhatIsNotKnown:
    def test_without_the_chain_of_the_session_before_there_is_no_lean(self) -> None:
        bars = alternating(40, 0.9)
        with pytest.raises(
            NotAvailable, match=r"No option chain of TEST is recorded of .*: collect daily"
        ):
            ask(bars, recorded(bars, dict.fromkeys(range(30), 60.0)))

    def test_figures_of_another_definition_do_not_count(self) -> None:
        bars = alternating(40, 0.9)
        with pytest.raises(NotAvailable):
            ask(bars, recorded(bars, dict.fromkeys(range(39), 60.0), DEFINITION - 1))

    def test_the_running_session_is_no_past_outcome(self) -> None:
        bars = alternating(60, 0.9)
        done = ask(bars, recorded(bars, dict.fromkeys(range(59), 60.0)))
        running = ask(
            replace(bars, last_complete=False), recorded(bars, dict.fromkeys(range(59), 60.0))
        )
        assert (running.leans, running.went_against) == (done.leans, done.went_against)
        assert running.provisional
        assert "on the session so far, " in running.text

    def test_a_lean_that_was_not_kept_may_be_given(self) -> None:
        bars = alternating(40, 0.9)
        session = bars.last_session
        moment = Moment(bars.listing.close(session), session, Phase.CLOSED, live=True)
        parameters = OptionsSurpriseParameters(Symbol(bars.symbol), 5702)
        found = OPTIONS_SURPRISE.compute(parameters, Inputs(moment, {bars.symbol: bars}))
        assert (found.share_pct, found.leans) == (57.02, 0)
        assert found.text.endswith("n/a (0 such leans kept, needs 30).")

    def test_the_demo_s_friday_against_its_monday(self) -> None:
        """The newsletter's story: 57% bullish on Friday, -17% on Monday."""
        with contextlib.closing(desk_on("demo")) as desk:
            found = ask_surprise(desk, Symbol("NVDA"), dt.date(2025, 1, 27)).result
        assert found is not None
        assert found.share_pct == pytest.approx(57, abs=0.5)
        assert found.move_pct == pytest.approx(-17, abs=0.1)
        assert found.against


class TestCalibration:
    def test_p_values_of_leans_that_know_nothing_are_uniform(self) -> None:
        found = []
        for seed in range(40):
            rng = np.random.default_rng(seed)
            bars = make_bars(100 * np.exp(np.cumsum(rng.normal(0, 0.01, 400))), spread=0.5)
            shares = dict(enumerate(rng.normal(50, 5, 399).tolist()))
            shares[398] = 51.0
            found.append(ask(bars, recorded(bars, shares)).p_value)
        # a count has ties, which are all counted: never bold
        p = np.asarray(found, dtype=float)
        assert kstest(p, "uniform", alternative="greater").pvalue > 0.01
