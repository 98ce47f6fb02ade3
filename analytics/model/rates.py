"""The riskless rate by time to expiry: the Treasury's bills, of the day or of a dated table."""

from __future__ import annotations

import csv
import datetime as dt
import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np

from analytics.model.vocabulary import Floats

QUARTER = 0.25
_TABLE = Path(__file__).parent / "data" / "bill_rates.csv"
_TENORS = {"month_1": 1 / 12, "month_3": QUARTER, "month_6": 0.5, "year_1": 1.0, "year_2": 2.0}


@dataclass(frozen=True)
class TreasuryYields:
    """Yields of one day as a source states them.

    Attributes:
        day: what they are of: the newest by the session asked for.
        by_days: calendar days to maturity -> bond-equivalent percent a year.
        source: who states them.
        passed_over: why a provider asked before the source has none; empty where none was.
    """

    day: dt.date
    by_days: Mapping[int, float]
    source: str = ""
    passed_over: str = ""


@dataclass(frozen=True)
class RateCurve:
    """Rates by tenor, level beyond the first and the last.

    Attributes:
        years: tenors, ascending.
        rates: continuously compounded, fractions a year.
        day: what they are of; None for a rate that is only set.
        basis: where they come from, with their age, for the screen.
    """

    years: tuple[float, ...]
    rates: tuple[float, ...]
    day: dt.date | None
    basis: str

    def at(self, years: Floats) -> Floats:
        """The rate for each T in years."""
        return np.interp(years, self.years, self.rates)

    @property
    def quarter(self) -> float:
        """The 3-month rate, which stands for the curve where one number is printed."""
        return float(np.interp(QUARTER, self.years, self.rates))


def flat_curve(rate: float, basis: str) -> RateCurve:
    """One rate for every tenor."""
    return RateCurve((QUARTER,), (rate,), None, basis)


def rate_curve(day: dt.date, yields: TreasuryYields | None = None) -> RateCurve:
    """The curve known on ``day``: the source's, else the built-in table's.

    Args:
        day: the session the rates are for; nothing later is used.
        yields: the newest by that session as a source states them. One alone (the 13-week bill)
            shifts the table's curve to its level.
    """
    known = [row for row in _table() if row.day is not None and row.day <= day]
    table = known[-1] if known else _table()[0]
    if yields is None or not yields.by_days or yields.day > day:
        assert table.day is not None
        return RateCurve(table.years, table.rates, table.day, _table_basis(table.day, day))
    tenors = sorted(yields.by_days)
    years = tuple(days / 365 for days in tenors)
    rates = tuple(continuous(yields.by_days[days]) for days in tenors)
    stated = f" ({yields.source})" if yields.source else ""
    age = (day - yields.day).days
    old = f", {_days_old(age)}" if age else ""
    if len(years) > 1:
        return RateCurve(years, rates, yields.day, f"Treasury rates of {yields.day}{stated}{old}")
    shift = rates[0] - float(np.interp(years[0], table.years, table.rates))
    return RateCurve(
        table.years,
        tuple(one + shift for one in table.rates),
        yields.day,
        f"{round(years[0] * 365 / 7)}-week Treasury bill of {yields.day} "
        f"({100 * rates[0]:.2f}%){stated}{old}",
    )


def continuous(percent: float) -> float:
    """A bond-equivalent yield, percent a year, as a continuously compounded fraction."""
    return 2 * math.log1p(percent / 200)


def _table_basis(listed: dt.date, day: dt.date) -> str:
    age = (day - listed).days
    if age < 0:
        return f"Treasury rates of {listed}, the earliest of the built-in table"
    old = "of the day" if age == 0 else _days_old(age)
    return f"Treasury rates of {listed}, {old} (built-in table)"


def _days_old(age: int) -> str:
    return f"{age} day{'s' if age > 1 else ''} old"


@lru_cache(maxsize=1)
def _table() -> tuple[RateCurve, ...]:
    """The built-in table, oldest first."""
    with _TABLE.open(newline="", encoding="utf-8") as lines:
        rows = sorted(csv.DictReader(lines), key=lambda row: row["day"])
    curves = []
    for row in rows:
        tenors = [name for name in _TENORS if row[name]]
        curves.append(
            RateCurve(
                tuple(_TENORS[name] for name in tenors),
                tuple(continuous(float(row[name])) for name in tenors),
                dt.date.fromisoformat(row["day"]),
                row["source"],
            )
        )
    return tuple(curves)
