"""May this change be made? Refused in one sentence, never mended silently."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from analytics.model.dates import day_text
from analytics.model.portfolio_changes import Change, Kind, plain_number, said
from analytics.model.vocabulary import BadInput, Bars
from analytics.portfolio.book import split_factors
from analytics.portfolio.ledger import Ledger, keep_ledger, session_axis

_CENT = 0.005
_NEAR_DAYS = 5


def check_order(change: Change, published: Sequence[Change]) -> None:
    """The record is never rewritten: a change is not dated before one that stands.

    Raises:
        BadInput: naming the change that stands.
    """
    newest = max(published, key=lambda c: c.effective, default=None)
    if newest is not None and change.effective < newest.effective:
        raise BadInput(
            f"{change.effective} lies before change {newest.number} of {newest.effective}: what "
            "is published is not rewritten, a correction is a new change."
        )


def check_change(
    change: Change, standing: Sequence[Change], bars: Mapping[str, Bars], last: dt.date
) -> None:
    """Whether ``change`` can be carried out after all that stands.

    It needs a close of what it trades and of nothing else. A change of a session that has not
    closed yet is tried at the newest prices; its own close decides in the end.

    Args:
        change: not yet among ``standing``.
        standing: earlier changes, in their order.
        bars: of every symbol in all of them; one that is not there is unknown.
        last: the newest session.

    Raises:
        BadInput: more is sold than held, cash would be negative, a price is missing.
    """
    before, after = _tried(change, standing, bars, last)
    _check_carried_out(change, after, bars, last)
    units = before.units
    match change.kind:
        case Kind.SELL:
            own = units.get(change.symbol, 0.0) / _factor(bars[change.symbol], change, last)
            if (change.shares or 0.0) > own * (1 + 1e-9):
                raise BadInput(
                    f"{plain_number(change.shares)} {change.symbol} cannot be sold: "
                    f"{plain_number(own) if own else 'none'} would be held then."
                )
        case Kind.CONVERT | Kind.SPIN_OFF if not units.get(change.symbol):
            raise BadInput(f"{said(change)}: no {change.symbol} would be held then.")
        case Kind.SPIN_OFF:
            _check_no_split(change, bars[change.symbol])
        case Kind.WEIGHTS if not len(before) or before.value[-1] - before.carried[-1] <= _CENT:
            raise BadInput("There is nothing to invest: a deposit comes first.")
    if len(after) and after.cash[-1] < -_CENT:
        raise BadInput(_short(change, before, bars, last))


def _check_carried_out(
    change: Change, after: Ledger, bars: Mapping[str, Bars], last: dt.date
) -> None:
    """Whether the change itself went through; what else waits is not its matter.

    Raises:
        BadInput: naming what it lacks, and the way on for a listing that has ended.
    """
    why = next((why for c, why in (*after.pending, *after.lapsed) if c.id == change.id), None)
    if why is None:
        return
    day = min(change.effective, last)
    for symbol in change.priced_at:
        if symbol in bars and bars[symbol].last_session < day:
            raise BadInput(
                f"The change cannot be carried out: {symbol} has had no close since "
                f"{day_text(bars[symbol].last_session)}. If it was acquired or delisted, convert "
                "it: into the cash paid, or into shares of the acquirer."
            )
    raise BadInput(f"The change cannot be carried out: it {why}.")


def _check_no_split(change: Change, parent: Bars) -> None:
    """A source may put a spin-off into the parent's prices, as a split: counted twice then.

    Raises:
        BadInput: there is such a split within a few sessions.
    """
    day = np.datetime64(change.effective, "D")
    near = np.abs((parent.sessions - day).astype(int)) <= _NEAR_DAYS
    found = np.flatnonzero(near & (parent.splits != 1.0))
    if len(found):
        at = int(found[0])
        raise BadInput(
            f"The source has put this spin-off into {parent.symbol}'s prices already, as a split "
            f"of {parent.splits[at]:g} on {day_text(parent.sessions[at].astype(dt.date))}: the "
            "shares held contain it."
        )


def _short(change: Change, before: Ledger, bars: Mapping[str, Bars], last: dt.date) -> str:
    there = float(before.cash[-1]) if len(before) else 0.0
    if change.kind is not Kind.BUY:
        return f"${plain_number(change.amount)} cannot be paid out: the cash is ${there:,.2f}."
    column = bars[change.symbol]
    at = int(np.searchsorted(column.sessions, np.datetime64(min(change.effective, last), "D")))
    price = float(column.close[at]) * _factor(column, change, last)
    cost = (change.shares or 0.0) * price
    return (
        f"{plain_number(change.shares)} {change.symbol} at {column.quotation.number(price)} cost "
        f"${cost:,.2f}: the cash is ${there:,.2f}."
    )


def _factor(bars: Bars, change: Change, last: dt.date) -> float:
    """Shares now for one share at the change's session."""
    day = np.datetime64(min(change.effective, last), "D")
    at = int(np.searchsorted(bars.sessions, day, side="right")) - 1
    return float(split_factors(bars)[at]) if at >= 0 else 1.0


def _tried(
    change: Change, standing: Sequence[Change], bars: Mapping[str, Bars], last: dt.date
) -> tuple[Ledger, Ledger]:
    """The ledgers without and with the change, both at its session or the newest."""
    known = [
        replace(c, effective=min(c.effective, last))
        for c in standing
        if c.effective <= change.effective
    ]
    own = replace(change, effective=min(change.effective, last))
    axis = session_axis([*known, own], own.effective)
    return (
        keep_ledger(known, bars, axis, True),
        keep_ledger([*known, own], bars, axis, True),
    )
