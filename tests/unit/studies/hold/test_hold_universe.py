from __future__ import annotations

from dataclasses import replace

import pytest

from analytics.model.question import Inputs, Symbol
from analytics.studies.hold.universe import (
    HOLD_UNIVERSE,
    HoldUniverseParameters,
    benjamini_hochberg,
)
from tests.unit.studies.hold.test_hold_study import MOMENT, random_walk


class TestBenjaminiHochberg:
    def test_by_hand(self) -> None:
        # Sorted: .01 x 4/1 = .04, .02 x 4/2 = .04, .03 x 4/3 = .04, .5 x 4/4 = .5.
        assert benjamini_hochberg([0.5, 0.01, 0.03, 0.02]) == pytest.approx([0.5, 0.04, 0.04, 0.04])

    def test_a_refused_rate_is_no_test(self) -> None:
        assert benjamini_hochberg([None, 0.02]) == [None, 0.02]

    def test_q_is_never_under_p_nor_over_one(self) -> None:
        p_values = [0.2, 0.9, 0.04, 0.6]
        q_values = benjamini_hochberg(p_values)
        assert all(q is not None and p <= q <= 1 for p, q in zip(p_values, q_values, strict=True))


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
