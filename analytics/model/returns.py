"""Returns on one basis for all: total-return closes where every member has them, else traded."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from analytics.model.vocabulary import Bars, Floats, Sessions

TOTAL_RETURN = "total-return closes"
TRADED = "traded closes"


def has_total_return(members: Iterable[Bars]) -> bool:
    """Whether every member has total-return closes: all or none, a comparison never mixes."""
    return all(bars.adj_close is not None for bars in members)


def basis_name(total: bool) -> str:
    """The basis as a page names it."""
    return TOTAL_RETURN if total else TRADED


def basis_close(bars: Bars, total: bool) -> Floats:
    """The closes that returns are taken from, shape (n,)."""
    return bars.adj_close if total and bars.adj_close is not None else bars.close


def paired_closes(bars: Bars, benchmark: Bars, total: bool) -> tuple[Sessions, Floats, Floats]:
    """The sessions that both have, and the closes of each on them, all of one length."""
    days, ours, theirs = np.intersect1d(
        bars.sessions, benchmark.sessions, assume_unique=True, return_indices=True
    )
    return days, basis_close(bars, total)[ours], basis_close(benchmark, total)[theirs]


def paired_returns(bars: Bars, benchmark: Bars, total: bool) -> tuple[Floats, Floats]:
    """Simple returns of both between the sessions that both have, same length.

    A return over a bar that either ought to have and lacks is of two sessions: left out. A
    holiday of one exchange is no missing bar.
    """
    days, mine, its = paired_closes(bars, benchmark, total)
    whole = np.ones(max(len(days) - 1, 0), dtype=bool)
    over = np.searchsorted(days, np.concatenate([bars.missing, benchmark.missing])) - 1
    whole[over[(over >= 0) & (over < len(whole))]] = False
    return (mine[1:] / mine[:-1] - 1)[whole], (its[1:] / its[:-1] - 1)[whole]


def on_axis(axis: Sessions, sessions: Sessions, values: Floats) -> Floats:
    """``values`` of ``sessions`` placed on the sessions of ``axis``; NaN where there is none."""
    out = np.full(len(axis), np.nan)
    if len(axis):
        at = np.minimum(np.searchsorted(axis, sessions), len(axis) - 1)
        known = axis[at] == sessions
        out[at[known]] = values[known]
    return out


def completed(bars: Bars) -> int:
    """How many of the bars are of finished sessions: a running one decides no past event."""
    return len(bars) - (not bars.last_complete)
