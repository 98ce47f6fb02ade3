"""Very many symbols: the answer fills, the rest is fetched behind, and nothing is fetched twice."""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from analytics.cache import Cache, Codec, NoBackend
from analytics.cache.backend import Backend, DiskBackend
from analytics.desk.background_loads import FROM_MANY, BackgroundLoads
from analytics.desk.desk import Desk
from analytics.desk.fetching import CACHED_TYPES
from analytics.model.question import Symbol
from analytics.model.vocabulary import NotAvailable, SourceFailure, StillLoading
from analytics.sources.base import RawBars
from analytics.studies.sentiment.breadth import BREADTH, BreadthParameters
from components.frame import panels
from components.pages.sentiment.breadth_views import show_breadth
from components.pages.sentiment.state import SentimentState
from tests.support.builders import MONDAY, FakeSource, make_frame, walk
from tests.support.waiting import until

MEMBERS = tuple(Symbol(f"M{number:03}") for number in range(FROM_MANY + 20))
PARAMETERS = BreadthParameters(symbols=MEMBERS)


class Slow(FakeSource):
    """Holds every member's bars back but the first ones', until it is released."""

    name: str = "Slow"
    quick: frozenset[str] = frozenset({"SPY"})

    def __init__(self) -> None:
        frames = {s: make_frame(walk(300, seed=at), MONDAY) for at, s in enumerate(MEMBERS)}
        super().__init__({"SPY": make_frame(walk(300), MONDAY), **frames})
        self.released = threading.Event()

    def bars(self, symbol: str, start: dt.date | None, upto: dt.date | None = None) -> RawBars:
        if symbol not in self.quick:
            assert self.released.wait(20)
        return super().bars(symbol, start, upto)


@pytest.fixture
def source() -> Iterator[Slow]:
    slow = Slow()
    yield slow
    slow.released.set()


def desk_on(source: FakeSource, backend: Backend | None = None) -> Desk:
    cache = Cache(backend or NoBackend(), Codec(CACHED_TYPES), clock=source.clock)
    return Desk(source, cache, deadline_seconds=20.0, clock=source.clock)


def panel_on(desk: Desk) -> panels.Panel[SentimentState]:
    return panels.Panel(
        "sentiment",
        "breadth",
        SentimentState,
        ask=lambda state: desk.ask(BREADTH, PARAMETERS),
        show=show_breadth,
    )


def loading(desk: Desk) -> int:
    return desk.ask(BREADTH, PARAMETERS).provenance.loading


class TestAnAnswerInPart:
    def test_counts_who_is_there_and_says_of_how_many(self, source: Slow) -> None:
        source.quick = frozenset({"SPY", *MEMBERS[:12]})
        desk = desk_on(source)
        until(lambda: loading(desk) == len(MEMBERS) - 12)
        answer = desk.ask(BREADTH, PARAMETERS)
        assert answer.result is not None
        assert {share.of for share in answer.result.shares} == {12}
        assert answer.result.coverage == f"12 of {len(MEMBERS)} members so far"
        assert (answer.result.missing, answer.provenance.missing) == ({}, {})
        desk.close()

    def test_shows_a_bar_and_is_asked_for_again(self, source: Slow) -> None:
        source.quick = frozenset({"SPY", *MEMBERS[:12]})
        desk = desk_on(source)
        until(lambda: loading(desk) == len(MEMBERS) - 12)
        payload = panels.build_payload({}, None, panel_on(desk))
        assert payload is not None
        assert payload["title"].endswith(f"(12 of {len(MEMBERS)} members so far)")
        assert payload["loading"] == (12, len(MEMBERS))
        assert payload["again"] == panels.LOADING_AGAIN_SECONDS
        desk.close()

    def test_of_nothing_yet_says_so_and_is_asked_for_again(self, source: Slow) -> None:
        desk = desk_on(source)
        payload = panels.build_payload({}, None, panel_on(desk))
        assert payload is not None
        assert payload["absence"].startswith(f"None of {len(MEMBERS)} symbols is loaded yet")
        assert payload["again"] == panels.LOADING_AGAIN_SECONDS
        desk.close()

    def test_becomes_whole_with_one_fetch_a_symbol(self, source: Slow) -> None:
        desk = desk_on(source)
        assert loading(desk) == len(MEMBERS)
        source.released.set()
        until(lambda: loading(desk) == 0)
        answer = desk.ask(BREADTH, PARAMETERS)
        assert answer.result is not None
        assert answer.result.coverage == ""
        assert {share.of for share in answer.result.shares} == {len(MEMBERS)}
        assert {source.calls[symbol] for symbol in MEMBERS} == {1}
        desk.close()

    def test_others_are_not_held_up(self, source: Slow) -> None:
        source.quick = frozenset({"SPY", MEMBERS[-1]})
        desk = desk_on(source)
        assert loading(desk) > 0
        one = desk.ask(BREADTH, BreadthParameters(symbols=MEMBERS[-1:]))
        assert one.result is not None
        assert one.result.shares[0].of == 1
        desk.close()

    def test_the_shell_waits_for_all(self, source: Slow) -> None:
        desk = desk_on(source)
        threading.Timer(0.3, source.released.set).start()
        answer = desk.ask(BREADTH, PARAMETERS, complete=True)
        assert answer.provenance.loading == 0
        desk.close()

    def test_an_unknown_member_is_missing_and_not_loading(self, source: Slow) -> None:
        del source.frames[MEMBERS[3]]
        source.released.set()
        desk = desk_on(source)
        until(lambda: loading(desk) == 0)
        answer = desk.ask(BREADTH, PARAMETERS)
        assert answer.result is not None
        assert list(answer.result.missing) == [MEMBERS[3]]
        desk.close()


def test_a_load_goes_on_where_it_was(source: Slow, tmp_path: Any) -> None:
    source.quick = frozenset({"SPY", *MEMBERS[:25]})
    first = desk_on(source, DiskBackend(tmp_path / "cache", allow_temporary=True))
    until(lambda: loading(first) == len(MEMBERS) - 25)
    asked = dict(source.calls)
    other = Slow()
    other.released.set()
    second = desk_on(other, DiskBackend(tmp_path / "cache", allow_temporary=True))
    until(lambda: loading(second) == 0)
    assert not set(other.calls) & (set(asked) - {"SPY"})
    first.close()
    second.close()


class TestLoads:
    def test_a_failure_is_handed_over_once_and_tried_again(self) -> None:
        loads = BackgroundLoads()
        tries: list[int] = []

        def fail() -> Any:
            tries.append(1)
            return SourceFailure("Yahoo is limiting requests; next try in 60 s.")

        for _ in range(2):
            [got] = loads.take({"A": fail}).values()
            assert isinstance(got, SourceFailure)
        assert len(tries) == 2
        loads.close()

    def test_the_same_fetch_is_made_once(self) -> None:
        loads = BackgroundLoads()
        gate, tries = threading.Event(), []

        def fetch() -> Any:
            tries.append(1)
            gate.wait(20)
            return NotAvailable("none")

        for _ in range(3):
            [got] = loads.take({"A": fetch}).values()
            assert isinstance(got, StillLoading)
        gate.set()
        until(lambda: not isinstance(loads.take({"A": fetch})["A"], StillLoading))
        assert len(tries) <= 2
        loads.close()
