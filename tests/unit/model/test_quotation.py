"""Quotation of prices: decimals and units by instrument."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.model.quotation import (
    ABSENT,
    DOLLARS,
    Quotation,
    currency_of,
    fewest_decimals,
    quotation_of,
    stated_quotation,
)
from tests.support.small_bars import bars_of

THIN = "\u2009"


def quoted(
    symbol: str,
    currency: str,
    closes: list[float],
    *,
    spread: float = 0.01,
    hint: int | None = None,
    instrument: str = "",
) -> Quotation:
    """The quotation of an instrument whose day's range is ``spread`` of its close."""
    close = np.array(closes)
    return quotation_of(
        symbol,
        currency,
        instrument=instrument,
        price_hint=hint,
        high=close * (1 + spread / 2),
        low=close * (1 - spread / 2),
        close=close,
    )


class TestDecimals:
    @pytest.mark.parametrize(
        ("instrument", "text"),
        [
            (quoted("SPY", "USD", [607.97], hint=2), "607.97"),
            (quoted("PENY", "USD", [0.0012], spread=0.1, hint=4), "607.97000"),
            (quoted("EURUSD=X", "USD", [1.083], hint=4), "607.9700"),
            (quoted("EURUSD=X", "USD", [1.04231]), "607.97000"),
            (quoted("USDJPY=X", "JPY", [155.765]), "607.970"),
            (quoted("VOD.L", "GBp", [490.2, 488.5]), "608.0p"),
            (quoted("VOD.L", "GBp", [490.25, 488.5]), "607.97p"),
            (quoted("SAP.DE", "EUR", [240.1], hint=2), "€607.97"),
            (quoted("7203.T", "JPY", [2345.0, 2350.0], hint=2), "¥608"),
            (quoted("7203.T", "JPY", [2345.5, 2350.0], hint=2), "¥608.0"),
            (quoted("9999.T", "JPY", [108.62, 110.74], spread=0.03, hint=2), "¥608.0"),
            (quoted("9984.T", "JPY", [12.0, 11.0], spread=0.05, hint=2), "¥607.97"),
            (quoted("000001.KS", "KRW", [61.5], hint=2), "₩607.97"),
            (quoted("005930.KS", "KRW", [54300.0], hint=2), "₩608"),
            (quoted("0700.HK", "HKD", [410.2], hint=3), f"HKD{THIN}607.970"),
            (quoted("^N225", "JPY", [39565.8], hint=2), "607.97"),
            (quoted("^GDAXI", "EUR", [21394.9], hint=2, instrument="INDEX"), "607.97"),
            (quoted("BTC-USD", "USD", [99000.0], hint=2), "607.97"),
            (quoted("SHIB-USD", "USD", [0.00002134], spread=0.05, hint=6), "607.9700000"),
            (quoted("NPN.JO", "ZAc", [390000.0], hint=0), "608c"),
        ],
        ids=lambda value: value if isinstance(value, str) else "",
    )
    def test_they_are_the_instruments(self, instrument: Quotation, text: str) -> None:
        assert instrument.text(607.97) == text

    def test_neighbouring_levels_of_a_price_under_a_cent_differ(self) -> None:
        # case 13: closes of 0.00115 and 0.00125, high 0.0013, low 0.0011, priceHint 4
        close = np.tile([0.00115, 0.00125], 30)
        flat = np.ones(60)
        penny = quotation_of(
            "PENY", "USD", price_hint=4, high=0.0013 * flat, low=0.0011 * flat, close=close
        )
        assert (penny.text(0.00115), penny.text(0.0012)) == ("0.00115", "0.00120")

    def test_the_running_bar_does_not_change_them(self) -> None:
        bars = bars_of("PENY", [0.5, 0.51, 0.5, 0.52, 0.0012], complete=False)
        assert bars.quotation == replace(bars, close=np.r_[bars.close[:-1], 900.0]).quotation

    def test_absent_is_a_dash_without_a_unit(self) -> None:
        assert Quotation("EUR", 2).text(None) == ABSENT == DOLLARS.text(float("nan"))

    def test_a_minus_stands_before_the_sign(self) -> None:
        assert Quotation("EUR", 2).text(-1234.5) == f"\u2212€1{THIN}234.50"

    @pytest.mark.parametrize(
        ("prices", "decimals"), [([1.0, 2.0], 0), ([1.5], 1), ([1.25, 3.0], 2), ([1 / 3], 6)]
    )
    def test_the_fewest_decimals_that_write_a_price(
        self, prices: list[float], decimals: int
    ) -> None:
        assert fewest_decimals(np.array(prices), 6) == decimals


class TestUnit:
    @pytest.mark.parametrize(
        ("symbol", "calendar", "currency"),
        [
            ("VOD.L", "XLON", "GBp"),
            ("SAP.DE", "XETR", "EUR"),
            ("7203.T", "XTKS", "JPY"),
            ("SPY", "XNYS", "USD"),
            ("EURJPY=X", "24/5", "JPY"),
            ("JPY=X", "24/5", "JPY"),
            ("BTC-EUR", "24/7", "EUR"),
            ("ES=F", "CME", "USD"),
        ],
    )
    def test_what_no_source_states_is_the_exchanges(
        self, symbol: str, calendar: str, currency: str
    ) -> None:
        assert currency_of(symbol, calendar) == currency

    def test_an_index_and_a_rate_of_exchange_have_none(self) -> None:
        assert stated_quotation("^FTSE", "XLON", 8500.0).unit == ""
        assert stated_quotation("EURUSD=X", "24/5", 1.04).unit == ""


UNITS = st.sampled_from(
    ["USD", "EUR", "GBp", "GBX", "GBP", "JPY", "KRW", "HKD", "CAD", "AUD", "CHF", "ZAc", "SEK"]
)


@given(
    unit=UNITS,
    hint=st.none() | st.integers(-1, 12),
    price=st.floats(1e-7, 1e7),
    spread=st.floats(1e-4, 0.2),
)
def test_the_number_written_is_the_price_to_the_instruments_decimals(
    unit: str, hint: int | None, price: float, spread: float
) -> None:
    quotation = quoted("X", unit, [price] * 20, spread=spread, hint=hint)
    text = quotation.text(price)
    number = text.removeprefix(quotation.prefix).removesuffix(quotation.suffix)
    assert float(number.replace(THIN, "")) == pytest.approx(
        price, abs=0.5 * 10.0**-quotation.decimals * (1 + 1e-9) + 4e-16 * price
    )
    assert "$" not in text


@given(price=st.floats(1e-6, 1e6), spread=st.floats(0.002, 0.2))
def test_levels_a_tenth_of_a_days_range_apart_read_differently(price: float, spread: float) -> None:
    quotation = quoted("X", "USD", [price] * 20, spread=spread)
    assert quotation.text(price) != quotation.text(price * (1 + spread / 5))
