"""May this change be made? Refused in one sentence, never mended silently."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from analytics.model.portfolio_changes import Change, Kind, plain_number
from analytics.model.vocabulary import BadInput, Bars
from analytics.portfolio.ledger import Ledger, keep_ledger, session_axis, split_factors

_CENT = 0.005


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

    A change of a session that has not closed yet is tried at the newest prices; its own close
    decides in the end.

    Args:
        change: not yet among ``standing``.
        standing: earlier changes, in their order.
        bars: of every symbol in all of them; one that is not there is unknown.
        last: the newest session.

    Raises:
        BadInput: more is sold than held, cash would be negative, a price is missing.
    """
    before, after = _tried(change, standing, bars, last)
    if after.pending:
        raise BadInput(f"The change cannot be carried out: it {after.pending[0][1]}.")
    held = before.units
    match change.kind:
        case Kind.SELL:
            own = held.get(change.symbol, 0.0) / _factor(bars[change.symbol], change, last)
            if (change.shares or 0.0) > own * (1 + 1e-9):
                raise BadInput(
                    f"{plain_number(change.shares)} {change.symbol} cannot be sold: "
                    f"{plain_number(own) if own else 'none'} would be held then."
                )
        case Kind.WEIGHTS if not len(before) or before.value[-1] <= _CENT:
            raise BadInput("There is nothing to invest: a deposit comes first.")
    if len(after) and after.cash[-1] < -_CENT:
        raise BadInput(_short(change, before, bars, last))


def _short(change: Change, before: Ledger, bars: Mapping[str, Bars], last: dt.date) -> str:
    there = float(before.cash[-1]) if len(before) else 0.0
    if change.kind is not Kind.BUY:
        return f"${plain_number(change.amount)} cannot be paid out: the cash is ${there:,.2f}."
    column = bars[change.symbol]
    at = int(np.searchsorted(column.sessions, np.datetime64(min(change.effective, last), "D")))
    price = float(column.close[at]) * _factor(column, change, last)
    cost = (change.shares or 0.0) * price
    return (
        f"{plain_number(change.shares)} {change.symbol} at {price:,.2f} cost ${cost:,.2f}: "
        f"the cash is ${there:,.2f}."
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
