"""From changes and bars to positions, cash and value on every session.

Rules, stated on the page: a change is carried out at the close of its session, without costs.
Prices are traded closes; splits multiply the shares held. A dividend is paid in cash on its
ex-date, before tax; its amount is what the total-return closes imply (`dividends`). Cash earns
nothing. A change waits for a close of what it trades, and of nothing else; after
`WAITING_SESSIONS` without one it lapses. A holding without a close counts at its last one, and
the ledger says so.
"""

from __future__ import annotations

import datetime as dt
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from analytics.model import sessions as calendar
from analytics.model.portfolio_changes import TRADES, Change, Kind
from analytics.model.vocabulary import Bars, Floats, Sessions
from analytics.portfolio.book import Book, Column

WAITING_SESSIONS = 5
"""Sessions, its own included, that a change may wait for a close before it lapses."""


@dataclass(frozen=True, eq=False)
class Ledger:
    """What the portfolio held and was worth at each close; axis (n,) is ``sessions``.

    Attributes:
        sessions: from the first change carried out to the newest.
        value: dollars after the session's changes.
        carried: dollars of ``value`` at closes of earlier sessions, of holdings without one.
        flow: dollars paid in (out: negative) at the session's close.
        cash: dollars after the session's changes.
        dividends: dollars received on the session.
        units: symbol -> shares at the last session, of those held then.
        cost: symbol -> dollars paid for what is held then, at average cost.
        pending: changes not carried out yet, each with the reason.
        lapsed: changes that will not be carried out, each with the reason.
        last_closes: holdings without a close of the last session -> the session of their last.
        overdrawn: numbers of the changes that left less than no cash.
        left_alone: number of a change of weights -> holdings it could not trade.
    """

    sessions: Sessions
    value: Floats
    carried: Floats
    flow: Floats
    cash: Floats
    dividends: Floats
    units: Mapping[str, float]
    cost: Mapping[str, float]
    pending: tuple[tuple[Change, str], ...]
    lapsed: tuple[tuple[Change, str], ...]
    last_closes: Mapping[str, dt.date]
    overdrawn: tuple[int, ...]
    left_alone: Mapping[int, tuple[str, ...]]

    def __len__(self) -> int:
        return len(self.sessions)


def keep_ledger(
    changes: Sequence[Change],
    bars: Mapping[str, Bars],
    axis: Sessions,
    last_complete: bool,
) -> Ledger:
    """Carry ``changes`` out, in their order, over the sessions of ``axis``.

    Args:
        changes: published, or drafts to look at; those after the axis stay pending.
        bars: of every symbol in the changes.
        axis: sessions, ascending; none before the first change is kept.
        last_complete: False while the last session trades: its changes are still to come.
    """
    first = min((c.effective for c in changes), default=None)
    if first is not None:
        axis = axis[axis >= np.datetime64(first, "D")]
    book = Book({symbol: Column.of(b, axis) for symbol, b in bars.items()})
    queue = _Queue(changes, book)
    value, carried, flow, cash, received = (np.zeros(len(axis)) for _ in range(5))
    done = len(axis) if last_complete else len(axis) - 1
    for i, day in enumerate(axis):
        received[i] = book.collect(i)
        if i < done:
            flow[i] = queue.carry_out_due(day, i)
        value[i], cash[i], carried[i] = book.value(i), book.cash, book.carried(i)
    began = int(np.argmax(value != 0)) if len(axis) and bool((value != 0).any()) else len(axis)
    last = len(axis) - 1
    return Ledger(
        sessions=axis[began:],
        value=value[began:],
        carried=carried[began:],
        flow=flow[began:],
        cash=cash[began:],
        dividends=received[began:],
        units=dict(book.units),
        cost=dict(book.cost),
        pending=tuple((c, _why(c, book, axis, last_complete)) for c in queue.waiting),
        lapsed=tuple(queue.lapsed),
        last_closes=book.last_closes(last) if last >= 0 else {},
        overdrawn=tuple(book.overdrawn),
        left_alone=dict(book.left_alone),
    )


class _Queue:
    """Changes still to be carried out, by session, and those that never will be."""

    def __init__(self, changes: Sequence[Change], book: Book) -> None:
        self.lapsed: list[tuple[Change, str]] = []
        self._ahead = deque(sorted(changes, key=lambda change: change.effective))
        self._due: list[Change] = []
        self._since: dict[str, int] = {}
        self._book = book

    @property
    def waiting(self) -> tuple[Change, ...]:
        """Those not carried out yet."""
        return (*self._due, *self._ahead)

    def carry_out_due(self, day: np.datetime64, i: int) -> float:
        """Do at session ``i``'s close what is due and can be; dollars paid in (out: negative)."""
        while self._ahead and np.datetime64(self._ahead[0].effective, "D") <= day:
            self._due.append(self._ahead.popleft())
        paid = 0.0
        left: list[Change] = []
        for change in self._due:
            since = self._since.setdefault(change.id, i)
            missing = [s for s in change.priced_at if not self._book.has_close(s, i)]
            behind = change.kind is not Kind.CONVERT and any(_ordered(w, change) for w in left)
            if not missing and not behind:
                paid += self._book.carry_out(change, i, since)
                left = self._without_converted(left, change)
            elif missing and i - since >= WAITING_SESSIONS - 1:
                why = f"no close of {', '.join(missing)} in {WAITING_SESSIONS} sessions"
                self.lapsed.append((change, why))
            else:
                left.append(change)
        self._due = left
        return paid

    def _without_converted(self, waiting: list[Change], done: Change) -> list[Change]:
        """A purchase or sale that waits for what was converted meanwhile has lost its object."""
        if done.kind is not Kind.CONVERT:
            return waiting
        lost = [c for c in waiting if c.symbol == done.symbol and c.kind in (Kind.BUY, Kind.SELL)]
        why = f"{done.symbol} was converted by change {done.number}"
        self.lapsed += [(change, why) for change in lost]
        return [c for c in waiting if c not in lost]


def _ordered(first: Change, second: Change) -> bool:
    """Whether the second would come out otherwise if it were carried out before the first."""
    if first.kind not in TRADES or second.kind not in TRADES:
        return False
    whole = Kind.WEIGHTS in (first.kind, second.kind)
    return whole or not set(first.symbols).isdisjoint(second.symbols)


def _why(change: Change, book: Book, axis: Sessions, last_complete: bool) -> str:
    if not len(axis) or np.datetime64(change.effective, "D") > axis[-1]:
        return f"takes effect at the close of {change.effective}"
    if np.datetime64(change.effective, "D") == axis[-1] and not last_complete:
        return "takes effect at today's close"
    missing = [s for s in change.priced_at if not book.has_close(s, len(axis) - 1)]
    if missing:
        return f"waits for a close of {', '.join(missing)}"
    return "waits for the change before it" if last_complete else "takes effect at today's close"


def session_axis(changes: Sequence[Change], last: dt.date) -> Sessions:
    """Sessions from the first change's to ``last``; empty before it."""
    first = min((c.effective for c in changes), default=last)
    if first > last:
        return np.array([], dtype="datetime64[D]")
    return calendar.sessions_between(first, last)
