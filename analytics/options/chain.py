"""From a chain as printed to a chain that may be computed with.

methods, "Options": the spot of the quotes, T, hygiene with counts by reason, one rate and
dividend yield, an implied volatility by strike, and the greeks that follow from it. Every
figure of the options pages starts from the `CleanChain` that `clean_chain` returns.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from analytics.model.expiries import expiry_close
from analytics.model.vocabulary import Bars, Floats, NotAvailable, OptionChain
from analytics.options.american import exercise_error_points
from analytics.options.contracts import FAULT_TEXT, Contracts, clean_contracts
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
from analytics.options.spot import Spot, choose_spot, price_at_quotes

DAYS_PER_YEAR = 365.0
"""Day count: calendar time to the expiry's close over 365 days."""
MIN_YEARS = 15 / (24 * 60) / DAYS_PER_YEAR
"""Floor of T: fifteen minutes."""
TICK = 0.01
MIN_TIME_VALUE = 0.005
MIN_IV, MAX_IV = 0.01, 5.0
MAX_EXERCISE_POINTS = 1.0
"""Vol points by which early exercise may raise an IV taken from an in-the-money quote."""

OUT_OF_BOUNDS = "mid outside the no-arbitrage bounds"
NO_TIME_VALUE = "under half a cent of time value"
IV_OUT_OF_RANGE = "IV below 1% or above 500%"
EARLY_EXERCISE = "only an in-the-money quote, which early exercise distorts"


@dataclass(frozen=True, eq=False)
class CleanChain:
    """A chain with everything the options figures are computed from; n contracts.

    Attributes:
        contracts: the underlying's own contracts, see `Contracts`; ``chain`` is theirs.
        strikes: the same rows by (expiry, strike).
        spot: S, and why it is S.
        carry: r and q, and where they come from.
        forwards: the parity forward of each expiry that has one.
        years: shape (n,), T, at least `MIN_YEARS`.
        has_open_interest: False when it is zero or empty throughout.
        iv: shape (n,), by strike, out-of-the-money side preferred; NaN for a contract that
            fails hygiene or whose strike has no recoverable IV.
        strike_iv: shape (m,), the same by place of ``strikes``.
        from_in_money: shape (m,), strikes whose IV is of their in-the-money leg.
        greeks: from ``iv``; NaN where it is.
        rejected: rows that are in no figure and contracts without an IV, by reason.
    """

    contracts: Contracts
    strikes: Strikes
    spot: Spot
    carry: Carry
    forwards: tuple[Forward, ...]
    years: Floats
    has_open_interest: bool
    iv: Floats
    strike_iv: Floats
    from_in_money: NDArray[np.bool_]
    greeks: Greeks
    rejected: Mapping[str, int]

    @property
    def chain(self) -> OptionChain:
        """The rows that count, as printed."""
        return self.contracts.chain

    @property
    def quote_time(self) -> dt.datetime:
        """UTC; min(chain time, session close)."""
        return self.contracts.quote_time

    @property
    def days(self) -> NDArray[np.int64]:
        """Shape (n,), calendar days from the session to the expiry."""
        return self.contracts.days

    @property
    def unexpired(self) -> NDArray[np.bool_]:
        """Shape (n,)."""
        return self.contracts.unexpired

    @property
    def volume(self) -> Floats:
        """Shape (n,), contracts traded in the chain's session (0 where none counts)."""
        return self.contracts.volume

    @property
    def open_interest(self) -> Floats:
        """Shape (n,), of unexpired contracts, 0 where empty."""
        return self.contracts.open_interest

    @property
    def volume_notes(self) -> Mapping[str, int]:
        """Contracts whose volume does not count, by reason."""
        return self.contracts.volume_notes

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
    contracts = clean_contracts(printed, price_at_quotes(printed, bars))
    chain = contracts.chain
    if not len(chain):
        told = "; ".join(f"{n} {reason}" for reason, n in contracts.left_out.items())
        raise NotAvailable(
            f"{printed.symbol}: the chain of {printed.session} holds no contract"
            f"{f' that counts ({told})' if told else ''}."
        )
    strikes = strikes_of(chain)
    years = np.maximum(contracts.seconds_left / 86400 / DAYS_PER_YEAR, MIN_YEARS)
    reason = np.full(len(chain), "", dtype=object)
    for code, text in FAULT_TEXT.items():
        reason[contracts.quote_fault == code] = text
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
    return CleanChain(
        contracts=contracts,
        strikes=strikes,
        spot=spot,
        carry=carry,
        forwards=forwards,
        years=years,
        has_open_interest=bool(contracts.open_interest.sum() > 0),
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
        rejected={**contracts.left_out, **_counts(reason)},
    )


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


def _counts(reasons: NDArray[np.object_]) -> dict[str, int]:
    """Occurrences of each reason, in the order of the hygiene rules."""
    rules = (
        *FAULT_TEXT.values(),
        OUT_OF_BOUNDS,
        NO_TIME_VALUE,
        IV_OUT_OF_RANGE,
        EARLY_EXERCISE,
    )
    counted = {rule: int((reasons == rule).sum()) for rule in rules}
    return {rule: n for rule, n in counted.items() if n}
