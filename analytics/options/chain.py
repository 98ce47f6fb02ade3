"""From a chain as printed to a chain that may be computed with.

methods, "Options": the spot of the quotes, T, hygiene with counts by reason, one rate and
dividend yield, an implied volatility by strike, and the greeks that follow from it. Every
figure of the options pages starts from the `CleanChain` that `clean_chain` returns.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from functools import lru_cache

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analytics.model.sessions import NEW_YORK, session_close, session_on_or_before
from analytics.model.vocabulary import Bars, Floats, NotAvailable, OptionChain
from analytics.options.american import exercise_error_points
from analytics.options.greeks import Greeks, black_scholes_greeks
from analytics.options.implied import implied_vols
from analytics.options.parity import (
    DEFAULT_RATE,
    Carry,
    Forward,
    Strikes,
    implied_forwards,
    infer_carry,
    parity_spot,
    strikes_of,
)
from analytics.options.spot import Spot, choose_spot

DAYS_PER_YEAR = 365.0
"""Day count: calendar time to the expiry's close over 365 days."""
MIN_YEARS = 15 / (24 * 60) / DAYS_PER_YEAR
"""Floor of T: fifteen minutes."""
TICK = 0.01
MIN_TIME_VALUE = 0.005
MIN_IV, MAX_IV = 0.01, 5.0
MAX_EXERCISE_POINTS = 1.0
"""Vol points by which early exercise may raise an IV taken from an in-the-money quote."""
_CLOSE = dt.time(16, 0)

EXPIRED = "expired"
NO_QUOTE = "no quote (bid and ask both zero or absent)"
CROSSED = "crossed quote (bid above ask)"
OUT_OF_BOUNDS = "mid outside the no-arbitrage bounds"
NO_TIME_VALUE = "under half a cent of time value"
IV_OUT_OF_RANGE = "IV below 1% or above 500%"
EARLY_EXERCISE = "only an in-the-money quote, which early exercise distorts"
DUPLICATE = "duplicate row"
OLD_VOLUME = "volume of an earlier session"
EMPTY_VOLUME = "empty volume"


@dataclass(frozen=True, eq=False)
class CleanChain:
    """A chain with everything the options figures are computed from; n contracts.

    Attributes:
        chain: the rows as printed, exact duplicates removed.
        strikes: the same rows by (expiry, strike).
        quote_time: UTC; min(chain time, session close).
        spot: S, and why it is S.
        carry: r and q, and where they come from.
        forwards: the parity forward of each expiry that has one.
        years: shape (n,), T, at least `MIN_YEARS`.
        days: shape (n,), calendar days from the session to the expiry.
        unexpired: shape (n,), the expiry's close is after ``quote_time``.
        volume: shape (n,), contracts traded in the chain's session (0 where none counts).
        open_interest: shape (n,), of unexpired contracts, 0 where empty.
        has_open_interest: False when it is zero or empty throughout.
        iv: shape (n,), by strike, out-of-the-money side preferred; NaN for a contract that
            fails hygiene or whose strike has no recoverable IV.
        strike_iv: shape (m,), the same by place of ``strikes``.
        from_in_money: shape (m,), strikes whose IV is of their in-the-money leg.
        greeks: from ``iv``; NaN where it is.
        rejected: contracts without an IV, by reason.
        volume_notes: contracts whose volume does not count, by reason.
    """

    chain: OptionChain
    strikes: Strikes
    quote_time: dt.datetime
    spot: Spot
    carry: Carry
    forwards: tuple[Forward, ...]
    years: Floats
    days: NDArray[np.int64]
    unexpired: NDArray[np.bool_]
    volume: Floats
    open_interest: Floats
    has_open_interest: bool
    iv: Floats
    strike_iv: Floats
    from_in_money: NDArray[np.bool_]
    greeks: Greeks
    rejected: Mapping[str, int]
    volume_notes: Mapping[str, int]

    @property
    def has_iv(self) -> NDArray[np.bool_]:
        """Contracts that figures which need an IV may use."""
        return np.isfinite(self.iv)


@dataclass(frozen=True, eq=False)
class _StrikeIvs:
    """What the solve found; m strikes, n contracts.

    Attributes:
        iv: shape (m,), NaN where none is recoverable.
        from_in_money: shape (m,), the IV is of the in-the-money leg.
        distorted: shape (m,), it would be, but early exercise distorts that leg's price.
        worth: shape (n,), contracts with enough time value to solve.
    """

    iv: Floats
    from_in_money: NDArray[np.bool_]
    distorted: NDArray[np.bool_]
    worth: NDArray[np.bool_]


def clean_chain(
    printed: OptionChain, bars: Bars | None = None, default_rate: float = DEFAULT_RATE
) -> CleanChain:
    """Apply the rules of methods, "Options" to a chain; see `CleanChain`.

    Args:
        printed: a row a contract, in any order.
        bars: daily bars of the underlying, for its regular close; None when absent.
        default_rate: r where the quotes do not tell it.

    Raises:
        NotAvailable: the chain is empty, or nothing tells the price of the underlying.
    """
    if not len(printed):
        raise NotAvailable(f"{printed.symbol}: the chain of {printed.session} holds no contract.")
    chain, strikes, duplicates = _without_duplicates(printed)
    quote_time = min(chain.time, session_close(chain.session))
    years = years_to_expiry(chain.expiry, quote_time)
    unexpired = years > 0
    years = np.maximum(years, MIN_YEARS)
    reason = _quote_faults(chain, unexpired)
    quoted = reason == ""
    european = chain.symbol.startswith("^")
    forwards = implied_forwards(chain, strikes, years, quoted, default_rate, european)
    carry = infer_carry(forwards, default_rate)
    spot = choose_spot(chain, bars, parity_spot(forwards, carry))
    floor, cap = price_bounds(chain, years, spot.price, carry, european)
    mid = (chain.bid + chain.ask) / 2
    reason[quoted & ((mid < floor - TICK) | (mid > cap + TICK))] = OUT_OF_BOUNDS
    solved = _iv_by_strike(
        chain, strikes, mid - floor, reason == "", years, spot.price, carry, european
    )
    iv = _spread_over_contracts(solved, strikes, reason)
    volume, notes = _session_volume(chain)
    interest = np.where(unexpired, np.maximum(np.nan_to_num(chain.open_interest), 0.0), 0.0)
    return CleanChain(
        chain=chain,
        strikes=strikes,
        quote_time=quote_time,
        spot=spot,
        carry=carry,
        forwards=forwards,
        years=years,
        days=(chain.expiry - np.datetime64(chain.session, "D")).astype(np.int64),
        unexpired=unexpired,
        volume=volume,
        open_interest=interest,
        has_open_interest=bool(interest.sum() > 0),
        iv=iv,
        strike_iv=solved.iv,
        from_in_money=solved.from_in_money,
        greeks=black_scholes_greeks(
            spot.price,
            chain.strike,
            years,
            iv,
            carry.rate,
            carry.dividend_yield,
            chain.is_call,
        ),
        rejected=_counts(reason) | ({DUPLICATE: duplicates} if duplicates else {}),
        volume_notes=notes,
    )


@lru_cache(maxsize=4096)
def expiry_close(day: dt.date) -> dt.datetime:
    """UTC time at which options of an expiry stop trading: its session's close.

    A half-day closes early; an expiry on a holiday or a Saturday means the session before.
    Beyond the calendar's known future it is 16:00 New York on the day itself.
    """
    try:
        return session_close(session_on_or_before(day))
    except ValueError:  # exchange_calendars' DateOutOfBounds
        return dt.datetime.combine(day, _CLOSE, tzinfo=NEW_YORK).astimezone(dt.UTC)


def years_to_expiry(expiry: NDArray[np.datetime64], time: dt.datetime) -> Floats:
    """T = calendar time from ``time`` to each expiry's close / 365 days; <= 0 when past.

    Args:
        expiry: shape (n,), ``datetime64[D]``.
        time: timezone-aware.
    """
    days, of_row = np.unique(expiry, return_inverse=True)
    seconds = [(expiry_close(day) - time).total_seconds() for day in days.tolist()]
    years: Floats = np.array(seconds)[of_row] / 86400 / DAYS_PER_YEAR
    return years


def price_bounds(
    chain: OptionChain, years: Floats, spot: float, carry: Carry, european: bool
) -> tuple[Floats, Floats]:
    """The least and the most an option can cost without an arbitrage (Hull, ch. 11).

    An option that may be exercised early costs at least what exercise pays.
    """
    stock = spot * np.exp(-carry.dividend_yield * years)
    bond = chain.strike * np.exp(-carry.rate * years)
    side = np.where(chain.is_call, 1.0, -1.0)
    floor = np.maximum(side * (stock - bond), 0.0)
    if european:
        return floor, np.where(chain.is_call, stock, bond)
    floor = np.maximum(floor, side * (spot - chain.strike))
    return floor, np.where(chain.is_call, np.maximum(stock, spot), np.maximum(bond, chain.strike))


def _without_duplicates(chain: OptionChain) -> tuple[OptionChain, Strikes, int]:
    """The chain without rows that repeat another one in every field, by strike; how many did.

    Only whole repeats go: an index lists two contracts of one strike and expiry.
    """
    strikes = strikes_of(chain)
    if not strikes.crowded:
        return chain, strikes, 0
    columns = {
        spec.name: value
        for spec in fields(chain)
        if isinstance(value := getattr(chain, spec.name), np.ndarray)
    }
    repeated = pd.DataFrame(columns).duplicated().to_numpy()
    if not repeated.any():
        return chain, strikes, 0
    kept = replace(chain, **{name: values[~repeated] for name, values in columns.items()})
    return kept, strikes_of(kept), int(repeated.sum())


def _quote_faults(chain: OptionChain, unexpired: NDArray[np.bool_]) -> NDArray[np.object_]:
    """Why a contract's quote cannot be used, "" where it can; the first reason counts."""
    bid, ask = np.nan_to_num(chain.bid), np.nan_to_num(chain.ask)
    reason = np.full(len(chain), "", dtype=object)
    reason[bid > ask] = CROSSED
    reason[(bid < 0) | ((bid == 0) & (ask == 0)) | np.isnan(chain.bid + chain.ask)] = NO_QUOTE
    reason[~unexpired] = EXPIRED
    return reason


def _iv_by_strike(
    chain: OptionChain,
    strikes: Strikes,
    time_value: Floats,
    faultless: NDArray[np.bool_],
    years: Floats,
    spot: float,
    carry: Carry,
    european: bool,
) -> _StrikeIvs:
    """One IV a strike, from its out-of-the-money leg, else from the other one."""
    forward = spot * np.exp((carry.rate - carry.dividend_yield) * years)
    worth = time_value >= MIN_TIME_VALUE - 1e-9  # half a cent itself is enough
    usable = np.append(faultless & worth, False)  # leg -1 is the missing one
    of_strike = np.where(strikes.call >= 0, strikes.call, strikes.put)
    call_is_out = strikes.strike >= forward[of_strike]
    out = np.where(call_is_out, strikes.call, strikes.put)
    other = np.where(call_is_out, strikes.put, strikes.call)
    found = np.full(len(strikes), np.nan)
    in_money = np.zeros(len(strikes), dtype=bool)
    for leg in (out, other):
        todo = np.flatnonzero(np.isnan(found) & usable[leg])
        rows = leg[todo]
        solved = implied_vols(
            (chain.bid[rows] + chain.ask[rows]) / 2,
            chain.is_call[rows],
            forward[rows],
            chain.strike[rows],
            np.exp(-carry.rate * years[rows]),
            years[rows],
        )
        found[todo] = np.where((solved >= MIN_IV) & (solved <= MAX_IV), solved, np.nan)
        if leg is other:
            in_money[todo] = np.isfinite(found[todo])
    distorted = np.zeros(len(strikes), dtype=bool)
    if not european:
        distorted = _distorted(strikes, found, in_money, years, spot, carry)
        found[distorted] = np.nan
    return _StrikeIvs(found, in_money & ~distorted, distorted, worth)


def _spread_over_contracts(
    solved: _StrikeIvs, strikes: Strikes, reason: NDArray[np.object_]
) -> Floats:
    """IV of each contract without a fault; ``reason`` gains why a strike has none."""
    iv = np.where(reason == "", solved.iv[strikes.of_row], np.nan)
    blank = (reason == "") & np.isnan(iv)
    reason[blank] = np.where(solved.worth[blank], IV_OUT_OF_RANGE, NO_TIME_VALUE)
    reason[blank & solved.distorted[strikes.of_row]] = EARLY_EXERCISE
    return iv


def _distorted(
    strikes: Strikes,
    strike_iv: Floats,
    from_in_money: NDArray[np.bool_],
    years: Floats,
    spot: float,
    carry: Carry,
) -> NDArray[np.bool_]:
    """Shape (m,): strikes whose in-the-money quote holds too much early-exercise premium."""
    places = np.flatnonzero(from_in_money)
    row = np.where(strikes.call >= 0, strikes.call, strikes.put)[places]
    forward = spot * np.exp((carry.rate - carry.dividend_yield) * years[row])
    strike = strikes.strike[places]
    _, points = exercise_error_points(
        spot,
        strike,
        years[row],
        strike_iv[places],
        carry.rate,
        carry.dividend_yield,
        strike < forward,
    )
    found = np.zeros(len(strikes), dtype=bool)
    found[places] = points > MAX_EXERCISE_POINTS
    return found


def _session_volume(chain: OptionChain) -> tuple[Floats, dict[str, int]]:
    """Contracts traded in the chain's own session, and why others do not count.

    Yahoo goes on printing an older day's volume; a source without trade times prints the
    session's own.
    """
    start = dt.datetime.combine(chain.session, dt.time(), tzinfo=NEW_YORK)
    end = dt.datetime.combine(chain.session + dt.timedelta(days=1), dt.time(), tzinfo=NEW_YORK)
    first, last = (np.datetime64(t.astimezone(dt.UTC).replace(tzinfo=None)) for t in (start, end))
    old = (chain.last_trade < first) | (chain.last_trade >= last)  # NaT compares False
    old |= chain.expiry < np.datetime64(chain.session, "D")
    empty = np.isnan(chain.volume)
    volume = np.where(old | empty, 0.0, np.maximum(np.nan_to_num(chain.volume), 0.0))
    counts = {OLD_VOLUME: int((old & ~empty).sum()), EMPTY_VOLUME: int(empty.sum())}
    return volume, {reason: n for reason, n in counts.items() if n}


def _counts(reasons: NDArray[np.object_]) -> dict[str, int]:
    """Occurrences of each reason, in the order of the hygiene rules."""
    rules = (
        EXPIRED,
        NO_QUOTE,
        CROSSED,
        OUT_OF_BOUNDS,
        NO_TIME_VALUE,
        IV_OUT_OF_RANGE,
        EARLY_EXERCISE,
    )
    counted = {rule: int((reasons == rule).sum()) for rule in rules}
    return {rule: n for rule, n in counted.items() if n}
