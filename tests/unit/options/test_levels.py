"""Walls, flips, max pain, expected moves and peaks on chains whose answer is known by hand."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from analytics.model.vocabulary import OptionChain
from analytics.options.analysis import ChainAnalysis, analyse
from analytics.options.chain import clean_chain
from analytics.options.exposure import exposure_totals, gamma_curve
from analytics.options.greeks import black_scholes_greeks
from analytics.options.levels import LevelsWithProfile
from analytics.options.rules import Rule, select_expiries
from benchmarks.options_chain import synthetic_chain
from tests.support.small_chains import RATES, Row, bars_of, chain_of, priced_rows, shuffled

SIGMA, DAYS = 0.2, 30
T = DAYS / 365
RATE = float(RATES.at(np.array([T]))[0])
Interest = dict[tuple[float, bool], float]
CALL, PUT = True, False


def chain_with(interest: Interest, days: int = DAYS, volume: Interest | None = None) -> OptionChain:
    """Quotes at a flat 20% around spot 100, both legs at each strike named, interest as given."""
    strikes = sorted({strike for strike, _ in interest} | {99.0, 100.0, 101.0})
    rows = [
        replace(
            row,
            interest=interest.get((row.strike, row.call), 0.0),
            volume=(volume or {}).get((row.strike, row.call), 0.0),
        )
        for row in priced_rows(100.0, days, strikes, sigma=SIGMA, rate=RATE)
    ]
    return chain_of(*rows, price=100.0, symbol="^TEST")


def find(chain: OptionChain, rule: Rule = "all", dealers: str = "long-calls") -> LevelsWithProfile:
    analysis = ChainAnalysis(clean_chain(chain))
    return analysis.levels(select_expiries(analysis.clean, rule, None, 30), dealers)


def gamma_usd(strike: float, contracts: float) -> float:
    """GEX of a strike at spot 100 by the greeks' own formula."""
    greeks = black_scholes_greeks(
        100.0, np.array([strike]), np.array([T]), np.array([SIGMA]), RATE, 0.0, np.array([True])
    )
    return float(greeks.gamma[0]) * contracts * 100 * 100**2 * 0.01


class TestWalls:
    def test_largest_call_and_put_gex(self) -> None:
        levels = find(
            chain_with({(105.0, CALL): 500, (102.5, CALL): 300, (95.0, PUT): 400, (97.5, PUT): 90})
        ).levels
        assert levels.call_wall.strike == 105.0
        assert levels.call_wall.gex_usd_per_pct == pytest.approx(gamma_usd(105, 500), rel=1e-6)
        assert [r.strike for r in levels.call_wall.runners_up] == [102.5]
        assert levels.put_wall.strike == 95.0
        assert levels.put_wall.gex_usd_per_pct == pytest.approx(-gamma_usd(95, 400), rel=1e-6)
        assert levels.put_wall.runners_up[0].strike == 97.5
        assert levels.absolute_gamma.strike == 105.0

    def test_the_two_definitions_differ_where_puts_net_the_calls(self) -> None:
        levels = find(
            chain_with({(105.0, CALL): 500, (105.0, PUT): 450, (110.0, CALL): 300})
        ).levels
        assert levels.call_wall.strike == 105.0
        assert levels.call_wall.by_net is not None
        assert levels.call_wall.by_net.strike == 110.0
        assert levels.call_wall.differs
        assert levels.absolute_gamma.strike == 105.0
        # no strike has a negative net, so by that definition there is no put wall
        assert levels.put_wall.strike == 105.0
        assert levels.put_wall.by_net is None
        assert not levels.put_wall.differs

    def test_ties_are_all_listed_and_the_nearest_to_spot_leads(self) -> None:
        # two expiries' interest chosen so that both strikes have the same GEX
        weight = gamma_usd(104, 1) / gamma_usd(108, 1)
        levels = find(
            chain_with({(104.0, CALL): 1000, (108.0, CALL): 1000 * weight, (95.0, PUT): 1})
        ).levels
        assert levels.call_wall.strike == 104.0
        assert levels.call_wall.tied == (104.0, 108.0)

    def test_half_dollar_strikes(self) -> None:
        levels = find(chain_with({(97.5, PUT): 100, (97.0, PUT): 10, (98.0, PUT): 10})).levels
        assert levels.put_wall.strike == 97.5
        assert levels.call_wall.reason == "n/a (no call open interest)"

    def test_missing_legs(self) -> None:
        full = chain_with({(105.0, CALL): 500, (95.0, PUT): 400})
        remaining = ~((full.strike == 105.0) & ~full.is_call) & ~(
            (full.strike == 95.0) & full.is_call
        )
        rows = {n: v[remaining] if isinstance(v, np.ndarray) else v for n, v in vars(full).items()}
        levels = find(OptionChain(**rows)).levels
        assert (levels.call_wall.strike, levels.put_wall.strike) == (105.0, 95.0)
        assert levels.max_pain[0].strike is not None

    def test_all_zero_interest_is_said(self) -> None:
        found = find(chain_with({}))
        assert found.levels.call_wall.reason == "n/a (no open interest)"
        assert found.levels.gamma_flip.text == "n/a (no open interest)"
        assert found.levels.max_pain[0].reason == "n/a (no open interest)"
        assert found.profile is None

    def test_expired_contracts_only(self) -> None:
        chain = chain_of(Row(0, True, 100.0), Row(0, False, 100.0), price=100.0)
        assert find(chain).levels.put_wall.reason == "n/a (no unexpired contract)"

    @pytest.mark.parametrize(
        ("dealers", "call", "put"),
        [("long-calls", 1, -1), ("short-all", -1, -1), ("short-calls", -1, 1)],
    )
    def test_the_assumption_turns_the_signs_not_the_walls(
        self, dealers: str, call: int, put: int
    ) -> None:
        chain = chain_with({(105.0, CALL): 500, (102.5, CALL): 300, (95.0, PUT): 400})
        levels = find(chain, dealers=dealers).levels
        assert (levels.call_wall.strike, levels.put_wall.strike) == (105.0, 95.0)
        assert np.sign(levels.call_wall.gex_usd_per_pct or 0) == call
        assert np.sign(levels.put_wall.gex_usd_per_pct or 0) == put


class TestFlip:
    def test_none(self) -> None:
        flip = find(chain_with({(100.0, CALL): 10, (105.0, CALL): 10})).levels.gamma_flip
        assert (flip.nearest, flip.all) == (None, ())
        assert flip.text.startswith("none")

    def test_one_where_two_equal_gaussians_cross(self) -> None:
        # equal interest, T and IV: the curves of two strikes cross half way between their centres
        flip = find(chain_with({(105.0, CALL): 700, (95.0, PUT): 700})).levels.gamma_flip
        by_hand = np.sqrt(95 * 105) * np.exp(-RATE * T - SIGMA**2 * T / 2)
        assert flip.all == (flip.nearest,)
        assert flip.nearest == pytest.approx(by_hand, rel=1e-6)

    def test_several_and_the_nearest_to_spot_is_the_flip(self) -> None:
        chain = chain_with({(92.0, CALL): 700, (100.0, PUT): 700, (108.0, CALL): 700})
        found = find(chain)
        flip = found.levels.gamma_flip
        assert len(flip.all) == 2
        assert flip.text.startswith("several (2)")
        assert 92 < flip.all[0] < 100 < flip.all[1] < 108
        assert flip.nearest == min(flip.all, key=lambda root: abs(root - 100))
        assert found.profile is not None
        for root in flip.all:
            assert abs(total_gex(chain, root)) < 1e-6 * max(found.profile.gex_usd_per_pct)

    def test_the_curve_is_the_headline_at_spot_and_the_greeks_elsewhere(self) -> None:
        chain = chain_with({(105.0, CALL): 700, (95.0, PUT): 300, (99.0, PUT): 50})
        analysis = ChainAnalysis(clean_chain(chain))
        everything = np.full(len(chain), True)
        curve = gamma_curve(analysis.exposures, everything, "long-calls")
        totals = exposure_totals(analysis.exposures, everything, "long-calls")
        assert curve(100.0) == pytest.approx(totals.net_usd_per_pct, rel=1e-12)
        for spot in (82.0, 97.3, 118.0):
            assert curve(spot) == pytest.approx(total_gex(chain, spot), rel=1e-9)

    def test_the_grid(self) -> None:
        profile = find(chain_with({(105.0, CALL): 7, (95.0, PUT): 7})).profile
        assert profile is not None
        assert len(profile.spots) == len(profile.gex_usd_per_pct) == 200
        assert (profile.spots[0], profile.spots[-1]) == pytest.approx((80.0, 120.0))


def total_gex(chain: OptionChain, spot: float) -> float:
    """Total GEX at a spot with IVs held by strike, contract by contract."""
    clean = clean_chain(chain)
    gamma = black_scholes_greeks(
        spot, chain.strike, clean.years, clean.iv, RATE, clean.carry.dividend_yield, chain.is_call
    ).gamma
    sign = np.where(chain.is_call, 1, -1)
    return float(np.nansum(sign * gamma * chain.open_interest) * 100 * spot**2 * 0.01)


class TestMaxPain:
    def test_by_hand(self) -> None:
        # at 100: calls of 95 pay 5 x 10, puts of 105 pay 5 x 20 -> 150 a share, the least
        interest = {(95.0, CALL): 10.0, (100.0, CALL): 50.0, (105.0, PUT): 20.0, (100.0, PUT): 40.0}
        pain = find(chain_with(interest)).levels.max_pain
        assert [(p.expiry, p.strike) for p in pain] == [(dt.date(2025, 2, 5), 100.0)]
        assert pain[0].payout_usd == pytest.approx(150 * 100)
        assert pain[0].tied == ()

    def test_ties_list_all_and_the_nearest_leads(self) -> None:
        # one call at 95 and one put at 105: every strike between pays 10 in all
        pain = find(chain_with({(95.0, CALL): 1, (105.0, PUT): 1, (97.5, CALL): 0})).levels
        assert pain.max_pain[0].tied == (95.0, 97.5, 99.0, 100.0, 101.0, 105.0)
        assert pain.max_pain[0].strike == 100.0

    def test_against_the_plain_double_loop(self) -> None:
        rng = np.random.default_rng(4)
        interest = {
            (float(k), side): float(rng.integers(0, 500))
            for k in np.arange(90, 110.5, 0.5)
            for side in (CALL, PUT)
        }
        strikes = sorted({strike for strike, _ in interest})

        def payout(at: float) -> float:
            return sum(
                n * max(0.0, at - k if call else k - at) for (k, call), n in interest.items()
            )

        pain = find(chain_with(interest)).levels.max_pain[0]
        assert pain.strike == min(strikes, key=payout)
        assert pain.payout_usd == pytest.approx(100 * payout(pain.strike))

    def test_each_expiry_has_its_own(self) -> None:
        near, far = chain_with({(95.0, CALL): 9}, 4), chain_with({(105.0, PUT): 9}, 30)
        both: dict[str, Any] = {
            n: np.concatenate([v, getattr(far, n)]) if isinstance(v, np.ndarray) else v
            for n, v in vars(near).items()
        }
        pain = find(OptionChain(**both)).levels.max_pain
        assert [p.strike for p in pain] == [95.0, 105.0]


class TestExpectedMove:
    def test_both_ways(self) -> None:
        chain = chain_with({(95.0, PUT): 1, (105.0, CALL): 1})
        move = find(chain).levels.expected_move[0]
        assert move.sigma_usd == pytest.approx(100 * SIGMA * np.sqrt(T), rel=1e-4)
        assert move.low == pytest.approx(100 - (move.sigma_usd or 0))
        # the forward is 100.37: the straddle nearest to it is at 100
        assert move.straddle_strike == 100.0
        at = chain.strike == 100.0
        assert move.straddle_usd == pytest.approx(float((chain.bid + chain.ask)[at].sum() / 2))
        assert move.straddle_usd == pytest.approx(0.8 * (move.sigma_usd or 0), rel=0.03)

    def test_without_a_pair_at_the_money_only_sigma_is_left(self) -> None:
        full = chain_with({(95.0, PUT): 1})
        remaining = full.is_call == (full.strike >= 100)
        rows = {n: v[remaining] if isinstance(v, np.ndarray) else v for n, v in vars(full).items()}
        move = find(OptionChain(**rows)).levels.expected_move[0]
        assert move.straddle_usd is None
        assert move.sigma_usd is not None


class TestPeaks:
    def test_of_interest_and_volume_by_side(self) -> None:
        chain = chain_with(
            {(105.0, CALL): 500, (102.5, CALL): 300, (95.0, PUT): 400},
            volume={(102.5, CALL): 70, (95.0, PUT): 20, (97.5, PUT): 20},
        )
        chain_strikes = {(p.measure, p.side): p for p in find(chain).levels.peaks}
        assert chain_strikes["open_interest", "call"].strike == 105.0
        assert chain_strikes["open_interest", "call"].runners_up[0].contracts == 300
        assert chain_strikes["open_interest", "put"].contracts == 400
        assert chain_strikes["volume", "call"].strike == 102.5

    def test_tied_volume(self) -> None:
        chain = chain_with({(95.0, PUT): 1}, volume={(95.0, PUT): 20, (99.0, PUT): 20})
        put = next(p for p in find(chain).levels.peaks if (p.measure, p.side) == ("volume", "put"))
        assert put.strike == 99.0
        assert put.tied == (95.0, 99.0)

    def test_no_volume_is_said(self) -> None:
        peaks = find(chain_with({(95.0, PUT): 1})).levels.peaks
        assert {p.reason for p in peaks if p.measure == "volume"} == {
            "n/a (no volume in this session)"
        }


@pytest.fixture(scope="module")
def chain() -> OptionChain:
    return synthetic_chain(8, 60)


class TestInvariance:
    @pytest.mark.parametrize("seed", range(3))
    def test_shuffled_rows_change_nothing(self, chain: OptionChain, seed: int) -> None:
        first, second = find(chain), find(shuffled(chain, seed))
        for name in ("call_wall", "put_wall", "absolute_gamma"):
            one, other = getattr(first.levels, name), getattr(second.levels, name)
            assert other.strike == one.strike
            assert other.gex_usd_per_pct == pytest.approx(one.gex_usd_per_pct, rel=1e-12)
            assert [r.strike for r in other.runners_up] == [r.strike for r in one.runners_up]
        assert second.levels.gamma_flip.all == pytest.approx(first.levels.gamma_flip.all)
        assert second.levels.max_pain == first.levels.max_pain
        assert second.levels.peaks == first.levels.peaks
        assert second.levels.expected_move == first.levels.expected_move

    def test_doubling_all_open_interest_doubles_gex_and_moves_no_wall(
        self, chain: OptionChain
    ) -> None:
        once, twice = (
            ChainAnalysis(clean_chain(c))
            for c in (chain, replace(chain, open_interest=2 * chain.open_interest))
        )
        everything = np.full(len(chain), True)
        before, after = (
            exposure_totals(a.exposures, everything, "long-calls") for a in (once, twice)
        )
        for name in ("net_usd_per_pct", "gross_usd_per_pct", "vanna_usd_per_point"):
            assert getattr(after, name) == pytest.approx(2 * getattr(before, name), rel=1e-9)
        levels = [
            a.levels(select_expiries(a.clean, "all", None, 30), "long-calls").levels
            for a in (once, twice)
        ]
        assert levels[1].call_wall.strike == levels[0].call_wall.strike
        assert levels[1].put_wall.strike == levels[0].put_wall.strike
        assert levels[1].gamma_flip.all == pytest.approx(levels[0].gamma_flip.all)
        assert [p.strike for p in levels[1].max_pain] == [p.strike for p in levels[0].max_pain]


class TestOneAnalysisAChain:
    def test_equal_content_is_analysed_once(self) -> None:
        chain = chain_with({(95.0, PUT): 1})
        assert analyse(chain, None) is analyse(replace(chain), None)

    def test_another_quote_or_another_spot_is_another_analysis(self) -> None:
        chain = chain_with({(95.0, PUT): 1})
        first = analyse(chain, None)
        moved = replace(chain, bid=chain.bid + 0.001, ask=chain.ask + 0.001)
        assert analyse(moved, None) is not first
        bars = bars_of({dt.date(2025, 1, 3): 99.0, dt.date(2025, 1, 6): 100.1})
        assert analyse(chain, bars) is not first
        assert analyse(chain, bars).clean.spot.price == pytest.approx(100.1)

    def test_bars_of_a_later_session_change_nothing_of_a_past_chain(self) -> None:
        chain = chain_with({(95.0, PUT): 1})
        days = {dt.date(2025, 1, 3): 99.0, dt.date(2025, 1, 6): 100.1}
        later = {**days, dt.date(2025, 1, 7): 250.0}
        assert analyse(chain, bars_of(days)) is analyse(chain, bars_of(later))
