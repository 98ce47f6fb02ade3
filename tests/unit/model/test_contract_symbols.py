"""Option contract symbols by the clearing house's own examples, and whose roots are whose."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pytest

from analytics.model.contract_symbols import (
    is_adjusted_root,
    is_european,
    is_morning_settled,
    parse_contract_symbols,
    series_of,
)


class TestParse:
    @pytest.mark.parametrize(
        ("symbol", "root", "expiry", "call", "strike"),
        [
            ("NVDA250117C00150000", "NVDA", "2025-01-17", True, 150.0),
            ("NVDA  250117C00150000", "NVDA", "2025-01-17", True, 150.0),
            ("SPX   141122P00019500", "SPX", "2014-11-22", False, 19.5),  # the OCC's own example
            ("LAMR  150117C00052500", "LAMR", "2015-01-17", True, 52.5),
            ("TEST1250221C00080000", "TEST1", "2025-02-21", True, 80.0),
            ("2TEST250221P00080125", "2TEST", "2025-02-21", False, 80.125),
            ("BRKB250117C00450000", "BRKB", "2025-01-17", True, 450.0),
            (" spxw250221p05800000 ", "SPXW", "2025-02-21", False, 5800.0),
        ],
    )
    def test_root_expiry_side_and_strike(
        self, symbol: str, root: str, expiry: str, call: bool, strike: float
    ) -> None:
        found = parse_contract_symbols([symbol])
        assert found.known.tolist() == [True]
        assert found.root.tolist() == [root]
        assert found.expiry.astype(str).tolist() == [expiry]
        assert (found.is_call[0], found.strike[0]) == (call, strike)

    @pytest.mark.parametrize(
        "symbol",
        [
            "",
            "X",
            "TEST100.0",
            "NVDA251317C00150000",
            "NVDA250117X00150000",
            "NVDA250117C150",
            None,
        ],
    )
    def test_what_is_no_symbol_is_unknown(self, symbol: object) -> None:
        found = parse_contract_symbols([symbol, "A250117C00001000"])
        assert found.known.tolist() == [False, True]
        assert found.root.tolist() == ["", "A"]
        assert np.isnat(found.expiry).tolist() == [True, False]
        assert np.isnan(found.strike).tolist() == [True, False]


class TestRoots:
    @pytest.mark.parametrize(
        ("symbol", "roots"),
        [
            ("SPY", {"SPY"}),
            ("BRK-B", {"BRKB"}),
            ("^SPX", {"SPX", "SPXW", "SPXPM"}),
            ("SPX", {"SPX", "SPXW", "SPXPM"}),
            ("^GSPC", {"SPX", "SPXW", "SPXPM"}),
            ("^XSP", {"XSP", "XSPW"}),
        ],
    )
    def test_of_an_underlying(self, symbol: str, roots: set[str]) -> None:
        assert set(series_of(symbol)) == roots

    @pytest.mark.parametrize(
        ("symbol", "root", "adjusted"),
        [
            ("TEST", "TEST1", True),
            ("TEST", "2TEST", True),
            ("^SPX", "SPXW1", True),
            ("TEST", "TEST", False),
            ("TEST", "TESTA", False),
            ("^SPX", "XSP", False),
        ],
    )
    def test_with_a_digit(self, symbol: str, root: str, adjusted: bool) -> None:
        assert is_adjusted_root(symbol, root) is adjusted

    @pytest.mark.parametrize(
        ("symbol", "root", "expiry", "morning"),
        [
            ("^SPX", "SPX", "2025-02-21", True),
            ("^SPX", "SPX", "2025-02-28", False),  # listed under the wrong root: a week's expiry
            ("^SPX", "SPXW", "2025-02-21", False),
            ("^SPX", "SPX", "2014-11-22", True),  # a Saturday, as listed until 2015
            ("^VIX", "VIXW", "2025-01-29", True),
            ("SPY", "SPY", "2025-02-21", False),
            ("^SPX", "", "2025-02-21", False),
        ],
    )
    def test_which_settle_in_the_morning(
        self, symbol: str, root: str, expiry: str, morning: bool
    ) -> None:
        assert is_morning_settled(symbol, root, dt.date.fromisoformat(expiry)) is morning


@pytest.mark.parametrize(
    ("symbol", "european"),
    [
        ("^SPX", True),
        ("SPX", True),
        ("^GSPC", True),
        ("^XYZ", True),
        ("^OEX", False),
        ("SPY", False),
    ],
)
def test_exercise_at_the_expiry_only(symbol: str, european: bool) -> None:
    assert is_european(symbol) is european
