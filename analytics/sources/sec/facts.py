"""Facts of a filer as SEC EDGAR's ``companyfacts`` states them: periods, values, filing dates.

A period is known by its first and last day alone: ``fy``, ``fp`` and ``frame`` of an entry belong
to the filing or to the calendar, are wrong at times, and are not read.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

ADMITTED_FORMS = frozenset({"10-K", "10-K/A", "10-Q", "10-Q/A", "20-F", "20-F/A", "40-F", "40-F/A"})
"""An 8-K restates whole years without their parts, from which no quarter can be had."""

ANNUAL_FORMS = frozenset({"20-F", "20-F/A", "40-F", "40-F/A"})

REVENUE = (
    "Revenues",
    "RevenueFromContractWithCustomerExcludingAssessedTax",
    "RevenueFromContractWithCustomerIncludingAssessedTax",
    "SalesRevenueNet",
)
"""Companies move from one to another, and use two side by side: they are merged by period."""

GROSS_PROFIT = ("GrossProfit",)
COST = ("CostOfRevenue", "CostOfGoodsAndServicesSold")
REPURCHASES = ("PaymentsForRepurchaseOfCommonStock",)
AVERAGE_SHARES = ("WeightedAverageNumberOfSharesOutstandingBasic",)
COVER_SHARES = "EntityCommonStockSharesOutstanding"
IFRS_REVENUE = ("Revenue", "RevenueFromContractsWithCustomers")


class UnknownShape(ValueError):
    """The answer is not what ``companyfacts`` looks like."""


@dataclass(frozen=True)
class Span:
    """A period by its first and last day."""

    first: dt.date
    last: dt.date

    @property
    def days(self) -> int:
        """Its length, both ends counted."""
        return (self.last - self.first).days + 1

    @property
    def is_quarter(self) -> bool:
        """13 or 14 weeks, or three months."""
        return 80 <= self.days <= 100

    @property
    def is_half(self) -> bool:
        """26 or 27 weeks, or six months."""
        return 170 <= self.days <= 190

    @property
    def is_nine_months(self) -> bool:
        """39 or 40 weeks, or nine months."""
        return 260 <= self.days <= 285

    @property
    def is_year(self) -> bool:
        """52 or 53 weeks, or twelve months."""
        return 350 <= self.days <= 380

    @property
    def is_to_date(self) -> bool:
        """A stretch from the fiscal year's start that a filing reports."""
        return self.is_quarter or self.is_half or self.is_nine_months or self.is_year

    def contains(self, other: Span) -> bool:
        """Whether the other, shorter one lies within it."""
        return self.first <= other.first and other.last <= self.last and self != other


@dataclass(frozen=True)
class Fact:
    """One value of one period as one filing states it, in whole units of its currency.

    Attributes:
        rank: of the concept it stands under: of two in one filing the lower one counts.
        unit: the power of ten to which its filing rounds amounts.
    """

    span: Span
    value: float
    filed: dt.date
    form: str
    filing: str
    rank: int = 0
    unit: float = 1.0


@dataclass(frozen=True)
class CompanyFacts:
    """What is read of a filer's facts; every list in the order of filing.

    Attributes:
        currency: of all amounts: the one in which revenue is stated most often.
        covers: filing -> shares outstanding by its cover page; absent for filers with several
            classes, whose counts carry a dimension that the interface leaves out.
        forms: the admitted forms that hold revenue.
    """

    name: str
    cik: int
    currency: str
    revenue: tuple[Fact, ...]
    gross_profit: tuple[Fact, ...]
    cost: tuple[Fact, ...]
    repurchases: tuple[Fact, ...]
    average_shares: tuple[Fact, ...]
    covers: Mapping[str, float] = field(default_factory=dict)
    forms: frozenset[str] = frozenset()


def read_facts(answer: Any) -> CompanyFacts:
    """The facts of a ``companyfacts`` answer.

    Raises:
        UnknownShape: it is none.
    """
    try:
        cik, taxonomies = int(answer["cik"]), answer["facts"]
        gaap = taxonomies.get("us-gaap", {})
        ifrs = taxonomies.get("ifrs-full", {})
        currency = _main_currency(gaap, REVENUE) or _main_currency(ifrs, IFRS_REVENUE) or "USD"
        revenue = _facts(gaap, REVENUE, currency) or _facts(ifrs, IFRS_REVENUE, currency)
        return CompanyFacts(
            name=str(answer.get("entityName") or ""),
            cik=cik,
            currency=currency,
            revenue=revenue,
            gross_profit=_facts(gaap, GROSS_PROFIT, currency),
            cost=_facts(gaap, COST, currency),
            repurchases=_facts(gaap, REPURCHASES, currency),
            average_shares=_facts(gaap, AVERAGE_SHARES, "shares"),
            covers=_covers(taxonomies.get("dei", {}).get(COVER_SHARES, {})),
            forms=frozenset(fact.form for fact in revenue),
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise UnknownShape(str(error)) from error


def _main_currency(concepts: Mapping[str, Any], names: Sequence[str]) -> str | None:
    counts: Counter[str] = Counter()
    for name in names:
        for unit, entries in concepts.get(name, {}).get("units", {}).items():
            counts[unit] += len(entries)
    return counts.most_common(1)[0][0] if counts else None


def _facts(concepts: Mapping[str, Any], names: Sequence[str], unit: str) -> tuple[Fact, ...]:
    """The facts of several concepts in one unit; another unit's figures are not mixed in."""
    entries = [
        (rank, entry)
        for rank, name in enumerate(names)
        for entry in concepts.get(name, {}).get("units", {}).get(unit, ())
        if entry.get("form") in ADMITTED_FORMS and entry.get("start")
    ]
    rounded = _rounding(entry for _, entry in entries)
    facts = [
        Fact(
            Span(dt.date.fromisoformat(entry["start"]), dt.date.fromisoformat(entry["end"])),
            float(entry["val"]),
            dt.date.fromisoformat(entry["filed"]),
            entry["form"],
            entry["accn"],
            rank,
            rounded[entry["accn"]],
        )
        for rank, entry in entries
    ]
    return tuple(sorted(facts, key=lambda fact: (fact.filed, fact.filing, -fact.rank)))


def _rounding(entries: Iterable[Mapping[str, Any]]) -> Mapping[str, float]:
    """Filing -> the power of ten, at most a million, that divides all its amounts."""
    units: dict[str, float] = defaultdict(lambda: 1e6)
    for entry in entries:
        unit = units[entry["accn"]]
        while unit > 1 and entry["val"] % unit:
            unit /= 10
        units[entry["accn"]] = unit
    return units


def _covers(concept: Mapping[str, Any]) -> dict[str, float]:
    """Filing -> its count; one that states several different ones states none."""
    counts: dict[str, set[float]] = defaultdict(set)
    for entry in concept.get("units", {}).get("shares", ()):
        if entry.get("form") in ADMITTED_FORMS:
            counts[entry["accn"]].add(float(entry["val"]))
    return {filing: one for filing, found in counts.items() if len(found) == 1 for one in found}
