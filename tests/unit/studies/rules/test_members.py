"""The rule lab over a universe: each day's members, by hand and by what must hold."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy import stats

from analytics.desk.lists import KINDS
from analytics.model import dated_lists
from analytics.model.parameters import parse_parameters
from analytics.model.question import Inputs
from analytics.model.vocabulary import Bars, NotAvailable, Sessions, StillLoading
from analytics.studies.rules import orders
from analytics.studies.rules.answer import RuleLab
from analytics.studies.rules.lab import RULE_LAB, RuleLabParameters
from analytics.studies.rules.market import Flags, Listed, make_market
from analytics.studies.rules.rule import Rule
from analytics.studies.rules.simulation import beside_chance, run_rule
from tests.support.builders import FRIDAY, make_bars, walk
from tests.support.small_bars import days_to, inputs_of
from tests.unit.studies.rules.test_lab import random_walk
from tests.unit.studies.rules.test_simulation import DIP, FREE, bars_of

CHANGE = dt.date(2024, 4, 1)
Row = tuple[float, float, float, float]
AFTER = [(101.5 + i, 103.0 + i, 101.0 + i, 102.0 + i) for i in range(8)]
"""After a reclaim on row 21: the rule buys at row 22's open and sells at row 27's."""

Use = Callable[[Sequence[str]], None]


@pytest.fixture
def use(tmp_path: Path) -> Iterator[Use]:
    """Puts spells, as rows of ``universes.csv``, in the place of those that ship."""

    def put(rows: Sequence[str]) -> None:
        lines = [",".join(KINDS["universes"].columns), *rows]
        (tmp_path / "universes.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
        dated_lists.use_folder(None)
        dated_lists.use_folder(tmp_path)

    yield put
    dated_lists.use_folder(None)


def spell(symbol: str, first: object = "2008-01-02", end: object = "") -> str:
    return f"dow,{symbol},,{first},{end},,2026-11-01,x"


def ask(inputs: Inputs, **given: Any) -> RuleLab:
    raw = {"group": "dow", "paths": "100", "n": "20", **given}
    return RULE_LAB.compute(parse_parameters(RuleLabParameters, raw), inputs)


def on_rows(*rows: int) -> Listed:
    """Members on these rows of the grid."""

    def listed(_symbol: str, sessions: Sessions) -> Flags:
        return np.isin(np.arange(len(sessions)), rows)

    return listed


class TestByHand:
    def one(self, rows: Sequence[Row], listed: Listed) -> list[list[float]]:
        market = make_market([bars_of(list(rows))], None, len(rows), listed)
        found: list[list[float]] = run_rule(FREE, market).members[0].trades[:, :5].tolist()
        return found

    def test_a_signal_on_the_last_day_as_a_member_is_taken_and_runs_to_its_own_exit(self) -> None:
        found = self.one([*DIP, *AFTER], on_rows(*range(22)))
        assert found == [[22, 27, 101.5, 106.5, orders.ON_TIME]]

    def test_a_signal_the_day_after_is_not(self) -> None:
        assert self.one([*DIP, *AFTER], on_rows(*range(21))) == []

    def test_a_signal_on_the_first_day_as_a_member_is_taken(self) -> None:
        """The level rests on bars from before it was one."""
        found = self.one([*DIP, *AFTER], on_rows(*range(21, 30)))
        assert found == [[22, 27, 101.5, 106.5, orders.ON_TIME]]

    def test_holding_divides_the_money_among_the_members_of_the_close_before(self) -> None:
        """B leaves after its second close, and its 50% fall is nobody's: only A's third counts."""
        a = replace(make_bars([100.0, 110.0, 121.0, 133.1]), symbol="A", adj_close=None)
        b = replace(make_bars([100.0, 90.0, 81.0, 40.5]), symbol="B", adj_close=None)

        def listed(symbol: str, sessions: Sessions) -> Flags:
            return np.arange(len(sessions)) < (4 if symbol == "A" else 2)

        run = run_rule(FREE, make_market([a, b], None, 4, listed))
        np.testing.assert_allclose(run.held, [1.0, 1.0, 1.0, 1.1])

    def test_a_trade_whose_name_has_left_has_its_part_of_the_money(self) -> None:
        """From 23 on the leaver's trade is one of two parts; after its exit all is the other's."""
        trading = replace(bars_of([*DIP, *AFTER]), symbol="A")
        idle = replace(bars_of([(100.0, 100.0, 100.0, 100.0)] * 30), symbol="B")

        def listed(symbol: str, sessions: Sessions) -> Flags:
            return np.arange(len(sessions)) < (22 if symbol == "A" else 30)

        run = run_rule(replace(FREE, entry="cross"), make_market([trading, idle], None, 30, listed))
        at = run.equity
        assert at[22] / at[21] == pytest.approx(1 + (102.0 / 101.5 - 1) / 2)
        assert at[24] / at[23] == pytest.approx(1 + (104.0 / 103.0 - 1) / 2)
        assert at[29] == at[28] == at[27]
        # one of two parts on 22 to 26, none on the other 25 rows
        assert run.exposure == pytest.approx(5 / 2 / 30)

    def test_what_has_ended_is_sold_at_its_last_close(self) -> None:
        alive = replace(bars_of([(100.0, 100.0, 100.0, 100.0)] * 45), symbol="B")
        ended = replace(bars_of([*DIP, *AFTER[:3]]), symbol="A", sessions=alive.sessions[:25])
        market = make_market([ended, alive], None, 45)
        found = run_rule(FREE, market).members[0]
        assert found.trades[:, :5].tolist() == [[22, 24, 101.5, 104.0, orders.ON_END]]

    def test_one_that_only_misses_the_last_sessions_is_still_held(self) -> None:
        alive = replace(bars_of([(100.0, 100.0, 100.0, 100.0)] * 30), symbol="B")
        late = replace(bars_of([*DIP, *AFTER[:3]]), symbol="A", sessions=alive.sessions[:25])
        found = run_rule(FREE, make_market([late, alive], None, 30)).members[0]
        assert found.trades[0, orders.REASON] == orders.STILL_OPEN


class TestSurvivorship:
    def bars(self) -> list[Bars]:
        """Ten names throughout; ten fell by half a percent a day and left, ten rose and came."""
        rng = np.random.default_rng(8)
        days, made = days_to(FRIDAY, 900), []
        changed = np.searchsorted(days, np.datetime64(CHANGE, "D"))
        for number in range(30):
            drift = np.zeros(900)
            drift[changed - 400 : changed] = (0.0, -0.005, 0.004)[number // 10]
            closes = 100 * np.exp((drift + rng.normal(0, 0.012, 900)).cumsum())
            symbol = f"{('STAY', 'GONE', 'CAME')[number // 10]}{number % 10}"
            made.append(replace(make_bars(closes, spread=0.6, symbol=symbol), adj_close=None))
        return made

    @pytest.mark.parametrize("entry", ["touch", "reclaim", "cross"])
    def test_the_members_of_each_day_do_worse_than_those_of_today(
        self, use: Use, entry: str
    ) -> None:
        """The leavers crashed; whoever tries a rule on the survivors never sees it."""
        bars = self.bars()
        stay, gone, came = ([f"{one}{i}" for i in range(10)] for one in ("STAY", "GONE", "CAME"))
        inputs = inputs_of(*bars)
        use(
            [
                *(spell(one) for one in stay),
                *(spell(one, end=CHANGE) for one in gone),
                *(spell(one, first=CHANGE) for one in came),
            ]
        )
        each_day = ask(inputs, entry=entry, k="3")
        use([spell(one) for one in (*stay, *came)])
        hindsight = ask(inputs, entry=entry, k="3")
        assert each_day.result.total_pct < hindsight.result.total_pct - 5
        assert each_day.holding.total_pct < hindsight.holding.total_pct - 20
        assert (each_day.members, hindsight.members) == (30, 20)
        bought = {one.symbol[:4]: one for one in each_day.trades}
        assert set(bought) == {"STAY", "GONE", "CAME"}

    def test_no_trade_begins_out_of_its_time_as_a_member(self, use: Use) -> None:
        use([spell("STAY0"), spell("GONE0", end=CHANGE), spell("CAME0", first=CHANGE)])
        found = ask(inputs_of(*self.bars()))
        for one in found.trades:
            if one.symbol == "GONE0":
                assert one.bought_on <= CHANGE  # the signal was a session earlier
            if one.symbol == "CAME0":
                assert one.bought_on > CHANGE
        assert {one.symbol for one in found.trades} == {"STAY0", "GONE0", "CAME0"}


class TestChance:
    def test_on_random_walks_with_spells_p_is_uniform(self) -> None:
        """Four walks with a common driver, three of them members for a part of the time."""
        spans = {"A": (0, 800), "B": (0, 450), "C": (380, 800), "D": (200, 600)}

        def listed(symbol: str, sessions: Sessions) -> Flags:
            first, end = spans[symbol]
            rows = np.arange(len(sessions))
            return (rows >= first) & (rows < end)

        found = []
        for seed in range(150):
            walks = [random_walk(800, 9000 + 10 * seed + i) for i in range(4)]
            bars = [replace(one, symbol=name) for one, name in zip(walks, spans, strict=True)]
            market = make_market(bars, None, 760, listed)
            chance = beside_chance(Rule(n=20, m=10), market, 99)
            found.append((1 + (chance.null_gains >= chance.gain).sum()) / 100)
        assert stats.kstest(found, "uniform").pvalue > 0.01

    def test_who_was_no_member_while_signals_count_changes_nothing(self) -> None:
        one = replace(make_bars(walk(700, 1)), symbol="A")
        other = replace(make_bars(walk(700, 2)), symbol="B")

        def listed(symbol: str, sessions: Sessions) -> Flags:
            return np.arange(len(sessions)) < (len(sessions) if symbol == "A" else 30)

        both = make_market([one, other], None, 500, listed)
        assert [member.symbol for member in both.members] == ["A"]
        alone = make_market([one], None, 500)
        chance = [beside_chance(Rule(n=20), market, 100) for market in (both, alone)]
        np.testing.assert_array_equal(chance[0].null_gains, chance[1].null_gains)

    def test_the_null_draws_from_the_time_as_a_member(self) -> None:
        """Ten-fold moves after it has left are in no path: their logs would be far from 0."""
        bars = make_bars(walk(900, 3))
        times = np.ones(900)
        times[600:] = np.exp(np.random.default_rng(1).normal(0, 2.3, 300))
        prices = {name: getattr(bars, name) * times for name in ("open", "high", "low", "close")}
        left = replace(bars, **prices, adj_close=None)

        def listed(_symbol: str, sessions: Sessions) -> Flags:
            return np.arange(len(sessions)) < 600

        found = beside_chance(Rule(n=20), make_market([left], None, 850, listed), 100)
        calm = beside_chance(Rule(n=20), make_market([bars], None, 850), 100)
        assert found.null_gains.std() < 3 * calm.null_gains.std()


class TestWhatIsSaid:
    def test_the_market_and_who_had_no_bars(self, use: Use) -> None:
        use([spell("STAY"), spell("GONE", end=CHANGE), spell("DARK", end=CHANGE)])
        bars = [make_bars(walk(900, i), symbol=one) for i, one in enumerate(("STAY", "GONE"))]
        found = ask(inputs_of(*bars))
        assert found.market == "Dow Jones Industrial Average, the members of each day"
        assert found.members == 2
        assert "1 of 3 had no bars: DARK." in found.note
        assert "member" in found.note
        assert list(found.missing) == ["DARK"]

    def test_bars_of_another_company_under_its_symbol_are_none_of_its(self, use: Use) -> None:
        """The symbol was given to another one after it had left."""
        use([spell("STAY"), spell("GONE", end=dt.date(2022, 1, 3))])
        bars = [make_bars(walk(900, 1), symbol="STAY"), make_bars(walk(300, 2), symbol="GONE")]
        found = ask(inputs_of(*bars), start="2021-12-01")
        assert found.members == 1
        assert "no bars of its time" in found.missing["GONE"]

    def test_nobody_with_bars_of_that_time(self, use: Use) -> None:
        use([spell("GONE", end=dt.date(2022, 1, 3))])
        with pytest.raises(NotAvailable, match="no bars"):
            ask(inputs_of(make_bars(walk(300, 2), symbol="GONE")), start="2021-12-01")

    def test_while_names_are_being_fetched_chance_is_not_counted(self, use: Use) -> None:
        use([spell("STAY"), spell("LATE")])
        there = inputs_of(make_bars(walk(900, 1), symbol="STAY"))
        loading = replace(there, absent={("bars", "LATE"): StillLoading("still being loaded.")})
        found = ask(loading)
        assert found.verdict.startswith("So far 1 of 2 names")
        assert (found.loading, found.paths, found.p_value, dict(found.missing)) == (1, 0, None, {})

    def test_without_paths_it_is_not_compared(self, use: Use) -> None:
        use([spell("STAY")])
        found = ask(inputs_of(make_bars(walk(900, 1), symbol="STAY")), paths="0")
        assert found.verdict == "Not compared with chance"
        assert (found.p_value, found.corrected_p, found.chance_excess_pct) == (None, None, None)

    def test_an_end_in_the_past_asks_for_the_members_up_to_it(self, use: Use) -> None:
        use([spell("STAY"), spell("GONE", end=CHANGE), spell("CAME", first=CHANGE)])
        raw = {"group": "dow", "end": "2024-03-01"}
        parameters = parse_parameters(RuleLabParameters, raw)
        assert RULE_LAB.needs(parameters, inputs_of().moment).bars == ("GONE", "STAY")
