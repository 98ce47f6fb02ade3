"""What panels say where names have no bars: each reason once, and nothing of names not there."""

from __future__ import annotations

import datetime as dt

from analytics.studies.sectors.sectors import SectorHistory, SectorSeries
from analytics.studies.supports.watchlist import Watchlist
from components.frame.findings import absences
from components.pages.market import watch_views
from components.pages.market.state import MarketState
from components.pages.sectors.state import SectorsState
from components.pages.sectors.views import show_heatmap, show_underwater
from tests.unit.components.test_board import row

WHY = "no bar of 2025-06-30 (its newest is of 2025-01-31)"
MISSING = {symbol: f"{symbol}: {WHY}." for symbol in ("XLB", "XLC", "XLE")}
DAYS = tuple(dt.date(2025, 6, day) for day in (26, 27, 30))


def series(symbol: str) -> SectorSeries:
    zero = (0.0, 0.0, 0.0)
    return SectorSeries(symbol, symbol, DAYS, zero, zero, (-1.0, -1.0, -1.0))


def test_a_reason_that_many_share_stands_once() -> None:
    assert absences(MISSING) == f"XLB, XLC and XLE: {WHY}."


def test_nothing_is_said_of_sectors_that_are_not_there() -> None:
    history = SectorHistory(DAYS[0], DAYS[-1], (series("SPY"),), MISSING)
    for show in (show_heatmap, show_underwater):
        view = show(SectorsState(), history)
        assert view.title == "No sector has closes in this range"
        assert view.figure is None
    one = SectorHistory(DAYS[0], DAYS[-1], (series("SPY"), series("XLF")), MISSING)
    assert "XLF" in show_heatmap(SectorsState(), one).title


def test_all_is_said_of_those_with_bars_alone() -> None:
    rows = (row("SPY"), row("QQQ"))
    some = Watchlist(rows=rows, missing=MISSING)
    whole = Watchlist(rows=rows, missing={})
    average = "50\u2011DMA"
    shown = watch_views.show_indices(MarketState(), some)
    assert shown.title == f"All 2 indices with bars are above their {average}"
    assert watch_views.show_indices(MarketState(), whole).title == (
        f"All 2 indices are above their {average}"
    )
    listed = watch_views.show_watchlist(MarketState(), some)
    assert listed.title == f"None of the 2 with bars is under its {average}"
    assert watch_views.show_watchlist(MarketState(), whole).title == (
        f"The whole watchlist stands above its {average}"
    )
