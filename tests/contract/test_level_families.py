"""The registry of level families is whole, and a family added to it is seen everywhere."""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest

from analytics import cli
from analytics.model import levels
from analytics.model.definitions import DEFINITIONS
from analytics.model.levels import LevelFamily, LevelGroup, LevelId, LevelStyle
from analytics.model.question import Symbol
from analytics.model.vocabulary import Bars, Floats
from analytics.studies.supports.levels import COMPUTATIONS, LevelComputation, families_of_bars
from analytics.studies.supports.price_history import PRICE_HISTORY, PriceHistoryParameters
from analytics.studies.supports.supports import SUPPORTS, SupportsParameters, build_ladder
from components.figures.price_chart import price_chart
from components.figures.theme import LIGHT, themed
from components.frame import panels
from components.pages.supports.ladder_views import show_ladder
from components.pages.supports.state import SupportsState
from tests.support.builders import (
    FRIDAY,
    FakeSource,
    make_bars,
    make_desk,
    make_frame,
    scaled_after,
    walk,
)


class TestRegistry:
    @pytest.mark.parametrize("family", levels.families(), ids=lambda family: family.key)
    def test_its_words_are_printed_without_the_place_of_a_parameter(
        self, family: LevelFamily
    ) -> None:
        """As the choices of the Alerts and Scan forms."""
        assert not re.search(r"[(){}]|^-|-$|  ", family.words)

    @pytest.mark.parametrize("family", levels.families(), ids=lambda family: family.key)
    def test_a_family_is_defined_drawn_and_computed(self, family: LevelFamily) -> None:
        assert family.term in DEFINITIONS
        styles = [family.style, *family.styles.values()]
        assert {style.token.removeprefix("@") for style in styles} <= set(LIGHT)
        computed = COMPUTATIONS.get(family.key)
        if family.group in (LevelGroup.OPTIONS, LevelGroup.OWN):
            assert computed is None
        else:
            assert computed is not None
            assert (family.drawn == "curve") == (computed.path is not None)

    def test_every_computation_is_of_a_family(self) -> None:
        assert set(COMPUTATIONS) == {family.key for family in families_of_bars()}


def _path(bars: Bars, first: str) -> Floats:
    """Volume-weighted mean of the closes since the first bar, or since half the bars."""
    start = 0 if first == "listing" else len(bars) // 2
    out = np.full(len(bars), np.nan)
    volume = np.cumsum(bars.volume[start:])
    out[start:] = np.cumsum(bars.close[start:] * bars.volume[start:]) / volume
    return out


def _latest(bars: Bars, first: str) -> float | None:
    return float(_path(bars, first)[-1]) if len(bars) >= 2 else None


@pytest.fixture
def vwap() -> Iterator[LevelFamily]:
    """A family as somebody would add it: a declaration, and a computation from bars."""
    family = levels.register(
        LevelFamily(
            "vwap",
            LevelGroup.PRICE_STRUCTURE,
            "VWAP since {parameter}",
            parameters=("listing", "half-time"),
            term="swing-low",
            style=LevelStyle("@c4", "dot"),
            drawn="curve",
        )
    )
    COMPUTATIONS["vwap"] = LevelComputation(
        latest=_latest,
        missing=lambda bars, first: f"VWAP since {first} needs 2 sessions (has {len(bars)})",
        path=_path,
    )
    yield family
    del COMPUTATIONS["vwap"]
    levels.unregister("vwap")


class TestAnAddedFamily:
    LISTING = LevelId("vwap", "listing")

    def test_it_is_a_rung_with_its_distances_and_status(self, vwap: LevelFamily) -> None:
        bars = make_bars(np.array([10.0, 20.0, 30.0]), spread=0.5)
        bars = replace(bars, volume=np.full(3, 500.0))
        (level,) = [lv for lv in build_ladder(bars).levels if lv.id == self.LISTING]
        assert (level.name, level.family) == ("VWAP since listing", "price structure")
        assert level.price == pytest.approx(20.0)  # equal volumes: the mean of the closes
        assert level.session_level == pytest.approx(15.0)  # of the two before the session
        assert level.distance_pct == pytest.approx((20 / 30 - 1) * 100)
        assert level.status == "above"

    def test_its_absence_is_a_sentence(self, vwap: LevelFamily) -> None:
        ladder = build_ladder(make_bars(np.array([10.0])))
        reasons = [gap.reason for gap in ladder.unavailable if gap.id == self.LISTING]
        assert reasons == ["VWAP since listing needs 2 sessions (has 1)"]

    def test_it_is_on_the_page_and_the_chart(self, vwap: LevelFamily) -> None:
        desk = make_desk(FakeSource({"SPY": make_frame(walk(300))}))
        history = desk.ask(PRICE_HISTORY, PriceHistoryParameters("SPY")).result  # type: ignore[arg-type]
        ladder = desk.ask(SUPPORTS, SupportsParameters("SPY")).result  # type: ignore[arg-type]
        desk.close()
        assert history is not None
        assert ladder is not None
        shown = json.dumps(panels.plain(show_ladder(SupportsState(), ladder).body))
        assert "VWAP since listing" in shown
        assert "var(--c4)" in shown
        figure = price_chart(history=history, ladder=ladder, shown=60, log=False, channel=False)
        (curve,) = [t for t in figure["data"] if t.get("name") == "VWAP since listing"]
        assert curve["line"] == {"color": "@c4", "dash": "dot", "width": 1.6}
        assert all(value is not None for value in curve["y"])
        themed(figure, "light")

    def test_the_shell_prints_it(self, vwap: LevelFamily) -> None:
        desk = make_desk(FakeSource({"SPY": make_frame(walk(300))}))
        answer = desk.ask(SUPPORTS, SupportsParameters(Symbol("SPY")))
        desk.close()
        named = {level["name"] for level in json.loads(answer.to_json())["levels"]}
        assert {"VWAP since listing", "VWAP since half-time"} <= named
        assert "VWAP since listing" in cli.as_text(answer)

    def test_the_desk_shows_it_as_of_a_date(self, vwap: LevelFamily) -> None:
        """Whatever the prices after the date are."""
        day = FRIDAY - dt.timedelta(days=7)
        found = []
        for later in (0.5, 3.0):
            frame = scaled_after(make_frame(walk(300)), day, later)
            desk = make_desk(FakeSource({"SPY": frame}))
            ladder = desk.ask(SUPPORTS, SupportsParameters(Symbol("SPY")), day).result
            desk.close()
            assert ladder is not None
            found.append([level for level in ladder.levels if level.id == self.LISTING])
        assert found[0] == found[1]
        assert len(found[0]) == 1

    def test_a_later_bar_does_not_move_it(self, vwap: LevelFamily) -> None:
        bars = make_bars(walk(120))
        past = bars.upto(bars.sessions[99].astype("O"))
        changed = replace(bars, close=np.where(np.arange(120) > 99, 1e6, bars.close))
        of = {one.id: one for one in build_ladder(past).levels}
        assert (
            of[self.LISTING]
            == {one.id: one for one in build_ladder(changed.upto(past.last_session)).levels}[
                self.LISTING
            ]
        )

    def test_no_alert_and_no_live_cell_is_offered_where_the_feed_has_no_level(
        self, vwap: LevelFamily
    ) -> None:
        ladder = replace(build_ladder(make_bars(walk(300))), provisional=True)
        rows = json.dumps(panels.plain(show_ladder(SupportsState(), ladder).body))
        assert ".distance:50-DMA" in rows
        assert ":VWAP" not in rows
        assert "level=listing" not in rows

    def test_a_family_alerts_can_name_is_known_before_the_open(self) -> None:
        with pytest.raises(ValueError, match="before the open"):
            levels.register(LevelFamily("pin", LevelGroup.OPTIONS, "pin", alertable=True))
        named = [family.key for family in levels.families() if family.alertable]
        assert set(named) <= set(COMPUTATIONS)
        assert len(named) == 8
