"""A world for alerts: prices of one symbol over some days, and what its processes go through.

Everything is drawn from one random generator before the play: prices, rules, sleeps, restarts,
changes of leader, splits and wrong clocks. The oracle reads the same script.
"""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Sequence
from dataclasses import dataclass, field

from analytics.model import sessions
from analytics.model.sessions import NEW_YORK

NAMED = "prior week low"
AVERAGE = "50-DMA"
TROUBLES = ("raises", "nothing", "other bars")

MINUTE = dt.timedelta(minutes=1)
FIRST = (dt.date(2023, 11, 20), dt.date(2024, 3, 4), dt.date(2024, 10, 28), dt.date(2025, 6, 30))
"""Seasons begin about here: half-days, both changes of summer time, holidays."""


@dataclass(frozen=True)
class Trade:
    """A trade: its time, UTC, and its price in shares of its day."""

    at: dt.datetime
    price: float


@dataclass(frozen=True)
class Day:
    """A session, all in shares of its own day.

    Attributes:
        level: its 50-DMA, known before the open.
        named: another level that is fixed before the open, and is elsewhere each day.
        named_from: from then on it can be had; ``trouble`` says what there is before.
        split: effective on it; 1 for none.
        settles: so long after the close the ledger has its score.
    """

    session: dt.date
    opens: dt.datetime
    closes: dt.datetime
    previous_close: float
    level: float
    atr: float
    split: float
    trades: tuple[Trade, ...]
    settles: dt.timedelta
    named: float
    named_from: dt.datetime
    trouble: str

    def at(self, name: str) -> float:
        """The level of this name."""
        return self.named if name == NAMED else self.level

    @property
    def close(self) -> float:
        """The last trade's price."""
        return self.trades[-1].price

    def until(self, time: dt.datetime) -> tuple[Trade, ...]:
        """The trades up to a time."""
        return tuple(trade for trade in self.trades if trade.at <= time)


@dataclass(frozen=True)
class Ruled:
    """A rule, and the true time at which it is set."""

    raw: dict[str, object]
    at: dt.datetime


@dataclass(frozen=True)
class Span:
    """A time, from its first moment to before its last."""

    since: dt.datetime
    until: dt.datetime

    def has(self, time: dt.datetime) -> bool:
        """Whether it lies in it."""
        return self.since <= time < self.until


Wrong = tuple[tuple[Span, dt.timedelta], ...]
"""When the clock is wrong, and by how much it is ahead then."""


@dataclass(frozen=True)
class Script:
    """All that happens.

    Attributes:
        looks: true times at which a process that is awake looks.
        asleep: nobody looks meanwhile.
        wrong: meanwhile no price is believed.
        restarts: the process begins anew with the first look from then on.
        leaders: with the first look from then on the other of two processes leads.
        crashes: (when, by how much its clock is ahead): a process claims a delivery that is due
            and dies with it.
    """

    days: tuple[Day, ...]
    rules: tuple[Ruled, ...]
    looks: tuple[dt.datetime, ...]
    asleep: tuple[Span, ...] = ()
    wrong: Wrong = ()
    restarts: tuple[dt.datetime, ...] = ()
    leaders: tuple[dt.datetime, ...] = ()
    crashes: tuple[tuple[dt.datetime, dt.timedelta], ...] = ()

    def ahead(self, time: dt.datetime) -> dt.timedelta:
        """By how much the clock is ahead of a true time."""
        return next((by for span, by in self.wrong if span.has(time)), dt.timedelta(0))


@dataclass
class _Maker:
    """Draws a script."""

    random: random.Random
    days: list[Day] = field(default_factory=list)

    def script(self, count: int) -> Script:
        session = sessions.session_on_or_before(self.random.choice(FIRST))
        session = sessions.next_session(session, self.random.randint(1, 12))
        close = 600.0
        for _ in range(count):
            self.days.append(self._day(session, close))
            close = self.days[-1].close
            session = sessions.next_session(session)
        days = tuple(self.days)
        wanted = self._rules()
        wrong = self._wrong(wanted)
        rules = tuple(_not_before_a_split(rule, wrong, days) for rule in wanted)
        moments = [rule.at for rule in rules]
        return Script(
            days,
            rules,
            self._looks(moments),
            tuple(self._spans(days, 0.35, 30, 40 * 60)),
            wrong,
            tuple(self._moments(0.5)),
            tuple(self._moments(0.4)),
            tuple((at, self._ahead()) for at in self._moments(0.3)),
        )

    def _ahead(self) -> dt.timedelta:
        return dt.timedelta(hours=self.random.choice((0, 48)))

    def _day(self, session: dt.date, close: float) -> Day:
        draw = self.random
        split = draw.choice((2.0, 10.0, 0.5)) if self.days and draw.random() < 0.08 else 1.0
        before = round(close / split, 4)
        opens, closes = sessions.session_open(session), sessions.session_close(session)
        atr = before * 0.01
        level = round(before * (1 + draw.gauss(0, 0.006)), 2)
        trades = self._trades(opens, closes, before, level)
        settles = draw.choice((dt.timedelta(0), dt.timedelta(minutes=20)))
        named = round(before * (1 + draw.gauss(0, 0.008)), 2)
        late = draw.randint(1, 400) * MINUTE if draw.random() < 0.15 else -90 * MINUTE
        return Day(
            session,
            opens,
            closes,
            before,
            level,
            atr,
            split,
            trades,
            settles,
            named,
            min(opens + late, closes),
            draw.choice(TROUBLES),
        )

    def _trades(
        self, opens: dt.datetime, closes: dt.datetime, before: float, level: float
    ) -> tuple[Trade, ...]:
        draw = self.random
        minutes = int((closes - opens) / MINUTE)
        count = draw.randint(12, 60)
        seconds = sorted(draw.sample(range(minutes * 60), count))
        price, trades = before * (1 + draw.gauss(0, 0.006)), []
        flaps = draw.random() < 0.2
        for second in seconds:
            step = draw.gauss(0, 0.0025) if draw.random() < 0.9 else draw.gauss(0, 0.012)
            price *= 1 + step
            if flaps:
                price = level * (1 + draw.choice((-1, 1)) * abs(draw.gauss(0, 0.001)))
            trades.append(Trade(opens + dt.timedelta(seconds=second), round(price, 2)))
        return (*trades, Trade(closes, round(price * (1 + draw.gauss(0, 0.001)), 2)))

    def _rules(self) -> tuple[Ruled, ...]:
        draw, first = self.random, self.days[0]
        crossings: list[dict[str, object]] = [
            {"kind": "crossing", "symbol": "SPY", "sessions": 50},
            {"kind": "crossing", "symbol": "SPY", "at": NAMED},
        ]
        near: dict[str, object] = {"kind": "near", "symbol": "SPY", "unit": "pct"}
        near |= {"distance": draw.choice((0.5, 0.1, 0.03))}
        raws: list[dict[str, object]] = [
            crossing | {"does": does, "by_close": by_close}
            for crossing in crossings
            for does in ("loses", "reclaims", "holds")
            for by_close in (False, True)
            if draw.random() < 0.5 and (by_close or does != "holds")
        ]
        raws += [near | {"sessions": 50}] if draw.random() < 0.4 else []
        price = round(first.previous_close * (1 + draw.gauss(0, 0.02)), 2)
        raws += [near | {"at": NAMED}] if draw.random() < 0.4 else []
        raws += [near | {"at": NAMED, "unit": "atr", "distance": 0.3}] * (draw.random() < 0.3)
        touch: dict[str, object] = {"kind": "touch", "symbol": "SPY"}
        raws += [touch | {"at": at} for at in (AVERAGE, NAMED) if draw.random() < 0.4]
        raws += [near | {"level": price}] if draw.random() < 0.5 else []
        raws += [near | {"sessions": 50, "unit": "atr", "distance": 0.3}] * (draw.random() < 0.3)
        return tuple(Ruled(raw, self._set_at()) for raw in raws)

    def _set_at(self) -> dt.datetime:
        """Before the first open, or some whole minute of the first days, in session or not."""
        draw, first = self.random, self.days[0]
        if draw.random() < 0.4:
            return first.opens - dt.timedelta(hours=2)
        last = self.days[min(2, len(self.days) - 1)]
        minutes = int((last.closes - first.opens) / MINUTE)
        return first.opens + draw.randrange(minutes) * MINUTE

    def _looks(self, rules: Sequence[dt.datetime]) -> tuple[dt.datetime, ...]:
        """Before the open, through the session, about the close, at night, and as a rule is set."""
        draw, found = self.random, set(rules)
        for day in self.days:
            found.add(day.opens - dt.timedelta(minutes=draw.randint(5, 90)))
            every = draw.choice((90, 300, 1200, 3600))
            at = day.opens
            while at < day.closes:
                found.add(at)
                at += dt.timedelta(seconds=draw.randint(every // 2, every * 2))
            for minutes in (1, 5, 21, 50, 200, 420):
                found.add(day.closes + minutes * MINUTE)
        last = self.days[-1].closes
        # the end: awake with a right clock for a while, so that all that is due is told and sent
        found |= {last + dt.timedelta(hours=60, minutes=5 * n) for n in range(24)}
        return tuple(sorted(found))

    def _spans(self, days: Sequence[Day], chance: float, least: int, most: int) -> list[Span]:
        draw, spans = self.random, []
        for day in days:
            if draw.random() < chance:
                begins = day.opens + draw.randint(-60, 400) * MINUTE
                spans.append(Span(begins, begins + draw.randint(least, most) * MINUTE))
        return spans

    def _wrong(self, rules: Sequence[Ruled]) -> Wrong:
        """Now and then; in some seasons a rule is set while it is, two days ahead or behind."""
        draw = self.random
        found: list[tuple[Span, dt.timedelta]] = []
        if rules and draw.random() < 0.2:
            at = draw.choice(rules).at
            span = Span(at - 5 * MINUTE, at + draw.randint(5, 90) * MINUTE)
            found.append((span, dt.timedelta(hours=draw.choice((48, 48, -48, -5)))))
        for span in self._spans(self.days, 0.12, 5, 300):
            hours = draw.choice((-48, -5, 5, 48))
            if not found or found[-1][0].until <= span.since:
                found.append((span, dt.timedelta(hours=hours)))
        return tuple(found)

    def _moments(self, chance: float) -> list[dt.datetime]:
        draw = self.random
        return [
            day.opens + draw.randint(-30, 500) * MINUTE
            for day in self.days
            if draw.random() < chance
        ]


def _not_before_a_split(rule: Ruled, wrong: Wrong, days: Sequence[Day]) -> Ruled:
    """A price typed by a clock that is behind a split would be taken to be in older shares.

    Nothing can tell that: it is typed once the clock is right.
    """
    for span, by in wrong:
        if span.has(rule.at) and by < dt.timedelta(0) and "level" in rule.raw:
            stated, typed = (at.astimezone(NEW_YORK).date() for at in (rule.at + by, rule.at))
            if any(day.split != 1.0 and stated < day.session <= typed for day in days):
                return Ruled(rule.raw, span.until)
    return rule


def script_of(seed: int, days: int) -> Script:
    """A season of so many days."""
    return _Maker(random.Random(seed)).script(days)
