"""A stage for faults: a source, a desk with the real cache, every panel as a viewer gets it."""

from __future__ import annotations

import datetime as dt
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pytest

from analytics.cache import Cache, Codec, NoBackend
from analytics.cache.backend import Backend
from analytics.desk.desk import Desk
from analytics.desk.fetching import CACHED_TYPES
from analytics.model import sessions
from analytics.model.listings import sectors
from analytics.runtime.hold_scan import StudyRecord
from analytics.sources.base import Source
from analytics.sources.guards import CircuitBreaker
from analytics.sources.yahoo.source import YahooSource
from components.frame import panels
from components.pages import PAGES
from tests.contract.test_every_panel import Recorder
from tests.support.builders import MONDAY, Clock, make_frame, walk
from tests.support.loopback import bodies
from tests.support.loopback.server import LoopbackSession, YahooServer, yahoo_server
from tests.support.waiting import until

MARKET = ("SPY", "QQQ", "DIA", "IWM", "^VIX", *sectors())
BARS = 300


def closes_of(symbol: str, count: int = BARS) -> np.ndarray:
    """The made-up closes of a symbol, the newest last."""
    return walk(count, seed=sum(map(ord, symbol)) % 997)


def chart_of(symbol: str, at: dt.datetime, count: int = BARS, day: dt.date = MONDAY) -> bytes:
    """Yahoo's chart of a symbol up to a running Monday's price."""
    frame = make_frame(closes_of(symbol, count), day)
    rows = [(f"{day:%Y-%m-%d}", float(c)) for day, c in zip(frame.index, frame["close"])]  # noqa: B905
    return bodies.chart(rows, market_time=int(at.timestamp()), symbol=symbol)


def quote_of(
    symbol: str, at: dt.datetime, count: int = BARS, day: dt.date = MONDAY
) -> dict[str, Any]:
    """Yahoo's bulk quote of a symbol that agrees with `chart_of`."""
    result = json.loads(chart_of(symbol, at, count, day))["chart"]["result"][0]
    bars = result["indicators"]["quote"][0]
    return bodies.quote(
        symbol,
        bars["close"][-1],
        int(at.timestamp()),
        regularMarketOpen=bars["open"][-1],
        regularMarketDayHigh=bars["high"][-1],
        regularMarketDayLow=bars["low"][-1],
        regularMarketVolume=bars["volume"][-1],
        regularMarketPreviousClose=bars["close"][-2],
    )


class Line(LoopbackSession):
    """A network that fails before anything is sent while ``error`` is set."""

    error: Exception | None = None
    met = 0

    def request(self, method: Any, url: str, **options: Any) -> Any:  # type: ignore[override]
        if self.error is not None:
            self.met += 1
            raise self.error
        return super().request(method, url, **options)


@dataclass
class Stage:
    """What a viewer sees of one desk.

    Attributes:
        clock: wall time and, for Yahoo, the source's.
        panels: ``page/name`` -> the panel, as the last arguments of `panels.build_payload`.
    """

    desk: Desk
    clock: Clock
    panels: dict[str, tuple[panels.Panel[Any]]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        recorder = Recorder()
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(panels, "panel_callback", recorder.note)
            for page in PAGES:
                page.register(None, self.desk)  # type: ignore[arg-type]
        self.panels = {f"{panel.page}/{panel.name}": (panel,) for panel in recorder.found}

    def see(self, panel: str, **state: str) -> dict[str, Any]:
        """A panel's payload, as sent to a viewer who has nothing yet."""
        payload = panels.build_payload(state, None, *self.panels[panel])
        assert payload is not None
        assert payload["version"] != "error", payload["absence"]
        return payload

    def settled(self) -> None:
        """Wait until nothing is fetched or refreshed any more."""
        until(lambda: not any(t.name.startswith(("fetch", "refresh")) for t in threads()))


def threads() -> list[threading.Thread]:
    """Those alive."""
    return threading.enumerate()


def text_of(content: Any) -> str:
    """All text of a panel's body."""
    if isinstance(content, dict):
        return text_of(content.get("props", {}).get("children", ""))
    if isinstance(content, list | tuple):
        return " ".join(map(text_of, content))
    return "" if content is None else str(content)


def said(payload: dict[str, Any]) -> str:
    """All that a panel says in words."""
    parts = (payload["title"], payload["subtitle"], payload["summary"], payload["note"])
    return " ".join([*parts, payload["absence"] or "", text_of(payload["body"])])


def desk_on(source: Source, clock: Clock, backend: Backend | None = None, **more: Any) -> Desk:
    """A desk with the real cache on one clock."""
    codec = Codec(CACHED_TYPES | {"hold-scan": StudyRecord})
    cache = Cache(backend or NoBackend(), codec, clock=clock)
    return Desk(source, cache, clock=clock, **{"deadline_seconds": 20.0, **more})


@dataclass
class YahooStage(Stage):
    """The same over the real Yahoo source and a server on this machine."""

    server: YahooServer = None  # type: ignore[assignment]
    line: Line = None  # type: ignore[assignment]
    source: YahooSource = None  # type: ignore[assignment]

    def lead_time(self) -> None:
        """Let so much time pass that every price must be asked for again."""
        self.clock.advance(minutes=11)


@contextmanager
def yahoo_stage(timeout: float = 5.0, **desk: Any) -> Iterator[YahooStage]:
    """Monday 27 January 2025 at noon, New York; every symbol of the market and TEST known."""
    clock = Clock()
    with yahoo_server() as server:
        for symbol in (*MARKET, "TEST"):
            server.bodies[f"chart/{symbol.replace('^', '%5E')}"] = chart_of(symbol, clock.time)
        line = Line(server.url)
        breaker = CircuitBreaker("Yahoo", lambda: clock.time.timestamp())
        source = server.source(session=line, timeout=timeout, clock=clock, breaker=breaker)
        opened = desk_on(source, clock, **desk)
        yield YahooStage(opened, clock, server=server, line=line, source=source)
        opened.close()


def new_york(day: str, clock: str) -> dt.datetime:
    """UTC of a New York wall-clock time."""
    local = dt.datetime.fromisoformat(f"{day}T{clock}").replace(tzinfo=sessions.NEW_YORK)
    return local.astimezone(dt.UTC)
