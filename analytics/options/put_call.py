"""Put/call ratios of a chain, by volume and by open interest: all, by expiry and by bucket."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from analytics.model.vocabulary import Floats, Sessions
from analytics.options.buckets import buckets
from analytics.options.chain import CleanChain
from analytics.options.sides import lacking_volume
from analytics.options.sums import group_sums

NO_VOLUME = "n/a (no volume in this session)"
NO_CALL_VOLUME = "n/a (no call volume)"
NO_OPEN_INTEREST = "n/a (no open interest)"
NO_CALL_INTEREST = "n/a (no open interest in calls)"


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


def put_call(clean: CleanChain, scope: NDArray[np.bool_]) -> PutCall:
    """Put/call by volume and by open interest over the contracts in ``scope`` (shape (n,))."""
    expiries, counts = _counts(clean, scope)
    return _put_call(counts, np.ones(len(expiries), dtype=bool), lacking_volume(clean))


def put_call_by_expiry(clean: CleanChain, scope: NDArray[np.bool_]) -> dict[dt.date, PutCall]:
    """Expiry -> `PutCall`, over the contracts in ``scope``, nearest first."""
    expiries, counts = _counts(clean, scope)
    lacking = lacking_volume(clean)
    alone = np.eye(len(expiries), dtype=bool)
    return {
        day: _put_call(counts, alone[i], lacking)
        for i, day in enumerate(expiries.tolist())
        if day >= clean.chain.session
    }


def put_call_by_bucket(
    clean: CleanChain, scope: NDArray[np.bool_], short_days: int
) -> Mapping[str, PutCall]:
    """Bucket -> `PutCall`, over the contracts in ``scope``."""
    expiries, counts = _counts(clean, scope)
    lacking = lacking_volume(clean)
    days = (expiries - np.datetime64(clean.chain.session, "D")).astype(np.int64)
    return {
        name: _put_call(counts, inside, lacking)
        for name, inside in buckets(days, short_days).items()
    }


def _counts(clean: CleanChain, scope: NDArray[np.bool_]) -> tuple[Sessions, Floats]:
    """Expiries, ascending, and shape (4, e): call and put volume, call and put open interest."""
    expiries, of_expiry = clean.strikes.dates, clean.strikes.date_of_row
    is_call = clean.chain.is_call
    counts = [
        group_sums(of_expiry, np.where(side, values, 0.0), len(expiries))
        for values in (clean.volume, clean.open_interest)
        for side in (scope & is_call, scope & ~is_call)
    ]
    return expiries, np.array(counts)


def _put_call(counts: Floats, inside: NDArray[np.bool_], lacking: str | None) -> PutCall:
    """`PutCall` over the expiries ``inside`` (shape (e,)); ``counts`` as of `_counts`."""
    sums = counts[:, inside].sum(axis=1)
    volumes, interest = (int(sums[0]), int(sums[1])), (int(sums[2]), int(sums[3]))
    no_volume = None
    if volumes[0] == 0:
        no_volume = NO_CALL_VOLUME if volumes[1] > 0 else NO_VOLUME
    no_volume = lacking or no_volume
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
