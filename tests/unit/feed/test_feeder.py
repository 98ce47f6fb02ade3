from __future__ import annotations

import datetime as dt
import gzip
import json
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from analytics.assembly import open_feed
from analytics.cache import Cache, Codec, DiskBackend, NoBackend
from analytics.desk.desk import Desk
from analytics.desk.fetching import CACHED_TYPES
from analytics.feed import Feed, FeedPace, FeedState, Snapshot, StreamPace
from analytics.feed.baselines import BaselineRenewal
from analytics.feed.book import QuoteBook
from analytics.feed.leader_election import Leadership
from analytics.feed.publication import SNAPSHOT
from analytics.feed.snapshot import encode
from analytics.model.vocabulary import BadInput, Phase, Quote
from analytics.sources.demo import DemoClock, DemoSource
from analytics.watch.live_lines import evaluate
from tests.support.builders import FakeSource
from tests.support.small_feeds import (
    NOON,
    MemorySharedState,
    ScriptedStream,
    baselines_of,
    friday_baseline,
    market_on,
    tick,
)
from tests.support.waiting import until

FAST_STREAM = StreamPace(wait=0.02, heartbeat=0.1, silent=5.0, dead=10.0, pause=0.05)
FAST = FeedPace(beat=0.01, spacing=0.01, alive=0.2, share=0.05, stream=FAST_STREAM)


def sent(stream: ScriptedStream, quote: Quote) -> bool:
    """The quote goes down the stream; always true, so that `until` can send again and again."""
    stream.send(quote)
    return True


@pytest.fixture
def feeds() -> Iterator[Callable[..., Feed]]:
    """Feeds in threads of their own, closed in the end."""
    made: list[Feed] = []

    def start(
        shared_state: Any,
        stream: ScriptedStream,
        now: Any = lambda: NOON,
        pace: FeedPace = FAST,
        observers: Any = (),
        **market: Any,
    ) -> Feed:
        leadership = Leadership(shared_state, lasts=1.0, renew=0.1)
        feed = Feed(
            shared_state,
            market_on(stream.connect, now, **market),
            ("TEST",),
            observers=observers,
            pace=pace,
            leadership=leadership,
        )
        made.append(feed)
        return feed

    yield start
    for feed in made:
        feed.close()


def price(feed: Feed, symbol: str = "TEST") -> float | None:
    quote = feed.watch().content.quotes.get(symbol)
    return quote.price if quote else None


class TestOneProcess:
    def test_nothing_runs_before_the_first_viewer(self, feeds: Any) -> None:
        before = set(threading.enumerate())
        stream = ScriptedStream()
        feed = feeds(NoBackend(), stream)
        assert set(threading.enumerate()) <= before  # another test's may end meanwhile
        assert feed.peek().sequence == 0
        assert stream.opened == []

    def test_a_tick_reaches_the_snapshot(self, feeds: Any) -> None:
        stream = ScriptedStream()
        feed = feeds(NoBackend(), stream)
        feed.watch()
        until(lambda: feed.peek().content.feed.connected)
        until(lambda: sent(stream, tick(101.5)) and price(feed) == 101.5)
        line = feed.peek().content.quotes["TEST"]
        assert set(line.levels) == {"20-DMA", "50-DMA", "100-DMA", "200-DMA"}
        assert feed.is_leader

    def test_who_waits_hears_of_a_tick_at_once(self, feeds: Any) -> None:
        stream = ScriptedStream()
        slow = replace(FAST, beat=60.0, alive=60.0)
        feed = feeds(NoBackend(), stream, pace=slow)
        feed.watch()
        until(lambda: sent(stream, tick(101.5)) and price(feed) == 101.5)
        until(lambda: stream.frames.empty())
        time.sleep(0.1)
        before = feed.peek()
        assert feed.next_after(before.sequence, 0.05) is before
        threading.Timer(0.1, stream.send, (tick(102.5),)).start()
        began = time.monotonic()
        news = feed.next_after(before.sequence, 30.0)
        assert news.content.quotes["TEST"].price == 102.5
        assert time.monotonic() - began < 10.0

    def test_the_same_bytes_until_something_changes(self, feeds: Any) -> None:
        stream = ScriptedStream()
        feed = feeds(NoBackend(), stream, pace=replace(FAST, alive=60.0))
        feed.watch()
        until(lambda: sent(stream, tick(101.5)) and price(feed) == 101.5)
        until(lambda: stream.frames.empty())
        time.sleep(0.1)
        first, second = feed.watch(), feed.watch()
        assert first is second
        stream.send(tick(101.6, 1))
        until(lambda: feed.peek().sequence > first.sequence)
        assert feed.peek().etag != first.etag

    def test_a_symbol_that_a_viewer_wants_is_followed(self, feeds: Any) -> None:
        stream = ScriptedStream()
        feed = feeds(NoBackend(), stream)
        feed.watch(["NVDA"])
        until(lambda: frozenset({"TEST", "NVDA"}) in [*stream.opened, *stream.followed])
        until(lambda: sent(stream, tick(102.0, symbol="NVDA")) and price(feed, "NVDA") == 102.0)

    def test_a_symbol_whose_bars_lag_keeps_its_line(self) -> None:
        given = iter([("TEST", "NVDA"), ("TEST",)])
        book = QuoteBook(lambda: NOON + dt.timedelta(seconds=1))
        market = market_on(baselines=lambda symbols: baselines_of(next(given)))
        renewal = BaselineRenewal(book, market, lambda: ("TEST", "NVDA"), FAST)
        renewal.load()
        book.accept([tick(102.0, symbol="NVDA")])
        renewal.load()
        assert set(book.lines()) == {"NVDA"}
        assert book.accept([tick(102.5, 1, symbol="NVDA")]) == 1

    def test_out_of_hours_the_stream_is_not_opened(self, feeds: Any) -> None:
        stream = ScriptedStream()
        sunday = dt.datetime(2025, 1, 26, 17, tzinfo=dt.UTC)
        feed = feeds(NoBackend(), stream, lambda: sunday)
        feed.watch()
        until(lambda: feed.peek().content.feed.mode == "idle")
        assert feed.peek().content.phase == "closed"
        assert stream.opened == []

    def test_a_fault_in_a_beat_does_not_end_the_feed(
        self, feeds: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        stream = ScriptedStream()
        feed = feeds(NoBackend(), stream)
        monkeypatch.setattr(feed._leader, "_publish", lambda: 1 / 0)
        feed.watch()
        time.sleep(0.2)
        monkeypatch.undo()
        until(lambda: sent(stream, tick(101.5)) and price(feed) == 101.5)

    def test_closing_ends_thread_and_connection(self, feeds: Any) -> None:
        of_others = set(threading.enumerate())
        stream = ScriptedStream()
        feed = feeds(NoBackend(), stream)
        feed.watch()
        until(lambda: stream.opened)
        feed.close()
        assert stream.closed == 1
        assert not feed.is_leader
        feed.watch()
        own = set(threading.enumerate()) - of_others
        assert not any(thread.name == "feed" for thread in own)


class TestTwoWorkers:
    def test_one_upstream_serves_both_with_the_same_bytes(self, feeds: Any, tmp_path: Path) -> None:
        shared_state = DiskBackend(tmp_path, allow_temporary=True)
        streams = ScriptedStream(), ScriptedStream()
        one, two = (feeds(shared_state, stream) for stream in streams)
        one.watch()
        until(lambda: one.is_leader)
        two.watch()
        until(lambda: sent(streams[0], tick(102.0)) and price(two) == 102.0)
        until(lambda: one.peek().body == two.peek().body)
        assert len(streams[0].opened) == 1
        assert streams[1].opened == []

    def test_what_a_viewer_of_the_follower_wants_reaches_the_leader(self, feeds: Any) -> None:
        shared_state = DiskLike()
        streams = ScriptedStream(), ScriptedStream()
        one, two = (feeds(shared_state, stream) for stream in streams)
        one.watch()
        until(lambda: one.is_leader)
        two.watch(["NVDA"])
        until(lambda: frozenset({"TEST", "NVDA"}) in streams[0].followed)

    def test_when_the_leader_dies_the_other_goes_on_with_the_sequence(
        self, feeds: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        shared_state = DiskLike()
        streams = ScriptedStream(), ScriptedStream()
        one, two = (feeds(shared_state, stream) for stream in streams)
        one.watch()
        until(lambda: sent(streams[0], tick(102.0)) and price(one) == 102.0)
        two.watch()
        until(lambda: price(two) == 102.0)
        # A killed process resigns nothing: only its beats end.
        monkeypatch.setattr(one, "step", lambda: None)
        last = two.peek().sequence
        until(lambda: two.is_leader)
        until(lambda: sent(streams[1], tick(103.0, 1)) and price(two) == 103.0)
        assert two.peek().sequence > last


class DiskLike(MemorySharedState):
    """The shared state in memory, on the real clock."""

    def get(self, key: str) -> bytes | None:
        self.clock.time = time.monotonic()
        return super().get(key)

    def set(self, key: str, data: bytes, expire_seconds: float) -> bool:
        self.clock.time = time.monotonic()
        return super().set(key, data, expire_seconds)


class TestSnapshot:
    def snapshot(self) -> Snapshot:
        line = evaluate(friday_baseline(), tick(100.0, low=99.0, high=101.0), False)
        return encode(7, "abcd", NOON, Phase.OPEN, FeedState(), {"TEST": line}, None)

    def test_the_body_is_json_with_null_for_absent(self) -> None:
        body = json.loads(self.snapshot().body)
        assert body["sequence"] == 7
        assert body["at"] == "2025-01-27T17:00:00Z"
        assert body["quotes"]["TEST"]["open"] is None
        assert body["quotes"]["TEST"]["levels"]["50-DMA"]["status"] in {"under", "below", "above"}

    def test_the_zipped_body_is_the_body(self) -> None:
        assert gzip.decompress(self.snapshot().zipped) == self.snapshot().body

    def test_what_is_read_back_is_the_same(self) -> None:
        assert Snapshot.from_bytes(self.snapshot().to_bytes()) == self.snapshot()

    @pytest.mark.parametrize("cut", [0, 3, 30, 500])
    def test_a_value_cut_short_is_not_there(self, cut: int) -> None:
        assert Snapshot.from_bytes(self.snapshot().to_bytes()[:cut]) is None

    def test_a_value_of_another_version_s_fields_is_not_there(self) -> None:
        assert Snapshot.from_bytes(Snapshot(7, b'{"sequence":7}').to_bytes()) is None

    def test_a_follower_keeps_the_last_good_one(self, feeds: Any) -> None:
        shared_state = DiskLike()
        shared_state.set("holdline/feed/leader", b"another", 60.0)
        feed = feeds(shared_state, ScriptedStream())
        shared_state.set(SNAPSHOT, self.snapshot().to_bytes(), 60.0)
        feed.step()
        assert feed.peek().sequence == 7
        shared_state.set(SNAPSHOT, b"8 planted {}", 60.0)
        feed.step()
        assert feed.peek().sequence == 7


class TestOnTheDemo:
    def desk(self, speed: float = 60.0) -> Desk:
        source = DemoSource(clock=DemoClock(speed=speed))
        return Desk(source, Cache(NoBackend(), Codec(CACHED_TYPES)))

    def test_the_monday_plays_at_the_speed_asked(self) -> None:
        desk = self.desk()
        feed = open_feed(desk)
        try:
            feed.watch()
            until(lambda: price(feed, "SPY") is not None)
            first = feed.peek().content.quotes["SPY"].time
            until(lambda: feed.watch().content.quotes["SPY"].time > first)
            feed.set_speed(0.0)
            until(lambda: feed.watch().content.speed == 0.0)
            with pytest.raises(BadInput):
                feed.set_speed(61.0)
        finally:
            feed.close()
            desk.close()

    def test_a_source_without_live_prices_has_an_empty_feed(self) -> None:
        desk = Desk(FakeSource({}), Cache(NoBackend(), Codec(CACHED_TYPES)))
        feed = open_feed(desk)
        assert feed.watch(["SPY"]).content.feed.mode == "none"
        with pytest.raises(BadInput):
            feed.set_speed(2.0)
        desk.close()


class TestObservers:
    def test_the_leader_tells_them_each_snapshot_and_outlives_a_faulty_one(
        self, feeds: Any
    ) -> None:
        stream = ScriptedStream()
        seen: list[Any] = []

        def faulty(snapshot: Snapshot) -> None:
            raise ValueError("not today")

        feed = feeds(NoBackend(), stream, observers=[faulty, seen.append])
        feed.watch()
        until(lambda: sent(stream, tick(101.5)) and price(feed) == 101.5)
        until(lambda: seen and "TEST" in seen[-1].content.quotes)
        sequences = [snapshot.sequence for snapshot in seen]
        assert sequences == sorted(set(sequences))

    def test_a_follower_tells_nobody(self, feeds: Any) -> None:
        shared_state, stream = MemorySharedState(), ScriptedStream()
        leader = feeds(shared_state, stream)
        leader.watch()
        until(lambda: leader.is_leader)
        observed: list[Snapshot] = []
        follower = feeds(shared_state, ScriptedStream(), observers=[observed.append])
        follower.watch()
        until(lambda: sent(stream, tick(101.5)) and price(follower) == 101.5)
        assert observed == []
