"""What a watch table says beside its prices: computed, on its way, or why there is none."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from analytics.model.levels import dma
from analytics.model.question import BEING_COMPUTED, Answer, Symbol
from analytics.model.vocabulary import Freshness, Provenance
from analytics.studies.hold.study import HoldStudyParameters
from analytics.studies.supports.watchlist import Watchlist
from analytics.watch.day_log import LevelLogParameters
from components.frame.markup import markup
from components.pages.market.log_words import last_cross_short
from components.pages.market.state import MarketState
from components.pages.market.watch_views import (
    COMPUTING,
    RowExtras,
    _row,
    extras_of,
    show_indices,
)
from tests.unit.components.test_board import NOW, log, row

SPY = Symbol("SPY")


def answer(result: Any = None, asked: Any = None) -> Answer[Any]:
    reason = None if result is not None else BEING_COMPUTED if asked is not None else "no minutes"
    return Answer("any", NOW, Freshness.LIVE, Provenance("Test"), result, reason, asked=asked)


def cells(*answers: Answer[Any]) -> dict[str, str | None]:
    made = _row(MarketState(), row(), extras_of(answers).get(SPY, RowExtras()))
    return {name: made[name] and markup(made[name]) for name in ("cross", "hold")}


class TestOnTheirWay:
    WAITS = (answer(asked=LevelLogParameters(SPY)), answer(asked=HoldStudyParameters(SPY, 50)))

    def test_both_columns_say_so_until_they_are_there(self) -> None:
        found = cells(*self.WAITS)
        assert all(COMPUTING in str(cell) for cell in found.values())
        one = cells(answer(log()), self.WAITS[1])
        assert "11:31" in str(one["cross"])
        assert COMPUTING in str(one["hold"])

    def test_another_symbols_does_not(self) -> None:
        others = answer(asked=LevelLogParameters(Symbol("QQQ")))
        assert cells(answer(log()), others)["hold"] is None

    def test_the_browser_asks_again(self) -> None:
        view = show_indices(MarketState(), Watchlist((row(),), {}), *self.WAITS)
        assert view.again is not None
        done = show_indices(MarketState(), Watchlist((row(),), {}), answer(log()))
        assert done.again is None


class TestNoCross:
    def test_the_dash_says_why(self) -> None:
        untouched = markup(last_cross_short(log(), dma(200)))
        assert "not touched today" in untouched
        lacking = replace(log(), missing="the source has no one-minute bars of ES=F.")
        assert "no one-minute bars of ES=F" in markup(last_cross_short(lacking, dma(200)))
