"""Rules that select the expiries of a figure, applied anew every day.

A rule stands at the time of the quotes: an expiry whose contracts have all expired is no longer
next, so "next monthly" moves on after the third Friday and "this week" after the week's last
close, and a date of morning-settled contracts alone after its open. A
rule that matches nothing says so; it never falls back to another one in silence.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from analytics.model.expiries import expiry_close, is_monthly
from analytics.model.sessions import next_session
from analytics.model.vocabulary import BadInput
from analytics.options.chain import CleanChain
from analytics.options.contracts import SETTLED_AT_OPEN

Rule = Literal["all", "0dte", "this-week", "next-monthly", "short-term"]
RULES: tuple[Rule, ...] = ("all", "0dte", "this-week", "next-monthly", "short-term")


@dataclass(frozen=True)
class Selection:
    """The expiries a rule (or a single date) chose.

    Attributes:
        rule: its name, or None for a single expiry.
        expiries: nearest first; empty only with a ``reason``.
        text: what was chosen, in words with dates.
        reason: why nothing matches, or None.
    """

    rule: Rule | None
    expiries: tuple[dt.date, ...]
    text: str
    reason: str | None = None


def select_expiries(
    clean: CleanChain, rule: Rule, expiry: dt.date | None, short_days: int
) -> Selection:
    """Apply a rule, or take one expiry, at the time of the quotes of ``clean``.

    Args:
        clean: the chain.
        rule: see `RULES`.
        expiry: one listed expiry; wins over the rule.
        short_days: how many days "short-term" reaches.

    Raises:
        BadInput: the chain does not list ``expiry``.
    """
    listed = listed_expiries(clean)
    if expiry is not None:
        if expiry not in listed:
            span = f"{listed[0]} to {listed[-1]}" if listed else "none"
            raise BadInput(
                f"{clean.chain.symbol} has no expiry on {expiry}: "
                f"the chain lists {len(listed)} expiries, {span}."
            )
        return Selection(None, (expiry,), f"the expiry of {expiry}")
    alive = sorted(set(clean.strikes.series_expiry[clean.strikes.series_unexpired].tolist()))
    rules: dict[str, Callable[[], Selection]] = {
        "all": lambda: _all(listed),
        "0dte": lambda: _zero_days(listed, alive, clean),
        "this-week": lambda: _this_week(alive, clean),
        "next-monthly": lambda: _next_monthly(alive),
        "short-term": lambda: _short_term(listed, clean.chain.session, short_days),
    }
    return rules[rule]()


def listed_expiries(clean: CleanChain) -> tuple[dt.date, ...]:
    """Expiries on or after the chain's session, nearest first."""
    expiries = clean.strikes.dates
    return tuple(expiries[expiries >= np.datetime64(clean.chain.session, "D")].tolist())


def scope_of(clean: CleanChain, selection: Selection) -> NDArray[np.bool_]:
    """Shape (n,): contracts of the expiries chosen."""
    days = np.array(selection.expiries, dtype="datetime64[D]")
    chosen: NDArray[np.bool_] = np.isin(clean.strikes.dates, days)[clean.strikes.date_of_row]
    return chosen


def _count(expiries: Sequence[dt.date]) -> str:
    return f"{len(expiries)} expir{'y' if len(expiries) == 1 else 'ies'}"


def _all(listed: Sequence[dt.date]) -> Selection:
    if not listed:
        return Selection("all", (), "all expiries", "n/a (the chain lists no unexpired expiry)")
    return Selection("all", tuple(listed), f"all: {_count(listed)}, {listed[0]} to {listed[-1]}")


def _zero_days(listed: Sequence[dt.date], alive: Sequence[dt.date], clean: CleanChain) -> Selection:
    day = clean.chain.session
    if day in alive:
        return Selection("0dte", (day,), f"0DTE: the expiry of {day}")
    later = next((other for other in alive if other > day), None)
    follows = f"; the next expiry is {later}" if later else ""
    if day in listed:
        reason = f"n/a (the expiry of {day} has expired{follows})"
        # its volume is of this session, so the flow figures still have it
        return Selection("0dte", (day,), f"0DTE: the expiry of {day}, expired", reason)
    if SETTLED_AT_OPEN in clean.contracts.left_out:
        reason = f"n/a (the expiry of {day} was settled at the open{follows})"
        return Selection("0dte", (), f"0DTE: the expiry of {day}, expired", reason)
    return Selection("0dte", (), "0DTE", f"n/a (nothing expires on {day}{follows})")


def _this_week(alive: Sequence[dt.date], clean: CleanChain) -> Selection:
    start = _reference_day(clean)
    end = start + dt.timedelta(days=6 - start.weekday())
    chosen = tuple(day for day in alive if day <= end)
    week = f"the week to {end - dt.timedelta(days=2)}"
    if not chosen:
        nearest = f"; the nearest expiry is {alive[0]}" if alive else ""
        return Selection("this-week", (), week, f"n/a (nothing expires in {week}{nearest})")
    return Selection("this-week", chosen, f"{_count(chosen)} in {week}")


def _reference_day(clean: CleanChain) -> dt.date:
    """The session that trades at, or next after, the time of the quotes."""
    session = clean.chain.session
    return session if expiry_close(session) > clean.quote_time else next_session(session)


def _next_monthly(alive: Sequence[dt.date]) -> Selection:
    monthly = next((day for day in alive if is_monthly(day)), None)
    if monthly is None:
        span = f" up to {alive[-1]}" if alive else ""
        reason = f"n/a (the chain lists no monthly expiry{span})"
        return Selection("next-monthly", (), "next monthly expiry", reason)
    return Selection("next-monthly", (monthly,), f"next monthly expiry, {monthly}")


def _short_term(listed: Sequence[dt.date], day: dt.date, short_days: int) -> Selection:
    chosen = tuple(expiry for expiry in listed if (expiry - day).days <= short_days)
    text = f"{_count(chosen)} up to {short_days} days"
    reason = None if chosen else f"n/a (no expiry within {short_days} days)"
    return Selection("short-term", chosen, text, reason)
