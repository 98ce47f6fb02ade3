"""Answers in memory: bounded by their bytes, and standing as long as their inputs do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

from analytics.desk import answer_memory
from analytics.desk.answer_memory import AnswerMemory, size_of
from analytics.desk.desk import Desk
from analytics.desk.moments import present_moment
from analytics.model.question import Answer, Symbol
from analytics.model.vocabulary import Freshness, Provenance
from analytics.studies.supports.supports import SUPPORTS, SupportsParameters
from analytics.watch.day_log import LEVEL_LOG, LevelLogParameters
from tests.support.builders import MONDAY, MONDAY_NOON, Clock, FakeSource, make_frame, walk
from tests.support.fault_stage import MARKET, desk_on

KIB = 1024


def answer_of(size: int) -> Answer[Any]:
    moment = present_moment(MONDAY_NOON)
    return Answer("made", moment, Freshness.LIVE, Provenance("Test"), np.zeros(size, np.uint8))


class TestSize:
    def test_arrays_count_whole_and_so_do_parts_of_larger_ones(self) -> None:
        whole = np.zeros(1000)
        assert 8000 <= size_of(whole) < 8200
        assert 4000 <= size_of(whole[:500]) < 4200
        assert 16_000 <= size_of({"a": whole, "b": (whole,)}) < 17_000

    def test_long_lists_are_taken_to_be_like_their_first(self) -> None:
        rows = [(f"symbol {n}", float(n)) for n in range(1000)]
        each = sum(size_of(row) for row in rows) / 1000
        assert size_of(rows) == pytest.approx(1000 * (each + 8), rel=0.05)

    def test_fields_of_records_count(self) -> None:
        @dataclass(frozen=True)
        class Row:
            name: str
            values: tuple[float, ...]

        row = Row("x" * 1000, tuple(map(float, range(100))))
        letters, references, floats = 1000, 100 * 8, 100 * 24
        assert size_of(row) == pytest.approx(letters + references + floats, rel=0.05)

    def test_what_holds_itself_ends(self) -> None:
        node: list[Any] = []
        node.append(node)
        assert 0 < size_of(node) < 10 * KIB


class TestBound:
    def test_the_longest_unasked_is_dropped_when_the_bytes_are_full(self) -> None:
        memory = AnswerMemory(most_bytes=40 * KIB)
        for name in "abcd":
            memory.put((name, None, None), answer_of(10 * KIB), None, saved=True)
            memory.get(("a", None, None))
        there = [name for name in "abcd" if memory.get((name, None, None))]
        assert there == ["a", "d"] or there == ["a", "c", "d"]

    def test_one_larger_than_all_the_room_drops_nothing(self) -> None:
        memory = AnswerMemory(most_bytes=40 * KIB)
        memory.put(("small", None, None), answer_of(KIB), None, saved=True)
        memory.put(("large", None, None), answer_of(50 * KIB), None, saved=True)
        assert memory.get(("small", None, None)) is not None
        assert memory.get(("large", None, None)) is None

    def test_a_newer_answer_takes_the_place_of_the_old(self) -> None:
        memory = AnswerMemory(most_bytes=40 * KIB)
        for _ in range(20):
            memory.put(("same", None, None), answer_of(30 * KIB), None, saved=True)
        found = memory.get(("same", None, None))
        assert found is not None
        assert found.size >= 30 * KIB

    def test_there_are_only_so_many(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(answer_memory, "MOST_ANSWERS", 3)
        memory = AnswerMemory()
        for n in range(9):
            memory.put((str(n), None, None), answer_of(1), None, saved=True)
        assert [n for n in range(9) if memory.get((str(n), None, None))] == [6, 7, 8]


class TestStanding:
    @pytest.fixture
    def clock(self) -> Clock:
        return Clock()

    @pytest.fixture
    def source(self, clock: Clock) -> FakeSource:
        frames = {s: make_frame(walk(300, seed=at), MONDAY) for at, s in enumerate(MARKET)}
        return FakeSource(frames, clock)

    @pytest.fixture
    def desk(self, source: FakeSource, clock: Clock) -> Any:
        desk = desk_on(source, clock)
        yield desk
        desk.close()

    def ask(self, desk: Desk, symbol: str = "SPY") -> Answer[Any]:
        return desk.ask(SUPPORTS, SupportsParameters(Symbol(symbol), options=False))

    def test_it_stands_until_an_input_expires_and_a_grace_longer(
        self, desk: Desk, clock: Clock, source: FakeSource
    ) -> None:
        stands = desk.standing([self.ask(desk)])
        assert stands is not None
        assert stands(0.0)
        clock.advance(seconds=source.capabilities.refresh_seconds + 1)
        assert not stands(0.0)
        assert stands(2.0)
        clock.advance(seconds=1.5)
        assert not stands(2.0)

    def test_all_must_stand(self, desk: Desk, clock: Clock) -> None:
        first = self.ask(desk, "SPY")
        clock.advance(seconds=1)
        both = desk.standing([first, self.ask(desk, "QQQ")])
        assert both is not None
        assert both(0.0)
        clock.advance(seconds=desk.source.capabilities.refresh_seconds - 0.5)
        assert not both(0.0)

    def test_what_is_dropped_stands_no_more_whatever_the_grace(self, desk: Desk) -> None:
        stands = desk.standing([self.ask(desk)])
        assert stands is not None
        desk.forget_bars(["QQQ"])
        assert not stands(3600.0)

    def test_nor_does_what_rests_on_the_store_once_it_is_written(self, desk: Desk) -> None:
        stands = desk.standing([desk.ask(LEVEL_LOG, LevelLogParameters(Symbol("SPY")))])
        assert stands is not None
        assert stands(0.0)
        desk.archive._forget_read()
        assert not stands(3600.0)

    def test_nor_beyond_the_close(self, desk: Desk, clock: Clock) -> None:
        stands = desk.standing([self.ask(desk)])
        assert stands is not None
        clock.advance(hours=3)  # 15:00 in New York
        assert stands(1e6)
        clock.advance(hours=2)
        assert not stands(1e6)

    def test_an_answer_that_is_not_the_desks_own_has_no_standing(self, desk: Desk) -> None:
        assert desk.standing([answer_of(1)]) is None
        assert desk.standing([self.ask(desk), answer_of(1)]) is None
        assert desk.standing([]) is None

    def test_nor_has_one_that_failed(self, desk: Desk, source: FakeSource) -> None:
        assert desk.standing([self.ask(desk, "ZZZZ")]) is None
