"""Numbers as people's spreadsheets write them: read where there is one reading, else refused."""

from __future__ import annotations

import math

import pytest

from analytics.sources.files.numbers import read_column, read_number, wrong_columns


class TestRead:
    @pytest.mark.parametrize(
        ("text", "value"),
        [
            ("5.21", 5.21),
            (" 5.21 ", 5.21),
            ("\u00a05.21\u202f", 5.21),
            ("-0.00", 0.0),
            ("\u22120.25", -0.25),
            ("+3", 3.0),
            (".5", 0.5),
            ("5.", 5.0),
            ("1e-05", 1e-5),
            ("1.0000000000000003E-05", 1.0000000000000003e-05),
            ("1,234.5", 1234.5),
            ("-12,345.67", -12345.67),
            ("1,234,567", 1234567.0),
        ],
    )
    def test_one_reading(self, text: str, value: float) -> None:
        assert read_number(text) == value
        assert read_column([text]).values.tolist() == [value]

    @pytest.mark.parametrize("text", ["", "  ", "nan", "NaN", "None", "null"])
    def test_an_empty_cell(self, text: str) -> None:
        assert math.isnan(read_number(text))
        assert read_column([text, "1"]).filled == 1

    def test_a_count_may_have_thousands_alone(self) -> None:
        assert read_number("1,234", count=True) == 1234
        assert read_column(["1,234", "7"], count=True).values.tolist() == [1234, 7]


class TestRefused:
    @pytest.mark.parametrize(
        ("text", "reason"),
        [
            ("5,21", "'5,21' is not a number; use a point"),
            ("-0,00", "'-0,00' is not a number; use a point"),
            ("0,125", "'0,125' is not a number; use a point"),
            ("1.234,5", "'1.234,5' is not a number; use a point"),
            ("12,34,567", "'12,34,567' is not a number; use a point"),
            ("1,234", "'1,234' may be 1234 or 1.234; leave out the comma"),
            ("$5.21", "'$5.21' is not a number; leave out the $"),
            ("5,21 €", "'5,21 €' is not a number; leave out the €"),
            ("25%", "'25%' is not a number; write 25% as 0.25"),
            ("1\u00a0234.5", r"'1\xa0234.5' is not a number; leave out the space"),
            ("1 234", "'1 234' is not a number; leave out the space"),
            ("1_000", "'1_000' is not a number"),
            ("1'234.5", '"1\'234.5" is not a number'),
            ("(0.25)", "'(0.25)' is not a number"),
            ("inf", "'inf' is not a number"),
            ("1e400", "'1e400' is not a number"),
            ("0x10", "'0x10' is not a number"),
            ("\u0663", "'\u0663' is not a number"),
            ("n/a", "'n/a' is not a number"),
            ("1.2.3", "'1.2.3' is not a number"),
            ("--", "'--' is not a number"),
        ],
    )
    def test_what_to_write_is_said(self, text: str, reason: str) -> None:
        with pytest.raises(ValueError, match=r".") as caught:
            read_number(text)
        assert str(caught.value) == reason
        assert read_column(["1", text]).bad == {1: reason}

    def test_a_decimal_comma_is_no_thousand_in_a_count(self) -> None:
        for text in ("5,21", "1,2345", "0,123"):
            with pytest.raises(ValueError, match="use a point"):
                read_number(text, count=True)


class TestWholeColumns:
    def test_are_named_with_their_count(self) -> None:
        columns = {
            "bid": read_column(["5,21", "", "0,13"]),
            "ask": read_column(["5,23", "0,01", "0,15"]),
            "strike": read_column(["95", "100", "105,5"]),
        }
        assert wrong_columns(columns, lambda row: f"line {row + 2}") == (
            "columns bid, ask: none of the 2 cells is a number "
            "(line 2: '5,21' is not a number; use a point)"
        )
        assert wrong_columns({"strike": columns["strike"]}, str) is None
