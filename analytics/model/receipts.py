"""Depositary receipts: how many ordinary shares one stands for, and what looks like one."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from dataclasses import dataclass

from analytics.model.dated_lists import FACT_DAYS, DatedList, Rows, versions

RECEIPTS = "receipts.csv"

FOREIGN_FORMS = ("20-F", "40-F", "6-K")
"""Forms of foreign private issuers (SEC): their US listing is a receipt more often than not."""

_NAMED_SO = re.compile(r"\b(ADRs?|ADSs?|GDRs?|depositary|depository)\b", re.IGNORECASE)
_OTC_RECEIPT = re.compile(r"[A-Z]{4}Y")
"""A fifth letter Y marks an American depositary receipt (Nasdaq, "Fifth character symbol list")."""


@dataclass(frozen=True)
class Receipt:
    """What one traded unit of a symbol stands for, over a span of days.

    Attributes:
        valid_from, valid_to: None where the span is open.
        ordinary_per_receipt: ordinary shares; 1 for a foreign company's own shares as well;
            None for what is known to be a receipt, of a ratio that was not checked.
        checked: the day on which it was known to be so.
        source: a filing or notice; or that none was looked at, see `is_verified`.
    """

    symbol: str
    valid_from: dt.date | None
    valid_to: dt.date | None
    ordinary_per_receipt: float | None
    checked: dt.date
    source: str

    @property
    def is_verified(self) -> bool:
        """Whether the ratio was read in a filing or a notice of the company or its depositary."""
        return "not checked" not in self.source

    def holds_on(self, day: dt.date) -> bool:
        """Whether ``day`` lies in its span."""
        return (self.valid_from or day) <= day <= (self.valid_to or day)


def parse_receipts(rows: Rows) -> tuple[Receipt, ...]:
    """The rows of ``receipts.csv``.

    Raises:
        ValueError, KeyError: a row cannot be read.
    """
    return tuple(
        Receipt(
            row["symbol"],
            _day(row["valid_from"]),
            _day(row["valid_to"]),
            _ratio(row["ordinary_per_receipt"]),
            dt.date.fromisoformat(row["checked"]),
            row["source"],
        )
        for row in rows
    )


def _day(text: str) -> dt.date | None:
    return dt.date.fromisoformat(text) if text else None


def _ratio(text: str) -> float | None:
    if not text:
        return None
    ratio = float(text)
    if not 1e-6 < ratio < 1e6:
        raise ValueError(f"{text!r} ordinary shares a receipt")
    return ratio


def listed_receipt(symbol: str, day: dt.date) -> Receipt | None:
    """What the list says of ``symbol`` on ``day``; None when it says nothing of that day."""
    found = [one for one in _of(symbol) if one.holds_on(day)]
    return found[-1] if found else None


def looks_like_receipt(symbol: str, name: str, form: str) -> bool:
    """Whether a symbol may stand for other than one ordinary share.

    Args:
        symbol: as it trades in the US.
        name: the source's name of what trades.
        form: of the filing that its quarters come from; empty where not stated.
    """
    return bool(
        _of(symbol)
        or _NAMED_SO.search(name)
        or _OTC_RECEIPT.fullmatch(symbol)
        or form.upper().removesuffix("/A") in FOREIGN_FORMS
    )


def receipts_list(symbols: tuple[str, ...]) -> tuple[DatedList, ...]:
    """The dated list, when a figure of ``symbols`` rests on it."""
    used = [one for symbol in symbols for one in _of(symbol)]
    return (_dated(used),) if used else ()


def whole_receipts_list() -> DatedList:
    """The list as a whole, by its oldest row."""
    return _dated(versions(RECEIPTS, parse_receipts))


def _dated(rows: Sequence[Receipt]) -> DatedList:
    """By the oldest of the rows that still hold: what has ended stays as it was."""
    holding = [one for one in rows if one.valid_to is None] or rows
    oldest = min(holding, key=lambda one: one.checked)
    return DatedList("receipt ratios", oldest.checked, oldest.source, FACT_DAYS)


def _of(symbol: str) -> list[Receipt]:
    return [one for one in versions(RECEIPTS, parse_receipts) if one.symbol == symbol]
