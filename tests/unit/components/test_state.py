from __future__ import annotations

import datetime as dt
import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.model.vocabulary import BadInput
from components.frame.state import PageState

symbols = st.from_regex(r"[A-Z^][A-Z0-9.\-=]{0,6}", fullmatch=True)
days = st.dates(dt.date(1991, 1, 1), dt.date(2099, 1, 1))
states = st.builds(
    PageState,
    as_of=st.none() | days,
    symbol=symbols,
    symbols=st.none() | st.lists(symbols, unique=True, max_size=8).map(tuple),
    members=st.none() | st.lists(symbols, unique=True, max_size=8).map(tuple),
    compare=st.none() | symbols,
    range=st.sampled_from(["1m", "6m", "max"]),
    log=st.booleans(),
    expiry=st.none() | days,
    sort=st.none() | st.text(string.ascii_lowercase, min_size=1, max_size=20),
)


class TestRoundTrip:
    @given(states)
    def test_a_query_reads_back_as_the_state_it_was_written_from(self, state: PageState) -> None:
        assert PageState.from_query("?" + state.to_query()) == state

    def test_the_default_view_has_no_query(self) -> None:
        assert PageState().to_query() == ""
        assert PageState.from_query("") == PageState()

    def test_an_emptied_list_differs_from_one_left_alone(self) -> None:
        assert PageState.from_query("members=none").members == ()
        assert PageState.from_query("").members is None

    def test_live_is_the_present(self) -> None:
        assert PageState.from_query("as_of=live") == PageState()

    def test_a_link_keeps_the_rest_of_the_view(self) -> None:
        state = PageState.from_query("as_of=2025-01-24&range=1y")
        assert state.link("/supports", symbol="NVDA") == (
            "/supports?as_of=2025-01-24&symbol=NVDA&range=1y"
        )

    def test_only_keeps_the_named_and_drops_the_rest(self) -> None:
        state = PageState.from_query("symbol=NVDA&range=1y&log=1&as_of=2025-01-24")
        assert state.only("as_of", "log").to_query() == "as_of=2025-01-24&log=1"
        assert state.only() == PageState()

    def test_another_sites_parameters_are_left_out(self) -> None:
        assert PageState.from_query("utm_source=mail&symbol=qqq").symbol == "QQQ"


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
            assert PageState.parse(raw).symbols == ("A", "B")
            return
        with pytest.raises(BadInput, match=said) as caught:
            PageState.parse(raw)
        assert "\n" not in str(caught.value)
        assert len(str(caught.value)) < 200

    @given(st.text(max_size=300))
    def test_no_query_string_breaks_the_parser(self, query: str) -> None:
        try:
            state = PageState.from_query(query)
        except BadInput:
            return
        assert PageState.from_query(state.to_query()) == state
