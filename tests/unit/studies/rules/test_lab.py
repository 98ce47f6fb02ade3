"""The rule lab's answer: its verdict, its correction for many tries, and hostile parameters."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from scipy import stats

from analytics.indicators.multiple_tests import best_of_tried
from analytics.model.parameters import parse_parameters
from analytics.model.question import Inputs
from analytics.model.vocabulary import BadInput, Bars, NotAvailable
from analytics.studies.rules.answer import RuleLab
from analytics.studies.rules.lab import RULE_LAB, RuleLabParameters
from analytics.studies.rules.market import make_market
from analytics.studies.rules.rule import MOST_TRIED, Rule, readable_tried
from analytics.studies.rules.simulation import beside_chance, run_rule
from tests.support.builders import FRIDAY, make_bars, walk
from tests.support.small_bars import inputs_of


def random_walk(sessions: int, seed: int) -> Bars:
    """Bars of a driftless random walk of 20 steps a session, opening with a step overnight."""
    rng = np.random.default_rng(seed)
    steps = rng.normal(0, 0.01 / np.sqrt(21), (sessions, 21)).cumsum(axis=1)
    before = np.append(0.0, steps[:, -1].cumsum()[:-1])[:, None]
    path = 100 * np.exp(before + steps)
    bars = make_bars(path[:, -1])
    ranges = {"open": path[:, 0], "high": path.max(axis=1), "low": path.min(axis=1)}
    return replace(bars, close=path[:, -1], adj_close=None, **ranges)


def ask(bars: Bars | Inputs, **given: Any) -> RuleLab:
    inputs = bars if isinstance(bars, Inputs) else inputs_of(bars, session=bars.last_session)
    return RULE_LAB.compute(
        parse_parameters(RuleLabParameters, {"symbol": "TEST", "paths": "199", **given}), inputs
    )


class TestAgainstChance:
    @pytest.mark.parametrize("rule", [Rule(n=20, m=10), Rule(level="week-low", entry="touch")])
    def test_on_random_walks_p_is_uniform(self, rule: Rule) -> None:
        found = []
        for seed in range(200):
            market = make_market([random_walk(1500, 7000 + seed)], None, 1400)
            run = beside_chance(rule, market, 99)
            found.append((1 + (run.null_gains >= run.gain).sum()) / 100)
        assert stats.kstest(found, "uniform").pvalue > 0.01
        assert 0.02 <= np.mean(np.array(found) <= 0.05) <= 0.10

    def test_on_a_random_walk_the_verdict_is_chance(self) -> None:
        said = [ask(random_walk(1500, seed)).verdict for seed in range(20)]
        assert sum(one.startswith("Chance: ") for one in said) >= 17

    def test_a_market_that_turns_up_at_its_average_is_not_chance(self) -> None:
        """Every reclaim of the 20-DMA is followed by ten sessions of 1%."""
        rng = np.random.default_rng(4)
        closes, push = list(100 * np.exp(rng.normal(0, 0.01, 25).cumsum())), 0
        for _ in range(1475):
            level = np.mean(closes[-21:-1])
            if push == 0 and closes[-2] < level <= closes[-1]:
                push = 10
            closes.append(closes[-1] * np.exp(rng.normal(0.01 if push else -0.004, 0.008)))
            push = max(push - 1, 0)
        found = ask(make_bars(closes, spread=0.1), n="20", m="10")
        assert found.beats_chance
        assert found.verdict.startswith("More than chance: ")

    def test_the_same_question_has_the_same_answer(self) -> None:
        bars = random_walk(900, 3)
        assert ask(bars) == ask(bars)


class TestManyTries:
    def test_one_rule_is_its_own_p(self) -> None:
        null = np.random.default_rng(1).normal(0, 2, 999)
        (p,) = best_of_tried([3.0], [null])
        assert p == (1 + (null >= 3.0).sum()) / 1000

    def test_of_independent_rules_it_is_sidaks(self) -> None:
        """Ten independent statistics, the best at z: 1 - (1 - p)^10 (Sidak 1967)."""
        rng = np.random.default_rng(2)
        nulls = [rng.normal(0, scale, 20_000) for scale in range(1, 11)]
        observed = [2.5 * 1.0, *[0.0] * 9]
        expected = 1 - stats.norm.cdf(2.5) ** 10
        assert best_of_tried(observed, nulls)[0] == pytest.approx(expected, abs=0.005)

    def test_the_same_rule_twice_corrects_nothing(self) -> None:
        null = np.random.default_rng(3).normal(0, 1, 999)
        assert best_of_tried([1.0, 1.0], [null, null]) == best_of_tried([1.0], [null]) * 2

    def test_the_best_of_many_on_random_walks_is_corrected(self) -> None:
        """Of eight rules on each of 60 walks the best one's p stays uniform."""
        lengths = (10, 20, 50, 100)
        rules = [Rule(n=n) for n in lengths] + [Rule(n=n, entry="touch") for n in lengths]
        best = []
        for seed in range(60):
            market = make_market([random_walk(1000, 900 + seed)], None, 850)
            runs = [beside_chance(rule, market, 99) for rule in rules]
            best.append(min(best_of_tried([r.gain for r in runs], [r.null_gains for r in runs])))
        assert stats.kstest(best, "uniform").pvalue > 0.01

    def test_the_answer_counts_them(self) -> None:
        bars = random_walk(900, 5)
        alone = ask(bars, n="20")
        found = ask(bars, n="20", tried="n=20|n=50|n=100&entry=touch|n=50", elsewhere="3")
        assert (alone.tried, found.tried, found.elsewhere) == (1, 3, 3)
        assert found.p_value == alone.p_value == alone.corrected_p
        assert found.corrected_p is not None
        assert alone.corrected_p is not None
        assert found.corrected_p >= alone.corrected_p
        assert "after 3 rules tried" in found.verdict

    @pytest.mark.parametrize(
        ("tried", "said"),
        [
            ("n=50|garbage", "tried holds 'garbage': a rule is written as n=20&k=1."),
            ("n=50|n=", "tried holds 'n=': a rule is written as n=20&k=1."),
            ("n=50&&k=1", "tried holds 'n=50&&k=1': a rule is written as n=20&k=1."),
            ("n=0", "tried holds 'n=0': n is 0: a whole number from 2 to 400"),
            ("symbol=SPY", "tried holds 'symbol=SPY': unknown parameter 'symbol': accepted are"),
        ],
    )
    def test_what_is_no_rule_is_refused_by_name(self, tried: str, said: str) -> None:
        with pytest.raises(BadInput, match=said):
            parse_parameters(RuleLabParameters, {"symbol": "SPY", "tried": tried})

    def test_what_a_page_had_refused_can_be_left_out(self) -> None:
        kept = readable_tried("n=0|symbol=SPY|k=nan|n=20||=|&&")
        assert kept == "n=20|"  # the empty one is the rule of the defaults
        assert ask(random_walk(900, 5), n="30", tried=kept).tried == 3

    def test_an_n_that_makes_no_difference_is_no_other_rule(self) -> None:
        found = ask(random_walk(900, 5), level="day-low", n="7", tried="level=day-low&n=9")
        assert found.tried == 1


class TestFigures:
    def test_holding_is_the_closes_of_the_same_dates(self) -> None:
        bars = replace(make_bars(walk(800, 9)), adj_close=None)
        found = ask(bars, start="2023-06-01", end="2024-06-03")
        days = bars.sessions.astype(object).tolist()
        first, last = days.index(dt.date(2023, 6, 1)), days.index(dt.date(2024, 6, 3))
        assert (found.first_session, found.last_session) == (days[first], days[last])
        expected = bars.close[last] / bars.close[first] - 1
        assert found.holding.total_pct == pytest.approx(expected * 100)
        assert len(found.sessions) == len(found.equity) == last - first + 1
        assert all(days[first] < one.bought_on <= days[last] for one in found.trades)

    def test_the_equity_is_the_product_of_the_trades(self) -> None:
        found = ask(make_bars(walk(900, 10)), n="20", k="0.3")
        assert len(found.trades) > 5
        product = np.prod([1 + one.return_pct / 100 for one in found.trades])
        assert found.equity[-1] == pytest.approx(100 * product)
        assert found.result.total_pct == pytest.approx((product - 1) * 100)
        ended = [one for one in found.trades if one.sold_on is not None]
        assert (found.closed, found.won) == (len(ended), sum(t.return_pct > 0 for t in ended))
        equity = np.array(found.equity)
        deepest = min(equity[i] / equity[: i + 1].max() - 1 for i in range(len(equity)))
        assert found.result.drawdown_pct == pytest.approx(deepest * 100)

    def test_members_share_the_money_anew_each_session(self) -> None:
        """The mean of their returns of each session, compounded."""
        one, other = make_bars(walk(700, 1), symbol="A"), make_bars(walk(700, 2), symbol="B")
        both = run_rule(Rule(n=20), make_market([one, other], None, 500))
        alone = [run_rule(Rule(n=20), make_market([bars], None, 500)) for bars in (one, other)]
        for name in ("equity", "held"):
            moves = [np.diff(np.log(getattr(run, name))) for run in alone]
            mean = (np.exp(moves[0]) + np.exp(moves[1])) / 2
            np.testing.assert_allclose(getattr(both, name)[1:], np.cumprod(mean))
        assert both.exposure == pytest.approx((alone[0].exposure + alone[1].exposure) / 2)

    def test_paths_of_all_members_draw_the_same_sessions(self) -> None:
        """Two copies of one symbol are in the null what the one is."""
        bars = make_bars(walk(700, 1), symbol="A")
        twice = beside_chance(Rule(n=20), make_market([bars, bars], None, 500), 100)
        once = beside_chance(Rule(n=20), make_market([bars], None, 500), 100)
        np.testing.assert_allclose(twice.null_gains, once.null_gains)

    def test_no_trade_is_said(self) -> None:
        rising = make_bars(100 * 1.002 ** np.arange(400), spread=0.01)
        found = ask(rising, n="20")
        assert found.verdict == "No trade: the rule never bought"
        assert (found.p_value, found.corrected_p, found.hit_rate_pct) == (None, None, None)
        assert found.result.total_pct == 0.0


class TestHostile:
    @pytest.mark.parametrize(
        ("name", "value"),
        [
            ("n", "0"),
            ("n", "1"),
            ("n", "1000000000"),
            ("n", "nan"),
            ("n", "-5"),
            ("m", "0"),
            ("k", "-1"),
            ("k", "nan"),
            ("k", "inf"),
            ("k", "1e400"),
            ("k", "x" * 500),
            ("target", "-0.1"),
            ("cost_bp", "501"),
            ("paths", "-1"),
            ("paths", "99"),
            ("paths", "5001"),
            ("level", "rsi"),
            ("entry", "short"),
            ("group", "everything"),
            ("symbol", "<script>"),
            ("start", "2025-13-01"),
            ("tried", "|".join(["n=20"] * (MOST_TRIED + 1))),
            ("tried", "n=20|" * 5000),
        ],
    )
    def test_it_is_refused_in_a_sentence(self, name: str, value: str) -> None:
        with pytest.raises(BadInput):
            parse_parameters(RuleLabParameters, {"symbol": "SPY", name: value})

    def test_dates_the_wrong_way_round(self) -> None:
        with pytest.raises(BadInput, match="not before"):
            ask(make_bars(walk(100)), start="2024-06-03", end="2024-06-03")

    @pytest.mark.parametrize(
        ("given", "words"),
        [
            ({"start": "2030-01-02"}, "has 0"),
            ({"end": "1999-01-04"}, "no bars up to 1999-01-04"),
            ({"start": "2025-01-02"}, "has 15"),
        ],
    )
    def test_dates_out_of_range(self, given: dict[str, str], words: str) -> None:
        with pytest.raises(NotAvailable, match=words):
            ask(make_bars(walk(200), FRIDAY), **given)

    def test_one_bar_and_a_running_one(self) -> None:
        with pytest.raises(NotAvailable, match="has 1"):
            ask(make_bars([100.0]))
        with pytest.raises(NotAvailable, match="no completed session"):
            ask(make_bars([100.0], complete=False))

    def test_the_running_session_changes_nothing(self) -> None:
        bars = make_bars(walk(300))
        running = make_bars([*bars.close[:-1], 500.0], complete=False)
        assert ask(running) == ask(bars.upto(bars.sessions[-2].item()))

    def test_closes_alone(self) -> None:
        bars = make_bars(walk(300))
        blank = np.full(300, np.nan)
        with pytest.raises(NotAvailable, match="close only"):
            ask(replace(bars, open=blank, high=blank, low=blank))

    def test_nobody_of_a_group(self) -> None:
        with pytest.raises(NotAvailable):
            ask(inputs_of(make_bars(walk(300))), group="sectors")

    def test_a_group_without_some_says_who(self) -> None:
        bars = [make_bars(walk(300, i), symbol=symbol) for i, symbol in enumerate(("XLK", "XLE"))]
        found = ask(inputs_of(*bars), group="sectors")
        assert found.members == 2
        assert len(found.missing) == 9
