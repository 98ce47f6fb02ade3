"""The demo's index members: real names at prices near those of the time, on simulated paths.

With the scenario's own symbols they are the members of the S&P 500 and the Nasdaq-100 in January
2025. Prices and sizes are rounded estimates that shape the simulation; what the Monday does to each
is the simulator's own.
"""

from __future__ import annotations

import csv
import datetime as dt
import functools
import zlib
from pathlib import Path

import numpy as np

from analytics.sources.demo.scenario import SEED, Instrument

MEMBERS = Path(__file__).parent / "members.csv"
MEMBERS_START = dt.date(2015, 1, 2)
"""Their paths are shorter than the scenario's: there are nearly five hundred."""

TURNOVER = 0.005
"""Share of a company's value that changes hands on a usual day."""

_NATURE = {
    "technology": (1.35, 0.26, -2.2),
    "communication": (1.0, 0.22, 0.3),
    "discretionary": (1.1, 0.24, 0.4),
    "industrials": (1.0, 0.19, -0.6),
    "energy": (0.8, 0.25, -0.9),
    "materials": (0.9, 0.22, 0.1),
    "financials": (1.0, 0.18, 0.9),
    "property": (0.8, 0.20, 1.0),
    "utilities": (0.6, 0.19, -1.6),
    "health": (0.6, 0.23, 1.8),
    "staples": (0.45, 0.18, 2.4),
}
"""Sector -> usual beta, annual residual volatility, and what the Monday did to it, percent."""


@functools.cache
def index_members() -> tuple[Instrument, ...]:
    """Each company; its figures follow from its row and its symbol alone."""
    with MEMBERS.open(newline="", encoding="utf-8") as lines:
        return tuple(_member(row) for row in csv.DictReader(lines))


def _member(row: dict[str, str]) -> Instrument:
    symbol, price, value = row["symbol"], float(row["price"]), float(row["value_bn"])
    rng = np.random.default_rng([SEED, zlib.crc32(symbol.encode())])
    beta, vol, monday = _NATURE[row["sector"]]
    beta = float(np.clip(beta + rng.normal(0, 0.25), 0.1, 2.4))
    vol = float(vol * np.exp(rng.normal(0, 0.2)))
    friday = round(price * float(1 + rng.uniform(-0.008, 0.008)), 2)
    move = monday - 0.3 * (beta - 1) + rng.normal(0, 100 * vol / 20)
    return Instrument(
        symbol,
        row["name"],
        row["sector"],
        friday=friday,
        monday=round(friday * (1 + move / 100), 2),
        beta=beta,
        residual_vol=vol,
        first_price=friday * float(np.exp(-rng.uniform(-0.1, 1.6))),
        listed=MEMBERS_START,
        dividend_yield=float(rng.uniform(0, 0.03)),
        volume_m=1000 * value * TURNOVER / price,
        is_member=True,
    )
