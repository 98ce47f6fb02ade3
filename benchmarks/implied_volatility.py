"""Implied volatility over a grid of a million prices, against vollib's and QuantLib's.

`python -m benchmarks implied_volatility`: prices by QuantLib's `blackFormula` and by the reference
implementation of Jaeckel's method (vollib's ``lets_be_rational``), turned back by this kernel.
"""

from __future__ import annotations

import math
import time

import numpy as np
import QuantLib as ql
from lets_be_rational import normalised_black_call

from analytics.indicators.black76 import solve_implied_vols
from analytics.model.vocabulary import Floats
from benchmarks.measure import Row

CASES = 1_000_000
ERROR_UNIT = 1e-12
_DEPTHS = 1000


def run(cases: int = CASES) -> list[Row]:
    """Largest errors, prices without an answer, and the time of a solve."""
    deviation = np.geomspace(2e-3, 2.0, cases // _DEPTHS)  # a day at 4% to four years at 100%
    depth = np.linspace(0.0, 8.0, _DEPTHS)  # deviations out of the money
    s, d = (values.ravel() for values in np.meshgrid(deviation, depth))
    x = -d * s
    strike = np.exp(-x)
    theirs = np.array([normalised_black_call(*pair) for pair in zip(x.tolist(), s.tolist())])  # noqa: B905
    _solved(theirs[:1], strike[:1])  # compiles
    started = time.perf_counter()
    vols = _solved(theirs * np.sqrt(strike), strike)
    taken = time.perf_counter() - started
    recoverable = (theirs > 1e-290) & (theirs < np.exp(x / 2) * (1 - 1e-10))
    # QuantLib's price is a difference: right to an ulp of the larger of its terms
    vega = np.exp(-0.5 * (d * d + s * s / 4)) * np.sqrt(strike / (2 * math.pi))
    few = np.flatnonzero((vega > 1e-3) & (x > -1.6))
    call = ql.Option.Call
    prices = np.array(
        [ql.blackFormula(call, k, 1.0, v) for k, v in zip(strike[few].tolist(), s[few].tolist())]  # noqa: B905
    )
    off = float(np.abs(_solved(prices, strike[few]) - s[few]).max())
    relative = float(np.abs(vols / s - 1)[recoverable].max())
    return [
        Row("grid of prices", float(len(s)), ""),
        Row("  recoverable without an answer", float(np.isnan(vols[recoverable]).sum()), "", 0.0),
        Row("  largest relative error, vollib", relative / ERROR_UNIT, "1e-12", 1.0),
        Row("  largest error, QuantLib", off / ERROR_UNIT, "1e-12", 1.0, f"{len(few):,} prices"),
        Row("  a solve", 1e9 * taken / len(s), "ns"),
    ]


def _solved(price: Floats, strike: Floats) -> Floats:
    ones, vols = np.ones(len(price)), np.empty(len(price))
    solve_implied_vols(price, ones > 0, ones, np.ascontiguousarray(strike), ones, ones, vols)
    return vols
