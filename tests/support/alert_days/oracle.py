"""Oracle of alerts: what is to be told of a season, by the definitions of docs/alerts.md alone.

It sees every trade. An event *must* be told where the definitions leave no doubt; it *may* be
told where it depends on a minute that nobody saw whole. What it names neither is false.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from analytics.model.sessions import NEW_YORK
from tests.support.alert_days.play import Played, Told
from tests.support.alert_days.world import (
    AVERAGE,
    MINUTE,
    NAMED,
    Day,
    Ruled,
    Script,
    Trade,
)

HOUR = dt.timedelta(hours=1)
Event = tuple[int, dt.date, str]
"""A rule by its place in the script, a session, and what happened.

That is near, touched, under, over or split.
"""
Close = tuple[dt.date, str]
"""A session and a level's name."""
FOUND_AGAIN = dt.timedelta(seconds=61)
"""What could not be had is looked for so soon again."""


@dataclass
class Verdict:
    """What was right and what was wrong with a season.

    Attributes:
        true: events that had to be told, by kind.
        told: of these, those that were.
        wrong: sentences.
    """

    true: Counter[str] = field(default_factory=Counter)
    told: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class _Case:
    """A rule that counts from a time, on one day."""

    rule: Ruled
    since: dt.datetime
    day: Day
    days: tuple[Day, ...]

    @property
    def trades(self) -> list[Trade]:
        """Those that the rule may judge."""
        return [trade for trade in self.day.trades if trade.at >= self.since]

    @property
    def is_whole(self) -> bool:
        """Whether the rule stood before the open."""
        return self.since <= self.day.opens

    @property
    def does(self) -> object:
        return self.rule.raw.get("does")

    @property
    def is_in_session(self) -> bool:
        """Whether it tells crossings before the close."""
        return self.does in ("loses", "reclaims") and not self.rule.raw.get("by_close")

    @property
    def level(self) -> float:
        return self.day.at(level_of(self.rule))

    @property
    def known_from(self) -> dt.datetime:
        """From then on prices can be held against the level."""
        return self.day.named_from if level_of(self.rule) == NAMED else self.day.opens - HOUR

    @property
    def came_from_above(self) -> bool:
        return self.day.previous_close >= self.level


def level_of(rule: Ruled) -> str:
    """The name of the level that a rule is at, where it is at one."""
    return str(rule.raw.get("at", AVERAGE))


def judge(script: Script, played: Played) -> Verdict:
    """Hold what was told against what happened."""
    verdict = Verdict()
    told, closes = _sorted(played, verdict)
    looks = [
        look
        for look in script.looks
        if not any(span.has(look) for span in script.asleep) and not script.ahead(look)
    ]
    must, may = set(), set()
    for i, rule in enumerate(script.rules):
        since = _since(rule, script, looks)
        if played.since[i] != since:
            verdict.wrong.append(f"rule {i} counts from {played.since[i]} and not from {since}")
        there = max(since, rule.at)  # a clock that was behind has it count from before it was set
        for day in script.days:
            if there < day.closes:
                case = _Case(rule, there, day, script.days)
                must |= {(i, day.session, name) for name in _must(case, looks)}
                verdict.wrong += _late(i, case, looks, told)
            if since < day.closes:
                case = _Case(rule, since, day, script.days)
                may |= {(i, day.session, name) for name in _may(case)}
        splits = [day for day in script.days if day.split != 1.0 and "level" in rule.raw]
        must |= {(i, day.session, "split") for day in splits if _is_before(since, day)}
    may |= must
    for event in must:
        verdict.true[event[2]] += 1
        verdict.told[event[2]] += event in told
        if event not in told:
            verdict.wrong.append(f"not told: {event}")
    verdict.wrong += [f"false: {event}: {told[event].notice}" for event in told if event not in may]
    for day in script.days:
        for name in (AVERAGE, NAMED):
            close = closes.get((day.session, name))
            _judge_close(script, played, day, name, told, close, verdict)
    verdict.wrong += [f"something waited for its delivery at {look}" for look in played.late]
    names = Counter(told_one.notice.message.name for told_one in played.told)
    if Counter(played.sent) != names or played.waiting:
        verdict.wrong.append(f"{played.waiting} not delivered, or some twice: {played.sent}")
    return verdict


def _sorted(played: Played, verdict: Verdict) -> tuple[dict[Event, Told], dict[Close, Told]]:
    """What was told, by event; the closes apart."""
    names = {"under": "under", "reclaiming": "over", "regained": "over"}
    events: dict[Event, Told] = {}
    closes: dict[Close, Told] = {}
    for told in played.told:
        *place, session, name = told.notice.message.key.split(" ")
        day, identity = dt.date.fromisoformat(session), place[-1]
        if name == "close":
            close = (day, " ".join(place[1:]))
            if close in closes:
                verdict.wrong.append(f"two messages of the close of {close}")
            closes[close] = told
            continue
        event = (played.ids.index(identity), day, names.get(name, name))
        if event in events:
            verdict.wrong.append(f"told twice: {event}")
        events[event] = told
    return events, closes


def _since(rule: Ruled, script: Script, looks: Sequence[dt.datetime]) -> dt.datetime:
    """From when a rule counts: of a clock that was ahead, once a fresh price contradicts it."""
    ahead = script.ahead(rule.at)
    stated = rule.at + ahead
    for look in looks:
        if rule.at <= look < stated - MINUTE and _is_fresh(script, look):
            return look
    return stated


def _is_fresh(script: Script, look: dt.datetime) -> bool:
    return any(
        dt.timedelta(0) <= look - trade.at < MINUTE for day in script.days for trade in day.trades
    )


def _is_before(since: dt.datetime, day: Day) -> bool:
    return since.astimezone(NEW_YORK).date() < day.session


def _band(case: _Case) -> tuple[float, float]:
    raw, day = case.rule.raw, case.day
    level = float(str(raw["level"])) if "level" in raw else case.level
    if "level" in raw:
        for other in case.days:
            if _is_before(case.since, other) and other.session <= day.session:
                level /= other.split
    distance = float(str(raw["distance"]))
    if raw["unit"] == "atr":
        return level - distance * day.atr, level + distance * day.atr
    return level / (1 + distance / 100), level / (1 - distance / 100)


def _passes(trades: Sequence[Trade], band: tuple[float, float]) -> bool:
    """Whether a price was in the band, or went across it from one trade to the next."""
    low, high = band
    inside = any(low <= trade.price <= high for trade in trades)
    return inside or any(
        min(a.price, b.price) < low and max(a.price, b.price) > high for a, b in pairwise(trades)
    )


def _touches(case: _Case, trades: Sequence[Trade]) -> bool:
    """Whether a price was at the level or beyond it, seen from the previous close."""
    if case.came_from_above:
        return any(trade.price <= case.level for trade in trades)
    return any(trade.price >= case.level for trade in trades)


def _may(case: _Case) -> Iterator[str]:
    """What happened, or may have, in the eyes of somebody who did not see every second."""
    level, trades = case.level, case.trades
    if case.rule.raw["kind"] == "touch":
        if _touches(case, trades):
            yield "touched"
        return
    if case.rule.raw["kind"] == "near":
        if _passes(trades, _band(case)):
            yield "near"
        return
    if not case.is_in_session:
        return
    if case.does == "loses":
        if case.came_from_above and any(trade.price < level for trade in trades):
            yield "under"
    elif _regains(case):
        yield "over"


def _regains(case: _Case) -> bool:
    """Whether a price was at the level or above it after one under it, since the rule was set.

    What it came from may be known from looks and minutes that were up to two before.
    """
    day, level = case.day, case.level
    known = case.since - 2 * MINUTE
    prices = [trade.price for trade in day.trades if trade.at >= known]
    if known <= day.opens:
        prices.insert(0, day.previous_close)
    else:
        prices = [trade.price for trade in day.until(known)][-1:] + prices
    return any(a < level <= b for a, b in pairwise(prices))


def _must(case: _Case, looks: Sequence[dt.datetime]) -> Iterator[str]:
    """What has to be told."""
    day, level, kind = case.day, case.level, case.rule.raw["kind"]
    if kind in ("near", "touch"):
        first = _minute(case.since)
        seen = [trade for trade in case.trades if trade.at >= first or case.is_whole]
        if kind == "touch" and _touches(case, seen):
            yield "touched"
        if kind == "near" and _passes(seen, _band(case)):
            yield "near"
        return
    if not case.is_in_session:
        return
    was_under = False  # in the eyes of a look since the rule was set
    for look in looks:
        trades = day.until(look)
        begins = max(day.opens, case.since, case.known_from + FOUND_AGAIN)
        if not (begins <= look < day.closes and trades):
            continue
        last, prices = trades[-1], [trade.price for trade in trades]
        now = last.price if last.at >= case.since else None
        if case.does == "loses" and case.came_from_above:
            if (case.is_whole and min(prices) < level) or (now is not None and now < level):
                yield "under"
        elif case.does == "reclaims" and case.is_whole:
            won = not case.came_from_above and max(prices) >= level
            if won or (now is not None and now >= level > min(prices)):
                yield "over"
        elif case.does == "reclaims" and now is not None:
            if was_under and now >= level:
                yield "over"
            was_under = was_under or now < level


def _late(
    i: int, case: _Case, looks: Sequence[dt.datetime], told: dict[Event, Told]
) -> Iterator[str]:
    """What came near and was told later than the first look after it, though minutes show it.

    Looks less than two minutes apart leave it to the close where a rule is younger than the open.
    """
    day, near = case.day, told.get((i, case.day.session, "near"))
    if near is None or case.known_from > day.opens:
        return
    band, trades = _band(case), [trade for trade in case.trades if trade.at >= _minute(case.since)]
    passed = (n for n in range(1, len(trades) + 1) if _passes(trades[:n], band))
    n = next(passed, None)
    if n is None:
        return
    at = trades[n - 1].at
    first = next((look for look in looks if look > at + MINUTE), None)
    before = max((look for look in looks if look <= at), default=day.opens)
    apart = first is not None and first - max(before, day.opens) > 3 * MINUTE
    if first is None or first >= day.closes or not (case.is_whole or apart):
        return
    if near.at > first:
        yield f"told at {near.at} and not by {first}: {near.notice.message.title}"


def _minute(time: dt.datetime) -> dt.datetime:
    """The first whole minute from a time on."""
    whole = time.replace(second=0, microsecond=0)
    return whole if whole == time else whole + MINUTE


def _judge_close(
    script: Script,
    played: Played,
    day: Day,
    name: str,
    told: dict[Event, Told],
    close: Told | None,
    verdict: Verdict,
) -> None:
    """One message where a rule waits for this close of a level, or told something in session."""
    level = day.at(name)
    above, was_above = day.close >= level, day.previous_close >= level
    touched = min(trade.price for trade in day.trades) <= level
    wanted = allowed = said_under = False
    for i, rule in enumerate(script.rules):
        since = played.since[i]
        is_of_it = rule.raw["kind"] == "crossing" and level_of(rule) == name
        if not is_of_it or since is None or since >= day.closes:
            continue
        happened = (
            (rule.raw["does"] == "loses" and was_above and not above)
            or (rule.raw["does"] == "holds" and was_above and above and touched)
            or (rule.raw["does"] == "reclaims" and not was_above and above)
        )
        allowed |= happened
        wanted |= happened and rule.at < day.closes
        wanted |= any((i, day.session, what) in told for what in ("under", "over"))
        said_under |= (i, day.session, "under") in told
    verdict.true["close"] += wanted
    verdict.told["close"] += wanted and close is not None
    if (wanted and close is None) or (close is not None and not (wanted or allowed)):
        verdict.wrong.append(f"close of {name} on {day.session}: wanted {wanted}, told {close}")
    if close is None:
        return
    if above and was_above:
        words = f"held its {name} by the close" + (" after all" if said_under else "")
    elif above:
        words = f"closed above its {name}"
    else:
        does = "closed under" if was_above else "did not reclaim"
        words = f"{does} its {name}"
    late = f" on {day.session:%A} {day.session.day} {day.session:%B} (told late)"
    title = f"SPY {words}{late if close.wall - day.closes > HOUR else ''}: {day.close:,.2f}"
    if close.notice.message.title != title:
        verdict.wrong.append(f"said {close.notice.message.title!r} and not {title!r}")
    if close.at < day.closes + day.settles:
        verdict.wrong.append(f"the close of {day.session} was told at {close.at}")
