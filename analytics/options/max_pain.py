"""Max pain: the strike at which the options of an expiry would pay their holders least."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from analytics.model.vocabulary import Floats
from analytics.options.chain import CleanChain
from analytics.options.put_call import NO_OPEN_INTEREST
from analytics.options.sides import one_sided
from analytics.options.sums import group_sums


@dataclass(frozen=True)
class MaxPain:
    """The strike at which the options of one expiry would pay their holders least.

    Attributes:
        payout_usd: what they would pay there.
        tied: all strikes that tie, when more than one does.
    """

    expiry: dt.date
    strike: float | None
    payout_usd: float | None
    tied: tuple[float, ...]
    reason: str | None = None


def max_pains(clean: CleanChain, chosen: NDArray[np.datetime64]) -> tuple[MaxPain, ...]:
    """`MaxPain` of each expiry date in ``chosen``, its series together."""
    strikes, is_call = clean.strikes, clean.chain.is_call
    shares = clean.open_interest * clean.chain.multiplier
    calls, puts = (
        group_sums(strikes.of_row, np.where(is_call == side, shares, 0.0), len(strikes))
        for side in (True, False)
    )
    found, sides = [], one_sided(clean)
    for expiry in chosen:
        # the series of one date stand side by side
        series = np.flatnonzero(strikes.series_expiry == expiry)
        here = slice(strikes.starts[series[0]], strikes.stops[series[-1]])
        strike, call, put = strikes.strike[here], calls[here], puts[here]
        if len(series) > 1:
            strike, of_place = np.unique(strike, return_inverse=True)
            call, put = (group_sums(of_place, side, len(strike)) for side in (call, put))
        day = expiry.astype(dt.date)
        date = int(np.searchsorted(strikes.dates, expiry))
        found.append(
            MaxPain(day, None, None, (), f"n/a ({sides.reason(date)})")
            if sides.either[date]
            else _max_pain(day, strike, call, put, clean.spot.price)
        )
    return tuple(found)


def _max_pain(day: dt.date, strike: Floats, calls: Floats, puts: Floats, spot: float) -> MaxPain:
    """argmin over listed strikes k of M OI_call max(0, k - K) + M OI_put max(0, K - k)."""
    if calls.sum() + puts.sum() == 0:
        return MaxPain(day, None, None, (), NO_OPEN_INTEREST)
    # in ten-thousandths of a dollar times shares: whole numbers, so a tie is exact
    units = np.rint(strike * 1e4).astype(np.int64)
    call_count, put_count = np.rint(calls).astype(np.int64), np.rint(puts).astype(np.int64)
    from_calls = units * np.cumsum(call_count) - np.cumsum(units * call_count)
    above = put_count[::-1].cumsum()[::-1]
    from_puts = (units * put_count)[::-1].cumsum()[::-1] - units * above
    payout = from_calls + from_puts
    least = strike[payout == payout.min()]
    lowest = least[np.argmin(np.abs(least - spot))]
    return MaxPain(
        expiry=day,
        strike=float(lowest),
        payout_usd=float(payout.min()) / 1e4,
        tied=tuple(least.tolist()) if len(least) > 1 else (),
    )
