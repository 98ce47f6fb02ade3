"""Very many symbols: the answer fills, the rest is fetched behind, and nothing is fetched twice."""

from __future__ import annotations

import datetime as dt
import threading
import time
import weakref
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest

from analytics.cache import Cache, Codec, NoBackend, Pace
from analytics.cache.backend import Backend
from analytics.cache.disk_backend import DiskBackend
from analytics.desk.archive import Archive
from analytics.desk.background_loads import FROM_MANY, BackgroundLoads
from analytics.desk.desk import MANY_HISTORIES, Desk
from analytics.desk.fetching import CACHED_TYPES
from analytics.model.question import Inputs, Needs, Question, Symbol
from analytics.model.vocabulary import NotAvailable, OptionChain, SourceFailure, StillLoading
from analytics.options.question import OPTIONS, OptionsParameters
from analytics.sources.base import RawBars
from analytics.store.database import Database
from analytics.store.store import Store
from analytics.studies.sentiment.breadth import BREADTH, BreadthParameters
from components.frame import panels, payloads
from components.frame.provenance import source_line
from components.pages.sentiment.breadth_views import show_breadth
from components.pages.sentiment.state import SentimentState
from tests.support.builders import MONDAY, FakeSource, make_frame, walk
from tests.support.small_chains import Row, chain_of
from tests.support.waiting import until

MEMBERS = tuple(Symbol(f"M{number:03}") for number in range(FROM_MANY + 20))
PARAMETERS = BreadthParameters(symbols=MEMBERS)


class Slow(FakeSource):
    """Holds every member's bars back but the first ones', until it is released."""

    name: str = "Slow"
    quick: frozenset[str] = frozenset({"SPY"})

    def __init__(self) -> None:
        frames = {str(s): make_frame(walk(300, seed=at), MONDAY) for at, s in enumerate(MEMBERS)}
        super().__init__({"SPY": make_frame(walk(300), MONDAY)} | frames)
        self.released = threading.Event()

    def bars(self, symbol: str, start: dt.date | None, upto: dt.date | None = None) -> RawBars:
        if symbol not in self.quick:
            assert self.released.wait(20)
        return super().bars(symbol, start, upto)


@pytest.fixture(autouse=True)
def _short_first_look(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is held back here is held back until it is released: nobody needs to wait for it."""
    monkeypatch.setattr("analytics.desk.background_loads.FIRST_LOOK_SECONDS", 0.1)


@pytest.fixture
def source() -> Iterator[Slow]:
    slow = Slow()
    yield slow
    slow.released.set()


def desk_on(source: FakeSource, backend: Backend | None = None, lock_seconds: float = 6.0) -> Desk:
    cache = Cache(
        backend or NoBackend(),
        Codec(CACHED_TYPES),
        clock=source.clock,
        pace=Pace(lock=lock_seconds),
    )
    return Desk(source, cache, deadline_seconds=20.0, clock=source.clock)


def panel_on(desk: Desk) -> panels.Panel[SentimentState]:
    return panels.Panel(
        "sentiment",
        "breadth",
        SentimentState,
        ask=lambda state: desk.ask(BREADTH, PARAMETERS),
        show=show_breadth,
    )


@contextmanager
def sqlite_store() -> Iterator[Store]:
    store = Store(Database(None))
    yield store
    store.close()


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
        assert payload["again"] == payloads.LOADING_AGAIN_SECONDS
        desk.close()

    def test_of_nothing_yet_says_so_and_is_asked_for_again(self, source: Slow) -> None:
        desk = desk_on(source)
        payload = panels.build_payload({}, None, panel_on(desk))
        assert payload is not None
        assert payload["absence"].startswith(f"None of {len(MEMBERS)} symbols is loaded yet")
        assert payload["again"] == payloads.LOADING_AGAIN_SECONDS
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


class Local(Slow):
    """The same on this machine, of more names than an index has."""

    name: str = "Local"
    capabilities = replace(FakeSource.capabilities, remote=False, refresh_seconds=5.0)


class TestThousandsOfNamesOnThisMachine:
    @pytest.fixture
    def local(self, monkeypatch: pytest.MonkeyPatch) -> Iterator[Local]:
        monkeypatch.setattr("analytics.desk.gather.FROM_MANY_LOCAL", FROM_MANY)
        made = Local()
        yield made
        made.released.set()

    def test_come_one_by_one_and_become_whole_though_none_lasts(self, local: Local) -> None:
        """What came first is too old to be served when the last comes."""
        local.quick = frozenset({"SPY", *MEMBERS[:12]})
        desk = desk_on(local)
        until(lambda: loading(desk) == len(MEMBERS) - 12)
        local.clock.advance(seconds=30)  # type: ignore[attr-defined]
        assert loading(desk) == len(MEMBERS) - 12
        local.released.set()
        until(lambda: loading(desk) == 0)
        assert {local.calls[symbol] for symbol in MEMBERS} == {1}
        desk.close()

    def test_stay_whole_while_they_are_read_again(self, local: Local) -> None:
        local.released.set()
        desk = desk_on(local)
        until(lambda: loading(desk) == 0)
        whole = desk.ask(BREADTH, PARAMETERS)
        local.released.clear()
        local.clock.advance(seconds=300)  # type: ignore[attr-defined]
        again = desk.ask(BREADTH, PARAMETERS)
        assert again.provenance.loading == 0
        assert again.result == whole.result
        local.released.set()
        until(lambda: local.calls[MEMBERS[-1]] == 2)
        desk.close()


class TestAbandoned:
    def test_what_was_found_elsewhere_is_not_handed_over_later(self) -> None:
        """It came once, and would be a day old by then."""
        loads, gate, made = BackgroundLoads(), threading.Event(), list[str]()

        def quick() -> Any:
            made.append("a")
            return NotAvailable("a")

        def slow() -> Any:
            assert gate.wait(20)
            return NotAvailable("slow")

        loads.take({"a": quick, "slow": slow}, together=True)
        until(lambda: made == ["a"])
        loads.take({"slow": slow}, at_hand=["a"])
        loads.take({"a": quick})
        until(lambda: made == ["a", "a"])
        gate.set()
        loads.close()

    def test_what_nobody_asks_for_any_more_is_let_go(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("analytics.desk.background_loads.ABANDONED_SECONDS", 0.01)
        loads, gate = BackgroundLoads(), threading.Event()
        made: list[str] = []

        def fetch(name: str) -> Any:
            made.append(name)
            return NotAvailable(name)

        def slow() -> Any:
            assert gate.wait(20)
            return NotAvailable("slow")

        loads.take({"a": lambda: fetch("a"), "slow": slow}, together=True)
        until(lambda: made == ["a"])
        time.sleep(0.05)
        loads.take({"b": lambda: fetch("b")}, together=True)
        loads.take({"a": lambda: fetch("a"), "slow": slow}, together=True)
        until(lambda: made.count("a") == 2)
        gate.set()
        loads.close()

    def test_it_is_let_go_though_nobody_asks_for_anything(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """The bars of a whole market would stay in memory until the next question over one."""
        monkeypatch.setattr("analytics.desk.background_loads.ABANDONED_SECONDS", 0.01)
        monkeypatch.setattr("analytics.desk.background_loads.FIRST_LOOK_SECONDS", 0.0)
        loads, gate, made = BackgroundLoads(), threading.Event(), list[Any]()

        def fetch() -> Any:
            value = NotAvailable("a")
            made.append(weakref.ref(value))
            return value

        def slow() -> Any:
            return gate.wait(20)

        loads.take({"a": fetch, "slow": slow}, together=True)
        until(lambda: bool(made) and made[0]() is None)
        gate.set()
        loads.close()


def test_whole_histories_of_a_whole_market_are_there_for_one_answer_at_a_time() -> None:
    """Each is a hundred MiB; eight viewers' at once were 700."""
    source = FakeSource(
        {"SPY": make_frame(walk(300), MONDAY)}
        | {f"N{at}": make_frame(walk(300, seed=at), MONDAY) for at in range(MANY_HISTORIES + 1)}
    )
    names = tuple(Symbol(name) for name in source.frames)
    running, at_once = list[str](), list[int]()
    first, go_on = threading.Event(), threading.Event()

    def compute(parameters: BreadthParameters, inputs: Inputs) -> str:
        running.append("")
        at_once.append(len(running))
        first.set()
        assert go_on.wait(20)
        running.pop()
        return "done"

    def question(full_history: bool) -> Question[BreadthParameters, str]:
        return Question(
            name=f"whole-{full_history}",
            about="for this test",
            parameters=BreadthParameters,
            result=str,
            needs=lambda parameters, moment: Needs(bars=names, full_history=full_history),
            compute=compute,
        )

    desk = desk_on(source)
    with ThreadPoolExecutor(3) as pool:
        asked = [
            pool.submit(desk.ask, question(True), BreadthParameters(symbols=names[:n]))
            for n in (1, 2)
        ]
        assert first.wait(20)
        # one of part of a history does not stand in their line
        other = pool.submit(desk.ask, question(False), BreadthParameters())
        until(lambda: at_once == [1, 2])
        go_on.set()
        assert {one.result(20).result for one in (*asked, other)} == {"done"}
    assert max(at_once) == 2


def test_a_load_goes_on_where_it_was(source: Slow, tmp_path: Any) -> None:
    source.quick = frozenset({"SPY", *MEMBERS[:25]})
    first = desk_on(
        source,
        DiskBackend(tmp_path / "cache", allow_temporary=True),
        lock_seconds=0.2,  # what it fetches when it ends is soon another's to fetch
    )
    until(lambda: loading(first) == len(MEMBERS) - 25)
    asked = dict(source.calls)
    other = Slow()
    other.released.set()
    second = desk_on(other, DiskBackend(tmp_path / "cache", allow_temporary=True))
    until(lambda: loading(second) == 0)
    assert not set(other.calls) & (set(asked) - {"SPY"})
    first.close()
    second.close()


class Chained(FakeSource):
    """Gives a chain's near expiry at once and holds the far one back until it is released."""

    name: str = "Chained"
    capabilities = replace(FakeSource.capabilities, chain_in_parts=True)

    def __init__(self) -> None:
        frame = make_frame(walk(300), MONDAY)
        super().__init__({"SPY": frame, "TEST": frame})
        self.released, self.asked = threading.Event(), 0
        price = float(frame["close"].iloc[-1])
        rows = [
            Row(days + 21, call, round(price) + at, bid=2.0 + at / 10, ask=2.2 + at / 10)
            for days in (60, 200)
            for call in (True, False)
            for at in (-5, 0, 5)
        ]
        both = chain_of(*rows, price=price, time=self.clock(), symbol="TEST")
        self.whole = replace(both, session=MONDAY)
        self.near = replace(
            chain_of(*rows[:6], price=price, time=self.clock(), symbol="TEST"),
            session=MONDAY,
            expiries_left=1,
        )

    def chain(
        self,
        symbol: str,
        session: dt.date | None,
        so_far: Callable[[OptionChain], None] | None = None,
    ) -> OptionChain:
        self.asked += 1
        if so_far is not None:
            so_far(self.near)
        assert self.released.wait(20)
        return self.whole


class TestAChainInPart:
    def answer(self, desk: Desk, **more: Any) -> Any:
        return desk.ask(OPTIONS, OptionsParameters(Symbol("TEST")), **more)

    def test_shows_the_near_expiries_and_says_that_more_come(self) -> None:
        source = Chained()
        desk = desk_on(source)
        until(lambda: self.answer(desk).result is not None)
        answer = self.answer(desk)
        assert len(answer.result.expiries) == 1
        assert answer.provenance.loading == 1
        assert "1 more are being fetched" in source_line(answer.provenance)
        source.released.set()
        until(lambda: self.answer(desk).provenance.loading == 0)
        assert len(self.answer(desk).result.expiries) == 2
        assert source.asked == 1
        desk.close()

    def test_is_enough_for_who_needs_only_the_near_ones(self) -> None:
        source = Chained()
        desk = desk_on(source)
        needs = Needs(bars=("TEST",), chains=("TEST",), chain_days=45)
        until(lambda: "TEST" in desk.inputs(needs).chains)
        assert desk.inputs(needs).chains["TEST"].expiries_left == 0
        source.released.set()
        desk.close()

    def test_is_not_what_the_shell_gets(self) -> None:
        source = Chained()
        desk = desk_on(source)
        threading.Timer(0.3, source.released.set).start()
        answer = self.answer(desk, complete=True)
        assert (answer.provenance.loading, len(answer.result.expiries)) == (0, 2)
        desk.close()

    def test_is_never_kept_as_the_sessions(self) -> None:
        source = Chained()
        desk = desk_on(source)
        with sqlite_store() as store:
            archive = Archive(store, source, source.clock)
            archive.remember_chain(source.near)
            assert archive.chain("TEST", MONDAY) is None
            archive.remember_chain(source.whole)
            assert archive.chain("TEST", MONDAY) is not None
        source.released.set()
        desk.close()


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
