from __future__ import annotations

import datetime as dt
import string
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.model.levels import LevelId, dma
from analytics.model.question import DEFAULT_BENCHMARK, Symbol
from analytics.model.vocabulary import BadInput
from components.frame.state import PageState, Range, check_short_name, check_span

symbols = st.from_regex(r"[A-Z^][A-Z0-9.\-=]{0,6}", fullmatch=True)
days = st.dates(dt.date(1991, 1, 1), dt.date(2099, 1, 1))


@dataclass(frozen=True)
class ViewState(PageState):
    """A page's state with a field of every kind."""

    symbol: Symbol = DEFAULT_BENCHMARK
    symbols: tuple[Symbol, ...] | None = None
    members: tuple[Symbol, ...] | None = None
    compare: Symbol | None = None
    range: Range = "6m"
    log: bool = False
    marks: bool = True
    start: dt.date | None = None
    end: dt.date | None = None
    expiry: dt.date | None = None
    at_level: LevelId | None = None
    sort: str | None = None

    def check(self) -> None:
        check_span(self.start, self.end)
        check_short_name("sort", self.sort)


states = st.builds(
    ViewState,
    as_of=st.none() | days,
    symbol=symbols,
    symbols=st.none() | st.lists(symbols, unique=True, max_size=8).map(tuple),
    members=st.none() | st.lists(symbols, unique=True, max_size=8).map(tuple),
    compare=st.none() | symbols,
    range=st.sampled_from(["1m", "6m", "max"]),
    log=st.booleans(),
    marks=st.booleans(),
    at_level=st.none() | st.sampled_from([dma(50), dma(200)]),
    expiry=st.none() | days,
    sort=st.none() | st.text(string.ascii_lowercase, min_size=1, max_size=20),
)


class TestRoundTrip:
    @given(states)
    def test_a_query_reads_back_as_the_state_it_was_written_from(self, state: ViewState) -> None:
        assert ViewState.from_query("?" + state.to_query()) == state

    def test_the_default_view_has_no_query(self) -> None:
        assert ViewState().to_query() == ""
        assert ViewState.from_query("") == ViewState()

    def test_an_emptied_list_differs_from_one_left_alone(self) -> None:
        assert ViewState.from_query("members=none").members == ()
        assert ViewState.from_query("").members is None

    def test_a_switch_that_is_on_by_default_is_switched_off(self) -> None:
        assert ViewState.from_query("marks=none").marks is False
        assert ViewState.from_query("marks=0").to_query() == "marks=0"

    def test_a_level_is_written_by_its_printed_name(self) -> None:
        assert ViewState(at_level=dma(50)).to_query() == "at_level=50-DMA"
        assert ViewState.from_query("at_level=50-DMA").at_level == dma(50)

    def test_live_is_the_present(self) -> None:
        assert ViewState.from_query("as_of=live") == ViewState()

    def test_a_link_keeps_the_rest_of_the_view(self) -> None:
        state = ViewState.from_query("as_of=2025-01-24&range=1y")
        assert state.link("/supports", symbol="NVDA") == (
            "/supports?as_of=2025-01-24&symbol=NVDA&range=1y"
        )

    def test_only_keeps_the_named_and_drops_the_rest(self) -> None:
        state = ViewState.from_query("symbol=NVDA&range=1y&log=1&as_of=2025-01-24")
        assert state.only("as_of", "log").to_query() == "as_of=2025-01-24&log=1"
        assert state.only() == ViewState()

    def test_another_sites_parameters_are_left_out(self) -> None:
        assert ViewState.from_query("utm_source=mail&symbol=qqq").symbol == "QQQ"


class TestHostile:
    @pytest.mark.parametrize(
        ("raw", "said"),
        [
            ({"symbol": "<script>"}, "is not a symbol"),
            ({"range": "banana"}, "accepted are 1m, 3m"),
            ({"as_of": "2025-13-01"}, "a date such as"),
            ({"log": "perhaps"}, "1 or 0"),
            ({"symbols": ",".join(["A B"] * 1_500)}, None),
            ({"symbols": "SPY,../etc"}, "is not a symbol"),
            ({"start": "2025-02-01", "end": "2025-01-01"}, "is not before"),
            ({"sort": "drop table"}, "a short name"),
            ({"symbol": ["SPY"]}, "is not a short text"),
            ({"symbol": None}, "is not a short text"),
            ({"symbol": {"$gt": ""}}, "is not a short text"),
            ({"symbol": 5}, "is not a short text"),
            (["symbol"], "not a set of named values"),
            ("symbol=SPY", "not a set of named values"),
            ({str(i): "x" for i in range(100)}, "not a set of named values"),
        ],
    )
    def test_what_is_wrong_is_said_in_one_sentence(self, raw: object, said: str | None) -> None:
        if said is None:
            assert ViewState.parse(raw).symbols == ("A", "B")
            return
        with pytest.raises(BadInput, match=said) as caught:
            ViewState.parse(raw)
        assert "\n" not in str(caught.value)
        assert len(str(caught.value)) < 200

    @given(st.text(max_size=300))
    def test_no_query_string_breaks_the_parser(self, query: str) -> None:
        try:
            state = ViewState.from_query(query)
        except BadInput:
            return
        assert ViewState.from_query(state.to_query()) == state
