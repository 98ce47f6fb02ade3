"""Closes told by the call ledger: whenever a process is next alive, once, however late.

For each symbol of a rule the sessions that have closed since the rule was set are gone through
until the ledger has their scores. That a session's close was told is remembered in the store, so
that figures which change later make no second event of it.
"""

from __future__ import annotations

import datetime as dt
import logging
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence, Set
from functools import partial

from analytics.alerts.closing import PROVISIONAL, close_event
from analytics.alerts.evaluate import KIND, Watch, event_key, scope_of
from analytics.alerts.level_close import LevelClose
from analytics.alerts.model import Message
from analytics.alerts.path import Path, path_of, path_of_minutes
from analytics.alerts.rule import AlertEvent, Situation, day_words
from analytics.alerts.rule_levels import beyond_the_feed
from analytics.model.access import Plan
from analytics.model.calendars import NYSE, ListingCalendar, calendar_named
from analytics.model.levels import LevelId
from analytics.model.listing_calendars import calendar_of
from analytics.model.vocabulary import HoldlineError
from analytics.runtime.alerts.history import History, SessionClose
from analytics.runtime.alerts.isolation import Isolation
from analytics.runtime.alerts.splits import Splits
from analytics.store.database import StoreUnavailable

_log = logging.getLogger(__name__)

LATE = dt.timedelta(hours=1)
"""What is told longer after its close says so."""
LOOK_SECONDS = 2.0
AGAIN_SECONDS, LONGEST_SECONDS = 5.0, 1800.0
NEW_RULE = dt.timedelta(days=10)
"""A symbol whose closes were never gone through is gone through from so far back at most."""
SENTIMENT = "sentiment"

Known = Callable[[str, Collection[str]], Set[str]]
"""Of these keys of a subscriber's notices those that stand already."""

Tell = Callable[[str, Message], bool]


class Closings:
    """Goes through the closes that one process has not seen told.

    Args:
        known: keys of notices that stand.
        tell: writes a message down.
        monotonic: seconds.
    """

    def __init__(
        self,
        history: History,
        splits: Splits,
        known: Known,
        tell: Tell,
        monotonic: Callable[[], float],
    ) -> None:
        self._history = history
        self._splits = splits
        self._known = known
        self._tell = tell
        self._monotonic = monotonic
        self._isolation = Isolation()
        self._looked_at = -float("inf")
        self._again: dict[tuple[str | None, str, dt.date], tuple[float, float]] = {}
        self._decided: dict[tuple[str | None, str], set[dt.date]] = {}

    def step(self, watches: Sequence[Watch], run: str | None) -> int:
        """Tell the closes that are known by now and were not told; how many notices were written.

        Raises:
            StoreUnavailable: the store could not be used; another step goes on.
        """
        now = self._monotonic()
        if now - self._looked_at < LOOK_SECONDS:
            return 0
        self._looked_at = now
        return sum(self._step(symbol, own, run) for symbol, own in _by_symbol(watches).items())

    def _step(self, symbol: str, watches: Sequence[Watch], run: str | None) -> int:
        """One symbol's closes; what cannot be said of it holds up no other symbol."""
        try:
            waiting = self._waiting(symbol, watches, run)
        except StoreUnavailable:
            raise
        except HoldlineError as error:
            _log.warning("The closes of %s cannot be gone through: %s", symbol, error)
            return 0
        due = [session for session in waiting if self._is_due(run, symbol, session)]
        return sum(self._try(symbol, session, watches, run) for session in due)

    def _waiting(self, symbol: str, watches: Sequence[Watch], run: str | None) -> list[dt.date]:
        """The symbol's closed sessions that a rule was set before, and nobody has gone through."""
        listing, now = _calendar(symbol), self._history.now()
        decided = self._known_decided(run, symbol)
        since = min((watch.since or now for watch in watches), default=now)
        if run is None:
            if not decided:
                since = max(since, now - NEW_RULE)
                decided |= self._begin(symbol, min(since, now))
            if decided:
                since = max(since, listing.close(min(decided)))
        closed = self._history.closed(symbol, since)
        return [session for session in closed if session not in decided]

    def _begin(self, symbol: str, since: dt.datetime) -> set[dt.date]:
        """Remember the last session that was over when the first rule on a symbol was set.

        One whose close nobody has is not over: the clock is ahead.
        """
        listing = _calendar(symbol)
        session = listing.current_session(since)
        if listing.close(session) > since:
            session = listing.previous_session(session)
        if not self._is_due(None, symbol, session):
            return set()
        self._pause(None, symbol, session)
        if symbol != SENTIMENT and self._history.close(symbol, session) is None:
            return set()
        self._history.decide(symbol, [session])
        return {session}

    def _known_decided(self, run: str | None, symbol: str) -> set[dt.date]:
        key = (run, symbol)
        if key not in self._decided:
            self._decided[key] = set(self._history.decided(symbol)) if run is None else set()
        return self._decided[key]

    def _is_due(self, run: str | None, symbol: str, session: dt.date) -> bool:
        due, _ = self._again.get((run, symbol, session), (-float("inf"), 0.0))
        return self._monotonic() >= due

    def _pause(self, run: str | None, symbol: str, session: dt.date) -> None:
        """Look at a session again after a while, each time a longer one."""
        key = (run, symbol, session)
        _, pause = self._again.get(key, (0.0, AGAIN_SECONDS))
        self._again[key] = self._monotonic() + pause, min(2 * pause, LONGEST_SECONDS)

    def _try(self, symbol: str, session: dt.date, watches: Sequence[Watch], run: str | None) -> int:
        """Tell what a session's close made of the rules, where that is known already."""
        self._pause(run, symbol, session)
        try:
            if symbol == SENTIMENT:
                found = self._of_sentiment(session, watches, run)
            else:
                found = self._of_symbol(symbol, session, watches, run)
        except HoldlineError as error:
            _log.info("The close of %s on %s is not known yet: %s", symbol, session, error)
            return 0
        if found is None:
            return 0
        written = sum(self._tell(subscriber, message) for subscriber, message in found)
        self._decided[run, symbol].add(session)
        del self._again[run, symbol, session]
        if run is None:
            self._history.decide(symbol, [session])
        return written

    def _of_symbol(
        self, symbol: str, session: dt.date, watches: Sequence[Watch], run: str | None
    ) -> list[tuple[str, Message]] | None:
        levels = beyond_the_feed(watch.rule for watch in watches)
        close = self._history.close(symbol, session, levels)
        if close is None:
            return None
        standing = [one for one in watches if one.since is None or one.since < close.closed_at]
        late = self._history.now() - close.closed_at > LATE
        found = [*self._level_closes(close, standing, run, late=late)]
        for watch in standing:
            found += self._isolation.judge(
                watch, partial(self._passed, close, watch, run, late=late), ()
            )
        return found

    def _level_closes(
        self, close: SessionClose, watches: Sequence[Watch], run: str | None, *, late: bool
    ) -> Iterator[tuple[str, Message]]:
        """One message a subscriber and level, whatever rules wait for it."""
        levels = {level.level: level for level in close.levels}
        groups: defaultdict[tuple[str, LevelId], list[Watch]] = defaultdict(list)
        for watch in watches:
            if watch.rule.waits_for_close and watch.rule.level_id in levels:
                groups[watch.subscriber, watch.rule.level_id].append(watch)
        for (subscriber, level), own in groups.items():
            message = self._level_close(levels[level], own, run, late=late)
            if message is not None:
                yield subscriber, message

    def _level_close(
        self, close: LevelClose, watches: Sequence[Watch], run: str | None, *, late: bool
    ) -> Message | None:
        keys = {
            event_key(watch.id, close.session, run, name): (watch.id, name)
            for watch in watches
            for name in (*PROVISIONAL, *FORMER)
        }
        stand = [keys[key] for key in self._known(watches[0].subscriber, keys)]
        if any(name in FORMER for _, name in stand):
            return None  # told by a release before this one
        said = {watch.id: {name for of, name in stand if of == watch.id} for watch in watches}
        if not any(watch.rule.wants(close, said[watch.id]) for watch in watches):
            return None
        event = close_event(close, set().union(*said.values()), late=late)
        needs = Plan.FREE if any(one.needs is Plan.FREE for one in watches) else watches[0].needs
        key = f"{close.symbol} {close.level.name} {scope_of(close.session, run)} close"
        link = watches[0].rule.link
        return _message(key, event, link, close.closed_at, run, needs)

    def _passed(
        self, close: SessionClose, watch: Watch, run: str | None, *, late: bool
    ) -> Sequence[tuple[str, Message]]:
        """What else happened in the session and no look of its day has found."""
        if watch.rule.waits_for_close:
            return ()
        found = []
        path = self._path(close, watch)
        situation = Situation({close.symbol: close.line}, paths={close.symbol: path})
        for event in self._splits.rule_on(watch, close.session).find(situation):
            key = event_key(watch.id, close.session, run, event.name)
            if not self._known(watch.subscriber, [key]):
                announced = _late(event, close.session) if late else event
                link, needs = watch.rule.link, watch.needs
                message = _message(key, announced, link, close.closed_at, run, needs)
                found.append((watch.subscriber, message))
        return found

    def _path(self, close: SessionClose, watch: Watch) -> Path:
        """The session's path since the rule was set; of its last price alone without minutes."""
        opens = _calendar(close.symbol).open(close.session)
        whole = path_of(close.line, None, opens)
        if watch.since is None or watch.since <= opens:
            return whole
        minutes = self._history.minutes(close.symbol, close.session)
        if minutes is None:
            return whole.since(watch.since)
        path = path_of_minutes(minutes, watch.since, close.closed_at, opens)
        return Path((*path.points, *whole.points[-1:]))

    def _of_sentiment(
        self, session: dt.date, watches: Sequence[Watch], run: str | None
    ) -> list[tuple[str, Message]] | None:
        reading = self._history.sentiment(session)
        if reading is None:
            return None
        closed_at = calendar_named(NYSE).close(session)
        late = self._history.now() - closed_at > LATE
        found = []
        for watch in watches:
            if watch.since is not None and watch.since >= closed_at:
                continue
            names = {event_key(watch.id, session, run, "under"): "under"}
            said = {names[key] for key in self._known(watch.subscriber, names)}
            event = watch.rule.at_close(reading, said)
            if event is not None:
                key = event_key(watch.id, session, run, event.name)
                announced = _late(event, session) if late else event
                message = _message(key, announced, watch.rule.link, closed_at, run, watch.needs)
                found.append((watch.subscriber, message))
        return found


FORMER = ("broken", "reclaimed", "held", "below")
"""What releases before this one called what a close made of a rule."""


def _by_symbol(watches: Iterable[Watch]) -> Mapping[str, list[Watch]]:
    found: defaultdict[str, list[Watch]] = defaultdict(list)
    for watch in watches:
        for symbol in watch.rule.symbols or ((SENTIMENT,) if watch.rule.reads_sentiment else ()):
            found[symbol].append(watch)
    return found


def _calendar(symbol: str) -> ListingCalendar:
    return calendar_named(NYSE) if symbol == SENTIMENT else calendar_of(symbol)


def _late(event: AlertEvent, session: dt.date) -> AlertEvent:
    was = event.title.replace(" is ", " was ", 1)
    title = f"{was} on {day_words(session)} (told late)"
    return AlertEvent(event.name, title, event.text)


def _message(
    key: str,
    event: AlertEvent,
    link: str,
    closed_at: dt.datetime,
    run: str | None,
    needs: Plan,
) -> Message:
    return Message(KIND, key, event.title, event.text, link, closed_at, run is not None, needs)
