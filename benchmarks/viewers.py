"""Clients that ask as a browser with Holdline open does: snapshots, pulses, now and then a tab."""

from __future__ import annotations

import datetime as dt
import gzip
import http.client
import random
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlsplit

import orjson

from benchmarks.callbacks import CALLBACK, Client, answer_of, asking, complete

POLL_SECONDS = 1.0
SPACING_SECONDS = 0.25
"""Between two polls that wait for news, as in ``assets/core/live_poll.mjs``."""
TAB_SECONDS = (20.0, 40.0)
PATIENCE_SECONDS = 30.0
SYMBOLS = ("SPY", "NVDA", "QQQ", "AAPL", "XLK", "META")

Calls = Mapping[str, bytes]
Statuses = dict[tuple[str, str], str | None]


@dataclass(frozen=True, slots=True)
class Seen:
    """One snapshot as a client got it.

    Attributes:
        at: when, seconds of the machine's monotonic clock.
        sequence: the snapshot's.
    """

    at: float
    sequence: int


@dataclass(frozen=True)
class Content:
    """What a snapshot says, kept once for all clients.

    Attributes:
        etag: of the body as served.
        source_time: the source's clock at its encoding, seconds since 1970.
        tick_time: of SPY's newest price, seconds since 1970, or None before the first.
    """

    etag: str
    phase: str
    source_time: float
    tick_time: float | None
    prices: dict[str, float]
    statuses: Statuses


@dataclass
class Ledger:
    """What all clients together saw; safe for threads.

    Attributes:
        contents: by sequence.
        faults: whatever no client may meet, in sentences.
    """

    contents: dict[int, Content] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def fault(self, sentence: str) -> None:
        """Note what went wrong."""
        with self.lock:
            self.faults.append(sentence)

    def note(self, sequence: int, etag: str, body: Mapping[str, Any]) -> None:
        """Keep a snapshot; a sequence with two bodies is a fault."""
        with self.lock:
            known = self.contents.get(sequence)
            if known is None:
                self.contents[sequence] = _content(etag, body)
        if known is not None and known.etag != etag:
            self.fault(f"sequence {sequence} came with two bodies")


def _content(etag: str, body: Mapping[str, Any]) -> Content:
    quotes = body["quotes"]
    return Content(
        etag=etag,
        phase=body["phase"],
        source_time=seconds(body["at"]),
        tick_time=seconds(quotes["SPY"]["time"]) if "SPY" in quotes else None,
        prices={symbol: quote["price"] for symbol, quote in quotes.items()},
        statuses={
            (symbol, name): level["status"]
            for symbol, quote in quotes.items()
            for name, level in quote["levels"].items()
        },
    )


def seconds(text: str) -> float:
    """Seconds since 1970 of an ISO time."""
    return dt.datetime.fromisoformat(text).timestamp()


class Viewer:
    """One browser tab, on two connections: the snapshot poll, and the page's callbacks.

    A browser has up to six connections and asks for the panels of a pulse side by side; here they
    are asked for one after the other, and like there no pulse begins before the last is answered.
    """

    def __init__(
        self, number: int, address: str, calls: Calls, pace: float, ledger: Ledger
    ) -> None:
        self.seen: list[Seen] = []
        self.callbacks_ms: list[float] = []
        self._host = urlsplit(address).netloc
        self._calls = calls
        self._pace = pace
        self._ledger = ledger
        self._random = random.Random(number)
        self._symbol = SYMBOLS[number % len(SYMBOLS)]
        self._stop = threading.Event()
        self._connection = self._open()
        self._etag = ""
        self._moves = False
        self._threads = [
            threading.Thread(target=self._guarded, args=(work,), daemon=True)
            for work in (self._watch, self._read)
        ]

    def start(self) -> None:
        """Open the page."""
        for thread in self._threads:
            thread.start()

    def leave(self) -> None:
        """Ask nothing more, and wait for what is under way."""
        self._stop.set()
        for thread in self._threads:
            thread.join(2 * PATIENCE_SECONDS)

    def last(self) -> int:
        """The sequence of one more poll, made in the caller's thread."""
        self._poll(waiting=False)
        return self.seen[-1].sequence

    def _open(self) -> http.client.HTTPConnection:
        return http.client.HTTPConnection(self._host, timeout=PATIENCE_SECONDS)

    def _guarded(self, work: Any) -> None:
        try:
            work()
        except (OSError, http.client.HTTPException, ValueError, KeyError) as error:
            self._ledger.fault(f"a client stopped: {type(error).__name__}: {error}")

    def _watch(self) -> None:
        while not self._stop.is_set():
            began = time.monotonic()
            pause = SPACING_SECONDS if self._poll(waiting=True) else POLL_SECONDS
            self._stop.wait(max(0.0, began + pause - time.monotonic()))

    def _poll(self, *, waiting: bool) -> bool:
        """Ask for the snapshot; like the page, go on after a failure; whether it may wait."""
        try:
            return self._ask(waiting)
        except (OSError, http.client.HTTPException) as error:
            self._ledger.fault(f"a poll failed: {type(error).__name__}: {error}")
            self._connection.close()
            self._connection = self._open()
            return False

    def _ask(self, waiting: bool) -> bool:
        since = str(self.seen[-1].sequence) if self.seen else ""
        headers = {"Accept-Encoding": "gzip"}
        if self._etag:
            headers["If-None-Match"] = self._etag
        path = f"/live.json?since={since}&symbols={quote(self._symbol)}"
        path += "&wait=1" if waiting and self._moves else ""
        self._connection.request("GET", path, headers=headers)
        answer = self._connection.getresponse()
        body = answer.read()
        may_wait = self._moves and "Retry-After" not in answer.headers
        if answer.status in (204, 304):
            return may_wait
        if answer.status != 200:
            self._ledger.fault(f"/live.json answered {answer.status}")
            return False
        content = orjson.loads(gzip.decompress(body))
        sequence = content["sequence"]
        if self.seen and sequence < self.seen[-1].sequence:
            self._ledger.fault(
                f"the sequence went back from {self.seen[-1].sequence} to {sequence}"
            )
        self._etag = answer.headers["ETag"]
        self._ledger.note(sequence, self._etag, content)
        self.seen.append(Seen(time.monotonic(), sequence))
        self._moves = content["phase"] != "closed" and content["speed"] != 0
        return may_wait

    def _read(self) -> None:
        connection = self._open()
        while not self._stop.is_set():
            page = self._random.choice(sorted(self._calls))
            leaves = time.monotonic() + self._random.uniform(*TAB_SECONDS)
            seen: dict[str, str] = {}
            pending: list[str] = []
            while not self._stop.is_set() and time.monotonic() < leaves:
                began = time.monotonic()
                pending = self._call(connection, self._calls[page], seen, pending)
                if not pending:
                    self._stop.wait(max(0.0, self._pace - (time.monotonic() - began)))

    def _call(
        self,
        connection: http.client.HTTPConnection,
        call: bytes,
        seen: dict[str, str],
        pending: list[str],
    ) -> list[str]:
        """The page's callback, with the versions that this viewer has; what is still to come."""
        state = {"symbol": self._symbol}
        only = {"only": pending} if pending else {}
        body = asking(call, state=state, seen=seen, **only)
        began = time.perf_counter()
        headers = {"Content-Type": "application/json", "Accept-Encoding": "gzip"}
        connection.request("POST", CALLBACK, body, headers)
        reply = connection.getresponse()
        content = reply.read()
        self.callbacks_ms.append((time.perf_counter() - began) * 1000)
        if reply.status != 200:
            self._ledger.fault(f"a callback answered {reply.status}: {content[:120]!r}")
            return []
        if reply.headers.get("Content-Encoding") == "gzip":
            content = gzip.decompress(content)
        answer = answer_of(content)
        seen |= {name: payload["version"] for name, payload in answer["payloads"].items()}
        return list(answer["pending"])


def warm(address: str, calls: Calls) -> None:
    """Every panel of every symbol once, so that what is computed once is there."""
    for symbol in SYMBOLS:
        for call in calls.values():
            complete(Client(address), call, {"symbol": symbol})
