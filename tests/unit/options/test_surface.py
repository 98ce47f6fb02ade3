"""Skew, term structure, IV30, smiles, matrix, exposures and unusual activity."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any

import msgspec
import numpy as np
import pytest

from analytics.model.question import Inputs, Question, Symbol
from analytics.model.sessions import NEW_YORK, session_close
from analytics.model.vocabulary import Moment, OptionChain, Phase
from analytics.options.analysis import ChainAnalysis
from analytics.options.chain import clean_chain
from analytics.options.greeks import black_scholes_greeks
from analytics.options.levels_question import OPTIONS_LEVELS, OptionsLevelsView
from analytics.options.question import OPTIONS, OptionsParameters
from analytics.options.surface import ExpiryCurve, iv30, skew_by_expiry, term_structure
from analytics.options.surface_question import OPTIONS_SURFACE, OptionsSurfaceView
from analytics.options.view import OptionsView
from analytics.sources.files.chains import read_cboe_chain, read_yahoo_chain
from benchmarks.options_chain import SPOT, smile, synthetic_chain
from tests.support.shared_data import SHARED, needs_shared_data
from tests.support.small_chains import NAN, RATES, Row, chain_of, priced_rows

QUESTIONS = (OPTIONS, OPTIONS_LEVELS, OPTIONS_SURFACE)
RATE_30 = float(RATES.at(np.array([30 / 365]))[0])


def ask(question: Question[Any, Any], chain: OptionChain, **parameters: Any) -> Any:
    moment = Moment(session_close(chain.session), chain.session, Phase.CLOSED, live=False)
    wanted = OptionsParameters(Symbol(chain.symbol), **parameters)
    return question.compute(wanted, Inputs(moment, chains={chain.symbol: chain}))


def flat(days: int, sigma: float, spot: float = 100.0) -> list[Row]:
    return priced_rows(spot, days, list(np.arange(80.0, 121.0, 2.5)), sigma=sigma, spread=1e-6)


def curves_of(*rows: Row) -> tuple[ExpiryCurve, ...]:
    chain = chain_of(*rows, price=100.0, symbol="^TEST")
    return ChainAnalysis(clean_chain(chain)).curves


class TestTermStructure:
    def test_at_the_money_iv_of_each_expiry(self) -> None:
        points = term_structure(
            curves_of(*flat(11, 0.5), *flat(39, 0.3), Row(60, True, 300.0)), 100.0
        )
        assert [p.days for p in points] == [11, 39, 60]
        assert points[0].atm_iv == pytest.approx(0.5, rel=1e-4)
        assert points[1].atm_iv == pytest.approx(0.3, rel=1e-4)
        assert points[2].atm_iv is None
        assert points[2].reason is not None

    def test_expired_today_is_left_out(self) -> None:
        assert [
            p.days for p in term_structure(curves_of(Row(0, True, 100.0), *flat(11, 0.5)), 100.0)
        ] == [11]


class TestIv30:
    def test_total_variance_between_two_expiries(self) -> None:
        # 18 days at 40%, 39 at 30%: 2.88 + (3.51 - 2.88) x 12 / 21 = 3.24 -> sqrt(3.24 / 30)
        found = iv30(curves_of(*flat(18, 0.4), *flat(39, 0.3)))
        assert found.iv == pytest.approx(np.sqrt(3.24 / 30), rel=1e-4)
        assert (found.before, found.after) == (dt.date(2025, 1, 24), dt.date(2025, 2, 14))

    def test_an_expiry_of_30_days_is_its_own(self) -> None:
        assert iv30(curves_of(*flat(18, 0.4), *flat(30, 0.3), *flat(39, 0.2))).iv == pytest.approx(
            0.3, rel=1e-4
        )

    def test_nothing_is_extrapolated(self) -> None:
        for rows in (flat(18, 0.4), flat(39, 0.4)):
            found = iv30(curves_of(*rows))
            assert found.iv is None
            assert found.reason is not None


class TestSkew:
    def test_a_flat_smile_has_none(self) -> None:
        skew = skew_by_expiry(curves_of(*flat(30, 0.3)))[0]
        assert skew.risk_reversal_points == pytest.approx(0.0, abs=1e-3)
        assert skew.normalised_skew == pytest.approx(0.0, abs=1e-4)

    def test_25_delta_points_on_a_smile_linear_in_strike(self) -> None:
        # IV falls by a tenth of a point a dollar: the wings are read back off that very line
        def iv(strike: float) -> float:
            return 0.30 - 0.001 * (strike - 100)

        rows = [
            row
            for strike in np.arange(80.0, 120.5, 0.5)
            for row in priced_rows(100.0, 30, [float(strike)], sigma=iv(float(strike)))
        ]
        skew = skew_by_expiry(curves_of(*rows))[0]
        strikes = np.arange(80, 120, 0.001)
        for side, found, wanted in (
            (True, skew.call25_iv, 0.25),
            (False, skew.put25_iv, -0.25),
        ):
            delta = black_scholes_greeks(
                100.0,
                strikes,
                np.full(len(strikes), 30 / 365),
                0.30 - 0.001 * (strikes - 100),
                RATE_30,
                0.0,
                np.full(len(strikes), side),
            ).delta
            strike = strikes[np.argmin(np.abs(delta - wanted))]
            assert found == pytest.approx(iv(strike), abs=2e-5)
        assert skew.risk_reversal_points == pytest.approx(
            100 * ((skew.call25_iv or 0) - (skew.put25_iv or 0))
        )
        assert (skew.risk_reversal_points or 0) < -0.5
        assert (skew.normalised_skew or 0) > 0

    def test_wings_that_are_not_reached_are_blank(self) -> None:
        skew = skew_by_expiry(curves_of(*priced_rows(100.0, 30, [99.0, 100.0, 101.0])))[0]
        assert skew.call25_iv is None
        assert skew.risk_reversal_points is None
        assert "25-delta call" in (skew.reason or "")


class TestSmile:
    def test_holds_the_solved_strikes_only(self) -> None:
        rows = [*flat(30, 0.3), Row(30, True, 140.0, bid=0.0, ask=0.0)]
        view = ask(OPTIONS_SURFACE, chain_of(*rows, price=100.0, symbol="^TEST"))
        assert isinstance(view, OptionsSurfaceView)
        assert view.smiles[0].strikes[-1] == 120.0
        assert view.smiles[0].iv == pytest.approx([0.3] * len(view.smiles[0].iv), rel=1e-4)

    def test_iv_at_a_strike_between_two(self) -> None:
        curve = curves_of(*flat(30, 0.3))[0]
        assert curve.iv_at(101.1) == pytest.approx(0.3, rel=1e-4)
        assert curve.iv_at(79.9) is None
        assert curve.iv_at(120.1) is None


class TestExposures:
    def test_strikes_and_expiries_add_up_to_the_totals(self) -> None:
        view = ask(OPTIONS_LEVELS, synthetic_chain(6, 40))
        assert isinstance(view, OptionsLevelsView)
        gex = view.gex
        for rows in (view.by_strike, view.by_expiry):
            assert sum(r.net_gex_usd_per_pct for r in rows) == pytest.approx(gex.net_usd_per_pct)
            assert sum(r.gross_gex_usd_per_pct for r in rows) == pytest.approx(
                gex.gross_usd_per_pct
            )
            assert sum(r.vanna_usd_per_point for r in rows) == pytest.approx(
                gex.vanna_usd_per_point
            )
            assert sum(r.charm_usd_per_day for r in rows) == pytest.approx(gex.charm_usd_per_day)
        assert gex.gross_usd_per_pct is not None
        assert gex.gross_usd_per_pct > abs(gex.net_usd_per_pct or 0)

    @pytest.mark.parametrize(
        ("dealers", "call", "put"),
        [("long-calls", 1, -1), ("short-all", -1, -1), ("short-calls", -1, 1)],
    )
    def test_the_dealers_side_signs_every_exposure(self, dealers: str, call: int, put: int) -> None:
        # a call and a put of one strike, 70 and 40 contracts: one gamma, vanna and charm
        rows = [replace(row, interest=0) for row in flat(30, 0.3)]
        at = [i for i, row in enumerate(rows) if row.strike == 95.0]
        for i, interest in zip(at, (70, 40), strict=True):
            rows[i] = replace(rows[i], interest=interest)
        chain = chain_of(*rows, price=100.0, symbol="^TEST")
        view = ask(OPTIONS_LEVELS, chain, dealers=dealers)
        assert isinstance(view, OptionsLevelsView)
        greeks = black_scholes_greeks(
            100.0,
            np.array([95.0]),
            np.array([30 / 365]),
            np.array([0.3]),
            RATE_30,
            0.0,
            np.array([True]),
        )
        gamma = float(greeks.gamma[0]) * 100 * 100.0**2 * 0.01
        vanna, charm = float(greeks.vanna[0]) * 100, float(greeks.charm[0]) * 100 * 100 / 365
        net = call * 70 + put * 40
        gex = view.gex
        assert gex.call_usd_per_pct == pytest.approx(call * 70 * gamma, rel=1e-4)
        assert gex.put_usd_per_pct == pytest.approx(put * 40 * gamma, rel=1e-4)
        assert gex.net_usd_per_pct == pytest.approx(net * gamma, rel=1e-4)
        assert gex.gross_usd_per_pct == pytest.approx(110 * gamma, rel=1e-4)
        assert gex.vanna_usd_per_point == pytest.approx(net * vanna, rel=1e-4)
        assert gex.charm_usd_per_day == pytest.approx(net * charm, rel=1e-3)
        assert view.by_strike[0].vanna_usd_per_point == pytest.approx(net * vanna, rel=1e-4)
        assert view.by_expiry[0].charm_usd_per_day == pytest.approx(net * charm, rel=1e-3)

    def test_vanna_and_charm_of_one_contract(self) -> None:
        rows = [replace(row, interest=0) for row in priced_rows(100.0, 30, [99.0, 100.0, 101.0])]
        rows[2] = replace(rows[2], interest=50)  # the call at 100
        gex = ask(OPTIONS_LEVELS, chain_of(*rows, price=100.0, symbol="^TEST")).gex
        greeks = black_scholes_greeks(
            100.0,
            np.array([100.0]),
            np.array([30 / 365]),
            np.array([0.4]),
            RATE_30,
            0.0,
            np.array([True]),
        )
        shares = 50 * 100
        assert gex.net_usd_per_pct == pytest.approx(greeks.gamma[0] * shares * 1e4 * 0.01)
        assert gex.vanna_usd_per_point == pytest.approx(greeks.vanna[0] * shares * 100 * 0.01)
        assert gex.charm_usd_per_day == pytest.approx(greeks.charm[0] * shares * 100 / 365)

    def test_coverage_is_told_by_side(self) -> None:
        rows = [replace(row, interest=100) for row in flat(30, 0.3)]
        # one strike without any quote: 50 calls and 300 puts of open interest have no IV
        rows += [Row(30, True, 140.0, 0, 0, interest=50), Row(30, False, 140.0, 0, 0, interest=300)]
        gex = ask(OPTIONS_LEVELS, chain_of(*rows, price=100.0)).gex
        assert gex.call_coverage_pct == pytest.approx(100 * 1700 / 1750)
        assert gex.put_coverage_pct == pytest.approx(100 * 1700 / 2000)
        assert gex.coverage_pct == pytest.approx(100 * 3400 / 3750)

    def test_a_contract_without_open_interest_changes_nothing(self) -> None:
        rows = [replace(row, interest=100) for row in flat(30, 0.3)]
        extra = replace(priced_rows(100.0, 30, [101.0], sigma=0.3, spread=1e-6)[0], interest=0)
        plain, more = (
            ask(OPTIONS_LEVELS, chain_of(*chosen, price=100.0)).gex
            for chosen in (rows, [*rows, extra])
        )
        for name in ("net", "gross", "call", "put"):
            before, after = (getattr(g, f"{name}_usd_per_pct") for g in (plain, more))
            assert after == pytest.approx(before, rel=1e-9, abs=1e-6)

    @pytest.mark.parametrize("scale", [0.01, 37.0])
    def test_scaling_spot_and_strikes_scales_all(self, scale: float) -> None:
        rows = [
            replace(row, strike=row.strike * scale, bid=row.bid * scale, ask=row.ask * scale)
            for row in flat(30, 0.3)
        ]
        big = ask(OPTIONS, chain_of(*rows, price=100.0 * scale, symbol="^TEST"))
        plain = ask(OPTIONS, chain_of(*flat(30, 0.3), price=100.0, symbol="^TEST"))
        assert isinstance(big, OptionsView)
        assert isinstance(plain, OptionsView)
        assert big.spot == pytest.approx(scale * plain.spot)
        assert big.term_structure[0].forward == pytest.approx(
            scale * plain.term_structure[0].forward
        )
        if scale > 1:  # half a cent of time value is half a cent
            # gamma over the scale, times two spots over it
            assert big.gex.net_usd_per_pct == pytest.approx(
                scale * (plain.gex.net_usd_per_pct or 0), rel=1e-6
            )
            assert big.term_structure[0].atm_iv == pytest.approx(plain.term_structure[0].atm_iv)

    def test_convention_is_printed(self) -> None:
        gex = ask(OPTIONS, synthetic_chain(6, 40, symbol="^SYN")).gex
        assert gex.rate == RATES.quarter
        assert gex.rate - gex.dividend_yield == pytest.approx(0.045 - 0.012, abs=0.003)
        assert "365" in gex.day_count
        assert "long calls and short puts" in gex.assumption
        assert gex.unit == "dollars per 1% move of the underlying"


@pytest.fixture(scope="module")
def view() -> OptionsSurfaceView:
    found = ask(OPTIONS_SURFACE, synthetic_chain(6, 100))
    assert isinstance(found, OptionsSurfaceView)
    return found


class TestMatrix:
    def test_shape_and_the_strikes_nearest_to_spot(self, view: OptionsSurfaceView) -> None:
        matrix = view.matrix
        assert len(matrix.expiries) == 6
        assert len(matrix.strikes) == 60
        assert matrix.strikes_left_out > 0
        assert matrix.strikes[0] < SPOT < matrix.strikes[-1]
        for table in (matrix.open_interest, matrix.volume, matrix.net_gex_usd_per_pct):
            assert len(table) == 60
            assert all(len(line) == 6 for line in table)

    def test_cells_hold_calls_and_puts_together(self, view: OptionsSurfaceView) -> None:
        chain, matrix = synthetic_chain(6, 100), view.matrix
        strike, expiry = matrix.strikes[20], matrix.expiries[3]
        here = (chain.strike == strike) & (chain.expiry == np.datetime64(expiry))
        assert here.sum() == 2
        assert matrix.volume[20][3] == chain.volume[here].sum()
        assert matrix.open_interest[20][3] == chain.open_interest[here].sum()

    def test_no_interest_is_null_not_zero(self) -> None:
        chain = chain_of(*[replace(row, interest=0) for row in flat(30, 0.3)], price=100.0)
        matrix = ask(OPTIONS_SURFACE, chain).matrix
        assert {cell for line in matrix.open_interest for cell in line} == {None}
        assert {cell for line in matrix.net_gex_usd_per_pct for cell in line} == {None}
        assert matrix.volume[0][0] == 20.0


class TestUnusualActivity:
    ROW = Row(4, True, 100.0, last=1.5, bid=1.0, ask=1.6, volume=1000, interest=200)

    def table(self, *rows: Row) -> Any:
        return ask(OPTIONS_SURFACE, chain_of(*rows, price=100.0)).unusual

    def test_a_row(self) -> None:
        table = self.table(self.ROW)
        assert table.total == 1
        row = table.rows[0]
        assert (row.side, row.strike, row.volume_to_open_interest) == ("call", 100.0, 5.0)
        assert row.premium_usd == 150_000.0
        assert row.lean == "bullish"

    @pytest.mark.parametrize(
        "change",
        [{"volume": 500}, {"interest": 100}, {"last": 0.10}, {"interest": 801}, {"interest": NAN}],
    )
    def test_each_threshold(self, change: dict[str, Any]) -> None:
        assert self.table(replace(self.ROW, **change)).total == 0

    def test_a_ratio_of_one_and_a_quarter_is_enough(self) -> None:
        assert self.table(replace(self.ROW, interest=800)).total == 1

    def test_largest_premium_first(self) -> None:
        table = self.table(self.ROW, replace(self.ROW, strike=101.0, volume=2000))
        assert [row.strike for row in table.rows] == [101.0, 100.0]


class TestJson:
    @pytest.mark.parametrize("question", QUESTIONS, ids=lambda q: q.name)
    @pytest.mark.parametrize("rule", ["all", "0dte", "this-week", "next-monthly", "short-term"])
    def test_every_rule_survives_the_cache_and_holds_no_nan(
        self, question: Question[Any, Any], rule: str
    ) -> None:
        view = ask(question, synthetic_chain(6, 40), rule=rule)
        again = msgspec.msgpack.decode(msgspec.msgpack.encode(view), type=question.result)
        assert again == view  # NaN equals nothing
        assert b"NaN" not in msgspec.json.encode(view)

    def test_names_of_the_promised_json(self) -> None:
        body = msgspec.json.decode(msgspec.json.encode(ask(OPTIONS, synthetic_chain(6, 40))))
        levels = body["levels"]
        assert {"strike", "gex_usd_per_pct", "runners_up"} <= set(levels["call_wall"])
        assert {"strike", "gex_usd_per_pct", "runners_up"} <= set(levels["put_wall"])
        assert {"nearest", "all"} <= set(levels["gamma_flip"])
        assert {"expiry", "strike"} <= set(levels["max_pain"][0])
        assert len(levels["expected_move"]) == 6
        assert {
            "net_usd_per_pct",
            "gross_usd_per_pct",
            "rate",
            "dividend_yield",
            "day_count",
        } <= set(body["gex"])
        assert len(body["skew"]) == len(body["term_structure"]) == 6

    def test_a_rule_narrows_the_levels_but_not_the_term_structure(self) -> None:
        view = ask(OPTIONS, synthetic_chain(6, 40), rule="this-week")
        assert isinstance(view, OptionsView)
        assert [p.days for p in view.term_structure] != [m.days for m in view.levels.expected_move]
        assert all(m.expiry <= dt.date(2025, 1, 12) for m in view.levels.expected_move)

    def test_the_synthetic_smile_is_read_back(self) -> None:
        view = ask(OPTIONS, synthetic_chain(6, 100, symbol="^SYN"))
        assert isinstance(view, OptionsView)
        for point in view.term_structure:
            truth = smile(np.array([point.forward]), np.array([point.years]))[0]
            assert point.atm_iv == pytest.approx(truth, rel=0.01)


@needs_shared_data
class TestYahooChain:
    @pytest.mark.parametrize("question", QUESTIONS, ids=lambda q: q.name)
    @pytest.mark.parametrize("rule", ["all", "0dte", "this-week", "next-monthly", "short-term"])
    def test_nothing_crashes_and_no_figure_is_nan(
        self, question: Question[Any, Any], rule: str
    ) -> None:
        chain = read_yahoo_chain(SHARED / "chains" / "NVDA_2026-02-11_yahoo.csv")
        view = ask(question, chain, rule=rule)
        again = msgspec.msgpack.decode(msgspec.msgpack.encode(view), type=question.result)
        assert again == view

    def test_the_0dte_rule_finds_the_expiry_of_the_running_session(self) -> None:
        chain = read_yahoo_chain(SHARED / "chains" / "NVDA_2026-02-11_yahoo.csv")
        assert chain.time.astimezone(NEW_YORK).hour == 11
        view = ask(OPTIONS_LEVELS, chain, rule="0dte")
        assert isinstance(view, OptionsLevelsView)
        assert view.selection.reason is None
        assert view.levels.call_wall.strike is not None
        assert 150 < view.levels.call_wall.strike < 240


@needs_shared_data
class TestCboeChain:
    def test_walls_are_those_of_the_published_gammas(self) -> None:
        chain = read_cboe_chain(SHARED / "chains" / "NVDA_2025-01-06_cboe.csv")
        view = ask(OPTIONS_LEVELS, chain)
        assert isinstance(view, OptionsLevelsView)
        weight = np.nan_to_num(chain.gamma * chain.open_interest)
        for side, wall in (
            (chain.is_call, view.levels.call_wall),
            (~chain.is_call, view.levels.put_wall),
        ):
            strikes = np.unique(chain.strike[side])
            sums = [weight[side & (chain.strike == k)].sum() for k in strikes]
            assert wall.strike == strikes[int(np.argmax(sums))]

    def test_max_pain_is_that_of_the_plain_double_loop(self) -> None:
        chain = read_cboe_chain(SHARED / "chains" / "NVDA_2025-01-06_cboe.csv")
        view = ask(OPTIONS_LEVELS, chain)
        assert isinstance(view, OptionsLevelsView)
        assert len(view.levels.max_pain) == 4
        for pain in view.levels.max_pain:
            here = chain.expiry == np.datetime64(pain.expiry)
            strike, is_call = chain.strike[here], chain.is_call[here]
            interest = np.nan_to_num(chain.open_interest[here])
            listed = np.unique(strike)
            paid = [
                (interest * np.maximum(np.where(is_call, k - strike, strike - k), 0)).sum()
                for k in listed
            ]
            assert pain.strike == listed[int(np.argmin(paid))]
            assert pain.payout_usd == pytest.approx(100 * min(paid))

    def test_the_model_error_is_small_and_said(self) -> None:
        chain = read_cboe_chain(SHARED / "chains" / "NVDA_2025-01-06_cboe.csv")
        error = ask(OPTIONS, chain).model_error
        assert error.early_exercise_vol_points < 0.2
        assert "early exercise" in error.statement
