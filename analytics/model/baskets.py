"""Dated lists for valuations: the two default baskets, and the share classes of one company."""

from __future__ import annotations

import csv
import datetime as dt
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

_DATA = Path(__file__).parent / "data"

OWN_LIST = "chosen by the reader"


@dataclass(frozen=True)
class Basket:
    """A list of companies; ``valid_from`` is None for one chosen by the reader."""

    title: str
    symbols: tuple[str, ...]
    valid_from: dt.date | None
    source: str


@dataclass(frozen=True)
class ShareClass:
    """Which company a symbol is a class of.

    Attributes:
        company: the same for every class of one company.
        per_reported_share: shares of this symbol that one reported share stands for, where the
            company reports in another class's equivalents; it applies to reported counts under
            ``below_m`` millions. 1 and 0: never.
    """

    company: str
    per_reported_share: float = 1.0
    below_m: float = 0.0

    def shares_m(self, reported_m: float) -> float:
        """Reported shares in units of the class that this symbol trades, millions."""
        return reported_m * (self.per_reported_share if reported_m < self.below_m else 1.0)


@lru_cache(maxsize=1)
def _baskets() -> dict[str, tuple[Basket, ...]]:
    with (_DATA / "valuation_baskets.csv").open(newline="", encoding="utf-8") as lines:
        rows = sorted(csv.DictReader(lines), key=lambda row: row["valid_from"])
    return {
        side: tuple(
            Basket(
                row["title"],
                tuple(row["symbols"].split()),
                dt.date.fromisoformat(row["valid_from"]),
                row["source"],
            )
            for row in rows
            if row["side"] == side
        )
        for side in ("first", "second")
    }


def default_basket(side: str, day: dt.date) -> Basket:
    """The default list of ``side`` ("first" or "second"): the newest that holds on ``day``."""
    lists = _baskets()[side]
    held = [basket for basket in lists if basket.valid_from and basket.valid_from <= day]
    return held[-1] if held else lists[0]


@lru_cache(maxsize=1)
def _share_classes() -> dict[str, ShareClass]:
    with (_DATA / "share_classes.csv").open(newline="", encoding="utf-8") as lines:
        return {
            row["symbol"]: ShareClass(
                row["company"],
                float(row["per_reported_share"] or 1.0),
                float(row["below_m"] or 0.0),
            )
            for row in csv.DictReader(lines)
        }


def share_class(symbol: str) -> ShareClass:
    """The company behind ``symbol``; a symbol not listed is a company of its own."""
    return _share_classes().get(symbol, ShareClass(symbol))
