"""Inputs of a valuation, each company valued at any close by them: units, classes, currency."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from analytics.model.baskets import Basket
from analytics.model.question import Inputs
from analytics.model.vocabulary import Bars
from analytics.studies.valuation.companies import Company, companies, differing_counts
from analytics.studies.valuation.company_value import CompanyPs, absent_row, company_ps
from analytics.studies.valuation.fundamentals import known_quarters
from analytics.studies.valuation.share_units import Unit, unit_of


@dataclass(frozen=True, eq=False)
class Market:
    """The inputs of a valuation with what is found in them once for all companies and days.

    Attributes:
        companies: symbol -> its company.
        units: symbol -> in which unit its share counts stand.
        counts_differ: company -> why its symbols' share counts are not the whole company's.
    """

    inputs: Inputs
    currency: str
    companies: Mapping[str, Company]
    units: Mapping[str, Unit]
    counts_differ: Mapping[Company, str]

    @classmethod
    def of(cls, inputs: Inputs, symbols: Sequence[str]) -> Market:
        """Of these symbols."""
        day = inputs.moment.session
        known = {s: known_quarters(q, day) for s, q in inputs.quarters.items() if s in symbols}
        units = {
            symbol: unit_of(symbol, quarters, inputs.bars[symbol], inputs.market_values.get(symbol))
            for symbol, quarters in known.items()
            if quarters and symbol in inputs.bars
        }
        currency = _currency([inputs.bars[s] for s in symbols if s in inputs.bars])
        found = companies(symbols, known)
        differ = {
            company: reason
            for company in set(found.values())
            if (reason := differing_counts(company, known)) is not None
        }
        return cls(inputs, currency, found, units, differ)

    def company(self, symbol: str, day: dt.date) -> CompanyPs:
        """One company at the close of ``day``."""
        bars = self.inputs.bars.get(symbol)
        if bars is not None and bars.sessions[0] > np.datetime64(day, "D"):
            return absent_row(symbol, None, f"n/a (no price on {day})")
        unit = self.units.get(symbol, Unit("ordinary"))
        return company_ps(symbol, self.inputs, day, self.currency, unit)

    def whole_company(self, symbol: str, day: dt.date) -> CompanyPs:
        """The same, absent where it is not known whether the share count is the whole company's."""
        row, company = self.company(symbol, day), self.companies[symbol]
        if company not in self.counts_differ:
            return row
        return absent_row(symbol, self.inputs.bars.get(symbol), self.counts_differ[company])

    def named_by(self, basket: Basket) -> dict[Company, str]:
        """The companies of a list -> the symbol that it names each by."""
        return {self.companies[symbol]: symbol for symbol in reversed(basket.symbols)}


def _currency(bars: Sequence[Bars]) -> str:
    """The currency most of the companies trade in; what is in another is left out."""
    currencies = [one.currency for one in bars]
    return max(sorted(set(currencies)), key=currencies.count) if currencies else "USD"
