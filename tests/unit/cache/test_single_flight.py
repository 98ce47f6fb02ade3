"""Single flight: who fetches, who waits, and what is given when the source fails."""

from __future__ import annotations

import datetime as dt
import itertools
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from analytics.cache import Cache, Cached, Codec, DiskBackend, Fetched, NoBackend, Pace
from analytics.cache.codec import seal
from analytics.model.vocabulary import (
    Bars,
    HoldlineError,
    NotAvailable,
    SourceFailure,
    SymbolNotFound,
)

ROOT = Path(__file__).parents[3]
CODEC = Codec({"bars": Bars})
NOON = dt.datetime(2025, 1, 27, 17, tzinfo=dt.UTC)
DAY = 86_400.0
WAIT = 20.0  # a deadline no test is meant to reach


@dataclass
class Clock:
    time: dt.datetime = NOON

    def __call__(self) -> dt.datetime:
        return self.time

    def advance(self, seconds: float) -> None:
        self.time += dt.timedelta(seconds=seconds)


@dataclass
class Upstream:
    """Counts what it is asked; answers "v1", "v2", ... or raises ``error``."""

    soft: float = 60.0
    hard: float = 600.0
    error: BaseException | None = None
    gate: threading.Event | None = None
    calls: int = 0
    asked: threading.Event = field(default_factory=threading.Event)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __call__(self) -> Fetched[str]:
        with self._lock:
            self.calls += 1
            answer = f"v{self.calls}"
        self.asked.set()
        if self.gate is not None:
            assert self.gate.wait(WAIT)
        if self.error is not None:
            raise self.error
        return Fetched(answer, self.soft, self.hard)


def eventually(condition: Callable[[], bool]) -> None:
    """Wait for what another thread is about to do."""
    give_up = time.monotonic() + WAIT
    while not condition():
        assert time.monotonic() < give_up, "it never happened"
        time.sleep(0.002)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def upstream() -> Upstream:
    return Upstream()


@pytest.fixture
def make(tmp_path: Path, clock: Clock) -> Iterator[Callable[..., Cache]]:
    """Makes caches on one folder: each has a memory of its own, as a process has."""
    made: list[Cache] = []

    def build(**options: Any) -> Cache:
        backend = DiskBackend(tmp_path / "cache", allow_temporary=True)
        made.append(Cache(backend, CODEC, clock=clock, **options))
        return made[-1]

    yield build
    for cache in made:
        cache.close()


@pytest.fixture
def cache(make: Callable[..., Cache]) -> Cache:
    return make()


class TestFresh:
    def test_is_fetched_once_and_described(
        self, cache: Cache, upstream: Upstream, clock: Clock
    ) -> None:
        first = cache.get_or_fetch("k", upstream, WAIT)
        clock.advance(59.9)
        assert cache.get_or_fetch("k", upstream, WAIT) is first
        assert first.value == "v1"
        assert first.stored_at == NOON
        assert first.soft_until == NOON + dt.timedelta(seconds=60)
        assert first.error is None
        assert upstream.calls == 1

    def test_is_shared_through_the_disk(
        self, make: Callable[..., Cache], upstream: Upstream
    ) -> None:
        first = make().get_or_fetch("k", upstream, WAIT)
        assert make().get_or_fetch("k", upstream, WAIT) == first
        assert upstream.calls == 1

    def test_keys_are_apart(self, cache: Cache) -> None:
        for key in "abc":
            cache.get_or_fetch(key, partial(Fetched, key, 60, 60), WAIT)
        assert [cache.peek(key).value for key in "abc"] == ["a", "b", "c"]  # type: ignore[union-attr]

    def test_arrays_are_the_same_and_read_only_in_every_tier(
        self, make: Callable[..., Cache]
    ) -> None:
        ones = np.ones(3)
        ones[1] = np.nan
        days = np.datetime64("2025-01-22", "D") + np.arange(3)
        bars = Bars("SPY", days, ones, ones, ones, ones, None, ones, ones)
        for cache in (make(), make()):
            close = cache.get_or_fetch("k", lambda: Fetched(bars, 60, 60), WAIT).value.close
            assert close.tobytes() == ones.tobytes()
            assert not close.flags.writeable

    def test_a_type_the_codec_does_not_know_stays_in_memory(
        self, make: Callable[..., Cache], caplog: pytest.LogCaptureFixture
    ) -> None:
        cache = make()
        value = object()
        assert cache.get_or_fetch("k", lambda: Fetched(value, 60, 60), WAIT).value is value
        assert cache.peek("k").value is value  # type: ignore[union-attr]
        assert make().peek("k") is None
        assert "memory only" in caplog.text

    def test_without_a_disk_memory_serves_and_status_says_so(
        self, clock: Clock, upstream: Upstream
    ) -> None:
        cache = Cache(NoBackend("Answers are kept in memory only."), CODEC, clock=clock)
        for _ in range(3):
            assert cache.get_or_fetch("k", upstream, WAIT).value == "v1"
        assert cache.status == "Answers are kept in memory only."

    def test_memory_is_bounded_in_keys_and_bytes(self, make: Callable[..., Cache]) -> None:
        by_keys, by_bytes = make(max_entries=2), make(max_bytes=250_000)
        for cache in (by_keys, by_bytes):
            for key in "abc":
                cache.get_or_fetch(key, lambda: Fetched("x" * 100_000, 60, 60), WAIT)
            assert list(cache._memory._slots) == ["b", "c"]
            assert cache.peek("a") is not None  # from the disk


class TestInOwnThread:
    def test_is_fetched_in_the_asker_s_own_thread(self, cache: Cache) -> None:
        askers: list[int] = []

        def fetch() -> Fetched[int]:
            askers.append(threading.get_ident())
            return Fetched(1, 60.0, 600.0)

        assert cache.get_or_fetch("own", fetch, WAIT, in_own_thread=True).value == 1
        cache.get_or_fetch("other", fetch, WAIT)
        assert askers[0] == threading.get_ident() != askers[1]

    def test_who_asks_meanwhile_joins_it(self, cache: Cache, upstream: Upstream) -> None:
        upstream.gate = threading.Event()
        with ThreadPoolExecutor(2) as pool:
            first = pool.submit(cache.get_or_fetch, "k", upstream, WAIT, in_own_thread=True)
            assert upstream.asked.wait(WAIT)
            second = pool.submit(cache.get_or_fetch, "k", upstream, WAIT, in_own_thread=True)
            upstream.gate.set()
            assert first.result(WAIT).value == second.result(WAIT).value == "v1"
        assert upstream.calls == 1

    def test_its_error_is_the_asker_s(self, cache: Cache, upstream: Upstream) -> None:
        upstream.error = SourceFailure("the file is gone")
        with pytest.raises(SourceFailure, match="the file is gone"):
            cache.get_or_fetch("k", upstream, WAIT, in_own_thread=True)


class TestSoftAndHard:
    def test_past_soft_the_old_value_is_given_while_refreshed_behind(
        self, cache: Cache, upstream: Upstream, clock: Clock
    ) -> None:
        old = cache.get_or_fetch("k", upstream, WAIT)
        clock.advance(60)
        upstream.gate = threading.Event()
        for _ in range(5):
            assert cache.get_or_fetch("k", upstream, WAIT) is old
        upstream.gate.set()
        eventually(lambda: cache.peek("k").value == "v2")  # type: ignore[union-attr]
        new = cache.get_or_fetch("k", upstream, WAIT)
        assert upstream.calls == 2
        assert new.version != old.version
        assert new.stored_at == clock.time

    def test_what_is_fetched_again_unchanged_keeps_its_version_and_its_object(
        self, cache: Cache, clock: Clock
    ) -> None:
        upstream = itertools.chain(["same", "same"], itertools.repeat("other")).__next__
        old = cache.get_or_fetch("k", lambda: Fetched(upstream(), 60, 60), WAIT)
        clock.advance(61)
        again = cache.get_or_fetch("k", lambda: Fetched(upstream(), 60, 60), WAIT)
        assert again.stored_at > old.stored_at
        assert again.version == old.version
        assert again.value is old.value
        clock.advance(61)
        other = cache.get_or_fetch("k", lambda: Fetched(upstream(), 60, 60), WAIT)
        assert (other.value, other.version != old.version) == ("other", True)

    def test_one_refresh_over_all_processes(
        self, make: Callable[..., Cache], upstream: Upstream, clock: Clock
    ) -> None:
        first, second = make(), make()
        first.get_or_fetch("k", upstream, WAIT)
        second.get_or_fetch("k", upstream, WAIT)
        clock.advance(60)
        upstream.gate = threading.Event()
        upstream.asked.clear()
        first.get_or_fetch("k", upstream, WAIT)
        assert upstream.asked.wait(WAIT)
        second.get_or_fetch("k", upstream, WAIT)
        upstream.gate.set()
        eventually(lambda: second.peek("k").value == "v2")  # type: ignore[union-attr]
        assert upstream.calls == 2

    def test_past_hard_it_is_fetched_while_the_caller_waits(
        self, cache: Cache, upstream: Upstream, clock: Clock
    ) -> None:
        cache.get_or_fetch("k", upstream, WAIT)
        clock.advance(600)
        assert cache.get_or_fetch("k", upstream, WAIT).value == "v2"

    def test_more_refreshes_than_threads_all_happen(
        self, make: Callable[..., Cache], clock: Clock
    ) -> None:
        cache = make(max_refreshes=2)
        upstreams = {key: Upstream() for key in "abcdefgh"}
        for key, upstream in upstreams.items():
            cache.get_or_fetch(key, upstream, WAIT)
        clock.advance(60)
        gate = threading.Event()
        for key, upstream in upstreams.items():
            upstream.gate = gate
            cache.get_or_fetch(key, upstream, WAIT)
        assert cache._refreshers == 2
        gate.set()
        eventually(lambda: all(upstream.calls == 2 for upstream in upstreams.values()))
        eventually(lambda: cache._refreshers == 0)

    def test_values_are_dropped_after_their_keep(
        self, make: Callable[..., Cache], upstream: Upstream, clock: Clock
    ) -> None:
        cache = make(pace=Pace(keep=1000.0))
        cache.get_or_fetch("k", upstream, WAIT)
        clock.advance(1000)
        assert cache.peek("k") is None
        assert make(pace=Pace(keep=1000.0)).peek("k") is None


class TestSourceFails:
    def test_cold_the_error_is_raised_and_the_source_spared(
        self, cache: Cache, upstream: Upstream, clock: Clock
    ) -> None:
        upstream.error = SourceFailure("Yahoo refused.")
        for _ in range(3):
            with pytest.raises(SourceFailure, match=r"^Yahoo refused\.$"):
                cache.get_or_fetch("k", upstream, WAIT)
        assert upstream.calls == 1
        clock.advance(10)
        upstream.error = None
        assert cache.get_or_fetch("k", upstream, WAIT).value == "v2"

    def test_back_off_grows_to_two_minutes(
        self, cache: Cache, upstream: Upstream, clock: Clock
    ) -> None:
        upstream.error = SourceFailure("Yahoo refused.")
        pauses = []
        for _ in range(6):
            calls, started = upstream.calls, clock.time
            while upstream.calls == calls:
                with pytest.raises(SourceFailure):
                    cache.get_or_fetch("k", upstream, WAIT)
                clock.advance(5)
            pauses.append((clock.time - started).total_seconds() - 5)
        assert pauses == [0, 5, 15, 35, 75, 115]

    def test_success_ends_the_growth(self, cache: Cache, clock: Clock) -> None:
        upstream = Upstream(soft=1, hard=1)
        for error in (SourceFailure("a"), SourceFailure("b"), None, SourceFailure("c")):
            upstream.error = error
            clock.advance(120)
            try:
                cached = cache.get_or_fetch("k", upstream, WAIT)
            except SourceFailure:
                continue
        assert cached.error == "c"
        clock.advance(10)
        upstream.error = None
        assert cache.get_or_fetch("k", upstream, WAIT).error is None

    def test_past_hard_the_last_good_value_comes_with_the_reason(
        self, cache: Cache, upstream: Upstream, clock: Clock
    ) -> None:
        old = cache.get_or_fetch("k", upstream, WAIT)
        clock.advance(3 * DAY)
        upstream.error = SourceFailure("Yahoo refused.")
        for _ in range(3):
            stale = cache.get_or_fetch("k", upstream, WAIT)
            assert stale == Cached("v1", NOON, old.soft_until, old.version, "Yahoo refused.")
        assert cache.peek("k") == stale
        assert upstream.calls == 2

    def test_after_a_restart_too(
        self, make: Callable[..., Cache], upstream: Upstream, clock: Clock
    ) -> None:
        make().get_or_fetch("k", upstream, WAIT)
        clock.advance(3 * DAY)
        upstream.error = SourceFailure("Yahoo refused.")
        stale = make().get_or_fetch("k", upstream, WAIT)
        assert (stale.value, stale.error) == ("v1", "Yahoo refused.")

    def test_a_failed_refresh_behind_is_told_and_spares_the_source(
        self, cache: Cache, upstream: Upstream, clock: Clock
    ) -> None:
        cache.get_or_fetch("k", upstream, WAIT)
        clock.advance(60)
        upstream.error = SourceFailure("Yahoo refused.")
        cache.get_or_fetch("k", upstream, WAIT)
        eventually(lambda: cache.peek("k").error == "Yahoo refused.")  # type: ignore[union-attr]
        for _ in range(5):
            assert cache.get_or_fetch("k", upstream, WAIT).error == "Yahoo refused."
        assert upstream.calls == 2
        clock.advance(10)
        upstream.error = None
        cache.get_or_fetch("k", upstream, WAIT)
        eventually(lambda: cache.peek("k").error is None)  # type: ignore[union-attr]

    def test_programming_errors_reach_the_caller_and_are_not_remembered(
        self, cache: Cache, upstream: Upstream
    ) -> None:
        upstream.error = KeyError("a bug")
        for _ in range(2):
            with pytest.raises(KeyError, match="a bug"):
                cache.get_or_fetch("k", upstream, WAIT)
        assert upstream.calls == 2

    def test_a_fetchs_own_time_out_is_its_own_error(self, cache: Cache, upstream: Upstream) -> None:
        upstream.error = TimeoutError("of the fetch")
        with pytest.raises(TimeoutError, match="of the fetch"):
            cache.get_or_fetch("k", upstream, WAIT)

    def test_programming_errors_behind_are_logged(
        self, cache: Cache, upstream: Upstream, clock: Clock, caplog: pytest.LogCaptureFixture
    ) -> None:
        cache.get_or_fetch("k", upstream, WAIT)
        clock.advance(60)
        upstream.error = KeyError("a bug")
        assert cache.get_or_fetch("k", upstream, WAIT).value == "v1"
        eventually(lambda: "a bug" in caplog.text)

    def test_too_many_fetches_are_refused(self, make: Callable[..., Cache]) -> None:
        cache = make(max_flights=1)
        hanging = Upstream(gate=threading.Event())
        with pytest.raises(SourceFailure):
            cache.get_or_fetch("a", hanging, 0.01)
        with pytest.raises(SourceFailure, match="too many"):
            cache.get_or_fetch("b", Upstream(), WAIT)
        assert hanging.gate is not None
        hanging.gate.set()

        def has_room() -> bool:
            try:
                return bool(cache.get_or_fetch("b", Upstream(), WAIT).value == "v1")
            except SourceFailure:
                return False

        eventually(has_room)


class TestHangs:
    def test_the_caller_is_freed_and_the_late_result_kept(
        self, cache: Cache, upstream: Upstream
    ) -> None:
        upstream.gate = threading.Event()
        with pytest.raises(SourceFailure, match=r"^no answer within 0\.05 s$"):
            cache.get_or_fetch("k", upstream, 0.05)
        with pytest.raises(SourceFailure, match="no answer"):  # at once: it backs off
            cache.get_or_fetch("k", upstream, WAIT)
        upstream.gate.set()
        eventually(lambda: cache.peek("k") is not None)
        assert cache.get_or_fetch("k", upstream, WAIT).value == "v1"
        assert upstream.calls == 1

    def test_the_last_good_value_is_given(
        self, cache: Cache, upstream: Upstream, clock: Clock
    ) -> None:
        cache.get_or_fetch("k", upstream, WAIT)
        clock.advance(600)
        upstream.gate = threading.Event()
        stale = cache.get_or_fetch("k", upstream, 0.05)
        assert (stale.value, stale.error) == ("v1", "no answer within 0.05 s")
        upstream.gate.set()

    def test_a_hang_that_goes_on_is_joined_not_repeated(
        self, cache: Cache, upstream: Upstream, clock: Clock
    ) -> None:
        upstream.gate = threading.Event()
        for _ in range(3):
            with pytest.raises(SourceFailure, match="no answer"):
                cache.get_or_fetch("k", upstream, 0.02)
            clock.advance(200)
        assert upstream.calls == 1
        upstream.gate.set()

    def test_many_who_time_out_count_as_one_failure(
        self, cache: Cache, upstream: Upstream, clock: Clock
    ) -> None:
        upstream.gate = threading.Event()

        def ask(_: int) -> None:
            with pytest.raises(SourceFailure):
                cache.get_or_fetch("k", upstream, 0.1)

        with ThreadPoolExecutor(20) as pool:
            list(pool.map(ask, range(20)))
        failure = cache._memory.slot("k").failure
        assert failure is not None
        assert failure.until == clock.time + dt.timedelta(seconds=10)
        upstream.gate.set()


class TestAbsences:
    @pytest.mark.parametrize("error", [SymbolNotFound("ZZZZ?"), NotAvailable("No chain.")])
    def test_are_remembered_in_both_tiers(
        self, make: Callable[..., Cache], upstream: Upstream, clock: Clock, error: HoldlineError
    ) -> None:
        upstream.error = error
        first, second = make(), make()
        for cache in (first, first, second, second):
            with pytest.raises(type(error)) as raised:
                cache.get_or_fetch("k", upstream, WAIT)
            assert str(raised.value) == str(error)
            assert raised.value is not error
        assert upstream.calls == 1
        upstream.error = None
        clock.advance(300)
        assert second.get_or_fetch("k", upstream, WAIT).value == "v2"
        assert make().get_or_fetch("k", upstream, WAIT).value == "v2"

    def test_a_value_from_before_survives_a_passing_absence(
        self, make: Callable[..., Cache], upstream: Upstream, clock: Clock
    ) -> None:
        make().get_or_fetch("k", upstream, WAIT)
        clock.advance(600)
        upstream.error = SymbolNotFound("possibly delisted")
        with pytest.raises(SymbolNotFound):
            make().get_or_fetch("k", upstream, WAIT)
        clock.advance(300)
        upstream.error = SourceFailure("Yahoo refused.")
        stale = make().get_or_fetch("k", upstream, WAIT)
        assert (stale.value, stale.error) == ("v1", "Yahoo refused.")


class TestHerd:
    def test_fifty_threads_on_a_cold_key_make_one_fetch(
        self, cache: Cache, upstream: Upstream
    ) -> None:
        upstream.gate = threading.Event()
        start = threading.Barrier(51)

        def ask(_: int) -> Cached[str]:
            start.wait(WAIT)
            return cache.get_or_fetch("k", upstream, WAIT)

        with ThreadPoolExecutor(50) as pool:
            asked = pool.map(ask, range(50))
            start.wait(WAIT)
            assert upstream.asked.wait(WAIT)
            upstream.gate.set()
            answers = list(asked)
        assert upstream.calls == 1
        assert {(a.value, a.version) for a in answers} == {("v1", answers[0].version)}

    def test_fifty_threads_share_one_failure(self, cache: Cache, upstream: Upstream) -> None:
        upstream.error = SourceFailure("Yahoo refused.")

        def ask(_: int) -> str:
            with pytest.raises(SourceFailure) as raised:
                cache.get_or_fetch("k", upstream, WAIT)
            return str(raised.value)

        with ThreadPoolExecutor(50) as pool:
            assert set(pool.map(ask, range(50))) == {"Yahoo refused."}
        assert upstream.calls == 1

    def test_a_lock_that_never_expires_is_not_waited_for_for_ever(
        self, make: Callable[..., Cache], upstream: Upstream
    ) -> None:
        cache = make(pace=Pace(lock=0.05))
        cache._shared.lock("k", b"of a clock that was ahead", DAY)
        assert cache.get_or_fetch("k", upstream, WAIT).value == "v1"


class TestMiss:
    def rows(self, cache: Cache) -> Any:
        return cache._shared.backend._cache  # type: ignore[attr-defined]

    def test_an_entry_from_the_future(
        self, make: Callable[..., Cache], upstream: Upstream, clock: Clock
    ) -> None:
        cache = make()
        clock.advance(DAY)
        cache.get_or_fetch("k", upstream, WAIT)
        clock.advance(-DAY)  # the clock was ahead, and is set right
        assert cache.peek("k") is None
        assert make().get_or_fetch("k", upstream, WAIT).value == "v2"
        assert cache.get_or_fetch("k", upstream, WAIT).value == "v2"

    @pytest.mark.parametrize("position", [0, 5, 30, -1])
    def test_a_row_with_a_changed_byte(
        self, make: Callable[..., Cache], upstream: Upstream, position: int
    ) -> None:
        cache = make()
        cache.get_or_fetch("k", upstream, WAIT)
        row = "holdline/1/value/k"
        data = bytearray(self.rows(cache).get(row))
        data[position] ^= 1
        self.rows(cache).set(row, bytes(data))
        assert make().get_or_fetch("k", upstream, WAIT).value == "v2"

    def test_a_well_sealed_row_of_something_else(
        self, make: Callable[..., Cache], upstream: Upstream
    ) -> None:
        cache = make()
        cache.get_or_fetch("other", upstream, WAIT)
        value = self.rows(cache).get("holdline/1/value/other")
        for data in (value, seal(b"nonsense"), b""):
            for kind in ("value", "absence"):
                self.rows(cache).set(f"holdline/1/{kind}/k", data)
            assert make().peek("k") is None
        assert make().get_or_fetch("k", upstream, WAIT).value == "v2"

    def test_forgotten_keys(self, make: Callable[..., Cache], upstream: Upstream) -> None:
        cache = make()
        cache.get_or_fetch("k", upstream, WAIT)
        cache.forget("k")
        assert cache.peek("k") is None
        assert make().get_or_fetch("k", upstream, WAIT).value == "v2"

    def test_peek_neither_fetches_nor_waits(
        self, cache: Cache, upstream: Upstream, clock: Clock
    ) -> None:
        assert cache.peek("k") is None
        cache.get_or_fetch("k", upstream, WAIT)
        clock.advance(3 * DAY)
        assert cache.peek("k").value == "v1"  # type: ignore[union-attr]
        assert upstream.calls == 1
