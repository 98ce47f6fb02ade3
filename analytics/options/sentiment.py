"""Sentiment of the session's option volume: bullish share by days to expiry.

Every method reads the same volume, so that their disagreement can be seen. None of them
sees a trade tape: all but the plain call share are proxies and carry that badge.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from analytics.model.vocabulary import Floats, Sessions
from analytics.options.buckets import buckets
from analytics.options.chain import CleanChain
from analytics.options.put_call import NO_VOLUME
from analytics.options.sides import lacking_volume
from analytics.options.sums import group_sums

CALL_SHARE, QUOTE, QUOTE_STRICT, RESIDUAL = "call-share", "quote", "quote-strict", "residual"
METHODS = (CALL_SHARE, QUOTE, QUOTE_STRICT, RESIDUAL)
INDEPENDENT = (CALL_SHARE, QUOTE, RESIDUAL)
"""The three methods; the strict quote is a variant of the second."""
BADGES = {
    CALL_SHARE: "No trade tape: every call counts as bullish, every put as bearish.",
    QUOTE: "Proxy, no trade tape: the last price against a quote that may be newer than it.",
    QUOTE_STRICT: "Proxy, no trade tape: only last prices at or through a two-sided quote count.",
    RESIDUAL: "Proxy, no trade tape: the contract's change beyond delta times the underlying's.",
}

UNCLASSIFIED = "n/a (no volume could be classified)"

STRONG_POINTS, WEAK_POINTS = 10.0, 20.0
"""Spread of the methods, points: up to the first the evidence is strong, above the second weak."""

AGREEMENT = {
    "strong": "the methods agree",
    "moderate": "the methods agree on the side",
    "weak": "the methods disagree",
    "n/a": "one method alone",
}
"""How the methods stand to each other: agreement is not evidence of where prices go."""
LEAST_COVERAGE_PCT = 50.0
"""A method that classifies less of the volume is not compared."""

_SAME_PRICE = 1e-9
"""Dollars between two doubles of one decimal price, and far under half a tick."""
_TIE = 1e-6
"""Dollars of residual that are zero: far under a tick, far over rounding noise."""


@dataclass(frozen=True)
class MethodShare:
    """Bullish share of volume by one method in one bucket.

    Attributes:
        share_pct: bullish / (bullish + bearish) volume, or None with ``reason``.
        coverage_pct: classified / total volume; None without volume.
        bullish_volume, bearish_volume: contracts.
        delta_weighted_pct: the share with every contract weighted by |delta| V 100 S.
        delta_weighted_coverage_pct: classified volume with a delta / total volume.
        reason: why there is no share.
        badge: what kind of evidence it is.
    """

    share_pct: float | None
    coverage_pct: float | None
    bullish_volume: int
    bearish_volume: int
    delta_weighted_pct: float | None
    delta_weighted_coverage_pct: float | None
    reason: str | None
    badge: str


@dataclass(frozen=True)
class Disagreement:
    """How far the methods lie apart in one bucket; see `disagreement`.

    Attributes:
        spread_points: highest less lowest bullish share.
        lowest, highest: the methods at either end.
        methods: how many were compared.
        one_side: all above or all below 50%.
        evidence: "strong", "moderate", "weak" or "n/a".
        sentence: the same in words.
    """

    spread_points: float | None
    lowest: str | None
    highest: str | None
    methods: int
    one_side: bool | None
    evidence: str
    sentence: str


def working_delta(clean: CleanChain) -> tuple[Floats, str]:
    """The delta of each contract, NaN where there is none, and where it comes from.

    The vendor's where it prints one, else Black-Scholes from our IV.
    """
    published = np.isfinite(clean.chain.delta)
    vendor = clean.chain.vendor or "the source"
    if published.all():
        return clean.chain.delta, f"published by {vendor}"
    delta = np.where(published, clean.chain.delta, clean.greeks.delta)
    if published.any():
        return delta, f"published by {vendor}, else Black-Scholes from our IV"
    return delta, "Black-Scholes from our IV"


def classify(clean: CleanChain, delta: Floats) -> dict[str, NDArray[np.int8]]:
    """Each contract's volume as bullish (1), bearish (-1) or unclassified (0), by method.

    Definitions in methods, "Bullish share of volume". The quote methods compare prices as the
    decimals they are printed as: a last at the mid is neither bought nor sold, though in double
    precision it may lie a bit beside it. The strict quote asks for a bid above zero: nothing can
    be sold to a market that bids nothing. `RESIDUAL` is absent when the underlying's change is
    unknown.

    Args:
        clean: n contracts.
        delta: shape (n,), see `working_delta`.
    """
    chain = clean.chain
    side = np.where(chain.is_call, 1, -1).astype(np.int8)
    spread = (chain.ask > chain.bid + _SAME_PRICE) & (chain.bid >= 0)
    mid = (chain.bid + chain.ask) / 2
    two_sided = spread & (chain.bid > 0)
    hit = two_sided & (chain.last <= chain.bid + _SAME_PRICE)
    lifted = two_sided & (chain.last >= chain.ask - _SAME_PRICE)
    above, below = chain.last > mid + _SAME_PRICE, chain.last < mid - _SAME_PRICE
    found = {
        CALL_SHARE: side,
        QUOTE: side * _sign(spread & above, spread & below),
        QUOTE_STRICT: side * _sign(lifted, hit),
    }
    if clean.spot.change is not None:
        residual = chain.change - delta * clean.spot.change
        found[RESIDUAL] = side * _sign(residual > _TIE, residual < -_TIE)
    return found


def _sign(bought: NDArray[np.bool_], sold: NDArray[np.bool_]) -> NDArray[np.int8]:
    """1 for bought, -1 for sold, 0 for neither."""
    return bought.astype(np.int8) - sold.astype(np.int8)


@dataclass(frozen=True, eq=False)
class _Tally:
    """Sums by expiry, shape (e,) each: of all volume, and of one method's bullish and bearish.

    ``weighted`` sums are of |delta| V and the multiplier; ``weighable`` of the classified volume
    with a delta.
    """

    total: Floats
    bullish: Floats
    bearish: Floats
    weighted_bullish: Floats
    weighted_bearish: Floats
    weighable: Floats


def _tallies(clean: CleanChain, scope: NDArray[np.bool_]) -> tuple[Sessions, dict[str, _Tally]]:
    """The expiries of the chain, ascending, and each method's `_Tally` over ``scope``."""
    expiries, of_expiry = clean.strikes.dates, clean.strikes.date_of_row
    delta, _ = working_delta(clean)
    volume = np.where(scope, clean.volume, 0.0)
    has_weight = np.isfinite(delta)
    # S is common to all contracts and cancels
    weighted = volume * clean.chain.multiplier * np.abs(np.where(has_weight, delta, 0.0))

    def by_expiry(values: Floats) -> Floats:
        return group_sums(of_expiry, values, len(expiries))

    total = by_expiry(volume)
    tallies = {
        method: _Tally(
            total=total,
            bullish=by_expiry(volume * (signs > 0)),
            bearish=by_expiry(volume * (signs < 0)),
            weighted_bullish=by_expiry(weighted * (signs > 0)),
            weighted_bearish=by_expiry(weighted * (signs < 0)),
            weighable=by_expiry(volume * has_weight * (signs != 0)),
        )
        for method, signs in classify(clean, delta).items()
    }
    return expiries, tallies


def bullish_share(
    clean: CleanChain, scope: NDArray[np.bool_], short_days: int
) -> dict[str, dict[str, MethodShare]]:
    """Bucket -> method -> bullish share, over the contracts in ``scope`` (shape (n,))."""
    expiries, tallies = _tallies(clean, scope)
    lacking = lacking_volume(clean)
    days = (expiries - np.datetime64(clean.chain.session, "D")).astype(np.int64)
    return {
        bucket: {
            method: _share(method, tallies.get(method), inside, clean, lacking)
            for method in METHODS
        }
        for bucket, inside in buckets(days, short_days).items()
    }


def bullish_by_expiry(
    clean: CleanChain, scope: NDArray[np.bool_]
) -> dict[dt.date, dict[str, MethodShare]]:
    """Expiry -> method -> bullish share, over the contracts in ``scope``, nearest first."""
    expiries, tallies = _tallies(clean, scope)
    lacking = lacking_volume(clean)
    alone = np.eye(len(expiries), dtype=bool)
    return {
        day: {
            method: _share(method, tallies.get(method), alone[i], clean, lacking)
            for method in METHODS
        }
        for i, day in enumerate(expiries.tolist())
        if day >= clean.chain.session
    }


def _share(
    method: str,
    tally: _Tally | None,
    inside: NDArray[np.bool_],
    clean: CleanChain,
    lacking: str | None,
) -> MethodShare:
    """One method's share over the expiries ``inside`` (shape (e,))."""
    if lacking is not None:
        return MethodShare(None, None, 0, 0, None, None, lacking, BADGES[method])
    if tally is None:
        return MethodShare(None, None, 0, 0, None, None, clean.spot.change_reason, BADGES[method])
    total = float(tally.total[inside].sum())
    if total == 0:
        return MethodShare(None, None, 0, 0, None, None, NO_VOLUME, BADGES[method])
    bullish, bearish = float(tally.bullish[inside].sum()), float(tally.bearish[inside].sum())
    up = float(tally.weighted_bullish[inside].sum())
    down = float(tally.weighted_bearish[inside].sum())
    share = _ratio_pct(bullish, bullish + bearish)
    return MethodShare(
        share_pct=share,
        coverage_pct=100 * (bullish + bearish) / total,
        bullish_volume=int(bullish),
        bearish_volume=int(bearish),
        delta_weighted_pct=_ratio_pct(up, up + down),
        delta_weighted_coverage_pct=100 * float(tally.weighable[inside].sum()) / total,
        reason=UNCLASSIFIED if share is None else None,
        badge=BADGES[method],
    )


def _ratio_pct(part: float, whole: float) -> float | None:
    return 100 * part / whole if whole > 0 else None


def disagreement(shares: Mapping[str, MethodShare]) -> Disagreement:
    """How far the methods' bullish shares lie apart, and what that makes of the headline.

    Compared are `INDEPENDENT`, those with a share and at least `LEAST_COVERAGE_PCT` coverage.
    Strong: all on one side of 50% and at most 10 points apart. Weak: on both sides of 50%, or
    more than 20 points apart. Else moderate. Fewer than two methods: n/a.
    """
    compared = {
        method: share.share_pct
        for method in INDEPENDENT
        if (share := shares[method]).share_pct is not None
        and (share.coverage_pct or 0.0) >= LEAST_COVERAGE_PCT
    }
    if len(compared) < 2:
        reason = "n/a (fewer than two methods classify half of the volume)"
        return Disagreement(None, None, None, len(compared), None, "n/a", reason)
    lowest = min(compared, key=lambda method: compared[method])
    highest = max(compared, key=lambda method: compared[method])
    spread = compared[highest] - compared[lowest]
    one_side = compared[lowest] > 50 or compared[highest] < 50
    if one_side and spread <= STRONG_POINTS:
        evidence = "strong"
    elif one_side and spread <= WEAK_POINTS:
        evidence = "moderate"
    else:
        evidence = "weak"
    sentence = (
        f"{AGREEMENT[evidence].capitalize()}: the {len(compared)} range from "
        f"{compared[lowest]:.0f}% ({lowest}) to {compared[highest]:.0f}% ({highest}) bullish, "
        f"{spread:.0f} points apart, {'on one side' if one_side else 'on both sides'} of 50%."
    )
    return Disagreement(spread, lowest, highest, len(compared), one_side, evidence, sentence)
