"""Delivery of what is due: claimed, handed to its transport, and its outcome written down.

Any number of processes may send from one store: a delivery is claimed by one of them at a
time. One that dies between handing over and writing that down leaves the delivery due again,
and the receiver then sees the same Message-ID or webhook-id a second time: nothing is ever
lost, and what is doubled can be recognised.
"""

from __future__ import annotations

import datetime as dt
import logging
import math
import threading
import time
from collections import Counter, defaultdict, deque
from collections.abc import Callable, Iterable, Mapping, Sequence

from analytics.alerts.chat_targets import masked
from analytics.alerts.model import ChannelKind, DueDelivery
from analytics.model.vocabulary import HoldlineError
from analytics.runtime.alerts.transport import LEASE, SendFailure, Transport, next_attempt
from analytics.store.records import Records

_log = logging.getLogger(__name__)

LOOK_SECONDS = 1.0
MOST_AT_ONCE = 8
"""Messages of one transport under way in one process."""

AT_ONCE: Mapping[ChannelKind, int] = {"email": 2}
"""Where it is fewer: mail servers count connections."""

UNREADABLE_SECONDS = 15.0
_MARK_TRIES = 5


def _utc_now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


class Sender:
    """Sends by each transport to several people side by side, to each of them one after another.

    So a slow webhook holds up no e-mail, and somebody's slow receiver nobody's messages but theirs.

    Args:
        records: where deliveries stand.
        transports: how each kind of channel sends.
        clock: wall time, UTC.
        lease: how long a claim lasts that its process did not settle.
    """

    def __init__(
        self,
        records: Records,
        transports: Mapping[ChannelKind, Transport],
        clock: Callable[[], dt.datetime] = _utc_now,
        lease: dt.timedelta = LEASE,
        look_seconds: float = LOOK_SECONDS,
    ) -> None:
        self._records = records
        self._ways = transports
        self._clock = clock
        self._lease = lease
        self._look_seconds = look_seconds
        self._stopped = threading.Event()
        self._threads: list[threading.Thread] = []
        self._busy: dict[tuple[ChannelKind, str], threading.Thread] = {}
        self._counting = threading.Lock()
        self._looking = threading.Lock()
        self._looked_at = -math.inf
        self._due: frozenset[ChannelKind] = frozenset()
        self._counts: Counter[tuple[str, str]] = Counter()

    @property
    def counts(self) -> dict[tuple[str, str], int]:
        """(channel, "sent", "failed" or "given up") -> how many, in this process."""
        with self._counting:
            return dict(self._counts)

    def start(self) -> None:
        """Begin to send."""
        alike: defaultdict[int, list[ChannelKind]] = defaultdict(list)
        for channel, transport in self._ways.items():
            alike[id(transport)].append(channel)
        for channels in alike.values():
            thread = threading.Thread(
                target=self._run, args=(channels,), name=f"send-{channels[0]}", daemon=True
            )
            self._threads.append(thread)
            thread.start()

    def stop(self, patience_seconds: float = 5.0) -> None:
        """Begin nothing new, and wait a little for what is under way."""
        self._stopped.set()
        ends = time.monotonic() + patience_seconds
        with self._counting:
            under_way = [*self._threads, *self._busy.values()]
        for thread in under_way:
            thread.join(max(0.0, ends - time.monotonic()))

    def _run(self, channels: Sequence[ChannelKind]) -> None:
        names = ", ".join(channels)
        slots = threading.BoundedSemaphore(AT_ONCE.get(channels[0], MOST_AT_ONCE))
        turns = deque(channels)
        while not self._stopped.is_set():
            wait = self._look_seconds
            turns.rotate()  # of several kinds none waits for the end of another's
            try:
                if self._begin(turns, slots):
                    continue
            except HoldlineError as error:
                _log.warning("Deliveries by %s cannot be read: %s", names, error)
                wait = UNREADABLE_SECONDS
            except Exception:
                _log.exception("Sending by %s failed unexpectedly; it goes on.", names)
                wait = UNREADABLE_SECONDS
            self._stopped.wait(wait)

    def _begin(self, channels: Iterable[ChannelKind], slots: threading.BoundedSemaphore) -> bool:
        """Have one delivery sent by a thread of its own; False: nothing is due."""
        if not slots.acquire(timeout=self._look_seconds):
            return True  # all are under way: look again
        due = None
        try:
            something = self._channels_due()
            claims = (self._claim(channel) for channel in channels if channel in something)
            due = next(filter(None, claims), None)
        finally:
            if due is None:
                slots.release()
        if due is None:
            return False
        thread = threading.Thread(target=self._work, args=(due, slots), daemon=True)
        with self._counting:
            self._busy[due.channel, due.notice.subscriber] = thread
        thread.start()
        return True

    def _channels_due(self) -> frozenset[ChannelKind]:
        """The channels that something is due for, read once a look for the threads of all.

        Raises:
            HoldlineError: the store could not be read.
        """
        with self._looking:
            if time.monotonic() - self._looked_at >= self._look_seconds:
                self._due = self._records.outbox.channels_due(self._clock())
                self._looked_at = time.monotonic()
            return self._due

    def _work(self, due: DueDelivery, slots: threading.BoundedSemaphore) -> None:
        try:
            self._deliver(due)
        except Exception:
            _log.exception("Sending by %s failed unexpectedly; it is tried again.", due.channel)
        finally:
            with self._counting:
                del self._busy[due.channel, due.notice.subscriber]
            slots.release()

    def step(self, channel: ChannelKind) -> bool:
        """Send one delivery that is due; whether there was one.

        Raises:
            HoldlineError: the store could not be read.
        """
        due = self._claim(channel)
        if due is None:
            return False
        self._deliver(due)
        return True

    def _claim(self, channel: ChannelKind) -> DueDelivery | None:
        """Something due, of whom nothing is on its way by this kind of channel."""
        with self._counting:
            busy = {who for kind, who in self._busy if kind == channel}
        return self._records.outbox.claim(channel, self._clock(), self._lease, busy)

    def _deliver(self, due: DueDelivery) -> None:
        try:
            self._ways[due.channel].send(due)
        except SendFailure as failure:
            self._failed(due, failure)
        else:
            self._settle(due, "sent", lambda: self._records.outbox.sent(due, self._clock()))

    def _failed(self, due: DueDelivery, failure: SendFailure) -> None:
        now, reason = self._clock(), str(failure)
        where = masked(due.channel, due.target)
        again = None if failure.final else next_attempt(due, now)
        outbox = self._records.outbox
        if again is None:
            _log.warning("Gave up telling %s by %s: %s", where, due.channel, reason)
            self._settle(due, "given up", lambda: outbox.give_up(due, now, reason))
        else:
            _log.info("Not sent to %s by %s yet: %s", where, due.channel, reason)
            self._settle(due, "failed", lambda: outbox.put_off(due, again, reason))

    def _settle(self, due: DueDelivery, how: str, write: Callable[[], None]) -> None:
        """Write down how it went, patiently: what is not written down is sent again."""
        with self._counting:
            self._counts[due.channel, how] += 1
        for left in reversed(range(_MARK_TRIES)):
            try:
                return write()
            except HoldlineError as error:
                where = masked(due.channel, due.target)
                _log.warning("Delivery to %s (%s) not noted: %s", where, how, error)
                if not left or self._stopped.wait(1.0):
                    return None
        return None
