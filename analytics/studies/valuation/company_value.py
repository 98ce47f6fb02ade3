"""Value of one company on a day, per dollar of its sales."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from analytics.model.question import Inputs
from analytics.model.vocabulary import Bars, Quarter
from analytics.studies.valuation.fundamentals import known_on, known_quarters, revenue_ttm
from analytics.studies.valuation.share_units import (
    Unit,
    ordinary_per_unit,
    shares_today,
    unchecked_ratio,
)

OLDEST_DAYS = 400
"""Calendar days after its end from which on a year's sales are no longer trailing ones."""
MOST_VALUE_M, MOST_SALES_M = 20e6, 4e6
"""Millions of `_LARGE_CURRENCIES`: several times the largest company's, its sales of a year."""
_LARGE_CURRENCIES = ("USD", "EUR", "GBP", "CHF")


@dataclass(frozen=True)
class CompanyPs:
    """One company of a group, money in millions of ``currency``.

    Attributes:
        shares_m: as reported for the quarter to ``period_end``, on today's split basis and in
            units of what the symbol trades: a depositary receipt counts its ordinary shares.
        ordinary_per_unit: ordinary shares that one traded unit stands for: 6 for a receipt for
            six; None where that is not known.
        ratio_unchecked: that this number was not read in a filing, and where it comes from.
        known_on: when that quarter was reported (``assumed``: no report date is known).
        price_to_sales: None with an ``absence``, which says why.
    """

    symbol: str
    name: str
    currency: str
    price: float | None
    shares_m: float | None
    ordinary_per_unit: float | None
    market_cap_musd: float | None
    sales_ttm_musd: float | None
    price_to_sales: float | None
    period_end: dt.date | None
    known_on: dt.date | None
    assumed: bool
    absence: str | None
    ratio_unchecked: str | None = None


def company_ps(symbol: str, inputs: Inputs, day: dt.date, currency: str, unit: Unit) -> CompanyPs:
    """Price to sales of one company as known at the close of ``day``.

    Market value = the traded close x the newest share count known by then, carried through the
    splits since it was reported and in units of what trades.
    """
    missing = inputs.missing_bars((symbol,))
    if missing:
        return absent_row(symbol, None, _bare(symbol, missing[symbol]))
    bars = inputs.bars[symbol].upto(day)
    if symbol not in inputs.quarters:
        reason = inputs.absent.get(("quarters", symbol))
        return absent_row(symbol, bars, _bare(symbol, str(reason or "no quarters")))
    quarters = known_quarters(inputs.quarters[symbol], day)
    sales, absence = revenue_ttm(quarters)
    if sales is None or sales <= 0:
        return absent_row(symbol, bars, absence or "n/a (no sales)")
    newest = quarters[-1]
    if not bars.currency == newest.currency == currency:
        words = f"n/a (price in {bars.currency}, sales in {newest.currency}, group in {currency})"
        return absent_row(symbol, bars, words)
    shares, no_shares = shares_today(symbol, quarters, bars, unit)
    if shares is None:
        return absent_row(symbol, bars, no_shares or "n/a", newest)
    price = float(bars.close[-1])
    doubt = _not_of_that_size(price * shares, sales, newest, day)
    if doubt is not None:
        return absent_row(symbol, bars, doubt, newest)
    reported, assumed = known_on(newest)
    return CompanyPs(
        symbol=symbol,
        name=bars.name,
        currency=currency,
        price=price,
        shares_m=shares,
        ordinary_per_unit=ordinary_per_unit(symbol, quarters, unit),
        market_cap_musd=price * shares,
        sales_ttm_musd=sales,
        price_to_sales=price * shares / sales,
        period_end=newest.period_end,
        known_on=reported,
        assumed=assumed,
        absence=None,
        ratio_unchecked=unchecked_ratio(symbol, quarters, unit),
    )


def _not_of_that_size(cap: float, sales: float, newest: Quarter, day: dt.date) -> str | None:
    """Why the figures cannot be a company's of that day: too large, or too old; else None."""
    if (day - newest.period_end).days > OLDEST_DAYS:
        return f"n/a (the newest quarter known is to {newest.period_end})"
    if newest.currency not in _LARGE_CURRENCIES:
        return None
    for name, value, most in (("market value", cap, MOST_VALUE_M), ("sales", sales, MOST_SALES_M)):
        if value > most:
            shown = f"{value / 1e6:,.3g} trillion {newest.currency}"
            return f"n/a ({name} of {shown}: shares, sales or prices are in another unit)"
    return None


def absent_row(
    symbol: str, bars: Bars | None, reason: str, quarter: Quarter | None = None
) -> CompanyPs:
    """A company without a figure, and why."""
    reported, assumed = known_on(quarter) if quarter else (None, False)
    return CompanyPs(
        symbol=symbol,
        name=bars.name if bars else "",
        currency=bars.currency if bars else "",
        price=float(bars.close[-1]) if bars else None,
        shares_m=None,
        ordinary_per_unit=None,
        market_cap_musd=None,
        sales_ttm_musd=None,
        price_to_sales=None,
        period_end=quarter.period_end if quarter else None,
        known_on=reported,
        assumed=assumed,
        absence=reason,
    )


def _bare(symbol: str, reason: str) -> str:
    return f"n/a ({reason.removeprefix(f'{symbol}:').strip().rstrip('.')})"
