"""The Board: which symbols it shows, and what a tile says and where it draws it."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest

from analytics.model.level_calls import Happening
from analytics.model.levels import dma
from analytics.model.status import Status
from analytics.model.vocabulary import BadInput, Moment, Phase
from analytics.studies.supports.supports import HeadlineLevel
from analytics.studies.supports.watchlist import WatchlistRow
from analytics.watch.day_log import DayLevel, LevelLog, LogLine
from components.frame.markup import markup
from components.pages.board.state import BoardState
from components.pages.board.tile_axis import apart, tile_axis
from components.pages.board.views import _last_cross, _tile, _title, shown_symbols
from tests.support.small_ladders import level

MONDAY = dt.date(2025, 1, 27)


def at(hour: int, minute: int) -> dt.datetime:
    """New York's wall clock in January, as UTC."""
    return dt.datetime(2025, 1, 27, hour + 5, minute, tzinfo=dt.UTC)


def row(
    symbol: str = "SPY", price: float = 100.0, levels: tuple[float, ...] = (99.0, 90.0)
) -> WatchlistRow:
    """A row whose 50-DMA, 100-DMA ... lie at ``levels``; its ATR is 2."""
    names = ("50-DMA", "100-DMA", "200-DMA")
    averages = tuple(level(n, p, at=price) for n, p in zip(names, levels, strict=False))
    below = [HeadlineLevel(a.name, a.price, a.distance_pct, a.id) for a in averages]
    below = [head for head in below if head.price <= price]
    return WatchlistRow(
        symbol=symbol,
        name=symbol,
        session=MONDAY,
        provisional=True,
        price=price,
        previous_close=101.0,
        change_pct=-1.0,
        dma50=averages[0] if averages else None,
        dma100=None,
        support=below[0] if below else None,
        next_support=below[1] if len(below) > 1 else None,
        spark=(98.0, 99.0, 100.0),
        deciding=averages[0] if averages else None,
        averages=averages,
        atr=2.0,
    )


def log(*, final: bool = False, prices: tuple[float, ...] = (99.5, 98.8, 100.0)) -> LevelLog:
    return LevelLog(
        symbol="SPY",
        session=MONDAY,
        final=final,
        price=prices[-1] if prices else 100.0,
        previous_close=101.0,
        lines=(LogLine(at(11, 31), "50-DMA", Happening.RECLAIMED, 99.1, 99.0, dma(50)),),
        levels=(),
        basis="minutes",
        missing=None,
        times=(at(9, 30), at(12, 45), at(14, 22))[: len(prices)],
        prices=prices,
    )


NOW = Moment(at(13, 50), MONDAY, Phase.OPEN, live=True)


class TestSymbols:
    def test_each_once_in_the_order_typed_and_no_more_than_twelve(self) -> None:
        typed = BoardState.from_query("symbols=NVDA,SPY,NVDA")
        assert shown_symbols(typed) == ("NVDA", "SPY")
        many = BoardState.from_query("symbols=" + ",".join(f"A{i}" for i in range(15)))
        assert shown_symbols(many)[-1] == "A11"

    def test_a_list_that_this_browser_has_not_is_said(self) -> None:
        with pytest.raises(BadInput, match="no watchlist named “tech”"):
            shown_symbols(BoardState.from_query("list=tech"))
        both = BoardState.from_query("list=tech&symbols=SPY")
        assert shown_symbols(both) == ("SPY",)

    def test_an_empty_board_says_what_to_do(self) -> None:
        with pytest.raises(BadInput, match="type symbols"):
            shown_symbols(BoardState.from_query("symbols=none"))

    def test_a_name_that_no_list_has_is_refused(self) -> None:
        with pytest.raises(BadInput, match="name of a watchlist"):
            BoardState.from_query("list=" + "x" * 25)


class TestTitle:
    def test_it_counts_and_names_the_nearest(self) -> None:
        rows = (row("A", 100.0), row("B", 98.5), row("C", 104.0))
        assert _title(rows, None) == (
            "1 of 3 are under their level; nearest: B, 0.51% under its 50\u2011DMA"
        )
        assert _title(rows, "tech").startswith("tech: 1 of 3")

    def test_without_a_level(self) -> None:
        assert "has a moving average yet" in _title((row(levels=()),), None)


class TestAxis:
    def test_it_holds_the_day_and_the_level_that_is_near(self) -> None:
        axis = tile_axis(row(), log())
        assert axis.low < 98.8 < 100.0 < axis.high
        assert axis.holds(99.0)
        assert not axis.holds(90.0), "five ATR away: pinned to the edge"
        assert axis.top_pct(90.0) == 100.0
        assert axis.top_pct((axis.low + axis.high) / 2) == pytest.approx(50.0)

    def test_a_level_two_atr_off_is_not_on_it(self) -> None:
        assert not tile_axis(row(levels=(94.0,)), log()).holds(94.0)

    def test_the_day_runs_from_bell_to_bell(self) -> None:
        axis = tile_axis(row(), log())
        assert [place for place, _ in axis.points] == pytest.approx([0.0, 0.5, 292 / 390])
        assert axis.passed == pytest.approx(292 / 390)
        assert tile_axis(row(), log(final=True)).passed == 1.0

    def test_without_minutes_the_last_closes_are_drawn(self) -> None:
        axis = tile_axis(row(), None)
        assert axis.by_closes
        assert axis.points == ((0.0, 98.0), (0.5, 99.0), (1.0, 100.0))
        assert tile_axis(row(), None, waits=True).points == ()

    def test_a_quiet_day_spans_half_an_atr(self) -> None:
        axis = tile_axis(row(levels=()), log(prices=(100.0, 100.0, 100.0)))
        assert axis.high - axis.low == pytest.approx(1.0 * 1.12)


class TestLabels:
    def test_they_stand_apart_inside_the_plot(self) -> None:
        assert apart([20.0, 22.0, 60.0], 10) == [20.0, 30.0, 60.0]
        assert apart([0.0, 0.0], 10) == [5.0, 15.0]
        assert apart([98.0, 100.0], 10) == [85.0, 95.0]
        assert apart([], 10) == []


class TestTile:
    def test_it_follows_the_price_and_links_to_supports(self) -> None:
        html = markup(_tile(1, row(), log(), NOW, waits=False))
        assert 'href="/supports?symbol=SPY"' in html
        assert 'data-live="SPY.price"' in html
        assert 'data-live="SPY.status:50-DMA"' in html
        assert 'data-plot="SPY"' in html
        assert "then <b>100\u2011DMA 90.00 (\u221210.0%)</b>" in html

    def test_the_last_cross_is_so_many_minutes_ago(self) -> None:
        said = markup(_last_cross(row(), log(), NOW))
        assert "reclaimed" in said
        assert "139 min ago" in said
        over = markup(_last_cross(row(), log(final=True), NOW))
        assert "11:31" in over
        assert "ago" not in over

    def test_a_level_not_touched_says_so(self) -> None:
        other = replace(row(), deciding=level("100-DMA", 90.0, Status.ABOVE))
        assert ">not touched today<" in markup(_last_cross(other, log(), NOW))

    def test_a_level_under_test_that_is_only_near_agrees_with_its_status(self) -> None:
        """Testing: touched, or within 0.25 ATR above."""
        near = DayLevel("100-DMA", 99.9, Status.TESTING, False, dma(100))
        other = replace(row(), deciding=level("100-DMA", 99.9, Status.TESTING))
        said = markup(_last_cross(other, replace(log(), levels=(near,)), NOW))
        assert ">near, not touched today<" in said

    def test_one_that_the_day_reached_is_never_called_untouched(self) -> None:
        """The log may begin late, and a visit of these minutes may not be decided yet."""
        reached = DayLevel("100-DMA", 99.9, Status.TESTING, False, dma(100), touched=True)
        other = replace(row(), deciding=level("100-DMA", 99.9, Status.TESTING))
        said = markup(_last_cross(other, replace(log(), levels=(reached,)), NOW))
        assert ">touched, no crossing logged<" in said

    def test_a_log_on_its_way_says_so(self) -> None:
        assert "being computed" in markup(_last_cross(row(), None, NOW, waits=True))
        assert _last_cross(row(), None, NOW) is None

    def test_a_young_symbol_has_its_reason_in_place_of_a_level(self) -> None:
        html = markup(_tile(1, row(levels=()), None, NOW, waits=False))
        assert "No level: too few sessions for an average." in html
