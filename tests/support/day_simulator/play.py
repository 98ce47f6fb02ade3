"""Playing a day: at each step of the clock the pages, the day's log and the alerts, as shown."""

from __future__ import annotations

import datetime as dt
import itertools
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from unittest.mock import patch

from analytics.alerts.model import LOCAL
from analytics.alerts.rules import parse_rule
from analytics.assembly import live_market
from analytics.cache import Cache, Codec, NoBackend
from analytics.desk.archive import Archive
from analytics.desk.desk import Desk
from analytics.desk.fetching import CACHED_TYPES
from analytics.desk.patience import Patience
from analytics.feed import FeedState
from analytics.feed.baselines import BaselineRenewal
from analytics.feed.book import QuoteBook
from analytics.feed.market import FeedPace, LiveMarket
from analytics.feed.second_source import SecondSource
from analytics.feed.snapshot import encode
from analytics.model import sessions
from analytics.model.live import Mode
from analytics.model.question import BEING_COMPUTED, Needs, Question, Symbol
from analytics.model.sessions import NEW_YORK
from analytics.model.vocabulary import HoldlineError
from analytics.runtime.alerts.engine import Engine
from analytics.runtime.alerts.history import DeskHistory
from analytics.runtime.hold_scan import StudyRecord
from analytics.runtime.watcher import Watcher
from analytics.sources.guards import CircuitBreaker
from analytics.sources.yahoo.stream import read_frame
from analytics.store.database import Database
from analytics.store.records import Records
from analytics.store.store import Store
from tests.support.builders import Clock
from tests.support.day_simulator.faults import HALF_DAY, HOLIDAY, MONDAY, SPRING, Script
from tests.support.day_simulator.market import SYMBOLS, Market
from tests.support.day_simulator.stream import true_frames
from tests.support.day_simulator.yahoo import SimulatedYahoo
from tests.support.fault_stage import Line, Stage
from tests.support.loopback.server import Fault, yahoo_server_of
from tests.support.waiting import until

PAGES: tuple[tuple[str, dict[str, str]], ...] = (
    ("market/answer", {}),
    ("market/indices", {}),
    ("supports/ladder", {"symbol": "SPY"}),
    ("supports/log", {"symbol": "SPY"}),
    ("supports/day", {"symbol": "SPY"}),
    ("market/watchlist", {}),
    ("sectors/ranking", {}),
    ("sectors/afloat", {}),
)
PATIENT, IMPATIENT = 15.0, 1.0
"""Seconds; a busy machine must not look like a slow Yahoo."""
BEAT = dt.timedelta(minutes=2)
BEATS = 5
"""The feed takes prices so many times before each look."""
OF_A_MOMENT = ("feed-", "fetch", "refresh")
"""Names of threads."""
RULES = (
    {"kind": "crossing", "symbol": "SPY", "does": "loses", "sessions": 50},
    {"kind": "crossing", "symbol": "SPY", "does": "reclaims", "sessions": 50},
)


@dataclass(frozen=True)
class Day:
    """A session, and the days before and after it, with the times to look at.

    Attributes:
        session: the one whose prices go through a level.
        looks: (first, last) New York moments of each stretch, and minutes between two looks.
    """

    session: dt.date
    looks: tuple[tuple[str, str, int], ...]


DAYS = {
    MONDAY: Day(
        dt.date(2025, 1, 27),
        (
            ("2025-01-27T04:00", "2025-01-27T20:00", 10),
            ("2025-01-27T20:00", "2025-01-28T04:00", 30),
        ),
    ),
    HALF_DAY: Day(dt.date(2025, 11, 28), (("2025-11-28T08:00", "2025-11-28T15:00", 10),)),
    SPRING: Day(
        dt.date(2025, 3, 10),
        (
            ("2025-03-07T15:00", "2025-03-07T18:00", 10),
            ("2025-03-08T00:00", "2025-03-10T08:00", 240),
            ("2025-03-10T08:00", "2025-03-10T11:00", 10),
        ),
    ),
    HOLIDAY: Day(dt.date(2025, 1, 17), (("2025-01-20T08:00", "2025-01-20T16:00", 20),)),
}


@dataclass(frozen=True)
class LogLine:
    """A line of the day's log; ``at`` in UTC."""

    at: dt.datetime
    level: str
    kind: str
    price: float

    def __str__(self) -> str:
        return f"{self.at.astimezone(NEW_YORK):%H:%M:%S} {self.kind} {self.level} at {self.price}"


@dataclass(frozen=True)
class Look:
    """What was shown at one moment.

    Attributes:
        pages: by ``page/panel``, the payload.
        log, alerts: all lines and titles so far.
    """

    at: dt.datetime
    pages: dict[str, dict[str, Any]]
    log: tuple[LogLine, ...]
    alerts: tuple[str, ...]


@dataclass
class Play:
    """One run of a day through a process that starts cold.

    Attributes:
        clock: the process's; the server's is ``server.clock``.
        script: the fault that is on at present.
        of_others: threads that ran before, as those of a server that another test left behind.
    """

    stage: Stage
    server: SimulatedYahoo
    line: Line
    clock: Clock
    records: Records
    market: LiveMarket
    book: QuoteBook
    renewal: BaselineRenewal
    second_source: SecondSource
    watcher: Watcher
    engine: Engine
    script: Script | None = None
    looks: list[Look] = field(default_factory=list)
    sequence: Iterator[int] = field(default_factory=lambda: itertools.count(1))
    of_others: frozenset[threading.Thread] = field(
        default_factory=lambda: frozenset(threading.enumerate())
    )

    def beat(self, at: dt.datetime) -> None:
        """Let the feed take what comes at this moment, and the watch and the alerts see it.

        Somebody looks at every symbol meanwhile, as open pages do.
        """
        self.server.clock.time = at
        self.clock.time = at + (self.script.clock_off if self.script else dt.timedelta())
        for _ in range(2):  # the first look asks, as the minutes before did
            self.stage.desk.inputs(Needs(bars=tuple(map(Symbol, SYMBOLS))))
            self._settle()
        self.renewal.step()
        self._settle()
        state = self._take_prices(at)
        self.second_source.step()
        self._settle()
        now = self.clock.time
        phase, lines = sessions.phase_at(now), self.book.lines()
        snapshot = encode(next(self.sequence), "day", now, phase, state, lines, None)
        self.watcher.see(snapshot)
        self.engine.step(snapshot)
        self._settle()

    def look(self, at: dt.datetime) -> None:
        """Have a viewer look twice."""
        for name, state in PAGES:
            self.stage.see(name, **state)  # the first asks, as the minutes before did
        self._settle()
        pages = {name: self.stage.see(name, **state) for name, state in PAGES}
        self._settle()
        events = self.stage.desk.archive.events(sessions.current_session(at), "SPY")
        log = tuple(LogLine(e.at, e.level.name, str(e.kind), e.price) for e in events)
        alerts = tuple(notice.message.title for notice in self.records.notices.latest(LOCAL))
        self.looks.append(Look(at, pages, log, alerts))

    def _take_prices(self, at: dt.datetime) -> FeedState:
        """The stream's frames; where they bring no price, a poll, as the feed does."""
        if not self.market.is_trading():
            return FeedState(mode=Mode.IDLE)
        frames = self.script.frames if self.script and self.script.frames else true_frames
        garbage = taken = 0
        for frame in frames(self.server.market, at):
            batch = read_frame(frame, self.clock.time)
            garbage += batch.garbage
            taken += self.book.deliver(batch.quotes).taken
        if taken:
            return FeedState(mode=Mode.STREAM, connected=True, garbage=garbage)
        try:
            assert self.market.poll is not None
            self.book.deliver(self.market.poll(("SPY",)), polled=True)
        except HoldlineError as error:
            return FeedState(mode=Mode.CONNECTING, error=str(error))
        return FeedState(mode=Mode.POLLED, garbage=garbage)

    def _settle(self) -> None:
        """Wait until all threads that this moment began have ended: the clock stands meanwhile."""

        def own() -> set[threading.Thread]:
            return set(threading.enumerate()) - self.of_others

        until(lambda: not any(thread.name.startswith(OF_A_MOMENT) for thread in own()))


@contextmanager
def playing(day: Day, begins: dt.datetime, timeout: float = PATIENT) -> Iterator[Play]:
    """A cold process at a moment of a day; ``timeout`` in seconds of real time."""
    clock, yahoo_clock = Clock(), Clock()
    clock.time = yahoo_clock.time = begins

    def seconds() -> float:
        return clock.time.timestamp()

    with (
        patch.object(Patience, "begin", _never_ready),
        yahoo_server_of(lambda: SimulatedYahoo(Market(day.session), yahoo_clock)) as server,
    ):
        line = Line(server.url)
        breaker = CircuitBreaker("Yahoo", seconds)
        source = server.source(session=line, timeout=timeout, clock=clock, breaker=breaker)
        database = Database(None)
        codec = Codec(CACHED_TYPES | {"hold-scan": StudyRecord})
        archive = Archive(Store(database), source, clock)
        desk = Desk(source, Cache(NoBackend(), codec, clock=clock), 20.0, clock, archive)
        records = Records(database)
        records.subscriptions._clock = lambda: begins - dt.timedelta(days=1)
        for rule in RULES:
            records.subscriptions.add_rule(LOCAL, parse_rule(rule))
        market, book, pace = live_market(desk), QuoteBook(clock, minutes_decide=True), FeedPace()
        yield Play(
            Stage(desk, clock),
            server,
            line,
            clock,
            records,
            market,
            book,
            BaselineRenewal(book, market, lambda: ("SPY",), pace, seconds),
            SecondSource(book, market, pace.second_source, lambda: None, seconds),
            Watcher(desk, seconds),
            Engine(
                records, lambda: None, monotonic=seconds, history=DeskHistory(desk), clock=clock
            ),
        )
        desk.close()


def _never_ready(self: Patience, question: Question[Any, Any], *_: Any) -> Any:
    """The studies that pages wait for a moment only: they rest on bars that other panels show."""
    return lambda moment: self.not_asked(question.name, moment, BEING_COMPUTED)


def moments(day: Day) -> list[dt.datetime]:
    """All looks of a day."""
    found: list[dt.datetime] = []
    for first, last, every in day.looks:
        at = _utc(first)
        while at <= _utc(last):
            found.append(at)
            at += dt.timedelta(minutes=every)
    return sorted(set(found))


def span_of(script: Script) -> tuple[dt.datetime, dt.datetime]:
    """When a fault begins and ends, UTC."""
    date = DAYS[script.day].looks[0][0][:10]
    begins = _utc(f"{date}T{script.begins}")
    return begins, begins + dt.timedelta(minutes=script.lasts)


@dataclass(frozen=True)
class Run:
    """What was shown, and how often the fault met something: an answer, a request or a frame."""

    looks: tuple[Look, ...]
    met: int = 0


def play(
    day: Day, at: Sequence[dt.datetime], script: Script | None = None, *, each_beat: bool = False
) -> Run:
    """What was shown at these moments, with or without a fault.

    Args:
        each_beat: look at each beat of the feed, too.
    """
    begins, ends = span_of(script) if script is not None else (at[-1], at[0])
    hangs = script is not None and script.served in (Fault.HANG, Fault.DRIP)
    with playing(day, at[0] - BEATS * BEAT, IMPATIENT if hangs else PATIENT) as run:
        for moment in at:
            for count in reversed(range(BEATS)):
                now = moment - count * BEAT
                _set(run, script if script is not None and begins <= now < ends else None)
                run.beat(now)
                if each_beat or now == moment:
                    run.look(now)
        return Run(tuple(run.looks), run.server.met + run.line.met)


def _set(run: Play, script: Script | None) -> None:
    run.script = script
    run.server.fault = script.served if script else None
    run.server.only = script.only if script else ""
    run.server.alter = script.alter if script else None
    run.server.crumb_status = script.crumb if script else 200
    run.line.error = script.line if script else None
    if script and (script.frames or script.clock_off or script.crumb != 200):
        run.server.met += 1


def _utc(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text).replace(tzinfo=NEW_YORK).astimezone(dt.UTC)
