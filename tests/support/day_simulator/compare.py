"""Holding a faulty day against the clean one: what differed, and whether it was said.

Something that differs counts as said where a viewer can tell it from the page itself: there is a
card in its place; it is the truth of the time that the page states, or within the stated delay;
it is marked STALE and was true before; or a sentence that the clean page does not have names what
is the matter. Whatever else differs was passed off as true.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from analytics.model.sessions import NEW_YORK
from tests.support.day_simulator.market import Market
from tests.support.day_simulator.play import Look
from tests.support.fault_stage import said

NOTHING_SHOWN = {"ERROR", "NO DATA"}
REASON = re.compile(
    r"reject|missing|no bar|withheld|not applied|another unit|other shares|unconfirmed|explains|"
    r"no newer price|no price|watched|needs \d+ sessions|could not|n/a|states beside its bars|"
    r"is absent|without the|unavailable|has sent no",
    re.IGNORECASE,
)
STATED_TIME = re.compile(r"\w{3} \d{1,2} \w{3} \d{4}, \d{2}:\d{2}")
NUMBER = re.compile(r"[\u2212+-]?\d[\d,]*\.\d+%?")
STATUS = re.compile(
    r"\b(?:under|above|below|held|broke\w*|reclaim\w*|test\w*|touched|opened|by the close)\b"
)
DELAY = dt.timedelta(minutes=15 + 10)
"""What the page says of its prices ("15 min delayed"), and the grace of the sentence about it."""
LOG, AGAIN = "supports/log", "watched again"
UNWATCHED = "a line says that the level was not watched"
NEAR = 0.006
"""A line's price may be that of a neighbouring look: the share the path moves between two."""
DERIVED = ("sectors/afloat", "sectors/ranking")
"""Their figures are made of many symbols' prices, which other panels show one by one."""
CROSSING = re.compile(r"([A-Z][a-z ]+) (\d\d:\d\d) at ([\d.,]+)\.")
"""The last line of the log, as another panel has it."""
NEAR_POINTS = 0.11
LATE_LINE = dt.timedelta(minutes=3)
"""A line is written at the first of the feed's steps that saw it."""


@dataclass(frozen=True)
class Difference:
    """One moment at which something shown was not what the clean day showed.

    Attributes:
        where: a panel, "log" or "alerts".
        said: why it counts as said, or None: it was passed off as true.
    """

    at: dt.datetime
    where: str
    shown: str
    true: str
    said: str | None

    def __str__(self) -> str:
        clock = f"{self.at.astimezone(NEW_YORK):%a %H:%M}"
        how = f"said: {self.said}" if self.said else "NOT SAID"
        return f"{clock}  {self.where:<18} {how}\n    shown: {self.shown}\n    true:  {self.true}"


def differences(clean: Sequence[Look], faulty: Sequence[Look], market: Market) -> list[Difference]:
    """All that differed; the clean looks hold all moments of the faulty ones, and more."""
    found: list[Difference] = []
    for shown in faulty:
        known = [look for look in clean if look.at <= shown.at]
        for name, payload in shown.pages.items():
            pages = [(look.at, look.pages[name]) for look in known]
            if name == LOG:
                found += _false_log_page(shown.at, payload, pages, known[-1])
            elif _differ(payload, pages[-1][1]):
                found.append(_of_page(shown.at, name, payload, pages))
        found += _false_lines(shown, clean[-1], market)
        found += _false_alerts(shown, clean)
    return [*found, *_lost(clean, faulty)]


def facts(payload: dict[str, Any]) -> tuple[Any, ...]:
    """What a panel states, without where it comes from and how fresh it is."""
    data = payload["data"]
    rows = None if data is None else repr(data["rows"])
    return payload["title"], payload["summary"], said({**payload, "subtitle": ""}), rows


def _differ(shown: Any, true: Any) -> bool:
    """Whether two pages state different facts; a crossing may be as late as a line of the log."""
    mine, theirs = facts(shown), facts(true)
    ours, real = CROSSING.search(mine[2]), CROSSING.search(theirs[2])
    if ours and real and _same_crossing(ours, real):
        mine = (*mine[:2], mine[2].replace(ours.group(), real.group()), mine[3])
    return mine != theirs


def _same_crossing(one: re.Match[str], other: re.Match[str]) -> bool:
    midnight = dt.date(2025, 1, 27)
    times = (dt.datetime.combine(midnight, dt.time.fromisoformat(m[2])) for m in (one, other))
    apart = next(times) - next(times)
    price, real = (float(match[3].replace(",", "")) for match in (one, other))
    return one[1] == other[1] and abs(apart) <= LATE_LINE and abs(price / real - 1.0) <= NEAR


def _of_page(
    at: dt.datetime, name: str, shown: Any, known: list[tuple[dt.datetime, Any]]
) -> Difference:
    true = known[-1][1]
    why = _said(name, at, shown, known)
    mine, theirs = _text(shown), _text(true)
    apart = next((i for i, (a, b) in enumerate(zip(mine, theirs, strict=False)) if a != b), 0)
    cut = slice(max(0, apart - 60), apart + 160)
    stated = shown["badge"]["text"]
    return Difference(at, name, f"[{stated}] {mine[cut]}", theirs[cut], why)


def _text(payload: Any) -> str:
    return f"{said(payload)} {payload['data']['rows'] if payload['data'] else ''}"


def _said(
    name: str, at: dt.datetime, shown: Any, known: list[tuple[dt.datetime, Any]]
) -> str | None:
    badge = shown["badge"]["freshness"]
    if badge in NOTHING_SHOWN or shown["absence"]:
        return str(shown["absence"] or badge)
    reason = _reason(shown, known)
    if reason is not None:
        return reason
    stated = _stated(shown)
    for time, earlier in reversed(known):
        if not _states_no_more(shown, earlier):
            continue
        if badge == "STALE":
            return f"STALE, and true at {time.astimezone(NEW_YORK):%H:%M}"
        if at - time <= DELAY:
            return "true within the delay stated"
        if stated is not None and stated <= time.replace(second=0) + dt.timedelta(minutes=1):
            return f"its time, {stated.astimezone(NEW_YORK):%H:%M}"
    if badge == "STALE" and _rows_were_true(shown, known):
        return "STALE, and each row was true"
    recent = [(time, page) for time, page in known if at - time <= DELAY]
    if recent and _rows_were_true(shown, recent):
        return "each row true within the delay stated"
    if name in DERIVED and any(_is_near(shown, page) for _, page in recent):
        return "made of prices of some minutes apart, within the delay stated"
    return None


def _is_near(shown: Any, page: Any) -> bool:
    """Whether two pages say the same in words, in any order, with figures that hardly differ."""
    mine, theirs = said({**shown, "subtitle": ""}), said({**page, "subtitle": ""})
    if sorted(NUMBER.sub("#", mine).split()) != sorted(NUMBER.sub("#", theirs).split()):
        return False
    figures = [
        sorted(float(n.replace("\u2212", "-").replace(",", "").rstrip("%")) for n in found)
        for found in (NUMBER.findall(mine), NUMBER.findall(theirs))
    ]
    return all(abs(a - b) <= NEAR_POINTS for a, b in zip(*figures, strict=True))


def _reason(shown: Any, known: list[tuple[dt.datetime, Any]]) -> str | None:
    """A sentence of the page that no clean one has, and that says what is the matter."""
    clean = {sentence for _, page in known for sentence in _sentences(page)}
    for sentence in _sentences(shown):
        if sentence not in clean and REASON.search(sentence):
            return sentence
    return None


def _sentences(payload: Any) -> Iterator[str]:
    for part in re.split(r"; |(?<=\.) |  +| · ", f"{payload['subtitle']}; {said(payload)}"):
        yield part.strip()


def _states_no_more(shown: Any, earlier: Any) -> bool:
    """Whether all numbers and statuses shown are those of an earlier page."""
    mine, theirs = _text(shown), _text(earlier)
    return set(NUMBER.findall(mine)) <= set(NUMBER.findall(theirs)) and set(
        STATUS.findall(mine)
    ) <= set(STATUS.findall(theirs))


def _rows_were_true(shown: Any, known: list[tuple[dt.datetime, Any]]) -> bool:
    rows = {repr(row) for _, page in known for row in _rows(page)}
    return bool(_rows(shown)) and all(repr(row) in rows for row in _rows(shown))


def _rows(payload: Any) -> list[Any]:
    return payload["data"]["rows"] if payload["data"] else []


def _stated(payload: Any) -> dt.datetime | None:
    found = STATED_TIME.search(payload["subtitle"].partition(" · ")[2])
    if found is None:
        return None
    text = f"{found.group()} +0000"
    local = dt.datetime.strptime(text, "%a %d %b %Y, %H:%M %z").replace(tzinfo=NEW_YORK)
    return local.astimezone(dt.UTC)


def _false_log_page(
    at: dt.datetime, shown: Any, known: list[tuple[dt.datetime, Any]], true: Look
) -> Iterator[Difference]:
    """The log as a page: its lines, and those of a while ago that it lacks."""
    if shown["badge"]["freshness"] in NOTHING_SHOWN or shown["absence"]:
        return
    reason = _reason(shown, known)
    watched = "watched" in (shown["note"].lower() + said(shown).lower())
    why = reason or ("it says how far it was watched" if watched else None)
    lines = [tuple(row[:3]) for row in _rows(shown)]
    shown_clean = {repr(tuple(row[:3])) for _, page in known for row in _rows(page)}
    for time, level, kind in lines:
        local = dt.datetime.fromisoformat(time).replace(tzinfo=NEW_YORK)
        if str(kind) == AGAIN or repr((time, level, kind)) in shown_clean:
            continue
        if not any(
            line.level == level and line.kind == str(kind) and abs(line.at - local) <= LATE_LINE
            for line in true.log
        ):
            yield Difference(at, LOG, f"{time} {kind} {level}", "no such line by then", why)
    for line in true.log:
        is_there = any(
            (level, str(kind)) in ((line.level, line.kind), (line.level, AGAIN))
            for _, level, kind in lines
        )
        if at - line.at > DELAY and not is_there and shown["badge"]["freshness"] != "STALE":
            yield Difference(at, LOG, "no such line", str(line), why)


def _false_lines(shown: Look, end: Look, market: Market) -> Iterator[Difference]:
    """Lines of the day's log whose price was never near the market's, or that came too late."""
    again = {line.level for line in shown.log if line.kind == AGAIN}
    for line in shown.log:
        true = market.price("SPY", line.at)
        same = [one for one in end.log if (one.level, one.kind) == (line.level, line.kind)]
        if abs(line.price / true - 1.0) > NEAR:
            yield Difference(shown.at, "log", str(line), f"SPY traded at {true}", None)
        elif line.kind != AGAIN and not any(abs(one.at - line.at) <= LATE_LINE for one in same):
            stood = ", ".join(map(str, same)) or "no such line"
            why = UNWATCHED if line.level in again else None
            yield Difference(shown.at, "log", str(line), stood, why)


def _false_alerts(shown: Look, clean: Sequence[Look]) -> Iterator[Difference]:
    """Alerts of a kind that the clean day never gave."""
    known = {_kind(title) for title in clean[-1].alerts}
    for title in shown.alerts:
        if _kind(title) not in known:
            yield Difference(shown.at, "alerts", title, "no such alert", None)


def _lost(clean: Sequence[Look], faulty: Sequence[Look]) -> Iterator[Difference]:
    """What the log and the alerts never said, unless a page said that it was not up to date."""
    last, before = faulty[-1], [look for look in clean if look.at < faulty[0].at]
    spoke = any(
        page["badge"]["freshness"] in {"STALE", *NOTHING_SHOWN} or "watched" in page["note"].lower()
        for look in faulty
        for page in look.pages.values()
    )
    why = "pages said meanwhile that they were not up to date" if spoke else None
    lines = {(line.level, line.kind) for line in last.log}
    again = {line.level for line in last.log if line.kind == AGAIN}
    for line in clean[-1].log:
        if (line.level, line.kind) not in lines:
            said_so = UNWATCHED if line.level in again else why
            yield Difference(last.at, "log", "no such line", str(line), said_so)
    kinds = {_kind(title) for title in last.alerts}
    earlier = set(before[-1].alerts) if before else set()
    for title in clean[-1].alerts:
        if title not in earlier and _kind(title) not in kinds:
            yield Difference(last.at, "alerts", "no such alert", title, why)


def _kind(title: str) -> str:
    """An alert without its clock and its price."""
    return re.sub(r"\d+(:\d+|\.\d+)", "#", title)
