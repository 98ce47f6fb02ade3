"""The same charts in three other frameworks, each in a process of its own."""

from __future__ import annotations

from typing import Any

from analytics.cache import Cache, Codec, NoBackend
from analytics.desk.desk import Desk
from analytics.desk.fetching import CACHED_TYPES
from analytics.sources.demo import DemoClock, DemoSource
from components.figures.theme import themed
from components.frame import panels
from components.pages import PAGES

PAGE = "sectors"
STATE = {"as_of": "2025-01-24"}


def figures(key: str = PAGE) -> list[dict[str, Any]]:
    """Every chart of one of Holdline's pages, painted, as its panels send them."""
    asked: list[panels.Panel[Any]] = []

    def note(app: Any, panel: panels.Panel[Any]) -> None:
        asked.append(panel)

    wanted = next(page for page in PAGES if page.key == key)
    desk = Desk(DemoSource(clock=DemoClock(speed=0.0)), Cache(NoBackend(), Codec(CACHED_TYPES)))
    original, panels.panel_callback = panels.panel_callback, note
    try:
        wanted.register(None, desk)  # type: ignore[arg-type] - nothing is registered
    finally:
        panels.panel_callback = original
    payloads = [panels.build_payload(STATE, None, panel) for panel in asked]
    desk.close()
    drawn = [themed(p["figure"], "light") for p in payloads if p and p["figure"]]
    for figure in drawn:
        figure["layout"].pop("meta", None)
    return drawn
