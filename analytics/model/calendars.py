"""Trading calendars of listings: which days are sessions, and when each opens and closes.

Every listing has its exchange's calendar; currencies trade 24/5, crypto 24/7 and futures by the
day of CME Globex. The tables are read from ``data/calendars``, one file a calendar, made from
exchange_calendars by ``python -m analytics.model.build_calendars``; neither that library nor
pandas is imported here, and an answer takes about a microsecond.
`analytics.model.listing_calendars` says which calendar a listing has.
"""

from __future__ import annotations

import datetime as dt
import json
from array import array
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np

from analytics.model.basics import BadInput, Phase, Sessions

TABLES = Path(__file__).parent / "data" / "calendars"
FIRST_DAY, LAST_DAY = dt.date(1990, 1, 1), dt.date(2036, 12, 31)
"""The span of every calendar."""

NEW_YORK = ZoneInfo("America/New_York")
AROUND_THE_CLOCK, CURRENCIES, FUTURES, NYSE = "24/7", "24/5", "CME", "XNYS"
SETTLED_APART = (AROUND_THE_CLOCK, CURRENCIES, FUTURES)
"""Markets whose stated previous close is of another hour than their daily bars."""
ALL_DAY = (0, 24 * 60)
PRE_MARKET_OPENS = dt.time(4, 0)

_EPOCH = dt.date(1970, 1, 1).toordinal()
_SPAN = np.arange(np.datetime64(FIRST_DAY), np.datetime64(LAST_DAY) + 1)
_FIRST, _DAY = FIRST_DAY.toordinal(), dt.timedelta(days=1)

Minutes = tuple[int, int]
"""Opening and closing time in minutes since the local midnight of the session's date; the
opening one is negative where a session begins on the evening before."""


@dataclass(frozen=True, eq=False)
class Regime:
    """Regular hours from a date on: of the session, and of its lunch break if it has one."""

    since: dt.date
    hours: Minutes
    lunch: Minutes | None = None


@dataclass(frozen=True, eq=False)
class ListingCalendar:
    """Sessions of one market. Dates are the market's own; times returned are UTC.

    Attributes:
        code: the market identifier code, ``24/7``, ``24/5``, ``CME``, or for a market whose
            holidays are not known its week: ``Africa/Cairo 1111001 10:00-14:30``.
        exchange: its name as it stands in a sentence.
        zone: of its dates and bells.
        sessions: all of them within the span, ascending.
        regimes: regular hours, oldest first.
        special: hours of the sessions that differ from the regular ones.
        holidays: names of the closures that have one.
        optional: sessions without a bar are no fault on these days: sources differ (a currency
            at Christmas, futures on a US holiday), or the market's holidays are not known.
        pre_market: local time from which indicated prices exist, or None.
    """

    code: str
    exchange: str
    zone: ZoneInfo
    sessions: Sessions
    regimes: tuple[Regime, ...]
    special: Mapping[dt.date, Minutes] = field(default_factory=dict)
    holidays: Mapping[dt.date, str] = field(default_factory=dict)
    optional: frozenset[int] = frozenset()
    pre_market: dt.time | None = None
    _dates: list[dt.date] = field(init=False, repr=False)
    _newest: array[int] = field(init=False, repr=False)
    _bells: dict[dt.date, tuple[dt.datetime, dt.datetime]] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        newest = np.searchsorted(self.sessions, _SPAN, side="right") - 1
        object.__setattr__(self, "_dates", self.sessions.tolist())
        object.__setattr__(self, "_newest", array("h", newest.tolist()))
        object.__setattr__(self, "_bells", {})

    def is_session(self, day: dt.date) -> bool:
        """Whether the market trades on ``day``."""
        at = self._at(day)
        return at >= 0 and self._dates[at] == day

    def open(self, session: dt.date) -> dt.datetime:
        """Opening time of ``session``."""
        return self._hours(session)[0]

    def close(self, session: dt.date) -> dt.datetime:
        """Closing time of ``session``, early on a half-day."""
        return self._hours(session)[1]

    def session_on_or_before(self, day: dt.date) -> dt.date:
        """The newest session dated ``day`` or earlier.

        Raises:
            BadInput: for a date outside the years the calendar covers.
        """
        at = self._at(day)
        if at < 0 or day > LAST_DAY:
            raise BadInput(
                f"{day} lies outside the exchange's calendar, {self._dates[0]} to {LAST_DAY}."
            )
        return self._dates[at]

    def previous_session(self, session: dt.date, count: int = 1) -> dt.date:
        """The session ``count`` sessions before ``session``, which need not be one itself."""
        at = self._at(session)
        return self._date(at - count if self._dates[at] == session else at + 1 - count)

    def next_session(self, session: dt.date, count: int = 1) -> dt.date:
        """The session ``count`` sessions after ``session``, which need not be one itself."""
        return self._date(self._at(session) + count)

    def sessions_between(self, first: dt.date, last: dt.date) -> Sessions:
        """All sessions from ``first`` to ``last``, both included."""
        return self.sessions[self._at(first - _DAY) + 1 : self._at(last) + 1]

    def current_session(self, time: dt.datetime) -> dt.date:
        """The newest session that has opened by ``time`` (any zone)."""
        today = time.astimezone(self.zone).date()
        at = self._at(today + _DAY if self.regimes[0].hours[0] < 0 else today)
        while self._hours(self._dates[at])[0] > time:
            at -= 1
        return self._dates[at]

    def phase_at(self, time: dt.datetime) -> Phase:
        """Pre-market (where the market has one), open, or closed. A lunch break counts as open."""
        if time < self.close(self.current_session(time)):
            return Phase.OPEN
        local = time.astimezone(self.zone)
        early = self.pre_market is not None and local.time() >= self.pre_market
        before = early and self.is_session(local.date()) and time < self.open(local.date())
        return Phase.PRE if before else Phase.CLOSED

    def minutes_to_close(self, time: dt.datetime) -> int | None:
        """Whole minutes left in the session under way (rounded up), or None when none is."""
        left = self.close(self.current_session(time)) - time
        return -int(-left.total_seconds() // 60) if left > dt.timedelta(0) else None

    def next_open(self, time: dt.datetime) -> dt.datetime:
        """The first opening after ``time`` (any zone)."""
        return self.open(self.next_session(self.current_session(time)))

    def on_lunch_break(self, time: dt.datetime) -> bool:
        """Whether trading rests between a morning and an afternoon session."""
        local = time.astimezone(self.zone)
        lunch = self._regime(local.date()).lunch
        if lunch is None or self.phase_at(time) is not Phase.OPEN:
            return False
        return lunch[0] <= local.hour * 60 + local.minute < lunch[1]

    def is_half_day(self, session: dt.date) -> bool:
        """Whether ``session`` closes early."""
        hours = self.special.get(session)
        return hours is not None and hours[1] < self._regime(session).hours[1]

    def holiday_name(self, day: dt.date) -> str | None:
        """Name of the yearly holiday that closes the market on ``day``; None for other days."""
        return self.holidays.get(day)

    def closure(self, day: dt.date) -> str | None:
        """Why the market does not trade on ``day``, as the end of a sentence; None on a session."""
        if self.is_session(day):
            return None
        if day.weekday() >= 5:
            return "the weekend"
        return self.holiday_name(day) or "a special closure"

    def covers(self, days: Sessions) -> np.ndarray:
        """For each of ``days`` whether it lies in the years that the calendar knows."""
        return np.asarray((days >= np.datetime64(FIRST_DAY)) & (days <= np.datetime64(LAST_DAY)))

    def off_calendar(self, days: Sessions) -> np.ndarray:
        """For each of ``days`` whether it is known not to be a session."""
        at = np.minimum(np.searchsorted(self.sessions, days), len(self.sessions) - 1)
        return np.asarray(self.covers(days) & (self.sessions[at] != days))

    def without_bar(self, days: Sessions, upto: dt.date | None = None) -> Sessions:
        """The sessions that ought to have a bar and have none.

        Args:
            days: ascending session dates of the bars, at least one.
            upto: look on to this session; None: to the last of ``days``.
        """
        first, last = days[0].item(), days[-1].item()
        expected = self.sessions_between(first, max(last, upto or last))
        if np.array_equal(expected, days):
            return expected[:0]
        missing: Sessions = expected[~np.isin(expected, days, assume_unique=True)]
        if not self.optional or not missing.size:
            return missing
        required = [day.item().toordinal() not in self.optional for day in missing]
        due: Sessions = missing[np.array(required, dtype=bool)]
        return due

    def _regime(self, day: dt.date) -> Regime:
        for regime in reversed(self.regimes):
            if regime.since <= day:
                return regime
        return self.regimes[0]

    def _hours(self, session: dt.date) -> tuple[dt.datetime, dt.datetime]:
        known = self._bells.get(session)
        if known is None:
            if not self.is_session(session):
                raise BadInput(f"{session} is not a session of {self.exchange}.")
            hours = self.special.get(session) or self._regime(session).hours
            known = (self._time(session, hours[0]), self._time(session, hours[1]))
            self._bells[session] = known
        return known

    def _time(self, session: dt.date, minutes: int) -> dt.datetime:
        day, minute = divmod(minutes, 24 * 60)
        clock = dt.time(*divmod(minute, 60))
        date = session + dt.timedelta(days=day)
        return dt.datetime.combine(date, clock, self.zone).astimezone(dt.UTC)

    def _at(self, day: dt.date) -> int:
        """Position of the newest session on or before ``day``, -1 before the first."""
        offset = day.toordinal() - _FIRST
        if 0 <= offset < len(self._newest):
            return self._newest[offset]
        return -1 if offset < 0 else len(self._dates) - 1

    def _date(self, at: int) -> dt.date:
        if not 0 <= at < len(self._dates):
            raise BadInput(
                f"The day lies outside the exchange's calendar, {FIRST_DAY} to {LAST_DAY}."
            )
        return self._dates[at]


@lru_cache(maxsize=256)
def calendar_named(code: str) -> ListingCalendar:
    """The calendar of a code.

    Raises:
        BadInput: there is no such calendar.
    """
    if code == AROUND_THE_CLOCK:
        return _weekly(code, "markets around the clock", "UTC", "1111111", ALL_DAY, known=True)
    if code == CURRENCIES:
        return _weekly(code, "the currency market", "Europe/London", "1111100", ALL_DAY, known=True)
    if " " in code:
        zone, weekdays, hours = code.split(" ")
        return _weekly(code, f"its exchange ({zone})", zone, weekdays, minutes_of(hours))
    try:
        table = json.loads((TABLES / f"{code}.json").read_text(encoding="utf-8"))
    except OSError as error:
        raise BadInput(f"there is no trading calendar {code!r}.") from error
    return _from_table(table)


def codes() -> tuple[str, ...]:
    """The calendars that have a table."""
    return tuple(sorted(path.stem for path in TABLES.glob("*.json")))


def week_code(zone: str, hours: Minutes, weekdays: str = "1111100") -> str:
    """Code of a market of which only the week and the hours are known."""
    return f"{zone} {weekdays} {clock_text(hours[0])}-{clock_text(hours[1])}"


def minutes_of(text: str) -> Minutes:
    """Parse ``09:30-16:00``; ``-06:00-17:00`` begins at 18:00 on the evening before."""
    sign, rest = (-1, text[1:]) if text.startswith("-") else (1, text)
    opens, closes = rest.split("-")
    return sign * _minute(opens), _minute(closes)


def clock_text(minutes: int) -> str:
    """``09:30``; the inverse of `minutes_of`'s parts."""
    hour, minute = divmod(abs(minutes), 60)
    return f"{'-' if minutes < 0 else ''}{hour:02}:{minute:02}"


def _minute(clock: str) -> int:
    hour, minute = clock.split(":")
    return int(hour) * 60 + int(minute)


def _weekly(
    code: str, exchange: str, zone: str, weekdays: str, hours: Minutes, known: bool = False
) -> ListingCalendar:
    """A calendar without holidays; where ``known`` is False a day without a bar may be one."""
    sessions = _SPAN[np.is_busday(_SPAN, weekmask=weekdays)]
    doubtful = sessions
    if known:
        days = sessions.astype(object)
        doubtful = sessions[[(d.month, d.day) in ((1, 1), (12, 25)) for d in days]]
        if code == AROUND_THE_CLOCK:
            doubtful = doubtful[:0]
    return ListingCalendar(
        code=code,
        exchange=exchange,
        zone=ZoneInfo(zone),
        sessions=sessions,
        regimes=(Regime(FIRST_DAY, hours),),
        optional=_ordinals(doubtful),
    )


def _from_table(table: Mapping[str, Any]) -> ListingCalendar:
    closed = dict(_dated(table["closed"]))
    names = table.get("names", ())
    weekmask, holidays = table["weekdays"], np.array(list(closed), dtype="datetime64[D]")
    usual = np.is_busday(_SPAN, weekmask=weekmask, holidays=holidays)
    extra = np.array([day for day, _ in _dated(table.get("extra", {}))], dtype="datetime64[D]")
    sessions = _SPAN[usual | np.isin(_SPAN, extra)]
    known_from, known_until = (np.datetime64(day) for day in table["known"])
    unknown = sessions[(sessions < known_from) | (sessions > known_until)]
    optional = [day.toordinal() for day, _ in _dated(table.get("optional", {}))]
    return ListingCalendar(
        code=table["code"],
        exchange=table["exchange"],
        zone=ZoneInfo(table["zone"]),
        sessions=sessions,
        regimes=tuple(
            Regime(
                dt.date.fromisoformat(since),
                minutes_of(hours),
                minutes_of(lunch) if lunch else None,
            )
            for since, hours, lunch in table["hours"]
        ),
        special={day: minutes_of(text) for day, text in _dated(table.get("special", {}))},
        holidays={day: names[int(at)] for day, at in closed.items() if at},
        optional=_ordinals(unknown) | frozenset(optional),
        pre_market=PRE_MARKET_OPENS if table["code"] in (NYSE, "US-BONDS") else None,
    )


def _dated(years: Mapping[str, str]) -> Iterator[tuple[dt.date, str]]:
    """Entries ``0103`` or ``0103=text`` of each year, as dates with their text."""
    for year, entries in years.items():
        for entry in entries.split():
            day, _, text = entry.partition("=")
            yield dt.date(int(year), int(day[:2]), int(day[2:])), text


def _ordinals(days: Iterable[np.datetime64] | Sessions) -> frozenset[int]:
    return frozenset((np.asarray(days, dtype="datetime64[D]").astype(np.int64) + _EPOCH).tolist())
