"""Prices that the options market piles up at: walls, flip, max pain, expected move, peaks.

Definitions in methods, "Options". Ties are all listed and the strike nearest to spot leads (of
two equally near ones the lower). Shuffled rows change nothing; doubling all open interest
doubles every GEX and moves no level.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from analytics.model.vocabulary import Floats
from analytics.options.chain import CleanChain
from analytics.options.exposure import (
    ChainIndex,
    Exposures,
    GammaProfile,
    gamma_curve,
    gamma_profile,
    no_exposure_reason,
    no_netting_reason,
)
from analytics.options.legs import legs_agree
from analytics.options.max_pain import MaxPain, max_pains
from analytics.options.put_call import NO_OPEN_INTEREST, NO_VOLUME
from analytics.options.sums import group_sums
from analytics.options.surface import ExpiryCurve

RUNNERS_UP = 3
MOST_OFF_MONEY = 0.5

_TIE = 1e-9
"""Relative difference of sums of floats that is rounding, not a lead."""


@dataclass(frozen=True)
class StrikeGex:
    """GEX of one strike, dollars per 1% move."""

    strike: float
    gex_usd_per_pct: float


@dataclass(frozen=True)
class Wall:
    """A call wall, a put wall, or the absolute gamma strike.

    Attributes:
        strike: dollars; None with a ``reason``.
        gex_usd_per_pct: call GEX, put GEX or un-netted GEX there.
        tied: all strikes that tie with it, itself included, when more than one does.
        runners_up: the next strikes, largest first.
        by_net: the wall by the other definition (net GEX by strike), for call and put wall.
        differs: the two definitions name different strikes.
    """

    strike: float | None
    gex_usd_per_pct: float | None
    tied: tuple[float, ...]
    runners_up: tuple[StrikeGex, ...]
    by_net: StrikeGex | None = None
    differs: bool = False
    reason: str | None = None


@dataclass(frozen=True)
class GammaFlip:
    """Where total GEX crosses zero between 0.8 S and 1.2 S, IVs held by strike.

    Attributes:
        nearest: the crossing nearest to spot; None when there is none.
        all: every crossing, ascending.
        text: "none", the price, or "several (n)".
    """

    nearest: float | None
    all: tuple[float, ...]
    text: str


@dataclass(frozen=True)
class ExpectedMove:
    """What one expiry prices as a move, both ways, either side of spot, dollars.

    Attributes:
        straddle_usd: mid of the call and put at ``straddle_strike``, the strike nearest to the
            forward that quotes both; None where that is too far from it.
        sigma_usd: S x at-the-money IV x sqrt(T).
        low, high: spot -/+ ``sigma_usd``, or the straddle where that is None.
    """

    expiry: dt.date
    days: int
    straddle_strike: float | None
    straddle_usd: float | None
    straddle_pct: float | None
    sigma_usd: float | None
    sigma_pct: float | None
    low: float | None
    high: float | None
    reason: str | None = None


@dataclass(frozen=True)
class StrikeCount:
    """Contracts at one strike."""

    strike: float
    contracts: int


@dataclass(frozen=True)
class Peak:
    """The strike with most volume or open interest of calls or puts.

    Attributes:
        measure: "open_interest" or "volume".
        side: "call" or "put".
        tied: all strikes that tie, when more than one does.
    """

    measure: str
    side: str
    strike: float | None
    contracts: int | None
    tied: tuple[float, ...]
    runners_up: tuple[StrikeCount, ...]
    reason: str | None = None


@dataclass(frozen=True)
class OptionLevels:
    """The levels of the expiries chosen; each says why it is absent."""

    call_wall: Wall
    put_wall: Wall
    absolute_gamma: Wall
    gamma_flip: GammaFlip
    max_pain: tuple[MaxPain, ...]
    expected_move: tuple[ExpectedMove, ...]
    peaks: tuple[Peak, ...]


@dataclass(frozen=True, eq=False)
class LevelsWithProfile:
    """`OptionLevels` and the curve its flip was found on (None without exposures)."""

    levels: OptionLevels
    profile: GammaProfile | None


def find_levels(
    clean: CleanChain,
    index: ChainIndex,
    exposures: Exposures,
    curves: tuple[ExpiryCurve, ...],
    scope: NDArray[np.bool_],
    dealers: str,
) -> LevelsWithProfile:
    """Every level over the contracts in ``scope`` (shape (n,), whole expiries)."""
    spot = clean.spot.price
    quoted = np.append((clean.chain.bid > 0) & (clean.chain.ask >= clean.chain.bid), False)
    strikes = clean.strikes
    priced = quoted[strikes.call] & quoted[strikes.put]
    priced &= legs_agree(clean.contracts, strikes, clean.forwards, spot)
    there = group_sums(
        index.of_expiry, (scope & clean.unexpired).astype(float), len(index.expiries)
    )
    chosen = index.expiries[there > 0]
    reason = no_exposure_reason(exposures, scope)
    profile: GammaProfile | None = None
    if reason is not None:
        call_wall = put_wall = absolute = Wall(None, None, (), (), reason=reason)
    else:
        call_wall, put_wall, absolute = _walls(clean, index, exposures, scope, dealers)
        reason = no_netting_reason(exposures, scope)
    if reason is not None:
        flip = GammaFlip(None, (), reason)
    else:
        profile, roots = gamma_profile(gamma_curve(exposures, scope, dealers), spot)
        flip = _flip(roots, spot)
    return LevelsWithProfile(
        OptionLevels(
            call_wall=call_wall,
            put_wall=put_wall,
            absolute_gamma=absolute,
            gamma_flip=flip,
            max_pain=max_pains(clean, chosen),
            expected_move=tuple(
                _expected_move(clean, curve, priced)
                for curve in curves
                if np.datetime64(curve.expiry, "D") in chosen
            ),
            peaks=_peaks(clean, index, scope),
        ),
        profile,
    )


def strike_sums(
    values: Floats, is_call: NDArray[np.bool_], index: ChainIndex
) -> tuple[Floats, Floats]:
    """Sums of ``values`` (shape (n,)) over calls and over puts at each strike; shape (k,) each."""
    k = len(index.strikes)
    return (
        group_sums(index.of_strike, np.where(is_call, values, 0.0), k),
        group_sums(index.of_strike, np.where(is_call, 0.0, values), k),
    )


def _walls(
    clean: CleanChain,
    index: ChainIndex,
    exposures: Exposures,
    scope: NDArray[np.bool_],
    dealers: str,
) -> tuple[Wall, Wall, Wall]:
    """Call wall, put wall and absolute gamma strike."""
    signed = exposures.signs(dealers) * exposures.gamma * scope
    call, put = strike_sums(signed, clean.chain.is_call, index)
    net, spot = call + put, clean.spot.price
    return (
        _wall(index.strikes, call, spot, "n/a (no call open interest)", np.maximum(net, 0)),
        _wall(index.strikes, put, spot, "n/a (no put open interest)", np.maximum(-net, 0)),
        _wall(index.strikes, np.abs(call) + np.abs(put), spot, "n/a (no open interest)"),
    )


def _wall(
    strikes: Floats, gex: Floats, spot: float, absent: str, net: Floats | None = None
) -> Wall:
    """The strike with the largest |``gex``|, and the one with the largest ``net``."""
    order = _ranked(strikes, np.abs(gex), spot)
    if not len(order):
        return Wall(None, None, (), (), reason=absent)
    largest = int(order[0])
    other = None
    if net is not None and len(netted := _ranked(strikes, net, spot)):
        sign = -1.0 if gex[largest] < 0 else 1.0
        other = StrikeGex(float(strikes[netted[0]]), sign * float(net[netted[0]]))
    return Wall(
        strike=float(strikes[largest]),
        gex_usd_per_pct=float(gex[largest]),
        tied=_tied(strikes, np.abs(gex), largest),
        runners_up=tuple(
            StrikeGex(float(strikes[i]), float(gex[i])) for i in order[1 : RUNNERS_UP + 1]
        ),
        by_net=other,
        differs=other is not None and other.strike != float(strikes[largest]),
    )


def _ranked(strikes: Floats, size: Floats, spot: float) -> NDArray[np.int64]:
    """Places with a size above zero, largest first; of tied ones the nearest to spot first."""
    largest = size.max(initial=0.0)
    if largest <= 0:
        return np.array([], dtype=np.int64)
    # a tie is a tie whatever the order in which its terms were added up
    rounded = np.rint(size / largest / _TIE)
    order = np.lexsort((strikes, np.abs(strikes - spot), -rounded))
    return order[size[order] > 0]


def _tied(strikes: Floats, size: Floats, largest: int) -> tuple[float, ...]:
    tied = strikes[np.abs(size - size[largest]) <= _TIE * size[largest]]
    return tuple(tied.tolist()) if len(tied) > 1 else ()


def _flip(roots: tuple[float, ...], spot: float) -> GammaFlip:
    if not roots:
        return GammaFlip(None, (), "none between 0.8 and 1.2 times spot")
    nearest = min(roots, key=lambda root: (abs(root - spot), root))
    several = f"several ({len(roots)}), nearest {nearest:.2f}"
    return GammaFlip(nearest, roots, several if len(roots) > 1 else f"{nearest:.2f}")


def _expected_move(
    clean: CleanChain, curve: ExpiryCurve, priced: NDArray[np.bool_]
) -> ExpectedMove:
    spot = clean.spot.price
    strike, straddle = _straddle(clean, curve, priced)
    sigma = None if curve.atm_iv is None else spot * curve.atm_iv * float(np.sqrt(curve.years))
    move = sigma if sigma is not None else straddle
    return ExpectedMove(
        expiry=curve.expiry,
        days=curve.days,
        straddle_strike=strike,
        straddle_usd=straddle,
        straddle_pct=None if straddle is None else 100 * straddle / spot,
        sigma_usd=sigma,
        sigma_pct=None if sigma is None else 100 * sigma / spot,
        low=None if move is None else spot - move,
        high=None if move is None else spot + move,
        reason=None if move is not None else "n/a (no usable quotes at the money)",
    )


def _straddle(
    clean: CleanChain, curve: ExpiryCurve, priced: NDArray[np.bool_]
) -> tuple[float | None, float | None]:
    """Strike nearest to the forward with both legs in ``priced``, and the mid of the two.

    None where that strike is not at the money: `MOST_OFF_MONEY` of its straddle's cost away it
    would print a tenth too much, further off little else than the distance. ``priced``, shape
    (m,): both legs have a quote, and the two agree.
    """
    call, put = clean.strikes.call[curve.places], clean.strikes.put[curve.places]
    both = np.flatnonzero(priced[curve.places])
    if not len(both):
        return None, None
    strike = clean.strikes.strike[curve.places][both]
    nearest = int(np.abs(strike - curve.forward).argmin())  # of two the lower
    legs = np.array([call[both[nearest]], put[both[nearest]]])
    cost = float((clean.chain.bid[legs] + clean.chain.ask[legs]).sum() / 2)
    if abs(float(strike[nearest]) - curve.forward) > MOST_OFF_MONEY * cost:
        return None, None
    return float(strike[nearest]), cost


def _peaks(clean: CleanChain, index: ChainIndex, scope: NDArray[np.bool_]) -> tuple[Peak, ...]:
    """Peaks of open interest and of volume, of calls and of puts."""
    measures = {
        "open_interest": (clean.open_interest, NO_OPEN_INTEREST),
        "volume": (clean.volume, NO_VOLUME),
    }
    peaks = []
    for measure, (values, absent) in measures.items():
        sums = strike_sums(values * scope, clean.chain.is_call, index)
        for side, size in zip(("call", "put"), sums, strict=True):
            peaks.append(_peak(measure, side, index.strikes, size, clean.spot.price, absent))
    return tuple(peaks)


def _peak(measure: str, side: str, strikes: Floats, size: Floats, spot: float, absent: str) -> Peak:
    order = _ranked(strikes, size, spot)
    if not len(order):
        return Peak(measure, side, None, None, (), (), absent)
    largest = int(order[0])
    return Peak(
        measure=measure,
        side=side,
        strike=float(strikes[largest]),
        contracts=int(size[largest]),
        tied=_tied(strikes, size, largest),
        runners_up=tuple(
            StrikeCount(float(strikes[i]), int(size[i])) for i in order[1 : RUNNERS_UP + 1]
        ),
    )
