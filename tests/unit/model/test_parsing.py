"""Untrusted values: what is read, and the sentence about what is not."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.model.parsing import (
    parse_choice,
    parse_date,
    parse_flag,
    parse_number,
    parse_typed_number,
)
from analytics.model.vocabulary import BadInput

JUNK = st.one_of(
    st.none(), st.booleans(), st.text(), st.floats(), st.integers(), st.lists(st.integers())
)


class TestNumbers:
    @given(st.floats(allow_nan=True), st.floats(-1e6, 0), st.floats(0, 1e6))
    def test_what_is_read_lies_between_the_bounds(
        self, value: float, low: float, high: float
    ) -> None:
        try:
            assert low <= parse_number("x", value, low, high, "one is accepted") <= high
        except BadInput:
            assert not low <= value <= high

    @pytest.mark.parametrize("value", [True, "5", None, [5], float("nan"), float("inf"), 5j])
    def test_nothing_else_is_a_number(self, value: object) -> None:
        with pytest.raises(BadInput, match=r"^x is ('.*'|missing): 1 to 9 is accepted\.$"):
            parse_number("x", value, 1, 9, "1 to 9 is accepted")

    @pytest.mark.parametrize(
        ("typed", "kind", "number"), [("5", int, 5), (" 5 ", int, 5), ("5", float, 5.0)]
    )
    def test_a_typed_one(self, typed: str, kind: type[int], number: float) -> None:
        read = parse_typed_number("x", typed, kind, 1, 9, "")
        assert (read, type(read)) == (number, kind)

    @pytest.mark.parametrize(
        "typed",
        ["", "x", "5.0", "5e0", "0x5", "1_0", "٥", "[5]", "true", "nan", "\ud800", "9" * 999],
    )
    def test_nothing_else_is_a_whole_one(self, typed: str) -> None:
        with pytest.raises(BadInput, match=r"x is .*: a whole number"):
            parse_typed_number("x", typed, int, 1, 9, "a whole number is accepted")


class TestDates:
    def test_an_iso_date_or_a_date(self) -> None:
        day = dt.date(2025, 1, 24)
        assert parse_date("day", "2025-01-24") == parse_date("day", day) == day

    @pytest.mark.parametrize(
        "value",
        ["2025-1-24", "20250124", "2025-W04-5", "2025-01-24T00:00", 5],
    )
    def test_nothing_else(self, value: object) -> None:
        with pytest.raises(BadInput, match=r"day is '.*': a date such as 2025-01-24 is accepted"):
            parse_date("day", value)

    @pytest.mark.parametrize("value", ["1850-01-01", "1990-12-31", "2100-01-01"])
    def test_one_without_prices_is_told_the_years(self, value: str) -> None:
        with pytest.raises(BadInput, match=r"day is '.*': a date from 1991 to 2099 is accepted"):
            parse_date("day", value)

    def test_a_moment_is_no_day(self) -> None:
        with pytest.raises(BadInput, match="day is '2025-01-24 00:00"):
            parse_date("day", dt.datetime(2025, 1, 24, tzinfo=dt.UTC))


class TestChoices:
    def test_by_how_they_are_written(self) -> None:
        assert parse_choice("level", "50", (20, 50)) == 50
        with pytest.raises(BadInput, match=r"level is '51': accepted are 20, 50\."):
            parse_choice("level", "51", (20, 50))

    def test_yes_and_no(self) -> None:
        assert [parse_flag("f", word) for word in (True, "1", "Yes", "on", False, "0", "OFF")] == [
            *[True] * 4,
            *[False] * 3,
        ]


@given(JUNK)
def test_junk_is_refused_in_one_sentence_and_never_by_another_error(value: object) -> None:
    readers = (
        lambda: parse_number("x", value, 1, 9, "a number is accepted"),
        lambda: parse_typed_number("x", str(value), int, 1, 9, "a number is accepted"),
        lambda: parse_date("x", value),
        lambda: parse_flag("x", value),
        lambda: parse_choice("x", value, ("a", "b")),
    )
    for read in readers:
        said = ""
        try:
            read()
        except BadInput as error:
            said = str(error)
        assert not said or (said.startswith("x is ") and said.endswith("."))
