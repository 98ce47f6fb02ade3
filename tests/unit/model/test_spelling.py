"""Symbols as other places write them."""

from __future__ import annotations

import pytest

from analytics.model.spelling import bare, or_did_you_mean, other_spelling
from analytics.model.vocabulary import BadInput, parse_symbol


class TestBare:
    @pytest.mark.parametrize(
        ("typed", "symbol"),
        [
            (" brk-b ", "BRK-B"),
            ("$SPY", "SPY"),
            ("nasdaq:AAPL", "AAPL"),
            ("BRK/B", "BRK-B"),
            ("/ES", "ES=F"),
            ("BRK.B", "BRK.B"),
            ("^GSPC", "^GSPC"),
        ],
    )
    def test_marks_are_taken_off(self, typed: str, symbol: str) -> None:
        assert bare(typed) == symbol
        assert parse_symbol(typed) == symbol

    @pytest.mark.parametrize("text", ["$", "NASDAQ:", "etc/passwd", "../A", "A/B/C", "$$A"])
    def test_what_is_no_symbol_stays_none(self, text: str) -> None:
        with pytest.raises(BadInput):
            parse_symbol(text)


class TestOtherSpelling:
    @pytest.mark.parametrize(
        ("symbol", "other"),
        [
            ("BRK.B", "BRK-B"),
            ("BF.A", "BF-A"),
            ("AAPL.US", "AAPL"),
            ("MSFT.O", "MSFT"),
            ("SPX", "^GSPC"),
            ("VIX", "^VIX"),
            ("EURUSD", "EURUSD=X"),
            ("BTCUSD", "BTC-USD"),
        ],
    )
    def test_of_what_the_sources_write_in_another_way(self, symbol: str, other: str) -> None:
        assert other_spelling(symbol) == other
        assert other_spelling(other) is None, "what is offered is not corrected again"

    @pytest.mark.parametrize("symbol", ["SPY", "BP.L", "SAP.DE", "BRK-B", "GOOGLE"])
    def test_there_is_none_of_a_symbol_as_they_write_it(self, symbol: str) -> None:
        assert other_spelling(symbol) is None


def test_only_what_is_there_is_offered() -> None:
    assert or_did_you_mean("BRK.B") == ": did you mean BRK-B?"
    assert or_did_you_mean("BRK.B", {"BRK-B"}) == ": did you mean BRK-B?"
    assert or_did_you_mean("BRK.B", {"SPY"}) == "."
    assert or_did_you_mean("ZZZZ") == "."
