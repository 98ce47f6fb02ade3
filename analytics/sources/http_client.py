"""Plain requests to a public provider: paced, bounded in time and size, judged before use.

The client says who it is and looks like no browser. curl_cffi is imported at the first request.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import urljoin, urlsplit

from analytics.model.vocabulary import NotAvailable, SourceFailure
from analytics.sources.guards import CircuitBreaker, RateLimiter

if TYPE_CHECKING:
    from curl_cffi.requests import Response, Session

PROGRAM = "Holdline"

Kind = Literal["json", "xml", "csv", "ics", "html"]

MOST_REDIRECTS = 3
_REDIRECTS = (301, 302, 303, 307, 308)
_MAX_WAIT = 20.0
"""Seconds that a request may wait for its turn."""


class NoSuchPage(NotAvailable):
    """The provider answered that it has nothing at that address (HTTP 404 or 410)."""


@dataclass(frozen=True)
class Body:
    """A whole answer.

    Attributes:
        content: decoded; empty where the copy that the caller has still stands.
        unchanged: the provider said so (HTTP 304).
        etag: the answer's version in the provider's words; empty without one.
    """

    content: bytes
    unchanged: bool = False
    etag: str = ""


@dataclass(frozen=True)
class Limits:
    """How far one request may go.

    Attributes:
        seconds: in all; a slow drip does not extend it.
        most_bytes: of the decoded answer.
        hosts: to which an answer may redirect, beside the host asked.
    """

    seconds: float = 20.0
    most_bytes: int = 8 << 20
    hosts: Collection[str] = field(default=())


class ProviderClient:
    """Requests to one provider under its own limiter and breaker; usable from many threads.

    Args:
        provider: its name in sentences.
        limiter, breaker: its guards.
        limits: of each request.
        contact: the operator's e-mail address or page, sent with every request; may be empty.
    """

    def __init__(
        self,
        provider: str,
        limiter: RateLimiter,
        breaker: CircuitBreaker,
        limits: Limits,
        contact: str = "",
    ) -> None:
        self._provider = provider
        self._limiter = limiter
        self._breaker = breaker
        self._limits = limits
        self._agent = f"{PROGRAM} {contact}".strip()
        self._here = threading.local()

    def get(self, url: str, kind: Kind, *, etag: str = "") -> Body:
        """The answer of an address.

        Args:
            url: http(s).
            kind: what the answer must be; a web page in its place is a failure.
            etag: of the copy that the caller has.

        Raises:
            NoSuchPage: there is nothing at the address.
            SourceFailure: refused, unreachable, too slow, too large, cut off, or of another kind.
        """
        with self._breaker.attempt():
            self._limiter.acquire(_MAX_WAIT)
            for _ in range(MOST_REDIRECTS + 1):
                status, headers, content = self._request(url, kind, etag)
                if status not in _REDIRECTS:
                    return self._judged(status, headers, content, kind)
                url = self._redirected(url, headers.get("location", ""))
            raise self._failed(f"{self._provider} sends the request round in circles.")

    def get_json(self, url: str) -> Any:
        """The parsed JSON of an address; raises as `get`."""
        return self.parsed(self.get(url, "json"))

    def parsed(self, body: Body) -> Any:
        """A JSON body; a byte order mark before it is passed over.

        Raises:
            SourceFailure: it is cut off, or no JSON.
        """
        try:
            return json.loads(body.content.decode("utf-8-sig"))
        except ValueError as error:
            raise self.unreadable() from error

    def unreadable(self) -> SourceFailure:
        """Count an answer that its reader could not use; returns the failure to raise."""
        return self._failed(f"{self._provider}'s answer was cut off or has an unknown shape.")

    def _request(self, url: str, kind: Kind, etag: str) -> tuple[int, Mapping[str, str], bytes]:
        from curl_cffi.requests.exceptions import RequestException

        headers = {"User-Agent": self._agent, "Accept": _ACCEPT[kind]}
        if etag:
            headers["If-None-Match"] = etag
        seconds = self._limits.seconds
        try:
            with self._session().stream(
                "GET", url, headers=headers, allow_redirects=False, timeout=seconds
            ) as response:
                content = self._read(response)
                return response.status_code, response.headers, content
        except RequestException as error:
            raise self._failed(self._transport_failure(error)) from error

    def _read(self, response: Response) -> bytes:
        parts, size = [], 0
        for part in response.iter_content():  # type: ignore[no-untyped-call]
            parts.append(part)
            size += len(part)
            if size > self._limits.most_bytes:
                most = self._limits.most_bytes >> 20
                raise self._failed(f"{self._provider}'s answer is larger than {most} MB.")
        return b"".join(parts)

    def _session(self) -> Session[Any]:
        """A session a thread: curl's handles are not shared."""
        from curl_cffi import CurlOpt
        from curl_cffi.requests import Session

        session: Session[Any] | None = getattr(self._here, "session", None)
        if session is None:
            # of a streamed answer the request's own time-out bounds the pauses only
            whole = {CurlOpt.TIMEOUT_MS: int(self._limits.seconds * 1000)}
            session = self._here.session = Session(curl_options=whole)
        return session

    def _redirected(self, url: str, location: str) -> str:
        """Where an answer leads.

        Raises:
            SourceFailure: to a host that is not on the list, or out of https.
        """
        target = urljoin(url, location)
        before, after = urlsplit(url), urlsplit(target)
        allowed = after.hostname == before.hostname or after.hostname in self._limits.hosts
        if not location or not allowed or after.scheme not in ("https", before.scheme):
            where = after.hostname or "nowhere"
            raise self._failed(
                f"{self._provider} sends the request on to {where}, which is not on the list.",
                refused=True,
            )
        return target

    def _judged(self, status: int, headers: Mapping[str, str], content: bytes, kind: Kind) -> Body:
        if status == 304:
            self._breaker.succeeded()
            return Body(b"", unchanged=True, etag=headers.get("etag", ""))
        if status == 429:
            raise self._breaker.limited()
        if status in (404, 410):
            self._breaker.succeeded()
            raise NoSuchPage(f"{self._provider} has nothing there (HTTP {status}).")
        if status >= 500:
            raise self._failed(f"{self._provider} has a fault of its own (HTTP {status}).")
        if status != 200:
            sentence = f"{self._provider} refused the request (HTTP {status})."
            raise self._failed(sentence, refused=True)
        if not _begins_as(content, kind):
            raise self._failed(
                f"{self._provider} answered with a web page or other text in place of data.",
                refused=True,
            )
        self._breaker.succeeded()
        return Body(content, etag=headers.get("etag", ""))

    def _failed(self, sentence: str, *, refused: bool = False) -> SourceFailure:
        self._breaker.failed(refused=refused)
        return SourceFailure(sentence)

    def _transport_failure(self, error: Exception) -> str:
        from curl_cffi.requests.exceptions import DNSError, IncompleteRead, Timeout

        if isinstance(error, Timeout):
            seconds = self._limits.seconds
            return f"{self._provider} did not answer within {seconds:.3g} s."
        if isinstance(error, DNSError):
            return f"{self._provider}'s address could not be looked up: the network may be down."
        if isinstance(error, IncompleteRead):
            return f"{self._provider}'s answer was cut off on the way."
        return f"{self._provider} could not be reached ({type(error).__name__})."


_ACCEPT: Mapping[Kind, str] = {
    "json": "application/json",
    "xml": "application/xml, application/atom+xml",
    "csv": "text/csv",
    "ics": "text/calendar",
    "html": "text/html",
}

_FIRST: Mapping[Kind, tuple[bytes, ...]] = {
    "json": (b"{", b"["),
    "xml": (b"<?xml", b"<feed"),
    "ics": (b"begin:vcalendar",),
    "html": (b"<",),
}


def _begins_as(content: bytes, kind: Kind) -> bool:
    """Whether the first bytes are those of the kind; any text but markup passes as CSV."""
    start = content[:200].removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    if kind == "csv":
        return bool(start) and not start.startswith((b"<", b"{"))
    return start.startswith(_FIRST[kind])
