"""Market values of companies, worked out by hand."""

from __future__ import annotations

from dataclasses import replace

import pytest

from analytics.model.question import Inputs, Symbol
from analytics.model.vocabulary import NotAvailable
from analytics.studies.valuation.market_values import (
    MARKET_VALUES,
    MarketValues,
    MarketValuesParameters,
)
from tests.unit.studies.valuation.test_group_valuation import DAY, MOMENT, bars, quarters


def ask(*symbols: str, currency: str = "USD") -> MarketValues:
    market = {s: replace(bars(s, 20.0), currency=currency) for s in symbols}
    sales = tuple(replace(quarter, currency=currency) for quarter in quarters(100.0))
    reported = {symbol: sales for symbol in symbols if symbol != "B"}
    inputs = Inputs(
        MOMENT,
        bars=market,
        quarters=reported,
        absent={("quarters", "B"): NotAvailable("B: none.")},
    )
    return MARKET_VALUES.compute(MarketValuesParameters(tuple(map(Symbol, symbols))), inputs)


def test_it_is_the_price_times_the_shares_last_reported() -> None:
    got = ask("A")
    assert got.session == DAY
    assert got.in_musd() == pytest.approx({"A": 20.0 * 10.0})


def test_one_without_shares_says_why_and_the_others_stand() -> None:
    got = ask("B", "A")
    assert [one.symbol for one in got.companies] == ["B", "A"]
    assert got.companies[0].absence == "n/a (none)"
    assert set(got.in_musd()) == {"A"}


def test_another_currency_is_no_dollar_value() -> None:
    got = ask("A", currency="EUR")
    assert got.companies[0].market_cap_musd == pytest.approx(200.0)
    assert got.in_musd() == {}
