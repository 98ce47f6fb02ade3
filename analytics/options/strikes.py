"""A chain's contracts by series and strike, calls and puts side by side.

A series is one expiry of one root: the morning-settled and the afternoon-settled contracts of
one date are two, with their own T, forward and smile, also where they share a strike.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from analytics.model.vocabulary import Floats
from analytics.options.contracts import Contracts

DAYS_PER_YEAR = 365.0
"""Day count: calendar time to the expiry's close over 365 days."""
MIN_YEARS = 15 / (24 * 60) / DAYS_PER_YEAR
"""Floor of T: fifteen minutes."""

Ints = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Strikes:
    """m strikes of e series, ascending within each; n contracts.

    Attributes:
        series_expiry: shape (e,), ``datetime64[D]``, ascending.
        series_morning: shape (e,), settled by the opening prices of the expiry.
        series_years: shape (e,), T, at least `MIN_YEARS`.
        series_unexpired: shape (e,).
        starts, stops: shape (e,), each series' strikes among the m.
        of_series: shape (m,), each strike's series.
        expiry: shape (m,), ``datetime64[D]``.
        strike: shape (m,), dollars.
        call, put: shape (m,), the row of the chain, or -1 where that leg is missing.
        of_row: shape (n,), for each contract its place here.
    """

    series_expiry: NDArray[np.datetime64]
    series_morning: NDArray[np.bool_]
    series_years: Floats
    series_unexpired: NDArray[np.bool_]
    starts: Ints
    stops: Ints
    of_series: Ints
    expiry: NDArray[np.datetime64]
    strike: Floats
    call: Ints
    put: Ints
    of_row: Ints

    def __len__(self) -> int:
        return len(self.strike)

    @cached_property
    def dates(self) -> NDArray[np.datetime64]:
        """Shape (d,): the expiry dates, ascending; several series may share one."""
        return np.unique(self.series_expiry)

    @cached_property
    def date_of_row(self) -> Ints:
        """Shape (n,): for each contract its place in ``dates``."""
        of_series = np.searchsorted(self.dates, self.series_expiry)
        return of_series[self.of_series[self.of_row]]


def strikes_of(contracts: Contracts) -> Strikes:
    """Group contracts, which stand in order of expiry, root, strike and side."""
    chain = contracts.chain
    new_series = np.ones(len(chain), bool)
    new_series[1:] = chain.expiry[1:] != chain.expiry[:-1]
    new_series[1:] |= chain.root[1:] != chain.root[:-1]
    # strikes to the hundredth of a cent
    units = np.rint(chain.strike * 1e4).astype(np.int64)
    new_strike = new_series.copy()
    new_strike[1:] |= units[1:] != units[:-1]
    first = np.flatnonzero(new_strike)
    of_row = np.cumsum(new_strike) - 1
    of_series = (np.cumsum(new_series) - 1)[first]
    legs = np.full((2, len(first)), -1, dtype=np.int64)
    legs[chain.is_call.astype(np.int64), of_row] = np.arange(len(chain))
    heads = np.flatnonzero(new_series)
    starts = np.searchsorted(of_series, np.arange(len(heads)))
    years = np.maximum(contracts.seconds_left[heads] / 86400 / DAYS_PER_YEAR, MIN_YEARS)
    return Strikes(
        series_expiry=chain.expiry[heads],
        series_morning=contracts.morning_settled[heads],
        series_years=years,
        series_unexpired=contracts.unexpired[heads],
        starts=starts,
        stops=np.append(starts[1:], len(first)),
        of_series=of_series,
        expiry=chain.expiry[first],
        strike=units[first] / 1e4,
        call=legs[1],
        put=legs[0],
        of_row=of_row,
    )
