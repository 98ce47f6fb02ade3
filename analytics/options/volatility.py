"""One implied volatility a strike, from its out-of-the-money quote, and why a strike has none.

methods, "Chain hygiene". The strike's IV serves both of its contracts, so that no side leaves an
exposure because its own in-the-money quote is wide or stale.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from analytics.indicators.early_exercise import solve_vols_without_exercise
from analytics.indicators.quotes_in_line import mark_out_of_line
from analytics.model.vocabulary import Floats
from analytics.options.contracts import Contracts, QuoteFault
from analytics.options.legs import legs_apart
from analytics.options.parity import Forwards
from analytics.options.strikes import Ints, Strikes

TICK = 0.01
MIN_TIME_VALUE = 0.005
MIN_IV, MAX_IV = 0.01, 5.0
OFF_NEIGHBOURS, OFF_SHARE = 0.01, 0.05
"""A quote's IV is off its neighbours' by more than a vol point, and than a twentieth of theirs."""
MAX_EXERCISE_POINTS = 1.0
"""Vol points that early exercise may be worth in an in-the-money quote an IV is solved from."""

OUT_OF_BOUNDS = "mid outside the no-arbitrage bounds"
OUT_OF_LINE = "bid above the asks of strikes nearer the money (stale)"
NO_TIME_VALUE = "under half a cent of time value"
IV_OUT_OF_RANGE = "IV below 1% or above 500%"
EARLY_EXERCISE = "only an in-the-money quote, which early exercise distorts"


class NoIv(IntEnum):
    """Why a strike has no IV, beyond the faults of its quotes."""

    SOLVED = 0
    QUOTE = 1
    OUT_OF_BOUNDS = 2
    OUT_OF_LINE = 3
    NO_TIME_VALUE = 4
    OUT_OF_RANGE = 5
    EARLY_EXERCISE = 6


NO_IV_TEXT = {
    NoIv.OUT_OF_BOUNDS: OUT_OF_BOUNDS,
    NoIv.OUT_OF_LINE: OUT_OF_LINE,
    NoIv.NO_TIME_VALUE: NO_TIME_VALUE,
    NoIv.OUT_OF_RANGE: IV_OUT_OF_RANGE,
    NoIv.EARLY_EXERCISE: EARLY_EXERCISE,
}


@dataclass(frozen=True, eq=False)
class StrikeVols:
    """Implied volatilities of m strikes; shapes (m,).

    Attributes:
        iv: fractions a year; NaN where none is recoverable.
        leg: the row of the chain that the IV is of, or would be; -1 where no leg has a quote.
        from_in_money: the IV is of the in-the-money leg.
        premium: early-exercise premium taken off its mid, dollars.
        vega: of one share's option at that IV, dollars per 1.00; NaN without one.
        reason: `NoIv` codes.
    """

    iv: Floats
    leg: Ints
    from_in_money: NDArray[np.bool_]
    premium: Floats
    vega: Floats
    reason: NDArray[np.uint8]


def solve_strikes(
    contracts: Contracts, strikes: Strikes, forwards: Forwards, spot: float
) -> StrikeVols:
    """Solve every strike from its out-of-the-money leg, or from the other where that has no quote.

    Where the two legs contradict each other and the strikes either side bear out the one in the
    money, the other is not live, and is as if it had no quote.

    Args:
        contracts, strikes, forwards: of one chain.
        spot: S, dollars: what early exercise pays at once.
    """
    quoted = np.append(contracts.quote_fault == QuoteFault.NONE, False)
    solved = _solve_quoted(contracts, strikes, forwards, spot, quoted)
    apart = np.flatnonzero(
        legs_apart(contracts, strikes, forwards, spot) & (solved.reason == NoIv.SOLVED)
    )
    apart = apart[~solved.from_in_money[apart]]
    if not len(apart):
        return solved
    without = quoted.copy()
    without[solved.leg[apart]] = False
    inside = _solve_quoted(contracts, strikes, forwards, spot, without)
    stale = _borne_out(strikes, solved.iv, inside.iv, apart)
    if not len(stale):
        return solved
    quoted[solved.leg[stale]] = False
    return _solve_quoted(contracts, strikes, forwards, spot, quoted)


def _borne_out(strikes: Strikes, out: Floats, inside: Floats, apart: Ints) -> Ints:
    """Those of ``apart`` where the strikes either side bear out the IV of the leg in the money.

    Args:
        out, inside: shape (m,), IVs by the out-of-the-money legs, and by the others in ``apart``.
    """
    sure = np.isfinite(out)
    sure[apart] = False
    known = np.flatnonzero(sure)
    after = np.searchsorted(known, apart)
    between = (after > 0) & (after < len(known))
    apart, after = apart[between], after[between]
    low, high = known[after - 1], known[np.minimum(after, len(known) - 1)]
    beside = strikes.of_series[low] == strikes.of_series[apart]
    beside &= strikes.of_series[high] == strikes.of_series[apart]
    apart, low, high = apart[beside], low[beside], high[beside]
    share = (strikes.strike[apart] - strikes.strike[low]) / (
        strikes.strike[high] - strikes.strike[low]
    )
    usual = out[low] + share * (out[high] - out[low])
    off = np.abs(out[apart] - usual)
    stale = off > np.maximum(OFF_NEIGHBOURS, OFF_SHARE * usual)
    found: Ints = apart[stale & (2 * np.abs(inside[apart] - usual) < off)]
    return found


def _solve_quoted(
    contracts: Contracts,
    strikes: Strikes,
    forwards: Forwards,
    spot: float,
    quoted: NDArray[np.bool_],
) -> StrikeVols:
    """The same by the legs in ``quoted``, shape (n + 1,), False for the missing leg, -1."""
    forward = forwards.price[strikes.of_series]
    call_is_out = strikes.strike >= forwards.calls_from[strikes.of_series]
    out = np.where(call_is_out, strikes.call, strikes.put)
    other = np.where(call_is_out, strikes.put, strikes.call)
    has_out = quoted[out]
    leg = np.where(has_out, out, np.where(quoted[other], other, -1))
    inside = ~has_out & (leg >= 0)
    chain = contracts.chain
    mid = np.append((chain.bid + chain.ask) / 2, np.nan)[leg]
    is_call = call_is_out ^ inside
    discount = np.exp(-forwards.rate * strikes.series_years)[strikes.of_series]
    floor, cap = _bounds(forward, strikes.strike, is_call, discount, spot, forwards.european)
    reason = np.zeros(len(strikes), np.uint8)
    reason[mid - floor < MIN_TIME_VALUE - 1e-9] = NoIv.NO_TIME_VALUE  # half a cent is enough
    reason[_out_of_line(contracts, strikes, leg, has_out, call_is_out)] = NoIv.OUT_OF_LINE
    reason[(mid < floor - TICK) | (mid > cap + TICK)] = NoIv.OUT_OF_BOUNDS
    reason[leg < 0] = NoIv.QUOTE
    iv, premium, vega = (np.full(len(strikes), np.nan) for _ in range(3))
    at = np.flatnonzero(reason == NoIv.SOLVED)
    iv[at], premium[at] = _solve(at, mid, is_call, forward, strikes, forwards)
    iv[~(iv > 1e-6)] = np.nan  # far out of range, and too little to divide by
    deviation = iv * np.sqrt(strikes.series_years[strikes.of_series])
    d1 = np.log(forward / strikes.strike) / deviation + deviation / 2
    vega = discount * forward * np.exp(-0.5 * d1 * d1) * deviation / iv / np.sqrt(2 * np.pi)
    reason[at[~((iv[at] >= MIN_IV) & (iv[at] <= MAX_IV))]] = NoIv.OUT_OF_RANGE
    distorted = inside & (100 * premium > MAX_EXERCISE_POINTS * vega)
    reason[distorted & (reason == NoIv.SOLVED)] = NoIv.EARLY_EXERCISE
    iv[reason != NoIv.SOLVED] = np.nan
    return StrikeVols(iv, leg, inside & np.isfinite(iv), premium, vega, reason)


def no_iv_counts(
    contracts: Contracts, strikes: Strikes, solved: StrikeVols, fault_text: Mapping[QuoteFault, str]
) -> dict[str, int]:
    """Contracts without an IV by reason: their own quote's fault, else their strike's."""
    blank = np.isnan(solved.iv)[strikes.of_row] | ~contracts.unexpired
    fault = contracts.quote_fault[blank]
    strike_reason = solved.reason[strikes.of_row[blank]][fault == QuoteFault.NONE]
    counts = {text: int((fault == code).sum()) for code, text in fault_text.items()}
    counts |= {text: int((strike_reason == code).sum()) for code, text in NO_IV_TEXT.items()}
    return {text: n for text, n in counts.items() if n}


def _solve(
    at: Ints,
    mid: Floats,
    is_call: NDArray[np.bool_],
    forward: Floats,
    strikes: Strikes,
    forwards: Forwards,
) -> tuple[Floats, Floats]:
    """IV and early-exercise premium of the strikes ``at``."""
    iv, premium = np.empty(len(at)), np.empty(len(at))
    series = strikes.of_series[at]
    solve_vols_without_exercise(
        mid[at],
        is_call[at],
        forward[at],
        strikes.strike[at],
        strikes.series_years[series],
        forwards.rate[series],
        forwards.carry.dividend_yield,
        not forwards.european,
        iv,
        premium,
    )
    return iv, premium


def _bounds(
    forward: Floats,
    strike: Floats,
    is_call: NDArray[np.bool_],
    discount: Floats,
    spot: float,
    european: bool,
) -> tuple[Floats, Floats]:
    """The least and the most an option can cost without an arbitrage (Hull, ch. 11).

    An option that may be exercised early costs at least what exercise pays.
    """
    side = np.where(is_call, 1.0, -1.0)
    floor = np.maximum(side * discount * (forward - strike), 0.0)
    cap = discount * np.where(is_call, forward, strike)
    if european:
        return floor, cap
    floor = np.maximum(floor, side * (spot - strike))
    return floor, np.maximum(cap, np.where(is_call, spot, strike))


def _out_of_line(
    contracts: Contracts,
    strikes: Strikes,
    leg: Ints,
    has_out: NDArray[np.bool_],
    call_is_out: NDArray[np.bool_],
) -> NDArray[np.bool_]:
    """Shape (m,): an out-of-the-money bid above asks nearer the money, which cannot be live."""
    marked = np.zeros(len(strikes), bool)
    bid, ask = (np.append(q, np.nan)[leg] for q in (contracts.chain.bid, contracts.chain.ask))
    mark_out_of_line(strikes.starts, strikes.stops, bid, ask, has_out, call_is_out, marked)
    return marked
