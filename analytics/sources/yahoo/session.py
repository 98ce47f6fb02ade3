"""The HTTP session that yfinance is given: spaced, guarded, timed and read with suspicion.

yfinance turns most failures into "possibly delisted", answers a refusal with up to four more
requests, and lets requests last 30 s. All of that is settled here, below it: a bad answer
raises a `HoldlineError`, which passes through yfinance untouched.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from curl_cffi.requests import Response, Session
from curl_cffi.requests.exceptions import (
    ConnectionError as CurlConnectionError,
)
from curl_cffi.requests.exceptions import (
    DNSError,
    IncompleteRead,
    RequestException,
    Timeout,
    TooManyRedirects,
)

from analytics.model.spelling import or_did_you_mean
from analytics.model.vocabulary import HoldlineError, NotAvailable, SourceFailure, SymbolNotFound
from analytics.sources.guards import CircuitBreaker, RateLimiter
from analytics.sources.yahoo.chart import decode

_UNAUTHORIZED = (401, 403)
HANDSHAKE_PAUSE_SECONDS = 120.0
"""So long a cookie or crumb that could not be had is not asked for again: charts need neither."""
_HANDSHAKE_SHARE = 0.25
_WITH_HANDSHAKE = 1.75
_MOST_REDIRECTS = 5
CRUMB_PATH = "/v1/test/getcrumb"
COOKIE_HOST = "fc.yahoo.com"
CONSENT_HOST = "consent.yahoo.com"

_BODY_OF = {
    "/v8/finance/chart/": "chart",
    "/v7/finance/options/": "optionChain",
    "/v7/finance/quote": "quoteResponse",
    "/v10/finance/quoteSummary/": "quoteSummary",
    "/ws/fundamentals-timeseries/": "timeseries",
    "/v1/finance/visualization": "finance",
    "/v1/finance/search": "quotes",
}
"""What stands at the top of each address's answer; an answer without it says nothing."""


@dataclass
class Call:
    """One question to Yahoo, which may take several requests.

    Attributes:
        symbol: for the sentences; empty for a search.
        seconds_left: what its requests may still last together (waiting for a turn excluded).
        payloads: the data answers so far, as parsed JSON.
        status: the last data answer's HTTP status; 0 before any.
        failure: set once a request failed for good: yfinance's further attempts end on it.
    """

    symbol: str
    seconds_left: float
    payloads: list[dict[str, Any]] = field(default_factory=list)
    status: int = 0
    failure: HoldlineError | None = None


class GuardedSession(Session[Any]):
    """A curl_cffi session in front of another one (``inner``) that does the transport.

    Cookies live in ``inner``. Its methods may be called from many threads.
    """

    def __init__(
        self,
        inner: Session[Response],
        limiter: RateLimiter,
        breaker: CircuitBreaker,
        timeout: float,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__()
        self._inner = inner
        self._limiter = limiter
        self._breaker = breaker
        self._longest = timeout
        self._monotonic = clock
        self._here = threading.local()
        self._cookie_answer: Response | None = None
        self._no_handshake_until: dict[str, float] = {}

    @property  # type: ignore[misc]
    def cookies(self) -> Any:
        """The inner session's jar, which yfinance reads and clears."""
        return self._inner.cookies

    @contextmanager
    def call(self, symbol: str, seconds: float | None = None) -> Iterator[Call]:
        """Open the `Call` to which this thread's requests belong until the block ends.

        ``seconds`` bounds its requests together; by default 1.75 times the time-out of one, which
        leaves room for the cookie and crumb that a first call has to fetch.

        Raises:
            SourceFailure: while the circuit breaker is open.
        """
        with self._breaker.attempt():
            allowed = _WITH_HANDSHAKE * self._longest if seconds is None else seconds
            self._here.call = Call(symbol, allowed)
            try:
                yield self._here.call
            finally:
                self._here.call = None

    def request(self, method: str, url: str, **options: Any) -> Response:  # type: ignore[override]
        """Send one request in its turn; see the module's docstring.

        Raises:
            SourceFailure, SymbolNotFound, NotAvailable: for what a data answer says, or does
                not say. Failing cookie and crumb requests raise curl_cffi's own exceptions:
                yfinance knows how to go on without them, and they never stop what needs none.
        """
        call = getattr(self._here, "call", None) or Call("", self._longest)
        if call.failure is not None:
            raise call.failure
        host = urlsplit(url).hostname
        if host == COOKIE_HOST and self._cookie_answer is not None and len(self.cookies.jar):
            # With its file cache off, yfinance asks for the cookie again at every request.
            return self._cookie_answer
        is_data = _is_data(url)
        if not is_data and self._monotonic() < self._no_handshake_until.get(_place(url), 0.0):
            raise CurlConnectionError(f"{_place(url)} gave nothing a moment ago.")
        self._limiter.acquire()
        self._breaker.check()
        # yfinance lets all threads wait for one that fetches the cookie: it must be brief.
        share = 1.0 if is_data else _HANDSHAKE_SHARE
        longest = min(share * self._longest, call.seconds_left)
        if longest < 0.001:
            raise self._fail(call, _no_answer(_WITH_HANDSHAKE * self._longest))
        started = self._monotonic()
        try:
            # curl adds the two up to the total; a slow drip does not extend it.
            options["timeout"] = (longest / 2.0, longest / 2.0)
            options["max_redirects"] = _MOST_REDIRECTS
            response = self._inner.request(method, url, **options)  # type: ignore[arg-type]
        except RequestException as error:
            if not is_data:
                self._pause_handshake(url)
                raise
            self._breaker.failed(refused=isinstance(error, TooManyRedirects))
            raise self._fail(call, _transport_failure(error, longest)) from error
        finally:
            call.seconds_left -= self._monotonic() - started
        if urlsplit(url).path == CRUMB_PATH and response.status_code != 200:
            # Its body is no crumb, though yfinance would send it as one; without, it goes on.
            self._pause_handshake(url)
            raise CurlConnectionError(f"Yahoo refused the crumb (HTTP {response.status_code}).")
        if is_data and response.status_code == 429:
            raise self._fail(call, self._breaker.limited())
        if host == COOKIE_HOST:
            self._cookie_answer = response
        # yfinance fills in the consent form itself, and is then led on to the data.
        at_consent = urlsplit(response.url).hostname == CONSENT_HOST
        if _is_data(response.url) or (is_data and not at_consent):
            self._inspect(call, response)
        return response

    def _inspect(self, call: Call, response: Response) -> None:
        """Judge a data answer; what yfinance can use is also kept in ``call``."""
        earlier, call.status = call.status, response.status_code
        if response.status_code >= 500:
            self._breaker.failed()
            raise self._fail(
                call,
                SourceFailure(f"Yahoo has a fault of its own (HTTP {response.status_code})."),
            )
        if response.status_code in _UNAUTHORIZED:
            if earlier in _UNAUTHORIZED:
                raise self._fail(call, self._refused(call.status))
            return  # A worn-out crumb: yfinance fetches a new one and asks once more.
        payload = _parse(response)
        if isinstance(payload, HoldlineError):
            self._breaker.failed(refused=True)
            raise self._fail(call, payload)
        self._breaker.succeeded()
        failure = _stated_failure(payload, response.status_code, call.symbol)
        if failure is not None:
            raise self._fail(call, failure)
        call.payloads.append(payload)

    def _refused(self, status: int) -> SourceFailure:
        """What a final 401 or 403 comes to; only one in spite of a crumb speaks of Yahoo."""
        if any(self._monotonic() < until for until in self._no_handshake_until.values()):
            return SourceFailure(f"Yahoo wants a crumb and gives none (HTTP {status}).")
        self._breaker.failed(refused=True)
        return SourceFailure(f"Yahoo refused the request (HTTP {status}).")

    def _pause_handshake(self, url: str) -> None:
        self._no_handshake_until[_place(url)] = self._monotonic() + HANDSHAKE_PAUSE_SECONDS

    @staticmethod
    def _fail(call: Call, failure: HoldlineError) -> HoldlineError:
        call.failure = failure
        return failure


def _is_data(url: str) -> bool:
    """Whether ``url`` answers in JSON (all but the cookie, consent and crumb addresses)."""
    parts = urlsplit(url)
    return (parts.hostname or "").startswith("query") and parts.path != CRUMB_PATH


def _place(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.hostname}{parts.path}"


def _no_answer(seconds: float) -> SourceFailure:
    return SourceFailure(f"Yahoo did not answer within {seconds:.3g} s.")


def _transport_failure(error: RequestException, seconds: float) -> SourceFailure:
    if isinstance(error, DNSError):
        return SourceFailure("Yahoo's address could not be looked up: the network may be down.")
    if isinstance(error, Timeout):
        return _no_answer(seconds)
    if isinstance(error, TooManyRedirects):
        return SourceFailure("Yahoo sends the request round in circles (too many redirects).")
    if isinstance(error, IncompleteRead):
        return SourceFailure("Yahoo's answer was cut off on the way.")
    if isinstance(error, CurlConnectionError):
        return SourceFailure("Yahoo could not be reached: the connection failed.")
    return SourceFailure(f"Yahoo could not be asked ({type(error).__name__}).")


def _parse(response: Response) -> dict[str, Any] | SourceFailure:
    try:
        payload = decode(response.content)
    except ValueError:
        start = response.content[:2000].lstrip().lower()
        if b"consent" in start:
            return SourceFailure("Yahoo asks for its consent page to be accepted first.")
        if start.startswith(b"<"):
            return SourceFailure("Yahoo answered with a web page in place of data.")
        return SourceFailure("Yahoo's answer was cut off or is not JSON.")
    if not isinstance(payload, dict) or not _says_something(payload, response):
        return SourceFailure("Yahoo's answer has an unknown shape.")
    return payload


def _says_something(payload: dict[str, Any], response: Response) -> bool:
    """Whether an answer has the body of its address, or an error: ``{}`` is not "nothing there"."""
    path = urlsplit(response.url).path
    expected = next((name for start, name in _BODY_OF.items() if path.startswith(start)), None)
    if expected is None or response.status_code >= 400:
        return True
    body = payload.get(expected)
    if isinstance(body, dict):
        return "result" in body or bool(body.get("error"))
    return isinstance(body, list)


def _stated_failure(payload: dict[str, Any], status: int, symbol: str) -> HoldlineError | None:
    """The failure that Yahoo itself states: ``{"chart": {"error": {"code", "description"}}}``."""
    bodies = [body for body in payload.values() if isinstance(body, dict)]
    errors = [body["error"] for body in bodies if body.get("error")]
    if not errors and status < 400:
        return None
    error = errors[0] if errors and isinstance(errors[0], dict) else {}
    said = str(error.get("description") or f"HTTP {status}").rstrip(".")
    if symbol and (error.get("code") == "Not Found" or "delisted" in said):
        ending = or_did_you_mean(symbol)
        return SymbolNotFound(f"Yahoo does not know the symbol '{symbol}'{ending}")
    if symbol and said.startswith("Data doesn't exist"):
        return NotAvailable(f"Yahoo has no prices of {symbol} in that span.")
    return SourceFailure(f"Yahoo refused the request ({said}).")
