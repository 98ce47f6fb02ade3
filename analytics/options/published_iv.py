"""Our implied volatilities beside those that a vendor prints: a check of both."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from analytics.options.analysis import ChainAnalysis

LEAST_CONTRACTS = 10
"""With fewer a median says nothing."""


@dataclass(frozen=True)
class IvAgreement:
    """How far our volatilities lie from the vendor's, over contracts that have both.

    Attributes:
        contracts: out of or at the money, quoted on both sides, with both volatilities.
        median_points: of ours less theirs, vol points.
        typical_points: median of the absolute differences.
    """

    contracts: int
    median_points: float
    typical_points: float


def iv_agreement(analysis: ChainAnalysis) -> IvAgreement | None:
    """The agreement over a chain; None where the vendor prints too few volatilities.

    A printed 0 is none. Contracts in the money are left out: a small error of the spot or of the
    price is many points there.
    """
    clean = analysis.clean
    chain, money = clean.chain, clean.spot.price
    outside = np.where(chain.is_call, chain.strike >= money, chain.strike <= money)
    printed = np.isfinite(chain.iv) & (chain.iv > 0.0)
    compared = outside & printed & np.isfinite(clean.iv) & (chain.bid > 0.0)
    if compared.sum() < LEAST_CONTRACTS:
        return None
    apart = 100.0 * (clean.iv[compared] - chain.iv[compared])
    return IvAgreement(
        int(compared.sum()), float(np.median(apart)), float(np.median(np.abs(apart)))
    )
