"""The riskless rate by time to expiry: the Treasury's bills, of the day or of a dated table."""

from __future__ import annotations

import csv
import datetime as dt
import math
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np

from analytics.model.vocabulary import Bars, Floats

BILL_SYMBOL = "^IRX"
"""The 13-week bill as quoted: its bank discount rate in percent."""
QUARTER = 0.25
MAX_BILL_AGE_DAYS = 5
"""A quote of the bill is carried over a weekend and a holiday, no further."""

_TABLE = Path(__file__).parent / "data" / "bill_rates.csv"
_TENORS = {"month_1": 1 / 12, "month_3": QUARTER, "month_6": 0.5, "year_1": 1.0, "year_2": 2.0}
_BILL_DAYS = 91


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


def rate_curve(day: dt.date, bill: Bars | None = None) -> RateCurve:
    """The curve known on ``day``: the table's shape, at the level of the bill's own quote.

    Args:
        day: the session the rates are for; nothing later is used.
        bill: daily bars of `BILL_SYMBOL`, or None where the source has none.
    """
    known = [row for row in _table() if row.day is not None and row.day <= day]
    table = known[-1] if known else _table()[0]
    quote = _last_quote(bill, day)
    if quote is None:
        assert table.day is not None
        return RateCurve(table.years, table.rates, table.day, _table_basis(table.day, day))
    rate, quoted = quote
    shift = rate - table.quarter
    return RateCurve(
        table.years,
        tuple(one + shift for one in table.rates),
        quoted,
        f"13-week Treasury bill of {quoted} ({100 * rate:.2f}%)",
    )


def _table_basis(listed: dt.date, day: dt.date) -> str:
    age = (day - listed).days
    if age < 0:
        return f"Treasury rates of {listed}, the earliest of the built-in table"
    old = "of the day" if age == 0 else f"{age} day{'s' if age > 1 else ''} old"
    return f"Treasury rates of {listed}, {old} (built-in table)"


def _last_quote(bill: Bars | None, day: dt.date) -> tuple[float, dt.date] | None:
    """The bill's continuously compounded rate, and its session; None without a recent quote.

    A bank discount d on 91 of 360 days is a price of 1 - d 91 / 360.
    """
    if bill is None or not len(bill):
        return None
    at = int(np.searchsorted(bill.sessions, np.datetime64(day, "D"), side="right")) - 1
    if at < 0 or (np.datetime64(day, "D") - bill.sessions[at]).astype(int) > MAX_BILL_AGE_DAYS:
        return None
    price = 1.0 - bill.close[at] / 100 * _BILL_DAYS / 360
    if not 0.5 < price < 1.5:
        return None
    session: dt.date = bill.sessions[at].astype("datetime64[D]").astype(dt.date)
    return -math.log(price) * 365 / _BILL_DAYS, session


@lru_cache(maxsize=1)
def _table() -> tuple[RateCurve, ...]:
    """The built-in table, oldest first; bond-equivalent yields y turned to 2 ln(1 + y / 2)."""
    with _TABLE.open(newline="", encoding="utf-8") as lines:
        rows = sorted(csv.DictReader(lines), key=lambda row: row["day"])
    curves = []
    for row in rows:
        tenors = [name for name in _TENORS if row[name]]
        curves.append(
            RateCurve(
                tuple(_TENORS[name] for name in tenors),
                tuple(2 * math.log1p(float(row[name]) / 200) for name in tenors),
                dt.date.fromisoformat(row["day"]),
                row["source"],
            )
        )
    return tuple(curves)
