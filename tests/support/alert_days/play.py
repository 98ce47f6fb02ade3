"""A season played: the real engine, sender and store on a clock moved by hand, without threads."""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field, replace

import numpy as np
from sqlalchemy import select

from analytics.alerts.level_close import LevelClose
from analytics.alerts.model import LOCAL, DueDelivery, Notice
from analytics.alerts.rule import SentimentReading
from analytics.alerts.rules import parse_rule
from analytics.model import sessions
from analytics.model.levels import LevelId, dma
from analytics.model.live import FeedState, LiveLevel, LiveQuote, LiveSnapshot
from analytics.model.status import Status
from analytics.model.vocabulary import MinuteBars, Phase, SourceFailure
from analytics.runtime.alerts.delivery import Sender
from analytics.runtime.alerts.engine import Engine
from analytics.runtime.alerts.history import SessionClose, Split
from analytics.runtime.alerts.transport import LEASE
from analytics.store.database import Database
from analytics.store.notices import notice_of
from analytics.store.records import Records
from analytics.store.schema import deliveries, notices
from analytics.watch.live_lines import with_named
from analytics.watch.named_levels import NamedLevel
from analytics.watch.session_baseline import SessionBaseline
from tests.support.alert_days.world import NAMED, Day, Script, Trade

SYMBOL = "SPY"
PATIENCE = dt.timedelta(minutes=40)
"""So long a delivery may wait whose process died with it."""


@dataclass
class Clock:
    """True time, and the wall clock that may be wrong."""

    script: Script
    true: dt.datetime

    def wall(self) -> dt.datetime:
        return self.true + self.script.ahead(self.true)

    def seconds(self) -> float:
        return self.true.timestamp()


@dataclass(frozen=True)
class Told:
    """A notice, when it was truly written, and what the clock said then."""

    notice: Notice
    at: dt.datetime
    wall: dt.datetime


@dataclass
class Played:
    """What came of a season.

    Attributes:
        since: when each rule counts from in the end, in the order of the script; None: not set.
        ids: of the rules.
        sent: names of the messages that arrived, as often as they did.
        storms: messages that summed up several.
        waiting: deliveries left at the end.
        late: looks at which something that was due long ago had not been sent.
    """

    told: list[Told] = field(default_factory=list)
    since: list[dt.datetime | None] = field(default_factory=list)
    ids: list[str] = field(default_factory=list)
    sent: list[str] = field(default_factory=list)
    storms: int = 0
    waiting: int = 0
    late: list[dt.datetime] = field(default_factory=list)


@dataclass(frozen=True)
class Shot:
    """A snapshot of the feed."""

    content: LiveSnapshot


class Courier:
    """Delivers what it is given; of a storm's one message, all that it sums up has arrived."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self.sent: list[str] = []
        self.storms = 0

    def send(self, due: DueDelivery) -> None:
        self.storms += bool(due.batch)
        self.sent += self._summed_up(due.batch) if due.batch else [due.notice.message.name]

    def _summed_up(self, batch: str) -> list[str]:
        asked = select(notices).where(
            notices.c.subscriber == LOCAL,
            notices.c.key.in_(select(deliveries.c.key).where(deliveries.c.batch == batch)),
        )
        with self._database.reading() as connection:
            return [notice_of(row).message.name for row in connection.execute(asked).mappings()]


class WorldHistory:
    """The past of the world, as far as it has come; a session's score comes when it settles."""

    def __init__(self, script: Script, clock: Clock, decided: set[dt.date]) -> None:
        self._script = script
        self._clock = clock
        self._decided = decided
        first = script.days[0]
        before = sessions.previous_session(first.session)
        closes = sessions.session_close(before)
        # the prices of the session before are there too, as they are of any listing
        traded = (Trade(closes, first.previous_close),)
        last = replace(first, session=before, closes=closes, trades=traded, named_from=closes)
        self._days = (last, *script.days)

    def now(self) -> dt.datetime:
        return self._clock.wall()

    def closed(self, symbol: str, since: dt.datetime) -> tuple[dt.date, ...]:
        now = self.now()
        return tuple(
            day.session
            for day in self._script.days
            if day.closes > since and now >= day.closes + day.settles
        )

    def named(
        self, symbol: str, session: dt.date, levels: Iterable[LevelId]
    ) -> SessionBaseline | None:
        day = self._day(session)
        assert {level.name for level in levels} <= {NAMED}
        if day is None:
            return None
        early = self._clock.true < day.named_from
        if early and day.trouble == "raises":
            raise SourceFailure("The levels are not to be had yet.")
        if early and day.trouble == "nothing":
            return None
        shares = 1.02 if early else 1.0  # of bars that are not those of the quotes
        return SessionBaseline(
            SYMBOL,
            session,
            day.previous_close * shares,
            day.atr * shares,
            averages=(),
            named=tuple(NamedLevel(level, day.named * shares) for level in levels),
        )

    def close(
        self, symbol: str, session: dt.date, levels: Collection[LevelId] = ()
    ) -> SessionClose | None:
        day = self._day(session)
        if day is None or self._clock.true < day.closes + day.settles:
            return None
        low = min(trade.price for trade in day.trades)
        found = tuple(
            LevelClose(
                SYMBOL,
                level,
                session,
                day.at(level.name),
                status_of(day, level.name),
                day.close,
                low,
                day.closes,
            )
            for level in (dma(50), *levels)
        )
        line, named = quote(day, day.closes), self.named(symbol, session, levels)
        assert named is not None
        return SessionClose(SYMBOL, session, day.closes, with_named(line, named), found)

    def minutes(self, symbol: str, session: dt.date) -> MinuteBars | None:
        day = self._day(session)
        trades = () if day is None else day.until(self._clock.true)
        groups = [
            (start, [trade.price for trade in group])
            for start, group in itertools.groupby(trades, lambda t: t.at.replace(second=0))
        ]
        starts = np.array([start.replace(tzinfo=None) for start, _ in groups], "datetime64[s]")
        bars = np.array([(p[0], max(p), min(p), p[-1]) for _, p in groups]).reshape(-1, 4)
        open_, high, low, close = bars.astype(np.float64).T
        volume = np.zeros(len(groups))
        return MinuteBars(SYMBOL, session, starts, open_, high, low, close, volume)

    def sentiment(self, session: dt.date) -> SentimentReading | None:
        return None

    def splits(self, symbol: str, since: dt.date) -> tuple[Split, ...]:
        today = self._clock.true.astimezone(sessions.NEW_YORK).date()
        return tuple(
            Split(day.session, day.split)
            for day in self._script.days
            if day.split != 1.0 and since < day.session <= today
        )

    def decided(self, symbol: str) -> frozenset[dt.date]:
        return frozenset(self._decided)

    def decide(self, symbol: str, sessions: Iterable[dt.date]) -> None:
        self._decided.update(sessions)

    def _day(self, session: dt.date) -> Day | None:
        return next((day for day in self._days if day.session == session), None)


def status_of(day: Day, name: str) -> Status:
    """Of a level after the close (METHODS, "Status at each level")."""
    level = day.at(name)
    above, was_above = day.close >= level, day.previous_close >= level
    if not above:
        return Status.BROKEN if was_above else Status.BELOW
    if not was_above:
        return Status.RECLAIMED
    touched = min(trade.price for trade in day.trades) <= level
    return Status.HELD if touched else Status.ABOVE


def quote(day: Day, time: dt.datetime) -> LiveQuote:
    """The day's quote as the feed has it at a time of its session."""
    trades: tuple[Trade, ...] = day.until(time)
    prices = [trade.price for trade in trades]
    price = prices[-1]
    # a second level, so that the ATR can be read where the price is at the first
    levels = {"50-DMA": day.level, "200-DMA": day.level * 0.5}
    return LiveQuote(
        price=price,
        time=trades[-1].at,
        change_pct=None,
        open=prices[0],
        high=max(prices),
        low=min(prices),
        volume=None,
        pre=False,
        final=time >= day.closes,
        previous_close=day.previous_close,
        withheld=None,
        support=None,
        next_support=None,
        levels={name: _level(at, price, day.atr) for name, at in levels.items()},
    )


def _level(at: float, price: float, atr: float) -> LiveLevel:
    return LiveLevel(
        price=at,
        session_level=at,
        distance_pct=(at / price - 1) * 100,
        distance_atr=(at - price) / atr,
        status=Status.ABOVE,
        gap_down=None,
        close_needed=None,
    )


@dataclass
class _Season:
    """The processes of a season and their store."""

    script: Script
    clock: Clock
    records: Records
    history: WorldHistory
    courier: Courier
    played: Played = field(default_factory=Played)
    known: int = 0
    waiting: bool = False
    leader: int = 0
    engines: dict[int, Engine] = field(default_factory=dict)

    def engine(self) -> Engine:
        """Of the process that leads; made where there is none."""
        if self.leader not in self.engines:
            self.engines[self.leader] = Engine(
                self.records,
                lambda: None,
                monotonic=self.clock.seconds,
                history=self.history,
                clock=self.clock.wall,
            )
        return self.engines[self.leader]

    def look(self) -> None:
        """One look of the process that leads."""
        if not self.engine().step(Shot(self.snapshot())):
            return
        self.waiting = True
        new = self.records.notices.since(LOCAL, self.known, 200)
        for notice in new:
            self.played.told.append(Told(notice, self.clock.true, self.clock.wall()))
            self.known = notice.number

    def snapshot(self) -> LiveSnapshot:
        """What the feed publishes; while the clock is wrong it believes no price."""
        now, right = self.clock.true, self.clock.wall() == self.clock.true
        quotes = {}
        for day in self.script.days:
            if right and day.trades[0].at <= now < day.opens + dt.timedelta(hours=19):
                quotes = {SYMBOL: quote(day, now)}
        return LiveSnapshot(
            sequence=1,
            epoch="e",
            at=self.clock.wall(),
            phase=Phase.OPEN,
            speed=None,
            feed=FeedState(),
            quotes=quotes,
        )

    def send(self) -> None:
        """Send what is due."""
        sender = Sender(self.records, {"email": self.courier}, clock=self.clock.wall)
        while sender.step("email"):
            pass


def play(script: Script) -> Played:
    """What the season's processes told, and what of it arrived."""
    clock = Clock(script, script.looks[0])
    database = Database(None)
    records = Records(database)
    records.notices._clock = clock.wall
    records.subscriptions._clock = clock.wall
    records.subscriptions.add_channel(LOCAL, "email", "you@example.org")
    season = _Season(script, clock, records, WorldHistory(script, clock, set()), Courier(database))
    rules = sorted(script.rules, key=lambda rule: rule.at)
    restarts = sorted(script.restarts, reverse=True)
    leaders = sorted(script.leaders, reverse=True)
    crashes = sorted(script.crashes, reverse=True)
    set_ids: dict[int, str] = {}
    crashed = script.looks[0] - PATIENCE
    for now in script.looks:
        clock.true = now
        while rules and rules[0].at <= now:
            rule = rules.pop(0)
            stored = records.subscriptions.add_rule(LOCAL, parse_rule(rule.raw))
            set_ids[id(rule)] = stored.id
            for engine in season.engines.values():
                engine.hear()
        if any(span.has(now) for span in script.asleep):
            continue
        while restarts and restarts[-1] <= now:
            restarts.pop()
            season.engines.pop(season.leader, None)
        while leaders and leaders[-1] <= now:
            leaders.pop()
            season.leader = 1 - season.leader
        season.look()
        if not season.waiting:
            continue
        if crashes and crashes[-1][0] <= now:
            _, ahead = crashes.pop()
            records.outbox.claim("email", clock.wall() + ahead, LEASE)
            crashed = now
        season.send()
        season.waiting = records.outbox.waiting() > 0
        if season.waiting and now - crashed > PATIENCE and not script.ahead(now):
            season.played.late.append(now)
    played = season.played
    since = {stored.id: stored.since for stored in records.subscriptions.rules(LOCAL)}
    played.ids = [set_ids[id(rule)] for rule in script.rules]
    played.since = [since[identity] for identity in played.ids]
    played.sent, played.storms = season.courier.sent, season.courier.storms
    played.waiting = records.outbox.waiting()
    database.close()
    return played
