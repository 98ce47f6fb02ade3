"""The watchlist: one row a symbol, in the order asked, equal to its ladder."""

from __future__ import annotations

import numpy as np
import pytest

from analytics.model.question import Symbol
from analytics.studies.supports.how_likely import level_in_question
from analytics.studies.supports.supports import build_ladder
from analytics.studies.supports.watchlist import WATCHLIST, WatchlistParameters
from tests.support.builders import make_bars, walk
from tests.support.small_bars import inputs_of


def parameters(*symbols: str) -> WatchlistParameters:
    return WatchlistParameters(tuple(Symbol(symbol) for symbol in symbols))


class TestWatchlist:
    def test_rows_keep_the_order_asked(self) -> None:
        bars = [make_bars(walk(120, seed), symbol=name) for seed, name in enumerate("ABC")]
        got = WATCHLIST.compute(parameters("C", "A", "B"), inputs_of(*bars))
        assert [row.symbol for row in got.rows] == ["C", "A", "B"]

    def test_a_row_says_what_the_ladder_says(self) -> None:
        bars = make_bars(walk(250), symbol="A")
        (row,) = WATCHLIST.compute(parameters("A"), inputs_of(bars)).rows
        ladder = build_ladder(bars)
        levels = {level.name: level for level in ladder.levels}
        assert (row.dma50, row.dma100) == (levels["50-DMA"], levels["100-DMA"])
        assert (row.support, row.next_support) == (ladder.support, ladder.next_support)
        assert (row.price, row.change_pct) == (ladder.price, ladder.change_pct)
        assert [level.name for level in row.averages] == sorted(
            ("20-DMA", "50-DMA", "100-DMA", "200-DMA"), key=lambda name: -levels[name].price
        )
        assert row.atr == ladder.atr

    def test_the_spark_is_the_last_sixty_closes(self) -> None:
        long, short = make_bars(walk(200), symbol="A"), make_bars(walk(9), symbol="B")
        rows = WATCHLIST.compute(parameters("A", "B"), inputs_of(long, short)).rows
        assert rows[0].spark == tuple(long.close[-60:])
        assert len(rows[1].spark) == 9

    def test_beside_the_spark_stands_the_mean_of_fifty_closes(self) -> None:
        long, short = make_bars(walk(80), symbol="A"), make_bars(walk(9), symbol="B")
        rows = WATCHLIST.compute(parameters("A", "B"), inputs_of(long, short)).rows
        assert rows[0].spark_average[-1] == pytest.approx(np.mean(long.close[-50:]))
        assert [value is None for value in rows[0].spark_average] == [True] * 29 + [False] * 31
        assert set(rows[1].spark_average) == {None}

    @pytest.mark.parametrize("seed", range(12))
    def test_the_level_that_decides_is_the_one_its_odds_are_about(self, seed: int) -> None:
        bars = make_bars(walk(260, seed), symbol="A")
        (row,) = WATCHLIST.compute(parameters("A"), inputs_of(bars)).rows
        ladder = build_ladder(bars)
        assert row.deciding is not None
        if ladder.support is not None:
            assert row.deciding.id == level_in_question(ladder)
        else:
            assert row.deciding.price > row.price, "below all: the nearest above"

    def test_a_young_symbol_has_a_price_and_no_averages(self) -> None:
        bars = make_bars(np.full(49, 7.0), symbol="NEW")
        (row,) = WATCHLIST.compute(parameters("NEW"), inputs_of(bars)).rows
        assert (row.price, row.dma50, row.dma100, row.support) == (7.0, None, None, None)

    def test_a_missing_symbol_leaves_the_others_untouched(self) -> None:
        bars = make_bars(walk(120), symbol="A")
        got = WATCHLIST.compute(parameters("GONE", "A"), inputs_of(bars))
        assert got.rows == WATCHLIST.compute(parameters("A"), inputs_of(bars)).rows
        assert got.missing == {"GONE": "GONE: no bars."}
