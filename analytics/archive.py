"""The desk's memory between sessions: chains and figures kept in the durable store.

Writing never delays nor breaks an answer: what could not be kept is said in `Archive.status`.
Each source has its own past, so that a simulated chain is never taken for a market's.
"""

from __future__ import annotations

import datetime as dt
import logging
import zlib
from collections.abc import Callable

from analytics import sessions
from analytics.cache.codec import Codec, CodecError
from analytics.sources.base import Source
from analytics.store.store import Store, StoreUnavailable
from analytics.vocabulary import KeptFigures, OptionChain

SETTLES = dt.timedelta(minutes=20)
"""How long after the close a delayed source's chain is taken to be the session's last."""

_CODEC = Codec({"chain": OptionChain})

_log = logging.getLogger(__name__)


class Archive:
    """What was fetched and shown, by session.

    Args:
        store: where it is kept; None keeps nothing.
        source: whose past this is.
        clock: wall time, UTC.
        status: why there is no store, or None.
    """

    def __init__(
        self,
        store: Store | None,
        source: Source,
        clock: Callable[[], dt.datetime],
        status: str | None = None,
    ) -> None:
        self._store = store
        self._source = source
        self._clock = clock
        self.status = status

    def remember_chain(self, chain: OptionChain) -> None:
        """Keep a chain that was fetched live."""
        if self._store is None:
            return
        final = self.is_final(chain.session)
        data = zlib.compress(_CODEC.encode(chain))
        self._write(
            lambda store: store.save_chain(
                self._source.name, chain, data, final=final, fetched_at=self._clock()
            )
        )

    def chain(self, symbol: str, session: dt.date) -> OptionChain | None:
        """The chain kept of exactly that session."""
        data = self._store.chain(self._source.name, symbol, session) if self._store else None
        if data is None:
            return None
        try:
            kept: OptionChain = _CODEC.decode(zlib.decompress(data))
        except (CodecError, zlib.error) as error:
            _log.warning("the kept chain of %s on %s is damaged: %s", symbol, session, error)
            return None
        return kept

    def has_final_chain(self, symbol: str, session: dt.date) -> bool:
        """Whether the session's last chain is kept already."""
        if self._store is None:
            return False
        return self._store.has_final_chain(self._source.name, symbol, session)

    def keep(self, question: str, kept: KeptFigures) -> None:
        """Keep what a question showed."""
        self._write(lambda store: store.keep_figures(self._source.name, question, kept))

    def figures(self, question: str, symbol: str, upto: dt.date) -> tuple[KeptFigures, ...]:
        """What was shown on the sessions up to ``upto``, oldest first."""
        if self._store is None:
            return ()
        return self._store.figures(self._source.name, question, symbol, upto)

    def is_final(self, session: dt.date) -> bool:
        """Whether the session has closed, and a delayed source has caught up with its close."""
        return self._source.now() >= sessions.session_close(session) + SETTLES

    def close(self) -> None:
        """Release the store."""
        if self._store is not None:
            self._store.close()

    def _write(self, write: Callable[[Store], None]) -> None:
        if self._store is None:
            return
        try:
            write(self._store)
            self.status = None
        except StoreUnavailable as error:
            self.status = str(error)
            _log.warning("%s", error)
