"""Assets that stay afloat: beta, residual and z by hand; up days; one basis for all; gaps."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from analytics.model.question import Symbol
from analytics.model.vocabulary import Bars
from analytics.studies.sectors.afloat import AFLOAT, Afloat, AfloatParameters, afloat_row
from tests.support.small_bars import bars_of, inputs_of, walks


def ask(*bars: Bars) -> Afloat:
    symbols = tuple(Symbol(one.symbol) for one in bars if one.symbol != "SPY")
    return AFLOAT.compute(AfloatParameters(symbols), inputs_of(*bars))


def moved(last_return: float, count: int = 3, sessions: int = 120) -> list[Bars]:
    """SPY and others, SPY's last session returning ``last_return``."""
    closes = walks(count, sessions)
    closes[0][-1] = closes[0][-2] * (1 + last_return)
    names = ("SPY", *(f"M{i}" for i in range(1, count)))
    return [bars_of(name, close) for name, close in zip(names, closes, strict=True)]


class TestRow:
    def test_beta_residual_and_z_against_numpy(self) -> None:
        rng = np.random.default_rng(3)
        theirs = rng.normal(0, 0.01, 101)
        ours = 1.5 * theirs + rng.normal(0, 0.005, 101)
        row = afloat_row("M", ours, theirs)
        slope, _ = np.polyfit(theirs[:-1], ours[:-1], 1)
        beta = 2 / 3 * slope + 1 / 3
        residuals = ours - beta * theirs
        assert row is not None
        assert row.beta == pytest.approx(beta)
        assert row.residual_pct == pytest.approx(residuals[-1] * 100)
        assert row.residual_z == pytest.approx(residuals[-1] / residuals[:-1].std(ddof=1))
        assert (row.n, row.return_pct) == (100, pytest.approx(ours[-1] * 100))

    def test_the_window_is_252_returns_ended_the_day_before(self) -> None:
        rng = np.random.default_rng(4)
        ours, theirs = rng.normal(0, 0.01, (2, 400))
        row, same = afloat_row("M", ours, theirs), afloat_row("M", ours[-253:], theirs[-253:])
        assert row == same
        assert row is not None
        assert row.n == 252

    def test_todays_move_is_not_in_its_own_beta(self) -> None:
        rng = np.random.default_rng(5)
        ours, theirs = rng.normal(0, 0.01, (2, 100))
        before = afloat_row("M", ours, theirs)
        ours[-1] = theirs[-1] = -0.3
        after = afloat_row("M", ours, theirs)
        assert before is not None
        assert after is not None
        assert before.beta == after.beta

    def test_returns_that_do_not_vary_have_no_beta(self) -> None:
        moving = np.random.default_rng(6).normal(0, 0.01, 100)
        steady = np.diff(100 * 1.001 ** np.arange(101)) / (100 * 1.001 ** np.arange(100))
        assert afloat_row("M", moving, np.zeros(100)) is None
        assert afloat_row("M", moving, steady) is None
        assert afloat_row("M", np.zeros(100) + moving, moving) is None  # it is the benchmark


class TestDownDay:
    def test_ranked_by_z_and_no_other_day_beside_it(self) -> None:
        got = ask(*moved(-0.02, count=6))
        scores = [row.residual_z for row in got.ranking]
        assert scores == sorted(scores, reverse=True)
        assert len(scores) == 5
        assert got.headline == "what stays afloat while SPY falls"
        assert (got.last_down, got.benchmark_return_pct) == (None, pytest.approx(-2.0))


class TestUpDay:
    def test_residual_leaders_with_the_last_down_day_beside(self) -> None:
        bars = moved(-0.01, sessions=121)
        closes = bars[0].close.copy()
        closes[-2], closes[-1] = closes[-3] * 0.97, closes[-3] * 0.99
        up = replace(bars[0], close=closes)
        got = ask(up, *bars[1:])
        assert got.headline == "SPY is up: residual leaders"
        assert got.last_down is not None
        assert got.last_down.session == bars[0].sessions[-2].astype(object)
        assert got.last_down.benchmark_return_pct == pytest.approx(-3.0)
        day = got.last_down.session
        alone = AFLOAT.compute(
            AfloatParameters((Symbol("M1"), Symbol("M2"))),
            inputs_of(up, *bars[1:], session=day),
        )
        assert got.last_down.ranking == alone.ranking

    def test_flat_counts_as_up(self) -> None:
        assert ask(*moved(0.0)).headline == "SPY is up: residual leaders"

    def test_a_benchmark_that_never_fell_has_no_last_down_day(self) -> None:
        rising = bars_of("SPY", 100 * np.cumprod(1 + np.linspace(0.001, 0.002, 120)))
        assert ask(rising, *moved(0.01)[1:]).last_down is None


class TestBasis:
    def test_total_return_when_all_have_it(self) -> None:
        closes = walks(3, 120)
        bars = [
            bars_of(s, c, c * np.linspace(0.9, 1, 120))
            for s, c in zip(("SPY", "A", "B"), closes, strict=True)
        ]
        got = ask(*bars)
        assert got.basis == "total-return closes"
        expected = (bars[0].adj_close[-1] / bars[0].adj_close[-2] - 1) * 100  # type: ignore[index]
        assert got.benchmark_return_pct == pytest.approx(expected)

    def test_one_member_without_it_puts_all_on_traded_closes(self) -> None:
        closes = walks(3, 120)
        adjusted = [bars_of(s, c, c * 0.9) for s, c in zip(("SPY", "A"), closes[:2], strict=True)]
        plain = bars_of("B", closes[2])
        got = ask(*adjusted, plain)
        assert got.basis == "traded closes"
        traded = [replace(one, adj_close=None) for one in adjusted]
        assert got == ask(*traded, plain)


class TestWhoIsMissing:
    def test_under_sixty_earlier_returns(self) -> None:
        bars = moved(-0.01)
        short = bars_of("YOUNG", walks(1, 61)[0])
        enough = bars_of("OLDER", walks(1, 62, seed=9)[0])
        got = ask(*bars, short, enough)
        assert got.missing == {"YOUNG": "beta needs 60 earlier returns (has 59)"}
        assert {row.symbol: row.n for row in got.ranking}["OLDER"] == 60

    def test_no_data_and_no_movement(self) -> None:
        bars = moved(-0.01)
        parameters = AfloatParameters((Symbol("M1"), Symbol("GONE"), Symbol("COPY")))
        got = AFLOAT.compute(parameters, inputs_of(*bars, replace(bars[0], symbol="COPY")))
        assert got.missing == {
            "GONE": "GONE: no bars.",
            "COPY": "its returns, or the benchmark's, do not vary",
        }

    def test_a_gap_the_day_before_would_stretch_the_return(self) -> None:
        bars = moved(-0.01, count=4)
        keep = np.arange(120) != 118
        gappy = replace(
            bars[1],
            **{
                name: getattr(bars[1], name)[keep]
                for name in ("sessions", "open", "high", "low", "close", "volume", "splits")
            },
        )
        got = ask(bars[0], gappy, *bars[2:])
        assert list(got.missing) == ["M1"]
        assert got.ranking == tuple(row for row in ask(*bars).ranking if row.symbol != "M1")

    def test_an_older_gap_leaves_the_session_s_return_alone(self) -> None:
        bars = moved(-0.01)
        keep = np.arange(120) != 60
        gappy = replace(
            bars[1],
            **{
                name: getattr(bars[1], name)[keep]
                for name in ("sessions", "open", "high", "low", "close", "volume", "splits")
            },
        )
        row = {one.symbol: one for one in ask(bars[0], gappy).ranking}["M1"]
        whole = {one.symbol: one for one in ask(*bars[:2]).ranking}["M1"]
        assert (row.return_pct, row.n) == (whole.return_pct, whole.n - 2)  # neither side of it

    def test_the_benchmark_is_not_its_own_member(self) -> None:
        bars = moved(-0.01)
        got = AFLOAT.compute(AfloatParameters((Symbol("SPY"), Symbol("M1"))), inputs_of(*bars))
        assert [row.symbol for row in got.ranking] == ["M1"]
