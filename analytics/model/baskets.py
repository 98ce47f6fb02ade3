"""Dated lists for valuations: the two default baskets, and the share classes of one company."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from analytics.model.dated_lists import DatedList, Rows, newest_on, versions

BASKETS = "valuation_baskets.csv"
SHARE_CLASSES = "share_classes.csv"

OWN_LIST = "chosen by the reader"


@dataclass(frozen=True)
class Basket:
    """A list of companies; ``valid_from`` is None for one chosen by the reader."""

    title: str
    symbols: tuple[str, ...]
    valid_from: dt.date | None
    source: str

    @property
    def dated(self) -> tuple[DatedList, ...]:
        """The dated list that it is; none for one chosen by the reader."""
        if self.valid_from is None:
            return ()
        return (DatedList(f"basket {self.title!r}", self.valid_from, self.source),)


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


def parse_baskets(rows: Rows) -> tuple[tuple[str, Basket], ...]:
    """The lists of ``valuation_baskets.csv``, each with its side.

    Raises:
        ValueError, KeyError: a row cannot be read.
    """
    return tuple(
        (
            row["side"],
            Basket(
                row["title"],
                tuple(row["symbols"].split()),
                dt.date.fromisoformat(row["valid_from"]),
                row["source"],
            ),
        )
        for row in rows
    )


def default_basket(side: str, day: dt.date) -> Basket:
    """The default list of ``side`` ("first" or "second"): the newest that holds on ``day``."""
    lists = [basket for of, basket in versions(BASKETS, parse_baskets) if of == side]
    return newest_on(day, lists, lambda one: one.valid_from or dt.date.min)


def parse_share_classes(rows: Rows) -> tuple[tuple[str, ShareClass], ...]:
    """The rows of ``share_classes.csv``, by symbol; raises as `parse_baskets`."""
    return tuple(
        (
            row["symbol"],
            ShareClass(
                row["company"],
                float(row["per_reported_share"] or 1.0),
                float(row["below_m"] or 0.0),
            ),
        )
        for row in rows
    )


def share_class(symbol: str) -> ShareClass:
    """The company behind ``symbol``; a symbol not listed is a company of its own."""
    classes = versions(SHARE_CLASSES, parse_share_classes)
    return next((one for of, one in reversed(classes) if of == symbol), ShareClass(symbol))


def share_class_symbols() -> tuple[str, ...]:
    """Every symbol that the list of share classes names."""
    return tuple(of for of, _ in versions(SHARE_CLASSES, parse_share_classes))


def class_order(symbol: str) -> tuple[int, int, str]:
    """Sorts the classes of one company: as listed, then the shortest symbol, then by letter."""
    listed = [of for of, _ in versions(SHARE_CLASSES, parse_share_classes)]
    at = listed.index(symbol) if symbol in listed else len(listed)
    return at, len(symbol), symbol
