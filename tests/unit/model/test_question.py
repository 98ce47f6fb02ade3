"""Untrusted words to parameters; answers to JSON."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics.desk.questions import QUESTIONS
from analytics.model.parameters import MAX_SYMBOLS, parse_parameters
from analytics.model.question import Answer, Symbol
from analytics.model.vocabulary import (
    BadInput,
    Freshness,
    Moment,
    Phase,
    Provenance,
    parse_symbol,
)


@dataclass(frozen=True)
class Everything:
    symbol: Symbol
    symbols: tuple[Symbol, ...] = ()
    other: Symbol | None = None
    level: Literal[20, 50] = 50
    word: Literal["week", "session"] = "week"
    count: int = field(default=5, metadata={"min": 1, "max": 9})
    flag: bool = False
    day: dt.date | None = None
    text: str = ""


def parse(**raw: object) -> Everything:
    return parse_parameters(Everything, {"symbol": "SPY", **raw})


def refusal(**raw: object) -> str:
    with pytest.raises(BadInput) as caught:
        parse(**raw)
    return str(caught.value)


class TestAccepted:
    def test_each_type(self) -> None:
        got = parse(
            symbol=" spy ",
            symbols="qqq, iwm qqq",
            other="brk-b",
            level="20",
            word="session",
            count="9",
            flag="yes",
            day="2025-01-24",
            text="as is",
        )
        assert got == Everything(
            Symbol("SPY"),
            (Symbol("QQQ"), Symbol("IWM")),
            Symbol("BRK-B"),
            20,
            "session",
            9,
            True,
            dt.date(2025, 1, 24),
            "as is",
        )

    def test_already_typed_values(self) -> None:
        day = dt.date(2025, 1, 24)
        got = parse(symbols=["QQQ"], level=20, count=9, flag=True, day=day)
        assert (got.symbols, got.level, got.count, got.flag, got.day) == (
            ("QQQ",),
            20,
            9,
            True,
            day,
        )

    @pytest.mark.parametrize("empty", [None, "", []])
    def test_empty_values_take_the_default(self, empty: object) -> None:
        assert parse(symbols=empty, level=empty, count=empty, day=empty) == Everything(
            Symbol("SPY")
        )

    @pytest.mark.parametrize("symbol", ["SPY", "BRK-B", "BF.B", "^VIX", "EURUSD=X", "0700.HK"])
    def test_symbols_of_every_market(self, symbol: str) -> None:
        assert parse_symbol(symbol.lower()) == symbol


class TestRefused:
    @pytest.mark.parametrize(
        ("raw", "sentence"),
        [
            ({"symbol": None}, "symbol is missing."),
            ({"nope": 1}, "unknown parameter 'nope': accepted are symbol, symbols"),
            ({"symbol": "../etc"}, "'../etc' is not a symbol: 1 to 15 letters"),
            ({"symbol": "A" * 16}, "is not a symbol"),
            ({"symbol": 7}, "7 is not a symbol"),
            ({"symbol": "<script>"}, "is not a symbol"),
            ({"symbols": {"a": 1}}, "symbols must be a list of symbols."),
            ({"symbols": ["QQQ", 3]}, "3 is not a symbol"),
            ({"level": "51"}, "level is '51': accepted are 20, 50."),
            ({"word": "year"}, "word is 'year': accepted are week, session."),
            ({"count": "10"}, "count is 10: a whole number from 1 to 9 is accepted."),
            ({"count": "--5"}, "count is '--5': a whole number from 1 to 9"),
            ({"count": "1.5"}, "count is '1.5'"),
            ({"count": "²"}, "count is '²'"),
            ({"count": "0" * 12 + "5"}, "count is '0000000000005'"),
            ({"count": "9" * 5000}, "a whole number from 1 to 9"),
            ({"count": True}, "count is 'True'"),
            ({"count": float("nan")}, "count is 'nan'"),
            ({"flag": "maybe"}, "flag is 'maybe': 1 or 0 is accepted."),
            ({"day": "24.01.2025"}, "day is '24.01.2025': a date such as 2025-01-24"),
            ({"day": "2025-02-30"}, "day is '2025-02-30'"),
            ({"day": "1850-01-01"}, "day is '1850-01-01'"),
            ({"day": 20250124}, "day is '20250124'"),
            (
                {"day": dt.datetime(2025, 1, 24, tzinfo=dt.UTC)},
                "day is '2025-01-24 00:00:00+00:00'",
            ),
            ({"text": "x" * 201}, "text must be a text of at most 200 characters."),
            ({"text": 5}, "text must be a text"),
        ],
    )
    def test_one_sentence(self, raw: dict[str, object], sentence: str) -> None:
        said = refusal(**raw)
        assert sentence in said
        assert "\n" not in said
        assert len(said) < 250

    def test_too_many_symbols(self) -> None:
        names = [f"S{i}" for i in range(MAX_SYMBOLS + 1)]
        assert refusal(symbols=names) == "symbols takes at most 600 symbols (got 601)."

    @settings(max_examples=150, deadline=None)
    @given(
        st.sampled_from(["symbol", "symbols", "other", "level", "count", "flag", "day", "text"]),
        st.one_of(
            st.text(max_size=30),
            st.integers(),
            st.floats(),
            st.lists(st.one_of(st.text(max_size=5), st.integers()), max_size=4),
            st.dictionaries(st.text(max_size=3), st.integers(), max_size=2),
        ),
    )
    def test_whatever_comes_is_parsed_or_refused(self, name: str, value: object) -> None:
        try:
            got = parse(**{name: value})
        except BadInput:
            return
        assert isinstance(got, Everything)


class TestEveryQuestion:
    @pytest.mark.parametrize("name", QUESTIONS)
    def test_its_parameters_can_be_parsed_from_a_symbol_alone(self, name: str) -> None:
        question = QUESTIONS[name]
        fields_ = question.parameters.__dataclass_fields__
        raw = {"symbol": "SPY"} if "symbol" in fields_ else {}
        parsed = parse_parameters(question.parameters, raw)
        assert hash(parsed) == hash(parse_parameters(question.parameters, raw))

    @pytest.mark.parametrize("name", QUESTIONS)
    def test_it_is_frozen_and_described(self, name: str) -> None:
        question = QUESTIONS[name]
        assert question.name == name
        assert question.about
        assert question.parameters.__dataclass_params__.frozen
        assert question.result.__dataclass_params__.frozen


class TestJson:
    moment = Moment(
        dt.datetime(2025, 1, 24, 21, tzinfo=dt.UTC), dt.date(2025, 1, 24), Phase.CLOSED, False
    )

    def decode(self, **extra: Any) -> dict[str, Any]:
        answer: Answer[Any] = Answer(
            "supports", self.moment, Freshness.CLOSED, Provenance("Files"), **extra
        )
        got: dict[str, Any] = json.loads(answer.to_json())
        return got

    def test_the_result_s_own_fields_with_the_moment_beside_them(self) -> None:
        got = self.decode(result=Everything(Symbol("SPY"), day=dt.date(2025, 1, 2)))
        assert (got["symbol"], got["day"], got["other"]) == ("SPY", "2025-01-02", None)
        assert got["as_of"] == "2025-01-24T16:00:00-05:00"
        assert (got["freshness"], got["provenance"]["source"]) == ("CLOSED", "Files")

    def test_a_refusal_has_its_reason(self) -> None:
        assert self.decode(reason="no such thing.")["reason"] == "no such thing."

    def test_what_is_not_a_number_is_null(self) -> None:
        @dataclass(frozen=True)
        class Figures:
            a: float
            b: float

        got = self.decode(result=Figures(float("nan"), float("inf")))
        assert (got["a"], got["b"]) == (None, None)

    def test_numbers_of_kernels_that_are_not_compiled_yet(self) -> None:
        @dataclass(frozen=True)
        class Figures:
            gain: float
            count: int
            known: bool

        figures = Figures(np.float64(1.5), np.int64(3), np.bool_(True))  # type: ignore[arg-type]
        got = self.decode(result=figures)
        assert (got["gain"], got["count"], got["known"]) == (1.5, 3, True)
