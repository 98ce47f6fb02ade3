from __future__ import annotations

import datetime as dt
import tracemalloc
from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import false_discovery_control

from analytics.assembly import STUDY_BYTES
from analytics.model.question import Inputs, Symbol
from analytics.studies.hold.cells import TOUCH
from analytics.studies.hold.levels import OtherLevel
from analytics.studies.hold.study import HOLD_STUDY, HoldRate, HoldStudyParameters
from analytics.studies.hold.universe import (
    HOLD_UNIVERSE,
    HoldUniverseParameters,
    HoldUniverseRow,
    Pool,
    SymbolStudy,
    study_symbol,
    with_q_values,
)
from tests.unit.studies.hold.test_hold_study import MOMENT, random_walk


class TestManyTests:
    def test_touches_and_gap_downs_are_one_family(self) -> None:
        walks = [replace(random_walk(3000, seed=i), symbol=f"S{i}") for i in range(3)]
        rows = [study_symbol(bars, None, 20, 199).row for bars in walks]
        tested = [rate.p_value for row in rows for rate in (row.touches, row.gap_downs)]
        assert None not in tested
        corrected = false_discovery_control(np.asarray(tested, dtype=float))
        found = [q for row in with_q_values(rows) for q in (row.touch_q, row.gap_q)]
        assert found == pytest.approx(corrected)


class TestOtherLevels:
    @pytest.mark.parametrize("level", ["10-week", "week-low", "month-high", "vwap-low", "poc"])
    def test_a_row_is_the_symbols_own_study(self, level: OtherLevel) -> None:
        volume = np.random.default_rng(1).uniform(1e6, 3e6, 1500)
        bars = replace(random_walk(1500, seed=4), symbol="TEST", volume=volume)
        row = study_symbol(bars, None, level, 100).row
        asked = HoldStudyParameters(Symbol("TEST"), level, 100)
        alone = HOLD_STUDY.compute(asked, Inputs(MOMENT, {"TEST": bars}))
        assert replace(row.touches, q_value=alone.touches.q_value) == alone.touches
        assert row.touches.events > 5

    def test_the_answer_names_the_level(self) -> None:
        bars = {"TEST": replace(random_walk(1500, seed=4), symbol="TEST")}
        parameters = HoldUniverseParameters((Symbol("TEST"),), "week-low", 100)
        found = HOLD_UNIVERSE.compute(parameters, Inputs(MOMENT, bars))
        assert found.level == "prior week low"
        assert found.touches.events == found.rows[0].touches.events > 5

    def test_a_level_of_volumes_without_volumes_is_missing(self) -> None:
        walk = replace(random_walk(1500, seed=4), symbol="TEST")
        bars = {"TEST": replace(walk, volume=np.zeros(1500))}
        found = HOLD_UNIVERSE.compute(
            HoldUniverseParameters((Symbol("TEST"),), "poc", 100), Inputs(MOMENT, bars)
        )
        assert "No volume is known" in found.missing["TEST"]


class TestPooling:
    def test_pooled_counts_are_the_sum_of_the_rows(self) -> None:
        walks = {
            s: replace(random_walk(3000, seed=i), symbol=s)
            for i, s in enumerate(("AAA", "BBB", "CCC"))
        }
        members = tuple(Symbol(s) for s in (*walks, "GONE"))
        parameters = HoldUniverseParameters(members, 20, 100)
        result = HOLD_UNIVERSE.compute(parameters, Inputs(MOMENT, walks))
        assert [row.symbol for row in result.rows] == ["AAA", "BBB", "CCC"]
        assert result.touches.events == sum(row.touches.events for row in result.rows) > 30
        assert result.touches.held == sum(row.touches.held for row in result.rows)
        assert result.touches.p_value is None
        assert result.missing == {"GONE": "GONE: no bars."}

    def test_no_symbol_at_all_has_counts_of_zero(self) -> None:
        parameters = HoldUniverseParameters((Symbol("GONE"),))
        result = HOLD_UNIVERSE.compute(parameters, Inputs(MOMENT))
        assert result.rows == ()
        assert result.touches.events == 0
        assert result.touches.refused


class TestPool:
    def studied(self, symbol: str, touches: int, held: int) -> SymbolStudy:
        rate = HoldRate(touches, held, 0, None, None, None, None, 0, 0, None)
        none = replace(rate, events=0, held=0)
        null = np.zeros((2000, 2, 2), np.uint16)
        null[:, TOUCH] = (touches, held)
        return SymbolStudy(HoldUniverseRow(symbol, 1000, rate, none), null)

    def test_counts_of_all_symbols_add_up_on_each_path(self) -> None:
        pool = Pool()
        for symbol, touches, held in (("A", 20, 5), ("B", 40, 25)):
            pool = pool.with_study(self.studied(symbol, touches, held))
        rate = pool.result(50, dt.date(2025, 1, 24), {}).touches
        assert (rate.events, rate.held) == (60, 30)
        assert (rate.rate_pct, rate.null_rate_pct) == (pytest.approx(50), pytest.approx(50))
        assert (rate.null_paths, rate.null_paths_without) == (2000, 0)

    def test_more_than_two_bytes_hold_add_up(self) -> None:
        pool = Pool()
        for symbol in ("A", "B"):
            pool = pool.with_study(self.studied(symbol, 60_000, 30_000))
        assert pool.result(50, dt.date(2025, 1, 24), {}).touches.null_rate_pct == 50
        assert pool.null[0, TOUCH].tolist() == [120_000, 60_000]

    def test_a_studys_paths_are_sixteen_kilobytes(self) -> None:
        """So that all names of an index stay in what is kept of studies."""
        study = study_symbol(random_walk(3000, seed=2), None, 20, 2000)
        assert 503 * study.null.nbytes < STUDY_BYTES

    def test_five_hundred_symbols_paths_take_the_memory_of_one(self) -> None:
        tracemalloc.start()
        try:
            pool = Pool()
            for i in range(500):
                pool = pool.with_study(self.studied(str(i), 20, 5))
            kept = tracemalloc.get_traced_memory()[0]
        finally:
            tracemalloc.stop()
        assert len(pool) == 500
        assert kept < 500_000  # one sum of paths is 64 KB; 500 would be 32 MB
