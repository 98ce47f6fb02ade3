"""Which events a rule finds in a published snapshot of the feed: pure, and without a memory.

Statuses are relative to the previous close, so that a crossing can be read off a single
snapshot: a process that starts after it happened still finds it. An event is told once a
session and kind because its key says no more than that; nothing has to be remembered.
Indicated prices from before the open decide nothing and are left out altogether.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Set
from dataclasses import dataclass
from urllib.parse import quote as quoted

from analytics.alerts.model import Message
from analytics.alerts.rules import Crossing, LowSentiment, Near, Rule, rule_id
from analytics.model import sessions
from analytics.model.live import LiveQuote, LiveSnapshot
from analytics.model.status import Status

KIND = "rule"

SETTLED = dt.timedelta(minutes=2)
"""After the bell the closing auction's price still comes in; the close is told only then."""

THE_CLOSE_DECIDES = "Provisional: only the close decides."


@dataclass(frozen=True)
class Watch:
    """A rule somebody has set.

    Attributes:
        since: prices from before it, by the source's clock, tell nothing; None takes them all.
    """

    subscriber: str
    rule: Rule
    since: dt.datetime | None = None

    @property
    def id(self) -> str:
        """See `rules.rule_id`."""
        return rule_id(self.subscriber, self.rule)


@dataclass(frozen=True)
class Reading:
    """The sentiment index at a time.

    Attributes:
        final: of a completed session.
    """

    value: float
    session: dt.date
    time: dt.datetime
    final: bool


@dataclass(frozen=True)
class _Found:
    """An event before it is worded for its watch."""

    kind: str
    title: str
    text: str


def events(
    watch: Watch,
    content: LiveSnapshot,
    told: Set[str],
    *,
    sentiment: Reading | None = None,
    run: str | None = None,
) -> tuple[Message, ...]:
    """What ``watch`` finds now and has not been told.

    Args:
        content: the feed's newest snapshot.
        told: keys of messages told before; leaving it empty repeats keys, never doubles them.
        sentiment: the index, for a rule on it.
        run: names the run of a simulated market: each may tell once; None for a real one.
    """
    rule = watch.rule
    found: Iterator[_Found]
    if isinstance(rule, LowSentiment):
        if sentiment is None:
            return ()
        session, time = sentiment.session, sentiment.time
        found, link = _sentiment(rule, sentiment), "/sentiment"
    else:
        line = content.quotes.get(rule.symbol)
        if line is None or line.pre:
            return ()
        time = line.time
        session = time.astimezone(sessions.NEW_YORK).date()
        if line.final and not _settled(session, content.at):
            return ()
        found = (
            _crossing(rule, line, time, session)
            if isinstance(rule, Crossing)
            else _near(rule, line, time)
        )
        link = f"/supports?symbol={quoted(rule.symbol, safe='^=')}"
    if watch.since is not None and time < watch.since:
        return ()
    if run is not None and time > content.at:
        return ()  # still of the run before: the simulated clock was set back
    scope = f"{session}" if run is None else f"{session} run {run}"
    made = (
        Message(KIND, f"{watch.id} {scope} {f.kind}", f.title, f.text, link, time, run is not None)
        for f in found
    )
    return tuple(message for message in made if message.key not in told)


def _settled(session: dt.date, at: dt.datetime) -> bool:
    return at >= sessions.session_close(session) + SETTLED


def _crossing(
    rule: Crossing, line: LiveQuote, time: dt.datetime, session: dt.date
) -> Iterator[_Found]:
    level = line.level(rule.level_id)
    if level is None or level.status is None or level.session_level is None:
        return
    told = _Told(rule, line, level.session_level, time, session)
    if line.final:
        yield from told.by_close(level.status)
    elif not rule.by_close:
        yield from told.in_session(level.status)


@dataclass(frozen=True)
class _Told:
    """Words for one symbol at one moving average."""

    rule: Crossing
    line: LiveQuote
    level: float
    time: dt.datetime
    session: dt.date

    def in_session(self, status: Status) -> Iterator[_Found]:
        """Provisional crossings: under it, or back above it."""
        rule = self.rule
        if rule.does == "loses" and status is Status.UNDER:
            yield self._provisional("under", f"is under {self.rule.place}")
        if rule.does == "reclaims":
            if status is Status.RECLAIMING:
                yield self._provisional("reclaiming", f"is back above {self.rule.place}")
            elif status is Status.TESTING and self._was_under:
                yield self._provisional("regained", f"is back above {self.rule.place}")

    def by_close(self, status: Status) -> Iterator[_Found]:
        """What the close decided, also where it takes a provisional alert back."""
        does = self.rule.does
        if does == "loses" and status is Status.BROKEN:
            yield self._closed("broken", f"closed under {self.rule.place}", "broken")
        elif does == "reclaims" and status is Status.RECLAIMED:
            yield self._closed("reclaimed", f"closed above {self.rule.place}", "reclaimed")
        elif does == "holds" and status is Status.HELD:
            yield self._closed("held", f"held {self.rule.place} by the close", "held")
        elif not self.rule.by_close:
            yield from self._taken_back(status)

    def _taken_back(self, status: Status) -> Iterator[_Found]:
        if self.rule.does == "loses" and status is Status.HELD and self._was_under:
            yield self._closed("held", f"held {self.rule.place} by the close after all", "held")
        elif self.rule.does == "reclaims" and status is Status.BELOW and self._was_above:
            yield self._closed("below", f"did not reclaim {self.rule.place}", "still below")

    @property
    def _was_under(self) -> bool:
        return self.line.low is not None and self.line.low < self.level

    @property
    def _was_above(self) -> bool:
        return self.line.high is not None and self.line.high >= self.level

    def _provisional(self, kind: str, does: str) -> _Found:
        title = f"{self.rule.symbol} {does} at {clock(self.time)} (provisional)"
        text = f"{self.rule.symbol} {self._prices()}. {THE_CLOSE_DECIDES}"
        return _Found(kind, title, text)

    def _closed(self, kind: str, does: str, decided: str) -> _Found:
        title = f"{self.rule.symbol} {does}: {self.line.price:,.2f}"
        day = f"{self.session:%A} {self.session.day} {self.session:%B %Y}"
        text = f"{day}: {self.rule.symbol} closed at {self._prices()}: {decided}."
        return _Found(kind, title, text)

    def _prices(self) -> str:
        price = self.line.price
        low = self.line.low
        lowest = "" if low is None else f", low {low:,.2f}"
        side = side_of(price, self.level)
        return f"{price:,.2f}, {side} the level {self.level:,.2f} known before the open{lowest}"


def _near(rule: Near, line: LiveQuote, time: dt.datetime) -> Iterator[_Found]:
    level = level_of(rule, line)
    if level is None:
        return
    away = level.distance_pct if rule.unit == "pct" else level.distance_atr
    if away is None or abs(away) > rule.distance:
        return
    where = "" if line.final else f" at {clock(time)}"
    title = f"{rule.words()}{where}: {line.price:,.2f}"
    text = f"{rule.symbol} {line.price:,.2f} is {side_of(line.price, level.price)}"
    place = rule.place if rule.level is not None else f"{rule.place} at {level.price:,.2f}"
    atr = "" if level.distance_atr is None else f", {abs(level.distance_atr):.2f} ATR away"
    yield _Found("near", title, f"{text} {place}{atr}.")


@dataclass(frozen=True)
class Place:
    """A level with its signed distances from the price, as the ladder signs them."""

    price: float
    distance_pct: float
    distance_atr: float | None


def level_of(rule: Crossing | Near, line: LiveQuote) -> Place | None:
    """The level a rule names, held against the line; None where it does not exist (yet).

    A typed price takes its ATR from the line's own levels, which are measured in the same.
    """
    if isinstance(rule, Near) and rule.level is not None:
        return _place_of_price(rule.level, line)
    level = line.level(rule.level_id)
    if level is None:
        return None
    return Place(level.price, level.distance_pct, level.distance_atr)


def _place_of_price(at: float, line: LiveQuote) -> Place:
    price = line.price
    atr = next(
        (
            (level.price - price) / level.distance_atr
            for level in line.levels.values()
            if level.distance_atr
        ),
        None,
    )
    away = at - price
    return Place(at, (at / price - 1.0) * 100.0, away / atr if atr else None)


def _sentiment(rule: LowSentiment, reading: Reading) -> Iterator[_Found]:
    if reading.value >= rule.under:
        return
    when = "at the close" if reading.final else f"at {clock(reading.time)} (provisional)"
    title = f"The sentiment index is {reading.value:.1f} {when}, under {rule.under:g}"
    text = "0 is a crash, 100 euphoria." + ("" if reading.final else f" {THE_CLOSE_DECIDES}")
    yield _Found("closed-under" if reading.final else "under", title, text)


def side_of(price: float, level: float) -> str:
    """``0.62% above``: where the price stands, seen from the level."""
    away = (price / level - 1.0) * 100.0
    return f"{abs(away):.2f}% {'above' if away >= 0 else 'under'}"


def clock(time: dt.datetime) -> str:
    """``10:02`` in New York."""
    return f"{time.astimezone(sessions.NEW_YORK):%H:%M}"
