"""Turns at computing: few at once, none held by whoever waits, and no place for too many waits."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from analytics.model.turns import TooManyWaiting, Turns, waiting
from tests.support.waiting import until


class Waits:
    """Threads of clients that wait inside a turn until they are let go."""

    def __init__(self, turns: Turns, refuse: bool = True) -> None:
        self.turns, self.refuse = turns, refuse
        self.gate = threading.Event()
        self.begun = 0
        self.ended = 0
        self.refused: list[str] = []
        self.threads: list[threading.Thread] = []

    def begin(self, client: str = "a", limited: bool = True) -> None:
        def run() -> None:
            try:
                with self.turns.turn(client, limited), waiting(refuse=self.refuse):
                    self.begun += 1
                    self.gate.wait(20)
                self.ended += 1
            except TooManyWaiting as error:
                self.refused.append(str(error))

        self.threads.append(threading.Thread(target=run))
        self.threads[-1].start()


@pytest.fixture
def waits() -> Iterator[Callable[..., Waits]]:
    made: list[Waits] = []

    def make(turns: Turns, refuse: bool = True) -> Waits:
        made.append(Waits(turns, refuse))
        return made[-1]

    yield make
    for one in made:
        one.gate.set()
        for thread in one.threads:
            thread.join(20)


@contextmanager
def quickly(turns: Turns) -> Iterator[None]:
    """A turn that is there at once: a thread would hang for ever without one."""
    got = threading.Event()

    def run() -> None:
        with turns.turn("quick"):
            got.set()

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    assert got.wait(20)
    yield


class TestTurns:
    def test_who_waits_holds_no_turn(self, waits: Callable[..., Waits]) -> None:
        turns = Turns(1, waiting=10, waiting_each=10)
        slow = waits(turns)
        for _ in range(5):
            slow.begin()
        until(lambda: slow.begun == 5)
        with quickly(turns):
            slow.gate.set()
        until(lambda: slow.ended == 5)

    def test_a_turn_comes_back_after_the_wait(self) -> None:
        turns = Turns(1, waiting=1, waiting_each=1)
        with turns.turn("a"):
            with waiting():
                pass
            assert not turns._free.acquire(blocking=False)
        with quickly(turns):
            pass

    def test_no_more_wait_than_there_are_places(self, waits: Callable[..., Waits]) -> None:
        turns = Turns(2, waiting=3, waiting_each=3)
        slow = waits(turns)
        for client in "abc":
            slow.begin(client)
        until(lambda: slow.begun == 3)
        slow.begin("d")
        until(lambda: bool(slow.refused))
        assert slow.refused == [
            "the server has too many slow requests under way; try again in a moment"
        ]

    def test_one_client_leaves_places_to_the_others(self, waits: Callable[..., Waits]) -> None:
        turns = Turns(2, waiting=10, waiting_each=2)
        slow = waits(turns)
        for _ in range(4):
            slow.begin("greedy")
        until(lambda: (slow.begun, len(slow.refused)) == (2, 2))
        assert "2 slow requests of yours" in slow.refused[0]
        slow.begin("another")
        until(lambda: slow.begun == 3)

    def test_a_client_without_a_limit(self, waits: Callable[..., Waits]) -> None:
        slow = waits(Turns(1, waiting=10, waiting_each=1))
        for _ in range(3):
            slow.begin("here", limited=False)
        until(lambda: slow.begun == 3)

    def test_short_waits_are_not_refused(self, waits: Callable[..., Waits]) -> None:
        slow = waits(Turns(1, waiting=1, waiting_each=1), refuse=False)
        for _ in range(4):
            slow.begin()
        until(lambda: slow.begun == 4)

    def test_a_wait_within_a_wait_is_one(self) -> None:
        turns = Turns(1, waiting=1, waiting_each=1)
        with turns.turn("a"), waiting(), waiting():
            assert turns._waits == {"a": 1}
        assert turns._waits == {}

    def test_outside_a_turn_nothing_is_given_up(self) -> None:
        with waiting():
            pass
