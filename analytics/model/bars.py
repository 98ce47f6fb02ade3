"""Price bars of one listing: daily ones, checked with its trading calendar, and one-minute ones."""

from __future__ import annotations

import datetime as dt
import hashlib
from dataclasses import dataclass, fields, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from analytics.model.basics import Floats, Sessions
from analytics.model.calendars import NYSE, ListingCalendar, calendar_named
from analytics.model.quotation import Quotation, quotation_of

LONGEST_GAP = 5
"""No average reaches over more missing sessions than this."""

PRICES = ("open", "high", "low", "close")


@dataclass(frozen=True)
class Break:
    """A session whose earlier bars may not stand in one figure with it and those that follow.

    Attributes:
        session: the first after the break.
        reason: what happened, as it stands in a sentence: "the hole of 2022-12-30 .. 2024-12-26".
    """

    session: dt.date
    reason: str


@dataclass(frozen=True)
class Note:
    """What validation did to bars beyond rejecting rows.

    Attributes:
        session: from which it is known.
        text: a sentence.
    """

    session: dt.date
    text: str


@dataclass(frozen=True, eq=False)
class Bars:
    """Daily bars of one symbol, oldest first, each of a session of its listing's calendar.

    Attributes:
        sessions: shape (n,), ascending, unique.
        open: shape (n,); NaN throughout when the source has closes only. So ``high``, ``low``.
        close: shape (n,); the *traded* close (split-adjusted, not dividend-adjusted), > 0.
        adj_close: shape (n,); the total-return close, or None when the source has none.
        volume: shape (n,); shares, NaN where unknown.
        splits: shape (n,); the split ratio effective that session (4.0 for 4:1), else 1.0.
        last_time: UTC time of the last bar's last price; None when only the date is known.
        last_complete: False while the last bar's session is still trading (or its closing
            price has not reached the source yet).
        timezone: the exchange's zone, from which the session dates are taken.
        calendar: code of the listing's trading calendar (`analytics.model.calendars`).
        basis_changes: sessions before which prices are on another basis for no stated reason.
        since: what came before the first bar, where bars of before it were cut off.
        notes: what validation did to these bars beyond rejecting rows, as far as known by then.
        instrument, price_hint: as the source states them (`analytics.sources.base.RawBars`).
    """

    symbol: str
    sessions: Sessions
    open: Floats
    high: Floats
    low: Floats
    close: Floats
    adj_close: Floats | None
    volume: Floats
    splits: Floats
    last_time: dt.datetime | None = None
    last_complete: bool = True
    timezone: str = "America/New_York"
    currency: str = "USD"
    name: str = ""
    calendar: str = NYSE
    basis_changes: tuple[Break, ...] = ()
    since: str = ""
    notes: tuple[Note, ...] = ()
    instrument: str = ""
    price_hint: int | None = None

    def __len__(self) -> int:
        return len(self.close)

    @cached_property
    def quotation(self) -> Quotation:
        """How its prices are written: by the bars before the running one, so all day alike."""
        done = len(self) if self.last_complete else max(len(self) - 1, 0)
        return quotation_of(
            self.symbol,
            self.currency,
            instrument=self.instrument,
            price_hint=self.price_hint,
            high=self.high[:done],
            low=self.low[:done],
            close=self.close[:done],
        )

    @cached_property
    def digest(self) -> bytes:
        """Of everything in them: equal bars have equal ones."""
        made = hashlib.blake2b(digest_size=16)
        for spec in fields(self):
            value = getattr(self, spec.name)
            made.update(value.tobytes() if isinstance(value, np.ndarray) else repr(value).encode())
        return made.digest()

    @property
    def close_only(self) -> bool:
        """True when no bar has a high and a low: touch-based answers are then refused."""
        return bool(np.isnan(self.low).all())

    @cached_property
    def last_session(self) -> dt.date:
        """Date of the newest bar."""
        session: dt.date = self.sessions[-1].astype(dt.date)
        return session

    @property
    def extent(self) -> str:
        """How many bars there are, and since what: "20 since the hole of ..."."""
        return f"{len(self)} since {self.since}" if self.since else str(len(self))

    @property
    def listing(self) -> ListingCalendar:
        """The trading calendar of the listing."""
        return calendar_named(self.calendar)

    @cached_property
    def missing(self) -> Sessions:
        """Sessions of the calendar between the first and the last bar that have none."""
        return self.listing.without_bar(self.sessions)

    @cached_property
    def breaks(self) -> tuple[Break, ...]:
        """Where no average may reach over: holes, and changes of basis; oldest first."""
        found = {change.session: change for change in self.basis_changes}
        for at in _holes(self.sessions, self.missing):
            before, after = self.sessions[at - 1].item(), self.sessions[at].item()
            found[after] = Break(after, f"the hole of {before} .. {after}")
        first, last = self.sessions[0].item(), self.last_session
        return tuple(found[day] for day in sorted(found) if first < day <= last)

    @cached_property
    def unbroken(self) -> Bars:
        """The bars since the last break: what one average, range or line may rest on."""
        if not self.breaks:
            return self
        last = self.breaks[-1]
        at = int(np.searchsorted(self.sessions, np.datetime64(last.session, "D")))
        return replace(self._rows(at, len(self)), since=last.reason)

    def runs(self) -> tuple[Bars, ...]:
        """The bars between the breaks, oldest first; together they are all of them."""
        days = [change.session for change in self.breaks]
        starts = [0, *np.searchsorted(self.sessions, np.array(days, "datetime64[D]")).tolist()]
        ends = [*starts[1:], len(self)]
        return tuple(self._rows(a, b) for a, b in zip(starts, ends, strict=True))

    @property
    def previous_close(self) -> float | None:
        """Close of the calendar's session before the newest bar's; None where it is not known."""
        return float(self.close[-2]) if len(self) > 1 and self.no_previous is None else None

    @cached_property
    def no_previous(self) -> str | None:
        """Why the previous session's close is not known, as part of a sentence; else None."""
        if len(self) < 2:
            return f"no bar before {self.since}" if self.since else "no bar of an earlier session"
        gap = self.listing.without_bar(self.sessions[-2:])
        if gap.size:
            return no_bar_of(gap)
        last = self.breaks[-1] if self.breaks else None
        return last.reason if last is not None and last.session == self.last_session else None

    @cached_property
    def follows(self) -> NDArray[np.bool_]:
        """Shape (n,): whether the bar before it is that of the calendar's previous session."""
        after_gap = np.searchsorted(self.sessions, self.missing)
        out = np.ones(len(self), dtype=bool)
        out[0] = False
        out[after_gap] = False
        for change in self.basis_changes:
            out[self.sessions == np.datetime64(change.session)] = False
        return out

    def upto(self, session: dt.date) -> Bars:
        """The bars as seen at the close of ``session``: later ones cut, later splits undone.

        A split after ``session`` had not happened yet, so the prices it divided are
        multiplied back (and volumes divided), as methods, "As of a past date" asks.
        """
        n = int(np.searchsorted(self.sessions, np.datetime64(session, "D"), side="right"))
        if n == len(self):
            return self
        later = float(np.prod(self.splits[n:]))

        def price(values: Floats) -> Floats:
            return values[:n] * later if later != 1.0 else values[:n]

        return replace(
            self,
            sessions=self.sessions[:n],
            open=price(self.open),
            high=price(self.high),
            low=price(self.low),
            close=price(self.close),
            adj_close=None if self.adj_close is None else price(self.adj_close),
            volume=self.volume[:n] / later if later != 1.0 else self.volume[:n],
            splits=self.splits[:n],
            last_time=None,
            last_complete=True,
            notes=tuple(note for note in self.notes if note.session <= session),
        )

    def between(self, first: dt.date, end: dt.date, before: int = 0) -> Bars:
        """The bars from ``first`` on and before ``end``, with so many more ahead of them."""
        days = np.array([first, end], dtype="datetime64[D]")
        start, stop = np.searchsorted(self.sessions, days).tolist()
        cut = self._rows(max(start - before, 0), stop)
        return cut if stop == len(self) else replace(cut, last_time=None, last_complete=True)

    def with_stated_close(self, session: dt.date, close: float) -> Bars:
        """The bars with a close of ``session`` that the source states without a bar of it.

        Where they have a bar of it already they are returned as they are. The stated close has
        no open, high, low or volume, and what dividends took off the bar before it.
        """
        at = int(np.searchsorted(self.sessions, np.datetime64(session, "D")))
        if at == 0 or (at < len(self) and self.sessions[at].item() == session):
            return self
        blank = dict.fromkeys(("open", "high", "low", "volume"), np.nan)
        row = blank | {"close": close, "splits": 1.0}
        columns: dict[str, Any] = {
            name: np.insert(getattr(self, name), at, row[name]) for name in row
        }
        adjusted = self.adj_close
        if adjusted is not None:
            adjusted = np.insert(adjusted, at, close * adjusted[at - 1] / self.close[at - 1])
        said = f"{self.symbol}: the close of {session} is the one the source states beside its bars"
        return replace(
            self,
            sessions=np.insert(self.sessions, at, np.datetime64(session, "D")),
            **columns,
            adj_close=adjusted,
            notes=(*self.notes, Note(session, f"{said}.")),
        )

    def _rows(self, start: int, end: int) -> Bars:
        """A run of the bars without a break in it."""
        if start == 0 and end == len(self):
            return self
        rows = slice(start, end)
        names = ("sessions", *PRICES, "volume", "splits")
        columns: dict[str, Any] = {name: getattr(self, name)[rows] for name in names}
        adjusted = self.adj_close
        return replace(
            self,
            **columns,
            adj_close=None if adjusted is None else adjusted[rows],
            basis_changes=(),
        )


@dataclass(frozen=True, eq=False)
class MinuteBars:
    """One-minute bars of one session, oldest first; shapes (n,).

    Attributes:
        times: each bar's start, UTC, ``datetime64[s]``, unique.
        open, high, low: NaN where not stated.
    """

    symbol: str
    session: dt.date
    times: NDArray[np.datetime64]
    open: Floats
    high: Floats
    low: Floats
    close: Floats
    volume: Floats

    def __len__(self) -> int:
        return len(self.times)

    def upto(self, time: dt.datetime) -> MinuteBars:
        """The minutes that have ended by ``time``, UTC."""
        ends = self.times + np.timedelta64(60, "s")
        cut = int(np.searchsorted(ends, np.datetime64(time.replace(tzinfo=None)), side="right"))
        prices = (self.open, self.high, self.low, self.close, self.volume)
        return MinuteBars(
            self.symbol, self.session, self.times[:cut], *(series[:cut] for series in prices)
        )


def no_bar_of(days: Sessions) -> str:
    """ "no bar of 2025-01-24", for one missing session or several, ascending."""
    named = [str(day) for day in days]
    if len(named) == 1:
        return f"no bar of {named[0]}"
    if len(named) <= 3:
        return f"no bars of {', '.join(named[:-1])} and {named[-1]}"
    return f"no bars of {len(named)} sessions between {named[0]} and {named[-1]}"


def _holes(sessions: Sessions, missing: Sessions) -> NDArray[np.intp]:
    """Positions of the bars before which more than `LONGEST_GAP` sessions are missing."""
    after, count = np.unique(np.searchsorted(sessions, missing), return_counts=True)
    return after[count > LONGEST_GAP]
