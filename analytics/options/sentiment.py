"""What the session's option volume leans to: bullish share and put/call, by days to expiry.

Every method reads the same volume, so that their disagreement can be seen. None of them
sees a trade tape: all but the plain call share are proxies and carry that badge.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from analytics.options.chain import CleanChain
from analytics.vocabulary import Floats

CALL_SHARE, QUOTE, QUOTE_STRICT, RESIDUAL = "call-share", "quote", "quote-strict", "residual"
METHODS = (CALL_SHARE, QUOTE, QUOTE_STRICT, RESIDUAL)
BADGES = {
    CALL_SHARE: "No trade tape: every call counts as bullish, every put as bearish.",
    QUOTE: "Proxy, no trade tape: the last price against a quote that may be newer than it.",
    QUOTE_STRICT: "Proxy, no trade tape: only last prices at or through a two-sided quote count.",
    RESIDUAL: "Proxy, no trade tape: the contract's change beyond delta times the underlying's.",
}
SHORT, MEDIUM, TOTAL = "short", "medium", "total"
MEDIUM_DAYS = 90

NO_VOLUME = "n/a (no volume in this session)"
UNCLASSIFIED = "n/a (no volume could be classified)"
NO_CALL_VOLUME = "n/a (no call volume)"
NO_OPEN_INTEREST = "n/a (no open interest)"
NO_CALL_INTEREST = "n/a (no open interest in calls)"

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
class PutCall:
    """Put/call ratios of one scope; a ratio that is None has its reason beside it.

    Attributes:
        volume: puts traded / calls traded.
        open_interest: put / call open interest of the previous session.
    """

    volume: float | None
    open_interest: float | None
    call_volume: int
    put_volume: int
    call_open_interest: int | None
    put_open_interest: int | None
    volume_reason: str | None
    open_interest_reason: str | None


def buckets(days: NDArray[np.int64], short_days: int) -> dict[str, NDArray[np.bool_]]:
    """Contracts by days to expiry: the five fixed buckets, short and medium term, and all.

    Args:
        days: shape (n,), calendar days from the session to the expiry; negative: expired.
        short_days: short term is 0 to this many days; medium term the rest up to 90.
    """
    limits = {
        SHORT: (0, short_days),
        MEDIUM: (short_days + 1, MEDIUM_DAYS),
        "0DTE": (0, 0),
        "1-7": (1, 7),
        "8-30": (8, 30),
        "31-90": (31, 90),
        ">90": (91, None),
        TOTAL: (0, None),
    }
    return {
        name: (days >= low) & (days <= (high if high is not None else np.inf))
        for name, (low, high) in limits.items()
    }


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

    Definitions in METHODS "Bullish share of volume". The quote methods compare the printed
    prices as they are, in double precision, as the recorded reference figures do (a tolerance
    at the mid would move NVDA's 23.92% of 2025-01-06 to 23.90%). The strict quote asks for a
    bid above zero: nothing can be sold to a market that bids nothing. `RESIDUAL` is absent
    when the underlying's change is unknown.

    Args:
        clean: n contracts.
        delta: shape (n,), see `working_delta`.
    """
    chain = clean.chain
    side = np.where(chain.is_call, 1, -1).astype(np.int8)
    spread = (chain.ask > chain.bid) & (chain.bid >= 0)
    mid = (chain.bid + chain.ask) / 2
    two_sided = spread & (chain.bid > 0)
    hit = two_sided & (chain.last <= chain.bid)
    lifted = two_sided & (chain.last >= chain.ask)
    found = {
        CALL_SHARE: side,
        QUOTE: side * _sign(spread & (chain.last > mid), spread & (chain.last < mid)),
        QUOTE_STRICT: side * _sign(lifted, hit),
    }
    if clean.spot.change is not None:
        residual = chain.change - delta * clean.spot.change
        found[RESIDUAL] = side * _sign(residual > _TIE, residual < -_TIE)
    return found


def _sign(bought: NDArray[np.bool_], sold: NDArray[np.bool_]) -> NDArray[np.int8]:
    """1 for bought, -1 for sold, 0 for neither."""
    return bought.astype(np.int8) - sold.astype(np.int8)


def bullish_share(
    clean: CleanChain, scope: NDArray[np.bool_], short_days: int
) -> dict[str, dict[str, MethodShare]]:
    """Bucket -> method -> bullish share, over the contracts in ``scope`` (shape (n,))."""
    delta, _ = working_delta(clean)
    signs = classify(clean, delta)
    weight = np.abs(delta)
    return {
        bucket: {
            method: _share(method, signs.get(method), clean, scope & inside, weight)
            for method in METHODS
        }
        for bucket, inside in buckets(clean.days, short_days).items()
    }


def _share(
    method: str,
    signs: NDArray[np.int8] | None,
    clean: CleanChain,
    inside: NDArray[np.bool_],
    weight: Floats,
) -> MethodShare:
    volume = np.where(inside, clean.volume, 0.0)
    total = float(volume.sum())
    if total == 0 or signs is None:
        reason = NO_VOLUME if total == 0 else clean.spot.change_reason
        return MethodShare(None, None, 0, 0, None, None, reason, BADGES[method])
    bullish, bearish = _sums(signs, volume)
    has_weight = np.isfinite(weight)
    # 100 S is common to all contracts and cancels
    weighted = _sums(signs, volume * np.where(has_weight, weight, 0.0))
    weighable = sum(_sums(signs, np.where(has_weight, volume, 0.0)))
    share = _ratio_pct(bullish, bullish + bearish)
    return MethodShare(
        share_pct=share,
        coverage_pct=100 * (bullish + bearish) / total,
        bullish_volume=int(bullish),
        bearish_volume=int(bearish),
        delta_weighted_pct=_ratio_pct(weighted[0], sum(weighted)),
        delta_weighted_coverage_pct=100 * weighable / total,
        reason=UNCLASSIFIED if share is None else None,
        badge=BADGES[method],
    )


def _sums(signs: NDArray[np.int8], volume: Floats) -> tuple[float, float]:
    """Bullish and bearish volume."""
    return float(volume[signs > 0].sum()), float(volume[signs < 0].sum())


def _ratio_pct(part: float, whole: float) -> float | None:
    return 100 * part / whole if whole > 0 else None


def put_call(clean: CleanChain, scope: NDArray[np.bool_]) -> PutCall:
    """Put/call by volume and by open interest over the contracts in ``scope`` (shape (n,))."""
    call, put = scope & clean.chain.is_call, scope & ~clean.chain.is_call
    volumes = int(clean.volume[call].sum()), int(clean.volume[put].sum())
    interest = int(clean.open_interest[call].sum()), int(clean.open_interest[put].sum())
    no_volume = None
    if volumes[0] == 0:
        no_volume = NO_CALL_VOLUME if volumes[1] > 0 else NO_VOLUME
    no_interest = None
    if interest[0] == 0:
        no_interest = NO_CALL_INTEREST if interest[1] > 0 else NO_OPEN_INTEREST
    known = no_interest != NO_OPEN_INTEREST
    return PutCall(
        volume=None if no_volume else volumes[1] / volumes[0],
        open_interest=None if no_interest else interest[1] / interest[0],
        call_volume=volumes[0],
        put_volume=volumes[1],
        call_open_interest=interest[0] if known else None,
        put_open_interest=interest[1] if known else None,
        volume_reason=no_volume,
        open_interest_reason=no_interest,
    )


def put_call_by_bucket(
    clean: CleanChain, scope: NDArray[np.bool_], short_days: int
) -> Mapping[str, PutCall]:
    """Bucket -> `PutCall`, over the contracts in ``scope``."""
    inside = buckets(clean.days, short_days)
    return {name: put_call(clean, scope & mask) for name, mask in inside.items()}
