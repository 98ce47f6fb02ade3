"""Market values of companies: the traded price times the shares last reported, with their day."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from analytics.model.question import Inputs, Needs, Question, Symbol
from analytics.model.receipts import receipts_list
from analytics.model.vocabulary import Moment
from analytics.studies.valuation.company_value import CompanyPs
from analytics.studies.valuation.market import Market


@dataclass(frozen=True)
class MarketValuesParameters:
    """Which companies; without any: Apple."""

    symbols: tuple[Symbol, ...] = (Symbol("AAPL"),)


@dataclass(frozen=True)
class MarketValues:
    """Companies with their values (methods, "Fundamentals"), in the order asked.

    Attributes:
        session: the day of the prices.
        companies: one without a figure says why.
    """

    session: dt.date
    companies: tuple[CompanyPs, ...]

    def in_musd(self) -> dict[str, float]:
        """Symbol -> market value in millions of dollars, of those that trade in dollars."""
        return {
            one.symbol: one.market_cap_musd
            for one in self.companies
            if one.market_cap_musd is not None and one.currency == "USD"
        }


def _needs(parameters: MarketValuesParameters, moment: Moment) -> Needs:
    symbols = parameters.symbols
    return Needs(
        bars=symbols, quarters=symbols, market_values=symbols, lists=receipts_list(symbols)
    )


def _compute(parameters: MarketValuesParameters, inputs: Inputs) -> MarketValues:
    session = inputs.moment.session
    market = Market.of(inputs, parameters.symbols)
    rows = tuple(market.whole_company(symbol, session) for symbol in parameters.symbols)
    return MarketValues(session, rows)


MARKET_VALUES = Question(
    name="market-values",
    about="what companies are worth: the price times the shares last reported",
    parameters=MarketValuesParameters,
    result=MarketValues,
    needs=_needs,
    compute=_compute,
)
