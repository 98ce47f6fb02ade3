from __future__ import annotations

import time
from pathlib import Path

from analytics.cache import DiskBackend, NoBackend
from analytics.feed.leader_election import ASKED, LOCK, Leadership, RequestedSymbols
from tests.support.small_feeds import MemorySharedState, Ticker

ROOT = Path(__file__).parents[3]


def pair(shared_state: MemorySharedState) -> tuple[Leadership, Leadership]:
    return Leadership(shared_state, monotonic=shared_state.clock), Leadership(
        shared_state, monotonic=shared_state.clock
    )


class TestOneLeads:
    def test_of_two_only_the_first(self) -> None:
        first, second = pair(MemorySharedState())
        assert (first.step(), second.step()) == (True, False)

    def test_renewals_keep_it(self) -> None:
        shared_state = MemorySharedState()
        first, second = pair(shared_state)
        for _ in range(30):
            shared_state.clock.time += 2.0
            second.note_activity()
            assert (first.step(), second.step()) == (True, False)

    def test_a_dead_leader_is_replaced_within_ten_seconds(self) -> None:
        shared_state = MemorySharedState()
        first, second = pair(shared_state)
        first.step()
        died = shared_state.clock.time
        while not second.step():
            shared_state.clock.time += 0.25
        assert shared_state.clock.time - died <= 10.0

    def test_who_slept_past_its_lock_finds_out_before_it_publishes(self) -> None:
        shared_state = MemorySharedState()
        first, second = pair(shared_state)
        first.step()
        shared_state.clock.time += 60.0
        assert second.step()
        assert not first.step()

    def test_who_resigns_is_followed_at_once(self) -> None:
        shared_state = MemorySharedState()
        first, second = pair(shared_state)
        first.step()
        first.resign()
        assert second.step()

    def test_resigning_does_not_take_anothers_lock(self) -> None:
        shared_state = MemorySharedState()
        first, second = pair(shared_state)
        first.step()
        shared_state.clock.time += 60.0
        second.step()
        first.resign()
        assert shared_state.get(LOCK) is not None

    def test_a_lock_that_never_expires_and_publishes_nothing_is_broken(self) -> None:
        shared_state = MemorySharedState()
        shared_state.set(LOCK, b"of a clock a day ahead", 86_400.0)
        leadership = Leadership(shared_state, monotonic=shared_state.clock)
        began = shared_state.clock.time
        while not leadership.step():
            shared_state.clock.time += 1.0
        assert 20.0 <= shared_state.clock.time - began <= 24.0

    def test_without_a_shared_store_each_process_leads(self) -> None:
        first, second = Leadership(NoBackend()), Leadership(NoBackend())
        assert first.step()
        assert second.step()


class TestOnDisk:
    def test_a_lock_is_renewed_by_its_holder_only(self, tmp_path: Path) -> None:
        disk = DiskBackend(tmp_path, allow_temporary=True)
        assert disk.add("lock", b"mine", 0.4)
        assert not disk.renew("lock", b"theirs", 60.0)
        assert disk.renew("lock", b"mine", 60.0)
        time.sleep(0.5)
        assert disk.get("lock") == b"mine"

    def test_a_lock_that_expired_is_not_renewed(self, tmp_path: Path) -> None:
        disk = DiskBackend(tmp_path, allow_temporary=True)
        disk.add("lock", b"mine", 0.05)
        time.sleep(0.1)
        assert not disk.renew("lock", b"mine", 60.0)


class TestAsked:
    def asked(
        self, shared_state: MemorySharedState, clock: Ticker, **bounds: float
    ) -> RequestedSymbols:
        return RequestedSymbols(shared_state, ("SPY", "QQQ"), clock=clock, **bounds)  # type: ignore[arg-type]

    def test_the_constant_ones_come_first_then_the_newest(self) -> None:
        clock = Ticker()
        asked = self.asked(MemorySharedState(), clock)
        asked.ask(["NVDA"])
        clock.time += 1
        asked.ask(["AMD", "SPY"])
        assert asked.symbols() == ("SPY", "QQQ", "AMD", "NVDA")

    def test_after_a_while_they_are_let_go(self) -> None:
        clock = Ticker()
        asked = self.asked(MemorySharedState(), clock)
        asked.ask(["NVDA"])
        clock.time += 301
        asked.share()
        assert asked.symbols() == ("SPY", "QQQ")

    def test_their_number_is_bounded_and_the_longest_unasked_go(self) -> None:
        clock = Ticker()
        asked = self.asked(MemorySharedState(), clock, most=5)
        for n in range(50):
            clock.time += 1
            asked.ask([f"S{n}"])
        assert asked.symbols() == ("SPY", "QQQ", "S49", "S48", "S47")

    def test_pinned_ones_take_no_room_from_viewers_nor_viewers_from_them(self) -> None:
        clock = Ticker()
        asked = self.asked(MemorySharedState(), clock, most=4)
        asked.pin(["IWM", "QQQ"])
        asked.ask(["A", "B", "C", "IWM"])
        assert asked.symbols() == ("SPY", "QQQ", "IWM", "A", "B")
        asked.pin([])
        clock.time += 301
        assert asked.symbols() == ("SPY", "QQQ")

    def test_processes_learn_from_each_other(self) -> None:
        shared_state, clock = MemorySharedState(), Ticker()
        one, two = self.asked(shared_state, clock), self.asked(shared_state, clock)
        one.ask(["NVDA"])
        two.ask(["AMD"])
        for asked in (one, two, one):
            asked.share()
        assert set(one.symbols()) == set(two.symbols()) == {"SPY", "QQQ", "NVDA", "AMD"}

    def test_a_planted_or_damaged_entry_is_ignored(self) -> None:
        shared_state, clock = MemorySharedState(), Ticker()
        asked = self.asked(shared_state, clock)
        for planted in (b"{", b"[1]", b'{"NVDA": "x"}', b"\xff"):
            shared_state.set(ASKED, planted, 60.0)
            asked.share()
            assert asked.symbols() == ("SPY", "QQQ")
