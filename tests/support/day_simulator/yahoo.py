"""The loopback Yahoo that answers from a simulated market at a clock, altered by a fault."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from tests.support.builders import Clock
from tests.support.day_simulator.market import SYMBOLS, Market
from tests.support.loopback import bodies
from tests.support.loopback.server import Fault, YahooServer

Answer = tuple[int, str, bytes]
Alter = Callable[[str, str, Any, dt.datetime], Any]
"""(kind, symbol, the answer's JSON, the moment) -> the JSON, or bytes, sent in its place.

Kinds are ``chart``, ``minutes`` and ``quote`` (whose symbol is empty).
"""


class SimulatedYahoo(YahooServer):
    """Yahoo at a clock.

    Attributes:
        alter: what a fault makes of answers at present; None: they are true.
        met: how many answers a fault has changed or refused.
    """

    def __init__(self, market: Market, clock: Clock) -> None:
        super().__init__()
        self.bodies.clear()
        self.market = market
        self.alter: Alter | None = None
        self.clock = clock
        self.met = 0

    def answer(self, host: str, target: str) -> Answer:
        """As the loopback's, with charts and quotes of the market."""
        parts = urlsplit(target)
        kind, _, symbol = parts.path.strip("/").partition("finance/")[2].partition("/")
        known = kind == "quote" or (kind == "chart" and unquote(symbol) in SYMBOLS)
        if self.fault_of(target) is not None or not known or not host.startswith("query"):
            return super().answer(host, target)
        answer = self._answer(kind, unquote(symbol), parse_qs(parts.query))
        body = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
        return 200, "application/json", body

    def _answer(self, kind: str, symbol: str, query: dict[str, list[str]]) -> Any:
        now = self.clock()
        if kind == "quote":
            asked = query["symbols"][0].split(",")
            entries = [self.market.quote(s, now) for s in asked if s in SYMBOLS]
            answer: Any = json.loads(bodies.quotes(entries))
            return self._altered("quote", "", answer, now)
        if query.get("interval") == ["1m"]:
            begins = dt.datetime.fromtimestamp(int(query["period1"][0]), dt.UTC)
            result = self.market.minutes(symbol, begins.date(), now)
            kind = "minutes"
        else:
            result = self.market.chart(symbol, now)
        return self._altered(kind, symbol, {"chart": {"result": [result], "error": None}}, now)

    def _altered(self, kind: str, symbol: str, answer: Any, now: dt.datetime) -> Any:
        if self.alter is None:
            return answer
        altered = self.alter(kind, symbol, answer, now)
        self.met += altered is not answer
        return altered

    def fault_of(self, target: str) -> Fault | None:
        """As the loopback's, counted."""
        fault = super().fault_of(target)
        self.met += fault is not None
        return fault
