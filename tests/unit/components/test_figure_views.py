"""A payload's views unfold to the very figures that the server would have drawn."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from analytics.cache import Cache, Codec, NoBackend
from analytics.desk.desk import Desk
from analytics.desk.fetching import CACHED_TYPES
from analytics.sources.demo import DemoClock, DemoSource
from components.frame import panels
from components.frame.figure_views import FigureView, folded
from components.pages import PAGES
from components.pages.supports.page import SHORT_RANGES

LONG = {"type": "bar", "x": [1, 2, 3, 4], "y": [5, 6, 7, 8], "name": "long"}


def unfolded(views: dict[str, Any], key: str) -> dict[str, Any]:
    """As ``assets/core/figure.mjs`` does it."""
    view = views["figures"][key]

    def trace(drawn: dict[str, Any]) -> dict[str, Any]:
        if "of" not in drawn:
            return drawn
        longer, last = views["traces"][drawn["of"]], drawn["last"]
        full = len(longer["x"])
        return {
            name: value[full - last :] if isinstance(value, list) and len(value) == full else value
            for name, value in longer.items()
        }

    return {"data": [trace(drawn) for drawn in view["data"]], "layout": view["layout"]}


def fold(*traces: dict[str, Any]) -> dict[str, Any]:
    view = FigureView({"data": list(traces), "layout": {}}, 2, "")
    return folded([("range", "6m")], {"1m": view}, {"data": [LONG], "layout": {}}, {})


class TestFolding:
    def test_the_end_of_a_longer_trace_is_told_by_its_length(self) -> None:
        short = LONG | {"x": [3, 4], "y": [7, 8]}
        assert fold(short)["figures"]["1m"]["data"] == [{"of": 0, "last": 2}]
        assert unfolded(fold(short), "1m")["data"] == [short]

    @pytest.mark.parametrize(
        "other",
        [
            LONG | {"x": [3, 4], "y": [7, 9]},
            LONG | {"x": [1, 2], "y": [5, 6]},
            LONG | {"x": [3, 4], "y": [7, 8], "name": "other"},
            LONG | {"x": [3, 4], "y": [7, 8], "text": ["a", "b"]},
            {"type": "bar", "y": [7, 8], "name": "long"},
        ],
    )
    def test_anything_else_is_sent_whole(self, other: dict[str, Any]) -> None:
        assert fold(other)["figures"]["1m"]["data"] == [other]


class TestThePriceChart:
    @pytest.fixture(scope="class")
    def price(self) -> Iterator[panels.Panel[Any]]:
        found: dict[str, panels.Panel[Any]] = {}

        def note(app: Any, panel: panels.Panel[Any]) -> None:
            found[panel.name] = panel

        desk = Desk(DemoSource(clock=DemoClock(speed=0.0)), Cache(NoBackend(), Codec(CACHED_TYPES)))
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(panels, "panel_callback", note)
            next(page for page in PAGES if page.key == "supports").register(None, desk)  # type: ignore[arg-type]
        yield found["price"]
        desk.close()

    def views(self, price: panels.Panel[Any], **state: str) -> dict[str, Any]:
        payload = panels.build_payload(state, None, price)
        assert payload is not None
        views: dict[str, Any] = json.loads(json.dumps(payload["views"]))
        return views

    @pytest.mark.parametrize("extra", [{}, {"compare": "QQQ", "channel": "1", "marks": "0"}])
    def test_every_view_is_as_the_server_draws_it(
        self, price: panels.Panel[Any], extra: dict[str, str]
    ) -> None:
        views = self.views(price, **extra)
        assert set(views["figures"]) == {f"{r}|{log}" for r in SHORT_RANGES for log in (0, 1)}
        for key, view in views["figures"].items():
            span, log = key.split("|")
            asked = {"range": span, "log": log, **extra}
            alone = panels.build_payload(asked, None, replace(price, same=None))
            assert alone is not None
            assert "views" not in alone
            plain = json.loads(json.dumps(alone))
            assert unfolded(views, key) == plain["figure"], key
            assert views["table"]["rows"][-view["rows"] :] == plain["data"]["rows"], key
            assert view["note"] == plain["note"], key

    def test_all_views_share_one_payload(self, price: panels.Panel[Any]) -> None:
        first = panels.build_payload({"range": "1m"}, None, price)
        assert first is not None
        again = {"range": "1y", "log": "1"}
        assert panels.build_payload(again, first["version"], price) is None

    def test_a_deep_range_is_a_payload_of_its_own(self, price: panels.Panel[Any]) -> None:
        deep = panels.build_payload({"range": "5y"}, None, price)
        assert deep is not None
        assert "views" not in deep
        assert len(deep["data"]["rows"]) > 504
