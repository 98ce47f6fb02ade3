"""Spot: the price of the underlying that the quotes of a chain belong to."""

from __future__ import annotations

import datetime as dt
import math
from dataclasses import dataclass

import numpy as np

from analytics.model.sessions import NEW_YORK, previous_session, session_close
from analytics.model.vocabulary import Bars, NotAvailable, OptionChain

MAX_PARITY_GAP_PCT = 0.25
MOST_DIVIDEND_PCT = 3.0
"""By so much a dividend before the first expiry may take its forward below the close."""


@dataclass(frozen=True)
class Spot:
    """S of methods, "Options".

    Attributes:
        price: dollars.
        basis: one sentence: which price, why, and what the parity check found.
        parity_price: the spot that put-call parity implies, or None without usable pairs.
        parity_gap_pct: parity price / candidate - 1 in percent, or None.
        change: the underlying's change over the chain's session up to the quotes, dollars.
        change_reason: why ``change`` is None.
    """

    price: float
    basis: str
    parity_price: float | None
    parity_gap_pct: float | None
    change: float | None
    change_reason: str | None


def choose_spot(chain: OptionChain, bars: Bars | None, parity_price: float | None) -> Spot:
    """The regular close for a chain taken after it, else the source's price; checked by parity.

    A gap above `MAX_PARITY_GAP_PCT` is said, and parity wins: it comes from the very quotes
    that the volatilities are solved from. Not over a regular close that the quotes are of too: a
    forward below it is what a dividend before the first expiry leaves.

    Raises:
        NotAvailable: no price at all.
    """
    price, what = _candidate(chain, bars)
    change, reason = _session_change(chain, bars, price if price is not None else parity_price)
    if price is None:
        if parity_price is None:
            raise NotAvailable(
                f"{chain.symbol}: neither bars nor quotes tell the underlying's price."
            )
        basis = f"{parity_price:.2f} from put-call parity: {what}."
        return Spot(parity_price, basis, parity_price, None, change, reason)
    if parity_price is None:
        basis = f"{price:.2f}, {what}; no pairs of quotes to check it by put-call parity."
        return Spot(price, basis, None, None, change, reason)
    gap_pct = (parity_price / price - 1) * 100
    if close_at_quotes(chain, bars) and -MOST_DIVIDEND_PCT <= gap_pct < -MAX_PARITY_GAP_PCT:
        basis = (
            f"{price:.2f}, {what}; the first expiry's forward is {gap_pct:+.2f}% from it, as a "
            "dividend before that expiry makes it."
        )
        return Spot(price, basis, parity_price, gap_pct, change, reason)
    if abs(gap_pct) > MAX_PARITY_GAP_PCT:
        basis = (
            f"{parity_price:.2f} from put-call parity: the quotes are {gap_pct:+.2f}% from "
            f"{price:.2f}, {what}."
        )
        return Spot(parity_price, basis, parity_price, gap_pct, change, reason)
    gap = round(gap_pct, 2) + 0.0  # no minus zero
    basis = f"{price:.2f}, {what}; put-call parity implies {parity_price:.2f} ({gap:+.2f}%)."
    return Spot(price, basis, parity_price, gap_pct, change, reason)


def spot_inputs(chain: OptionChain, bars: Bars | None) -> tuple[object, ...]:
    """All that `choose_spot` reads off the bars: equal for bars that give the same spot."""
    before = _bar(bars, previous_session(chain.session))
    previous = float(bars.close[before]) if bars is not None and before is not None else None
    return (*_candidate(chain, bars), previous, bars is None)


def price_at_quotes(chain: OptionChain, bars: Bars | None) -> float | None:
    """The underlying's price at the time of the quotes before the parity check, or None."""
    return _candidate(chain, bars)[0]


def close_at_quotes(chain: OptionChain, bars: Bars | None) -> float | None:
    """The regular close where the quotes are of that time too, else None."""
    bar = _bar(bars, chain.session)
    if bars is None or bar is None or not taken_after_close(chain):
        return None
    return float(bars.close[bar])


def taken_after_close(chain: OptionChain) -> bool:
    """Whether the chain was taken at or after its session's closing bell."""
    return chain.time >= session_close(chain.session)


def _bar(bars: Bars | None, session: dt.date) -> int | None:
    """Place of a session among the bars, or None."""
    if bars is None:
        return None
    found = np.flatnonzero(bars.sessions == np.datetime64(session, "D"))
    return int(found[0]) if len(found) else None


def _candidate(chain: OptionChain, bars: Bars | None) -> tuple[float | None, str]:
    """The price before the parity check, and what it is."""
    bar = _bar(bars, chain.session)
    printed = chain.underlying_price
    known = math.isfinite(printed) and printed > 0
    close = close_at_quotes(chain, bars)
    if close is not None:
        return close, f"the regular close of {chain.session}"
    if known:
        clock = chain.time.astimezone(NEW_YORK)
        return (
            printed,
            f"the price {chain.vendor or 'the source'} printed at {clock:%H:%M} New York",
        )
    if bars is not None and bar == len(bars) - 1 and not bars.last_complete:
        return float(bars.close[bar]), "the last price of the running session"
    return None, "no price of the underlying at the time of the quotes"


def _session_change(
    chain: OptionChain, bars: Bars | None, price: float | None
) -> tuple[float | None, str | None]:
    """The underlying's change from the previous session's close, or why there is none."""
    if bars is None:
        return None, f"n/a (no bars of {chain.symbol})"
    before = previous_session(chain.session)
    bar = _bar(bars, before)
    if bar is None or price is None:
        return None, f"n/a (no close of {chain.symbol} on {before})"
    return price - float(bars.close[bar]), None
