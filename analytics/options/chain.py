"""From a chain as printed to a chain that may be computed with.

methods, "Options": the contracts that count, each expiry's own forward, the spot of the quotes,
an implied volatility by strike, and the greeks that follow from it. Every figure of the options
pages starts from the `CleanChain` that `clean_chain` returns.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from analytics.model.rates import RateCurve, rate_curve
from analytics.model.vocabulary import Bars, Floats, NotAvailable, OptionChain
from analytics.options.contracts import FAULT_TEXT, Contracts, clean_contracts
from analytics.options.greeks import Greeks, greeks_on_forwards
from analytics.options.legs import refuse_other_unit
from analytics.options.parity import Carry, Forwards, carried, parity_forwards, parity_spot
from analytics.options.spot import Spot, choose_spot, price_at_quotes
from analytics.options.strikes import Strikes, strikes_of
from analytics.options.volatility import StrikeVols, no_iv_counts, solve_strikes


@dataclass(frozen=True, eq=False)
class CleanChain:
    """A chain with everything the options figures are computed from; n contracts.

    Attributes:
        contracts: the underlying's own contracts, see `Contracts`; ``chain`` is theirs.
        strikes: the same rows by series and strike.
        spot: S, and why it is S.
        forwards: each series' rate and forward, with the chain's carry.
        strike_vols: the IV of each strike, from which leg, and why not.
        years: shape (n,), T, at least `MIN_YEARS`.
        has_open_interest: False when it is zero or empty throughout.
        iv: shape (n,), its strike's; NaN for an expired contract and where the strike has none.
        greeks: from ``iv`` on the contract's own forward; NaN where it is.
        rejected: rows that are in no figure and contracts without an IV, by reason.
    """

    contracts: Contracts
    strikes: Strikes
    spot: Spot
    forwards: Forwards
    strike_vols: StrikeVols
    years: Floats
    has_open_interest: bool
    iv: Floats
    greeks: Greeks
    rejected: Mapping[str, int]

    @property
    def carry(self) -> Carry:
        """The chain's rate and carry, and where they come from."""
        return self.forwards.carry

    @property
    def strike_iv(self) -> Floats:
        """Shape (m,): the IV of each strike, NaN where none is recoverable."""
        return self.strike_vols.iv

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


def clean_chain(
    printed: OptionChain, bars: Bars | None = None, rates: RateCurve | None = None
) -> CleanChain:
    """Apply the rules of methods, "Options" to a chain; see `CleanChain`.

    Args:
        printed: a row a contract, in any order.
        bars: daily bars of the underlying, for its regular close; None when absent.
        rates: r by tenor; None: the built-in table's of the chain's session.

    Raises:
        NotAvailable: the chain is empty, its quotes are in another unit than its strikes, or
            nothing tells the price of the underlying.
    """
    contracts = clean_contracts(printed, price_at_quotes(printed, bars))
    chain = contracts.chain
    if not len(chain):
        left_out = "; ".join(f"{n} {reason}" for reason, n in contracts.left_out.items())
        raise NotAvailable(
            f"{printed.symbol}: the chain of {printed.session} holds no contract"
            f"{f' that counts ({left_out})' if left_out else ''}."
        )
    strikes = strikes_of(contracts)
    refuse_other_unit(contracts, strikes)
    curve = rates if rates is not None else rate_curve(chain.session)
    forwards = parity_forwards(contracts, strikes, curve)
    spot = choose_spot(chain, bars, parity_spot(forwards, strikes))
    forwards = carried(forwards, strikes, spot.price)
    vols = solve_strikes(contracts, strikes, forwards, spot.price)
    series = strikes.of_series[strikes.of_row]
    years = strikes.series_years[series]
    iv = np.where(contracts.unexpired, vols.iv[strikes.of_row], np.nan)
    return CleanChain(
        contracts=contracts,
        strikes=strikes,
        spot=spot,
        forwards=forwards,
        strike_vols=vols,
        years=years,
        has_open_interest=bool(contracts.open_interest.sum() > 0),
        iv=iv,
        greeks=greeks_on_forwards(
            spot.price,
            forwards.price[series],
            chain.strike,
            years,
            iv,
            forwards.rate[series],
            forwards.carry.dividend_yield,
            chain.is_call,
        ),
        rejected={
            **contracts.left_out,
            **no_iv_counts(contracts, strikes, vols, FAULT_TEXT),
        },
    )
