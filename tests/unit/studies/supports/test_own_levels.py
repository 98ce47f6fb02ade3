"""Own levels: rungs for what a viewer has drawn, which change nothing that all viewers are told."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from analytics.model.levels import OWN
from analytics.model.question import Symbol
from analytics.model.status import Status
from analytics.model.vocabulary import BadInput
from analytics.studies.supports.finding import find
from analytics.studies.supports.own_levels import own_levels
from analytics.studies.supports.supports import SUPPORTS, SupportLadder, SupportsParameters
from tests.support.builders import make_bars, walk
from tests.support.small_bars import inputs_of


def ladder(*own: float, seed: int = 1) -> SupportLadder:
    bars = make_bars(walk(260, seed), symbol="A")
    parameters = SupportsParameters(Symbol("A"), options=False, own=own)
    return SUPPORTS.compute(parameters, inputs_of(bars))


class TestRungs:
    def test_they_stand_among_the_others_by_price(self) -> None:
        price = ladder().price
        got = ladder(round(price * 1.01, 2), round(price * 0.99, 2))
        drawn = [level for level in got.levels if level.id.family == OWN.key]
        assert [level.price for level in drawn] == [round(price * 1.01, 2), round(price * 0.99, 2)]
        assert drawn[0].distance_pct == pytest.approx(1.0, abs=0.01)
        prices = [level.price for level in got.levels]
        assert prices == sorted(prices, reverse=True)

    def test_their_status_is_that_of_the_session(self) -> None:
        bars = make_bars(np.array([100.0, 100.0, 98.0]), symbol="A")
        (level,) = own_levels(bars, (99.0,))
        assert level.status is Status.BROKEN, "closed at 100, then at 98"
        assert level.if_closed_here is None
        (level,) = own_levels(bars, (90.0,))
        assert level.status is Status.ABOVE

    def test_a_price_drawn_twice_is_one_rung(self) -> None:
        bars = make_bars(np.array([100.0, 101.0]), symbol="A")
        assert len(own_levels(bars, (99.0, 99.0))) == 1


class TestWhatAllAreTold:
    @pytest.mark.parametrize("seed", range(8))
    def test_it_is_the_same_with_and_without_them(self, seed: int) -> None:
        bare = ladder(seed=seed)
        near = tuple(round(bare.price * factor, 2) for factor in (0.9, 0.99, 1.0, 1.02))
        own = ladder(*near, seed=seed)
        assert own.clusters == bare.clusters
        assert (own.support, own.next_support) == (bare.support, bare.next_support)
        assert replace(find(own), ladder=bare) == find(bare)


class TestRefusals:
    def test_more_than_twelve(self) -> None:
        with pytest.raises(BadInput, match="at most 12"):
            ladder(*(float(i) for i in range(1, 14)))

    @pytest.mark.parametrize("price", [0.0, -5.0, 1e9])
    def test_what_is_no_price(self, price: float) -> None:
        with pytest.raises(BadInput, match="outside"):
            ladder(price)
