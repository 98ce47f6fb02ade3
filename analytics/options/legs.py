"""Call and put of a strike compared: parity tells a quote that is not live.

docs/methods.md "Legs that disagree". C - P = exp(-rT) (F - K) (Hull, *Options, Futures, and Other
Derivatives*, 10th ed., eq. 18.8), and by less than the cost of early exercise off it where that is
allowed (ibid., eq. 11.7).
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from analytics.model.vocabulary import Floats, NotAvailable
from analytics.options.contracts import Contracts, QuoteFault
from analytics.options.parity import Forwards
from analytics.options.strikes import Strikes

TICK = 0.01
STRADDLE_SHARE = 0.1
"""Of its cost: a straddle whose legs disagree by more is printed off one that is not live."""
EARLY_AT_MONEY = 0.25
"""Of all that early exercise can be worth, what it is at most at the money."""
_FEWEST_STEPS = 3
_OTHER_UNIT = math.log(3.0)
_ALIKE = 0.3
"""Half of the steps lie within this share of their median where one factor explains them."""


def legs_apart(
    contracts: Contracts, strikes: Strikes, forwards: Forwards, spot: float
) -> NDArray[np.bool_]:
    """Shape (m,): strikes whose two quotes contradict the forward that quotes around them tell.

    Bid and ask of both legs leave no price at which parity holds, early exercise allowed for.
    False where a leg has no usable quote or the forward is not by parity.
    """
    bid, ask = _quotes(contracts)
    fair, early_call, early_put = _fair_gap(strikes, forwards, spot)
    least = bid[strikes.call] - ask[strikes.put]
    most = ask[strikes.call] - bid[strikes.put]
    apart: NDArray[np.bool_] = (least > fair + early_call) | (most < fair - early_put)
    return apart & forwards.by_parity[strikes.of_series]  # NaN compares False


def legs_agree(
    contracts: Contracts, strikes: Strikes, forwards: Forwards, spot: float
) -> NDArray[np.bool_]:
    """Shape (m,): strikes whose mids lie near enough to parity for the sum of the two.

    Near enough is a tenth of what the straddle costs by its cheaper leg. True where the forward
    is not by parity: nothing tells then.
    """
    bid, ask = _quotes(contracts)
    mid = (bid + ask) / 2
    call, put = mid[strikes.call], mid[strikes.put]
    fair, early_call, early_put = _fair_gap(strikes, forwards, spot)
    over_call, over_put = call - np.maximum(fair, 0.0), put - np.maximum(-fair, 0.0)
    cost = 2 * np.minimum(over_call, over_put) + np.abs(fair)
    slack = STRADDLE_SHARE * cost + TICK
    gap = call - put - fair
    agree: NDArray[np.bool_] = gap <= slack + EARLY_AT_MONEY * early_call
    agree &= gap >= -slack - EARLY_AT_MONEY * early_put
    return agree | ~forwards.by_parity[strikes.of_series]


def refuse_other_unit(contracts: Contracts, strikes: Strikes) -> None:
    """Hold the unit of a chain's quotes against that of its strikes.

    From one strike to the next a call less its put gets cheaper by about the strikes' distance
    (by exp(-rT) of it). Where nearly all steps are the same other multiple of it, the quotes are
    in cents, or of before a split.

    Raises:
        NotAvailable: they are.
    """
    bid, ask = _quotes(contracts)
    mid = np.where(bid > 0, (bid + ask) / 2, np.nan)
    gap = mid[strikes.call] - mid[strikes.put]
    same = strikes.of_series[1:] == strikes.of_series[:-1]
    steps = -np.diff(gap)[same] / np.diff(strikes.strike)[same]
    steps = steps[np.isfinite(steps)]
    if len(steps) < _FEWEST_STEPS:
        return
    usual = float(np.median(steps))
    if usual <= 0.0 or abs(math.log(usual)) < _OTHER_UNIT:
        return
    if float(np.median(np.abs(steps - usual))) > _ALIKE * usual:
        return
    chain = contracts.chain
    raise NotAvailable(
        f"{chain.symbol}: the quotes of the chain of {chain.session} are in another unit than its "
        f"strikes: a call less its put changes by {usual:.3g} where the strike changes by 1."
    )


def _quotes(contracts: Contracts) -> tuple[Floats, Floats]:
    """Bid and ask, shape (n + 1,), NaN where not usable and for the missing leg, -1."""
    usable = contracts.quote_fault == QuoteFault.NONE
    bid, ask = (
        np.append(np.where(usable, values, np.nan), np.nan)
        for values in (contracts.chain.bid, contracts.chain.ask)
    )
    return bid, ask


def _fair_gap(strikes: Strikes, forwards: Forwards, spot: float) -> tuple[Floats, Floats, Floats]:
    """Call less put by parity, and how much more, and less, early exercise may make it."""
    series = strikes.of_series
    discount = np.exp(-forwards.rate * strikes.series_years)[series]
    forward = forwards.price[series]
    doubt = 2 * np.nan_to_num(forwards.error)[series] + TICK
    dividends = np.maximum(spot - discount * forward, 0.0)
    interest = strikes.strike * np.maximum(1.0 - discount, 0.0)
    early = 0.0 if forwards.european else 1.0
    fair = discount * (forward - strikes.strike)
    return fair, doubt + early * dividends, doubt + early * interest
