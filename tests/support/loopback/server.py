"""A small threaded HTTP server that answers yfinance's addresses, and fails on demand."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from enum import Enum, auto
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, TypeVar
from urllib.parse import parse_qs, unquote, urlsplit

from curl_cffi.requests import Session

from analytics.sources.guards import RateLimiter
from analytics.sources.yahoo.source import YahooSource
from tests.support.loopback import bodies
from tests.support.shared_data import SHARED

RECORDED = {
    "chart/AAPL": "chart_AAPL.json",
    "chart/NVDA": "chart_NVDA_split_2021-02_2022-01.json",
    "chart/MSFT": "chart_MSFT_dividends_2021-02_2022-01.json",
    "options/AAPL": "options_v7_AAPL.json",
    "options/QQQ": "options_QQQ_2025-02-21.json",
    "timeseries/AAPL": "timeseries_income_statement_quarterly_AAPL.json",
    "timeseries/GOOG": "timeseries_GOOG_financials_quarterly.json",
    "quote/AAPL,MSFT": "quote_v7_AAPL-MSFT.json",
    "quoteSummary/META": "fundamentals_api_calendarEvents_META.json",
}


class Fault(Enum):
    """A way for every data address to fail."""

    LIMITED = auto()
    HTML_500 = auto()
    JSON_503 = auto()
    UNAUTHORIZED = auto()
    FORBIDDEN = auto()
    REDIRECT_LOOP = auto()
    EMPTY_OBJECT = auto()
    HANG = auto()
    DRIP = auto()
    CUT_BODY = auto()
    CUT_JSON = auto()
    CONSENT = auto()
    CONSENT_FORM = auto()
    NULL_RESULT = auto()


_ANSWERS: dict[Fault, tuple[int, str, bytes]] = {
    Fault.LIMITED: (429, "text/plain", b"Too Many Requests\r\n"),
    Fault.HTML_500: (500, "text/html", b"<!DOCTYPE html><html>Internal error</html>"),
    Fault.JSON_503: (503, "application/json", b'{"finance": {"error": {"code": "busy"}}}'),
    Fault.UNAUTHORIZED: (
        401,
        "application/json",
        b'{"finance": {"error": {"code": "Unauthorized", "description": "Invalid Crumb"}}}',
    ),
    Fault.FORBIDDEN: (403, "text/html", b"<html>Forbidden</html>"),
    Fault.REDIRECT_LOOP: (302, "text/html", b""),
    Fault.EMPTY_OBJECT: (200, "application/json", b"{}"),
    Fault.CUT_JSON: (200, "application/json", b'{"chart": {"result": [{"meta": {"curr'),
    Fault.CONSENT: (
        200,
        "text/html",
        b"<html><form class='consent-form'><input name='csrfToken' value='x'></form></html>",
    ),
    Fault.NULL_RESULT: (
        200,
        "application/json",
        b'{"chart": {"result": null, "error": null}, "optionChain": {"result": []}, '
        b'"timeseries": {"result": []}, "quotes": []}',
    ),
}


_FORM = b"<html><form class='redirected'"


def _consent_form(target: str) -> bytes:
    """The page of consent.yahoo.com to which Yahoo redirects readers of some countries."""
    action = f"/v2/collectConsent?done={target}".replace("&", "&amp;").encode()
    return _FORM + b" action='" + action + b"'><input name='csrfToken' value='x'></form></html>"


class YahooServer:
    """Yahoo on a free port of 127.0.0.1.

    Attributes:
        url: where it listens.
        bodies: ``chart/SYMBOL``, ``options/SYMBOL``, ``options/SYMBOL?EPOCH``,
            ``timeseries/SYMBOL``, ``search`` ... -> the answer; starts with the recorded ones.
        quotes: entry of the bulk quote answer by symbol; while there is none that address is
            unknown.
        fault: how data addresses fail now; None: they do not.
        only: the fault meets only the addresses that hold this text.
        crumb_status: the HTTP status of the crumb's address.
        requests: every request so far, as (host asked for, path with query).
    """

    def __init__(self) -> None:
        folder = SHARED / "yahoo"
        self.bodies: dict[str, bytes] = {
            key: (folder / name).read_bytes()
            for key, name in RECORDED.items()
            if (folder / name).is_file()
        }
        self.quotes: dict[str, dict[str, Any]] = {}
        self.fault: Fault | None = None
        self.only = ""
        self.crumb_status = 200
        self.requests: list[tuple[str, str]] = []
        self._released = threading.Event()
        self._http = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._http.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._http.server_port}"
        self._thread = threading.Thread(
            target=self._http.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True
        )
        self._thread.start()

    def close(self) -> None:
        """Stop serving, and let hanging answers end."""
        self._released.set()
        self._http.shutdown()
        self._http.server_close()
        self._thread.join()

    def fault_of(self, target: str) -> Fault | None:
        """How this address fails now."""
        return self.fault if self.only in target else None

    def count(self, part: str = "") -> int:
        """How many requests so far had ``part`` in their path."""
        return sum(part in path for _, path in self.requests)

    def session(self, url: str | None = None) -> Session[Any]:
        """A session that takes every request to this server (or to another ``url``)."""
        return LoopbackSession(url or self.url)

    def source(self, **settings: Any) -> YahooSource:
        """A Yahoo source that asks this server, without pauses between requests."""
        settings = {"limiter": RateLimiter(1e6, 1000), "timeout": 5.0, **settings}
        return YahooSource(settings.pop("session", self.session()), **settings)

    def answer(self, host: str, target: str) -> tuple[int, str, bytes]:
        """Status, content type and body of one request."""
        parts = urlsplit(target)
        if host == "fc.yahoo.com":
            return 404, "text/html", b"<html>not found</html>"
        if parts.path == "/v1/test/getcrumb":
            return self.crumb_status, "text/plain", b"crumb"
        if host == "consent.yahoo.com" and "?done=" in target:
            self.fault = None  # accepted: on to the page asked for
            target = target.partition("?done=")[2]
            parts = urlsplit(target)
        fault = self.fault_of(target)
        if fault is Fault.CONSENT_FORM:
            return 200, "text/html", _consent_form(target)
        if fault is not None:
            return _ANSWERS[fault]
        kind, _, symbol = parts.path.strip("/").partition("finance/")[2].partition("/")
        if parts.path.startswith("/ws/fundamentals-timeseries"):
            kind, symbol = "timeseries", parts.path.rpartition("/")[2]
        query = parse_qs(parts.query)
        if kind == "quote":
            symbol = query["symbols"][0]
        key = f"{kind}/{symbol}" if symbol else kind
        dated = f"{key}?{query['date'][0]}" if "date" in query else key
        body = self.bodies.get(dated) or self.bodies.get(key)
        if body is not None:
            asked = unquote(symbol).encode()
            return 200, "application/json", body.replace(bodies.ASKED.encode(), asked)
        if kind == "quote" and self.quotes:
            known = [self.quotes[s] for s in symbol.split(",") if s in self.quotes]
            return 200, "application/json", bodies.quotes(known)
        if kind == "search":
            return 200, "application/json", bodies.search()
        if kind == "options":
            return 200, "application/json", bodies.no_options()
        if kind == "timeseries":
            return 200, "application/json", b'{"timeseries": {"result": [], "error": null}}'
        return 404, "application/json", bodies.unknown_symbol()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        server = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            wbufsize = 65536  # One packet an answer: two meet the 40 ms of a delayed ACK.

            def do_GET(self) -> None:
                host = self.headers.get("X-Original-Host", "")
                server.requests.append((host, self.path))
                fault = server.fault_of(self.path)
                if fault is Fault.HANG:
                    server._released.wait(10.0)
                    self.close_connection = True
                    return
                if fault is Fault.DRIP:
                    self._drip()
                    return
                cut = fault is Fault.CUT_BODY
                status, kind, body = (
                    (200, "application/json", b'{"chart": {"res')
                    if cut
                    else server.answer(host, self.path)
                )
                if host == "consent.yahoo.com":
                    host = "query2.finance.yahoo.com"
                if body.startswith(_FORM):
                    host = "consent.yahoo.com"
                self._head(status, kind, len(body) + (1000 if cut else 0), host)
                self.wfile.write(body)
                self.close_connection = self.close_connection or cut

            def do_POST(self) -> None:
                self.rfile.read(int(self.headers.get("Content-Length", 0)))
                self.do_GET()

            def _head(self, status: int, kind: str, length: int, host: str = "") -> None:
                self.send_response(status)
                if status == 302:
                    self.send_header("Location", self.path)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(length))
                self.send_header("X-Landed-Host", host)
                if host == "fc.yahoo.com":
                    self.send_header("Set-Cookie", "A3=crumbs; Path=/")
                self.end_headers()

            def _drip(self) -> None:
                self._head(200, "application/json", 100_000)
                end = time.monotonic() + 10.0
                try:
                    while time.monotonic() < end and not server._released.wait(0.02):
                        self.wfile.write(b" ")
                        self.wfile.flush()
                except OSError:
                    self.close_connection = True  # The client has had enough: what we wait for.

            def log_message(self, format: str, *args: Any) -> None:
                """Keep the test output clean."""

        return Handler


class LoopbackSession(Session[Any]):
    """A session that sends every request to ``url``, the host asked for in a header.

    The answer's address is the one a redirect of the real Yahoo would have led to.
    """

    def __init__(self, url: str) -> None:
        super().__init__(trust_env=False)
        self._to = url

    def request(self, method: Any, url: str, **options: Any) -> Any:  # type: ignore[override]
        parts = urlsplit(url)
        if parts.hostname != "127.0.0.1":
            query = f"?{parts.query}" if parts.query else ""
            url = f"{self._to}{parts.path}{query}"
            headers = {**(options.get("headers") or {}), "X-Original-Host": parts.hostname or ""}
            options["headers"] = headers
        response = super().request(method, url, **options)
        if landed := response.headers.get("X-Landed-Host"):
            response.url = response.url.replace(self._to, f"https://{landed}")
        return response


S = TypeVar("S", bound=YahooServer)


@contextmanager
def yahoo_server() -> Iterator[YahooServer]:
    """A running server, and yfinance's one shared client forgotten before and after."""
    with yahoo_server_of(YahooServer) as server:
        yield server


@contextmanager
def yahoo_server_of(make: Callable[[], S]) -> Iterator[S]:
    """The same with a server of another kind."""
    import yfinance

    server = make()
    clients = type(yfinance.data.YfData)._instances
    clients.clear()
    yfinance.data.YfData.cache_get.cache_clear()
    try:
        yield server
    finally:
        clients.clear()
        server.close()
