"""Contracts that traded far more than is open in them: the unusual-activity table."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from analytics.options.chain import CleanChain
from analytics.options.sentiment import QUOTE, classify, working_delta

LEAST_VOLUME, LEAST_OPEN_INTEREST, LEAST_LAST, LEAST_RATIO = 500, 100, 0.10, 1.25
MAX_ROWS = 50
RULE = "volume > 500, open interest > 100, last > $0.10, volume / open interest >= 1.25"
_LEANS = {1: "bullish", -1: "bearish", 0: "unclassified"}


@dataclass(frozen=True)
class UnusualContract:
    """One contract of the table.

    Attributes:
        volume_to_open_interest: of the session, against the open interest of the one before.
        premium_usd: volume x multiplier x last, as if all of it had traded at the last price.
        lean: "bullish", "bearish" or "unclassified" by the ``quote`` method (a proxy).
        iv: a fraction a year, None where it is not recoverable; so ``delta``.
    """

    expiry: dt.date
    days: int
    side: str
    strike: float
    volume: int
    open_interest: int
    volume_to_open_interest: float
    last: float
    premium_usd: float
    lean: str
    iv: float | None
    delta: float | None


@dataclass(frozen=True)
class UnusualActivity:
    """The table, largest premium first, cut at `MAX_ROWS`; ``total`` is how many matched."""

    rule: str
    total: int
    rows: tuple[UnusualContract, ...]


def unusual_activity(clean: CleanChain, scope: NDArray[np.bool_]) -> UnusualActivity:
    """Contracts in ``scope`` (shape (n,)) that meet `RULE`."""
    chain = clean.chain
    matches = scope & (clean.volume > LEAST_VOLUME) & (clean.open_interest > LEAST_OPEN_INTEREST)
    matches &= (chain.last > LEAST_LAST) & (clean.volume >= LEAST_RATIO * clean.open_interest)
    rows = np.flatnonzero(matches)
    premium = clean.volume[rows] * chain.multiplier[rows] * chain.last[rows]
    order = np.lexsort((chain.is_call[rows], chain.strike[rows], chain.expiry[rows], -premium))
    delta, _ = working_delta(clean)
    lean = classify(clean, delta)[QUOTE]
    return UnusualActivity(
        rule=RULE,
        total=len(rows),
        rows=tuple(
            UnusualContract(
                expiry=chain.expiry[i].astype(dt.date),
                days=int(clean.days[i]),
                side="call" if chain.is_call[i] else "put",
                strike=float(chain.strike[i]),
                volume=int(clean.volume[i]),
                open_interest=int(clean.open_interest[i]),
                volume_to_open_interest=float(clean.volume[i] / clean.open_interest[i]),
                last=float(chain.last[i]),
                premium_usd=float(clean.volume[i] * chain.multiplier[i] * chain.last[i]),
                lean=_LEANS[int(lean[i])],
                iv=_finite(clean.iv[i]),
                delta=_finite(delta[i]),
            )
            for i in rows[order[:MAX_ROWS]].tolist()
        ),
    )


def _finite(value: np.float64) -> float | None:
    return float(value) if np.isfinite(value) else None
