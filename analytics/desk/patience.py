"""Questions whose answers take long: waited for a moment, and found there when asked again."""

from __future__ import annotations

import contextlib
import datetime as dt
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from typing import Any, TypeVar

from cachetools import LRUCache

from analytics.desk.answer_memory import size_of
from analytics.desk.desk import Desk
from analytics.desk.provenance import no_provenance
from analytics.model import access
from analytics.model.question import BEING_COMPUTED, Answer, Question
from analytics.model.vocabulary import Freshness, HoldlineError, Moment

P = TypeVar("P")
R = TypeVar("R")
K = TypeVar("K")

PATIENCE_SECONDS = 1.0
WORKERS = 2
LAST_BYTES = 1 << 20
"""Of the answers given last, by a rough count, and as much of those that nobody has come for yet:
what is dropped here is asked of the desk again, which mostly still has it."""
NOT_FETCHED = "its options were not fetched yet: Supports and Options do"


class Patience:
    """Asks ``desk`` beside the request that wants to know.

    Args:
        seconds: the longest that one question is waited for.
    """

    def __init__(self, desk: Desk, seconds: float = PATIENCE_SECONDS) -> None:
        self._desk = desk
        self._seconds = seconds
        self._pool = ThreadPoolExecutor(WORKERS, thread_name_prefix="patience")
        self._asked: dict[tuple[Any, ...], Future[Answer[Any]]] = {}
        self._ready: LRUCache[tuple[Any, ...], Answer[Any]] = LRUCache(LAST_BYTES, size_of)
        self._last: LRUCache[tuple[Any, ...], Answer[Any]] = LRUCache(LAST_BYTES, size_of)
        self._lock = threading.Lock()

    def begin(
        self, question: Question[P, R], parameters: P, as_of: dt.date | None
    ) -> Callable[[Moment], Answer[R]]:
        """Have a question asked, at most once at a time; not where its answer is known.

        Returns:
            Waits for the answer. Where it takes longer, the last one of the same session, so that
            no figure that stood there goes away; else one for the moment given, without a result
            and with the reason `BEING_COMPUTED`.
        """
        key = (question.name, parameters, as_of, access.viewer().plan)
        known = self._desk.known(question, parameters, as_of)
        if known is None:
            with self._lock:
                known = self._ready.get(key)
        if known is not None:  # a thread of its own would cost ten times the look-up
            self._note(key, known)
            return lambda moment: known
        with self._lock:
            under_way = self._asked.get(key)
            ask = access.carried(self._desk.ask)
            asked = under_way or self._pool.submit(ask, question, parameters, as_of)
            self._asked[key] = asked
        if under_way is None:
            asked.add_done_callback(partial(self._finish, key))

        def take(moment: Moment) -> Answer[R]:
            try:
                answer = asked.result(self._seconds)
            except TimeoutError:
                with self._lock:
                    last = self._last.get(key)
                if last is not None and last.moment.session == moment.session:
                    return last
                not_yet = self._without_result(question.name, moment, BEING_COMPUTED)
                return replace(not_yet, asked=parameters)
            self._note(key, answer)
            return answer

        return take

    def _finish(self, key: tuple[Any, ...], done: Future[Answer[Any]]) -> None:
        """What came is ready for whoever asks next, unless it was taken already."""
        with self._lock:
            if self._asked.get(key) is not done:
                return
            del self._asked[key]
            if not done.cancelled() and done.exception() is None:
                _put(self._ready, key, done.result())

    def _note(self, key: tuple[Any, ...], answer: Answer[Any]) -> None:
        """The newest answer, and nobody waits for an older one any more."""
        with self._lock:
            self._ready.pop(key, None)
            _put(self._last, key, answer)
            asked = self._asked.get(key)
            if asked is not None and asked.done():
                del self._asked[key]

    def has_chain(self, symbol: str) -> bool:
        """Whether the symbol's present chain is there, or costs no request upstream."""
        if not self._desk.source.capabilities.remote:
            return True
        try:
            return self._desk.cached_chain(symbol) is not None
        except HoldlineError:
            return False

    def not_asked(self, name: str, moment: Moment, reason: str = NOT_FETCHED) -> Answer[Any]:
        """The answer to a question that is not asked for now, by default for want of a chain."""
        return self._without_result(name, moment, reason)

    def _without_result(self, name: str, moment: Moment, reason: str) -> Answer[Any]:
        return Answer(
            question=name,
            moment=moment,
            freshness=Freshness.NO_DATA,
            provenance=no_provenance(self._desk.source),
            reason=reason,
            version=reason,
        )


def _put(memory: LRUCache[K, Answer[Any]], key: K, answer: Answer[Any]) -> None:
    """The answer in the place of an older one; one larger than all the room is not stored."""
    if memory.get(key) is not answer:
        memory.pop(key, None)
        with contextlib.suppress(ValueError):
            memory[key] = answer
