"""Every panel of every page, through its own question and view, on the demo."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import orjson
import pytest

from analytics.cache.backend import NoBackend
from analytics.cache.codec import Codec
from analytics.cache.single_flight import Cache
from analytics.desk.desk import Desk
from analytics.desk.fetching import CACHED_TYPES
from analytics.runtime.hold_scan import StudyRecord
from analytics.sources.demo import DemoClock, DemoSource
from components.figures.theme import themed
from components.frame import panels
from components.pages import PAGES
from tests.contract.test_plotly_bundle import bundled

STATES: dict[str, dict[str, str]] = {
    "as it opens": {},
    "the Friday": {"as_of": "2025-01-24"},
    "the Monday's close": {"as_of": "2025-01-27"},
    "an autumn day": {"as_of": "2011-10-03"},
    "a young listing": {"symbol": "YOUNG"},
    "an unknown symbol": {"symbol": "ZZZZ"},
    "a symbol without options": {"symbol": "KO", "other": "week-low"},
    "not yet": {"as_of": "2025-06-02"},
    "every switch": {
        "symbol": "NVDA",
        "log": "1",
        "channel": "1",
        "compare": "QQQ",
        "range": "2y",
        "measure": "gex",
        "weighted": "1",
        "rule": "short-term",
        "sort": "return",
        "window": "20",
        "level": "200",
        "method": "dma50",
        "symbols": "TSLA,XLE",
        "members": "NVDA,AAPL,META",
        "group": "ten",
    },
}
NONSENSE = re.compile(r"\b(nan|None|inf|undefined|null)\b|\{|\}")

Panel = panels.Panel[Any]


class Recorder:
    """Stands for the Dash app while the pages declare their panels.

    Their other drawings (`panels.Panel.same`) are left out: a payload is of one view.
    """

    def __init__(self) -> None:
        self.found: list[Panel] = []

    def note(self, app: Any, panel: Panel) -> None:
        self.found.append(replace(panel, same=None))


def _now() -> dt.datetime:
    """Stands still, so that nothing is fetched twice however slow the machine."""
    return dt.datetime(2026, 1, 2, tzinfo=dt.UTC)


def _desk() -> Desk:
    cache = Cache(NoBackend(), Codec(CACHED_TYPES | {"hold-scan": StudyRecord}), clock=_now)
    return Desk(DemoSource(clock=DemoClock(speed=0)), cache, clock=_now)


@pytest.fixture(scope="module")
def recorder() -> Iterator[Recorder]:
    recorder = Recorder()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(panels, "panel_callback", recorder.note)
        desk = _desk()
        for page in PAGES:
            page.register(None, desk)  # type: ignore[arg-type]
        yield recorder
        desk.close()


@pytest.fixture(scope="module")
def every_panel(recorder: Recorder) -> list[Panel]:
    return recorder.found


@pytest.mark.parametrize("name", STATES)
def test_every_panel_shows_something_true_and_whole(name: str, every_panel: list[Panel]) -> None:
    assert len(every_panel) > 40
    for panel in every_panel:
        where = f"{panel.page}/{panel.name}, {name}"
        payload = panels.build_payload(STATES[name], None, panel)
        assert payload is not None, where
        assert payload["version"] != "error", where
        orjson.dumps(payload)  # raises for anything but plain JSON: Dash's fast path
        for part in ("title", "summary", "note", "subtitle"):
            text = payload[part]
            assert isinstance(text, str), (where, part)
            assert not NONSENSE.search(text), (where, part, text)
            assert "-0.0" not in text, (where, part, text)
        assert payload["title"].strip(), where
        shown = payload["figure"] or payload["body"] or payload["absence"] or payload["summary"]
        assert shown, where
        if payload["figure"]:
            traces = {trace.get("type", "scatter") for trace in payload["figure"]["data"]}
            assert traces <= bundled()[1], where
            for key, axis in payload["figure"]["layout"].items():
                if key[1:5] == "axis":  # Plotly walks into what is there at a resize
                    assert axis.get("range", ()) is not None, (where, key)
            themed(payload["figure"], "light")
            themed(payload["figure"], "dark")
        if payload["data"]:
            widths = {len(row) for row in payload["data"]["rows"]}
            assert widths <= {len(payload["data"]["columns"])}, where


def test_an_unknown_symbol_is_a_sentence_where_the_symbol_matters(
    every_panel: list[Panel],
) -> None:
    for panel in every_panel:
        if panel.page in ("supports", "options") and panel.name != "pool":
            payload = panels.build_payload({"symbol": "ZZZZ"}, None, panel)
            assert payload is not None
            sentence = payload["absence"] or payload["summary"]
            assert "ZZZZ" in sentence, (panel.page, panel.name, sentence)


def test_the_same_answer_is_not_sent_twice(every_panel: list[Panel]) -> None:
    state = {"as_of": "2025-01-24"}
    for panel in every_panel:
        first = settled(state, panel)
        assert panels.build_payload(state, first["version"], panel) is None, panel


def settled(state: dict[str, Any], panel: panels.Panel[Any]) -> dict[str, Any]:
    """Its payload once nothing that it shows is being computed any more."""
    while True:
        payload = panels.build_payload(state, None, panel)
        assert payload is not None
        if payload.get("again") is None:
            return payload


def test_what_a_panel_says_it_does_not_read_changes_nothing_in_it(recorder: Recorder) -> None:
    """Else a change of it would leave the panel standing at the old view."""
    found = 0
    for panel in recorder.found:
        if panel.reads is None:
            continue
        found += 1
        given = {k: v for k, v in STATES["every switch"].items() if k in panel.state.names()}
        read = {name: value for name, value in given.items() if name in panel.reads}
        whole = settled(given, panel)
        assert whole == settled(read, panel), panel
        assert panels.build_payload(read, whole["version"], panel) is None
    assert found > 10
