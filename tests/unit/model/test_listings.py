"""The dated lists: complete, consistent with each other, and chosen by date."""

from __future__ import annotations

import datetime as dt

import pytest

from analytics.model.listings import group, index_weights, sector_fund, sectors, ten_largest
from analytics.model.vocabulary import parse_symbol

DAY = dt.date(2025, 1, 24)


class TestGroups:
    def test_the_default_is_the_sectors_and_the_ten(self) -> None:
        assert len(group("sectors+ten", DAY).symbols) == 21
        assert group("ten", DAY).symbols == ten_largest(DAY).symbols
        assert group("sectors", DAY).symbols == sectors()

    def test_the_index_has_every_member_once_in_one_of_eleven_sectors(self) -> None:
        members = group("sp500", DAY).symbols
        assert len(members) == len(set(members)) == 503
        assert {sector_fund(symbol) for symbol in members} == set(sectors())
        assert all(parse_symbol(symbol) == symbol for symbol in members)
        assert set(ten_largest(DAY).symbols) <= set(members)

    def test_survivorship_is_said_where_it_bites(self) -> None:
        assert "survivorship" in group("sectors+ten", DAY).note
        assert group("sp500", DAY).note == ""
        assert "2025-01-01" in group("ten", DAY).note
        assert group("sectors", DAY).note == ""

    def test_an_own_list_goes_first(self) -> None:
        own = group("sp500", DAY, ("ABC",))
        assert (own.name, own.symbols, own.valid_from) == ("own", ("ABC",), None)

    @pytest.mark.parametrize(
        ("symbol", "fund"), [("AAPL", "XLK"), ("BRK-B", "XLF"), ("XLK", None), ("NOPE", None)]
    )
    def test_sector_of_a_company(self, symbol: str, fund: str | None) -> None:
        assert sector_fund(symbol) == fund


class TestWeights:
    def test_sector_weights_make_the_whole_index(self) -> None:
        weights = index_weights("sector", DAY)
        assert set(weights.weights_pct) == set(sectors())
        assert sum(weights.weights_pct.values()) == pytest.approx(100, abs=0.5)

    def test_the_ten_carry_weights_of_one_date(self) -> None:
        weights = index_weights("company", DAY)
        assert set(weights.weights_pct) == set(ten_largest(DAY).symbols)
        assert weights.as_of == dt.date(2024, 12, 31)
        assert 35 < sum(weights.weights_pct.values()) < 40
        assert "factsheet" in weights.source
