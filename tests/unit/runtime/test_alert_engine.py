"""Exactly once: over restarts, killed processes, two engines on one store, and a failing store."""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest

from analytics.accounts.people import Grant
from analytics.alerts.model import LOCAL, DueDelivery
from analytics.alerts.rule import SentimentReading
from analytics.alerts.rules import parse_rule
from analytics.cache.disk_backend import DiskBackend
from analytics.feed import Feed
from analytics.model.access import Plan
from analytics.runtime.alerts.delivery import Sender
from analytics.runtime.alerts.engine import Engine
from analytics.runtime.alerts.transport import SendFailure
from analytics.sources.demo.clock import DemoClock
from analytics.store.database import Database, StoreUnavailable, store_url
from analytics.store.records import Records
from tests.support.small_alerts import (
    ABOVE,
    LOSES,
    NOW,
    UNDER,
    Clock,
    Shot,
    publish,
    set_up,
)
from tests.support.small_feeds import (
    NOON,
    MemorySharedState,
    ScriptedStream,
    baselines_of,
    market_on,
    tick,
)
from tests.support.waiting import until


def no_sentiment() -> SentimentReading | None:
    return None


@pytest.fixture
def records(tmp_path: Path) -> Iterator[Records]:
    opened = Records(Database(store_url(tmp_path)))
    yield opened
    opened.close()


def engine(records: Records) -> Engine:
    return Engine(records, no_sentiment, lambda: "run")


class Courier:
    """A way of sending that writes down what it was given; ``fails`` times it fails first."""

    def __init__(self, fails: int = 0) -> None:
        self.sent: list[str] = []
        self.fails = fails

    def send(self, due: DueDelivery) -> None:
        if self.fails:
            self.fails -= 1
            raise SendFailure("not now")
        self.sent.append(due.notice.message.title)


class TestRecording:
    def test_an_event_is_written_with_its_deliveries_and_once(self, records: Records) -> None:
        set_up(records, "webhook", "https://example.org/")
        one = engine(records)
        assert [one.step(shot, "run") for shot in (ABOVE, UNDER, ABOVE, UNDER)] == [0, 1, 0, 0]
        (notice,) = records.notices.latest(LOCAL)
        assert [d.target for d in notice.deliveries] == ["https://example.org/"]
        assert notice.message.simulated
        assert one.fired == 1

    def test_a_successor_writes_nothing_again(self, records: Records) -> None:
        set_up(records, "webhook", "https://example.org/")
        assert engine(records).step(UNDER, "run") == 1
        assert engine(records).step(UNDER, "run") == 0
        assert engine(records).step(UNDER, "another run") == 1

    def test_of_two_engines_at_once_one_writes(self, tmp_path: Path) -> None:
        set_up(Records(Database(store_url(tmp_path))), "webhook", "https://example.org/")
        written: list[int] = []
        start = threading.Barrier(4)

        def run() -> None:
            own = engine(Records(Database(store_url(tmp_path))))
            start.wait()
            written.append(own.step(UNDER, "run"))

        threads = [threading.Thread(target=run) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(written) == [0, 0, 0, 1]

    def test_a_real_rule_tells_nothing_from_before_it_was_set(self, records: Records) -> None:
        set_up(records, "webhook", "https://example.org/")  # now; the snapshot is of 2025
        assert engine(records).step(UNDER, run=None) == 0

    def test_a_rule_whose_plan_ends_tells_nothing_from_that_second(self, records: Records) -> None:
        """Also before the rules are read again."""
        person = records.people.with_email("ann@home.example").id
        clock = Clock(dt.datetime.now(dt.UTC))
        ends = clock.now + dt.timedelta(hours=1)
        with records.database.writing() as connection:
            grant = Grant(Plan.PRO, "staff", clock.now - dt.timedelta(hours=1), ends)
            records.people.grant(person, grant, None, "in tests", connection)
        for symbol in ("A", "B", "C", "SPY"):
            records.subscriptions.add_rule(person, parse_rule(LOSES | {"symbol": symbol}))
        own = Engine(records, no_sentiment, lambda: "run", lambda: 0.0, clock=clock)
        assert own.step(ABOVE, "run") == 0
        assert {one.rule.symbols[0] for one in own.rules} == {"A", "B", "C", "SPY"}
        clock.now = ends
        assert own.step(UNDER, "run") == 0
        assert {one.rule.symbols[0] for one in own.rules} == {"A", "B", "C"}
        clock.now = ends - dt.timedelta(seconds=1)
        assert own.step(UNDER, "run") == 1
        (notice,) = records.notices.latest(person)
        assert notice.message.plan is Plan.PRO

    def test_a_rule_that_is_removed_tells_nothing_more(self, records: Records) -> None:
        set_up(records, "webhook", "https://example.org/")
        added = records.subscriptions.rules(LOCAL)[0]
        assert records.subscriptions.remove_rule(LOCAL, added.id)
        assert engine(records).step(UNDER, "run") == 0
        assert not records.subscriptions.remove_rule(LOCAL, added.id)
        records.subscriptions.add_rule(LOCAL, parse_rule(LOSES))
        assert [rule.id for rule in records.subscriptions.rules(LOCAL)] == [added.id]

    def test_sentiment_is_asked_for_only_where_a_rule_wants_it(self, records: Records) -> None:
        asked: list[int] = []

        def sentiment() -> SentimentReading:
            asked.append(1)
            return SentimentReading(12.0, dt.date(2025, 1, 27), NOW, final=False)

        one = Engine(records, sentiment, None, monotonic=lambda: 1000.0)
        one.step(UNDER, "run")
        assert asked == []
        records.subscriptions.add_rule(LOCAL, parse_rule({"kind": "sentiment", "under": 20}))
        two = Engine(records, sentiment, None, monotonic=lambda: 1000.0)
        assert [two.step(UNDER, "run"), two.step(UNDER, "run")] == [1, 0]
        assert asked == [1]


class TestRun:
    def test_a_day_played_again_is_another_run_and_a_faster_one_is_not(
        self, tmp_path: Path
    ) -> None:
        shared_state = DiskBackend(tmp_path, allow_temporary=True)
        clock, other = DemoClock(shared_state=shared_state), DemoClock(shared_state=shared_state)
        run = clock.run
        assert other.run == run
        clock.set_speed(60.0)
        assert clock.run == run
        clock.play_again()
        assert clock.run not in ("", run)
        until(lambda: other.run == clock.run, "the other process's hearing of it")
        assert DemoClock().run not in ("", run, clock.run)

    def test_a_snapshot_keeps_the_run_it_came_in(self, records: Records) -> None:
        runs = iter(["first", "second"])
        one = Engine(records, no_sentiment, lambda: next(runs))
        one.observe(UNDER)
        one.observe(ABOVE)
        assert [one._waiting.get_nowait()[1] for _ in range(2)] == ["first", "second"]


class TestStoreFails:
    def test_neither_notice_nor_delivery_stands_when_one_cannot(self, records: Records) -> None:
        set_up(records, "webhook", "https://example.org/")
        with records.database.writing() as connection:
            connection.exec_driver_sql("ALTER TABLE deliveries RENAME TO away")
        with pytest.raises(StoreUnavailable):
            engine(records).step(UNDER, "run")
        with records.database.writing() as connection:
            connection.exec_driver_sql("ALTER TABLE away RENAME TO deliveries")
        assert records.notices.latest(LOCAL) == ()
        assert engine(records).step(UNDER, "run") == 1

    def test_the_snapshot_is_kept_until_the_store_takes_it(
        self, records: Records, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """A crossing seen once, while the store was away, is told once the store is back."""
        monkeypatch.setattr("analytics.runtime.alerts.engine.RULES_SECONDS", 0.05)
        set_up(records, "webhook", "https://example.org/")
        with records.database.writing() as connection:
            connection.exec_driver_sql("ALTER TABLE notices RENAME TO away")
        one = engine(records)
        one.observe(UNDER)
        one.observe(ABOVE)
        one.start(FakeFeed())
        until(lambda: one._waiting.qsize() == 1, "the first snapshot's look")
        with records.database.writing() as connection:
            connection.exec_driver_sql("ALTER TABLE away RENAME TO notices")
        until(lambda: one.fired == 1, "the alert")
        until(lambda: one._waiting.empty(), "the next snapshot's look")
        one.stop()
        assert len(records.notices.latest(LOCAL)) == 1

    def test_a_full_queue_holds_up_no_feed(self, records: Records) -> None:
        one = engine(records)
        for _ in range(500):
            one.observe(ABOVE)
        assert one.dropped == 100


class FakeFeed:
    """Writes down the symbols it is asked to follow."""

    def __init__(self) -> None:
        self.pinned: set[str] = set()

    def pin(self, symbols: Iterable[str]) -> None:
        self.pinned = set(symbols)

    def peek(self) -> Shot:
        return ABOVE


class TestFeed:
    def test_it_runs_without_viewers_once_a_rule_stands(
        self, records: Records, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("analytics.runtime.alerts.engine.RULES_SECONDS", 0.02)
        feed = FakeFeed()
        one = engine(records)
        one.start(feed)
        one.observe(UNDER)
        until(lambda: one._waiting.empty(), "a look at the snapshot")
        assert feed.pinned == set()
        added = records.subscriptions.add_rule(LOCAL, parse_rule(LOSES))
        until(lambda: feed.pinned == {"SPY"}, "the feed's following")
        records.subscriptions.remove_rule(LOCAL, added.id)
        until(lambda: feed.pinned == set(), "the feed's letting go")
        one.stop()

    def test_a_price_of_the_stream_becomes_a_notice(self, records: Records) -> None:
        """The feed, the engine and the store, with nobody looking."""
        baseline = baselines_of(["TEST"])[0]["TEST"]
        level = next(a.session_level for a in baseline.averages if a.sessions == 50)
        assert level is not None
        below = baseline.previous_close >= level
        does = "loses" if below else "reclaims"
        rule = {"kind": "crossing", "symbol": "TEST", "does": does, "sessions": 50}
        records.subscriptions.add_rule(LOCAL, parse_rule(rule))
        stream = ScriptedStream()
        one = engine(records)
        feed = Feed(
            MemorySharedState(),
            market_on(stream.connect, lambda: NOON + dt.timedelta(seconds=5)),
            ["TEST"],
            observers=[one.observe],
        )
        one.start(feed)
        try:
            until(lambda: stream.opened, "the stream's opening")
            until(lambda: feed.peek().content.feed.connected, "a connection")
            price = level * (0.97 if below else 1.03)
            ends = threading.Event()

            def send() -> None:
                for second in range(2000):
                    if ends.wait(0.05):
                        return
                    stream.send(tick(round(price + second / 100, 2), seconds=second / 1000))

            sending = threading.Thread(target=send)
            sending.start()
            try:
                until(lambda: one.fired, "the alert")
            finally:
                ends.set()
                sending.join()
        finally:
            feed.close()
            one.stop()
        (notice,) = records.notices.latest(LOCAL)
        assert "its 50-DMA at 12:00 (provisional)" in notice.message.title


class TestSending:
    def test_of_many_senders_one_has_each_delivery(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        opened = Records(Database(store_url(tmp_path)))
        set_up(opened, "webhook", "https://example.org/")
        monkeypatch.setattr("analytics.store.outbox.MOST_A_MINUTE", 12)
        for number in range(12):
            publish(opened, str(number), title=f"Notice {number}")
        courier = Courier()
        senders = [
            Sender(Records(Database(store_url(tmp_path))), {"webhook": courier}, look_seconds=0.02)
            for _ in range(3)
        ]
        for sender in senders:
            sender.start()
        until(lambda: opened.outbox.waiting() == 0, "all deliveries")
        for sender in senders:
            sender.stop()
        assert sorted(courier.sent) == sorted(f"Notice {number}" for number in range(12))

    def test_a_way_that_breaks_is_logged_and_the_rest_goes_on(
        self, records: Records, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("analytics.runtime.alerts.delivery.UNREADABLE_SECONDS", 0.02)
        set_up(records, "webhook", "https://example.org/")
        publish(records, "1", title="first")
        publish(records, "2", title="second")

        class Broken(Courier):
            def send(self, due: DueDelivery) -> None:
                if due.notice.message.title == "first":
                    raise KeyError("a bug")
                super().send(due)

        broken = Broken()
        sender = Sender(records, {"webhook": broken}, look_seconds=0.02)
        sender.start()
        until(lambda: broken.sent == ["second"], "the other delivery")
        sender.stop()
        assert "failed unexpectedly" in caplog.text

    def test_what_could_not_be_noted_is_noted_later(
        self, records: Records, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        set_up(records, "webhook", "https://example.org/")
        publish(records)
        mark, fails = records.outbox._mark, [1, 1]

        def unsteady(due: DueDelivery, **values: Any) -> None:
            if fails:
                fails.pop()
                raise StoreUnavailable("The store was not written: busy.")
            mark(due, **values)

        monkeypatch.setattr(records.outbox, "_mark", unsteady)
        courier = Courier()
        sender = Sender(records, {"webhook": courier})
        monkeypatch.setattr(sender._stopped, "wait", lambda seconds: False)
        sender.step("webhook")
        assert records.outbox.waiting() == 0
        assert len(courier.sent) == 1
