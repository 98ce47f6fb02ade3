"""Answers to a page's question: the payloads of its panels, the quick ones first.

One callback a page, because Dash's renderer pays for each. Panels are built side by side; what is
not ready soon after the others is named as pending, and the browser asks for it again at once. A
payload is drawn and encoded once for all viewers, and looked up by its version after that.
"""

from __future__ import annotations

import contextlib
import json
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Any

from cachetools import LRUCache
from plotly.io.json import to_json_plotly

from analytics.model import access, budgets, turns
from analytics.model.question import Answer
from components.frame.payloads import Asked, Panel, asked, drawn

SIDE_BY_SIDE = 6
"""Panels of one question that are built at once: as many requests as a browser would send."""

GRACE_SECONDS = 0.15
"""How long the panels that are ready wait for the others."""

PATIENCE_SECONDS = 20.0
"""How long a question waits for its first panel."""

STORED_BYTES = 8 << 20
"""Of encoded payloads, all pages together, in each process: a page in one state is some 500 KiB."""

_workers = ThreadPoolExecutor(32, thread_name_prefix="panels")


class EncodedPayloads:
    """The latest payloads as JSON, by page, panel and version; safe for threads.

    Args:
        most_bytes: of all together; what was not asked for the longest is dropped.
    """

    def __init__(self, most_bytes: int = STORED_BYTES) -> None:
        self._stored: LRUCache[tuple[str, str, str], bytes] = LRUCache(most_bytes, getsizeof=len)
        self._lock = threading.Lock()

    def get(self, panel: Panel[Any], version: str) -> bytes | None:
        """The payload of that version, if it is still there."""
        with self._lock:
            return self._stored.get((panel.page, panel.name, version))

    def put(self, panel: Panel[Any], version: str, body: bytes) -> None:
        """Store a payload; one larger than all the room is left out."""
        if len(body) > self._stored.maxsize:
            return
        with self._lock:
            self._stored[panel.page, panel.name, version] = body


@dataclass(frozen=True)
class Built:
    """A panel as built for a viewer.

    Attributes:
        version: of its payload.
        body: the payload as JSON; None when the viewer has it already.
        answers: all that it shows, as long as it shows no more than they say; empty where it may
            change at any time.
    """

    version: str
    body: bytes | None = None
    answers: Sequence[Answer[Any]] = ()


@dataclass(frozen=True)
class PagePayloads:
    """An answer to a page's question.

    Attributes:
        state: the question's, by which the browser knows which one is answered.
        built: by panel, what is ready.
        pending: the panels to ask for again.
    """

    state: Any
    built: Mapping[str, Built]
    pending: Sequence[str]

    @property
    def payloads(self) -> dict[str, bytes]:
        """JSON by panel, without what the browser has."""
        return {name: one.body for name, one in self.built.items() if one.body is not None}

    def to_json(self) -> bytes:
        """As one JSON object."""
        parts = (json.dumps(name).encode() + b":" + body for name, body in self.payloads.items())
        return b'{"state":%b,"payloads":{%b},"pending":%b}' % (
            json.dumps(self.state).encode(),
            b",".join(parts),
            json.dumps(list(self.pending)).encode(),
        )

    def plain(self) -> dict[str, Any]:
        """As plain JSON values."""
        plain: dict[str, Any] = json.loads(self.to_json())
        return plain


_Build = Future[Built]


def _key(panel: Panel[Any], state: Any, seen: Any) -> str:
    """Who asks the same with the same plan is answered together; of what is one's own, nobody."""
    who = access.viewer()
    whose = who.subscriber if panel.own else None
    return json.dumps([panel.name, state, seen, who.plan, whose], sort_keys=True)


@dataclass
class PageFeed:
    """Builds the panels of one page.

    Attributes:
        panels: by their names.
        encoded: what was built before.
    """

    panels: dict[str, Panel[Any]] = field(default_factory=dict)
    encoded: EncodedPayloads = field(default_factory=EncodedPayloads)
    _under_way: dict[str, _Build] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def is_own(self) -> bool:
        """Whether answers show what is their viewer's own."""
        return any(panel.own for panel in self.panels.values())

    def payload(self, panel: Panel[Any], raw: Any) -> bytes:
        """One panel's payload as JSON, for a page's state as the browser holds it."""
        return self._encoded(asked(raw, panel))[0]

    def answer(self, question: Mapping[str, Any]) -> PagePayloads:
        """What is ready for ``{"state", "seen", "only"}``, which is client data.

        Args:
            question: ``state`` of the page; ``seen``, versions by panel; ``only``, the panels
                asked for, all when it is left out.
        """
        state, seen, only = question.get("state"), question.get("seen"), question.get("only")
        known: Mapping[str, Any] = seen if isinstance(seen, dict) else {}
        names = [name for name in self.panels if not isinstance(only, list) or name in only]
        if len(names) == 1:
            built, pending = self._alone(names[0], state, known.get(names[0]))
        else:
            with turns.waiting(refuse=False):
                built, pending = self._gather(names, state, known)
        in_order = {name: built[name] for name in names if name in built}
        return PagePayloads(state, in_order, pending)

    def _alone(self, name: str, state: Any, seen: Any) -> tuple[dict[str, Built], list[str]]:
        """One panel, built in this thread: most often it only is looked up, in less time than
        another thread takes to begin. Who joins another's waits for that one.
        """
        key, mine = _key(self.panels[name], state, seen), _Build()
        with self._lock:
            future = self._under_way.setdefault(key, mine)
        if future is not mine:
            with turns.waiting(refuse=False):
                finished, _ = wait([future], PATIENCE_SECONDS)
            return ({name: future.result()}, []) if finished else ({}, [name])
        try:
            mine.set_result(self._build(self.panels[name], state, seen, ()))
        except BaseException as error:
            mine.set_exception(error)
        finally:
            self._under_way.pop(key, None)
        return {name: mine.result()}, []

    def _gather(
        self, names: Sequence[str], state: Any, seen: Mapping[str, Any]
    ) -> tuple[dict[str, Built], list[str]]:
        began = time.monotonic()
        queued = deque(names)
        running: dict[_Build, str] = {}
        built: dict[str, Built] = {}
        while queued or running:
            while queued and len(running) < SIDE_BY_SIDE:
                name = queued.popleft()
                running[self._start(name, state, seen.get(name))] = name
            left = (GRACE_SECONDS if built else PATIENCE_SECONDS) - (time.monotonic() - began)
            if left <= 0:
                break
            finished, _ = wait(running, left, FIRST_COMPLETED)
            for future in finished:
                built[running.pop(future)] = future.result()
        return built, [*running.values(), *queued]

    def _start(self, name: str, state: Any, seen: Any) -> _Build:
        """Build a panel, or join who builds it for another viewer or an earlier question."""
        key = _key(self.panels[name], state, seen)
        with self._lock:
            future = self._under_way.get(key)
            if future is None:
                like_asker = (turns.same_turn(), budgets.same_spending(), access.same_viewer())
                future = _workers.submit(self._build, self.panels[name], state, seen, like_asker)
                self._under_way[key] = future
                future.add_done_callback(lambda _: self._under_way.pop(key, None))
        return future

    def _build(
        self,
        panel: Panel[Any],
        state: Any,
        seen: Any,
        like_asker: Sequence[Callable[[], AbstractContextManager[None]]],
    ) -> Built:
        with contextlib.ExitStack() as stack:
            for context in like_asker:
                stack.enter_context(context())
            request = asked(state, panel)
            if request.version == seen:
                return Built(request.version, None, request.answers)
            body, lasts = self._encoded(request)
            return Built(request.version, body, request.answers if lasts else ())

    def _encoded(self, request: Asked[Any]) -> tuple[bytes, bool]:
        """What was drawn before at this version, or draw it; and whether it was drawn well."""
        body = self.encoded.get(request.panel, request.version)
        if body is not None:
            return body, True
        payload = drawn(request)
        body, well = to_json_plotly(payload).encode(), payload["version"] == request.version
        if request.absence is None and well:
            self.encoded.put(request.panel, request.version, body)
        return body, well
