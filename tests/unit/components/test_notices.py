"""Notices: published once whatever happens, numbered for viewers, with their deliveries."""

from __future__ import annotations

import datetime as dt
import threading
from pathlib import Path

import pytest
from sqlalchemy import insert

from analytics.alerts.model import LOCAL, Message
from analytics.model.vocabulary import BadInput
from analytics.store.database import Database, StoreUnavailable, store_url
from analytics.store.notices import Notices
from analytics.store.records import Records
from analytics.store.schema import channels

AT = dt.datetime(2025, 1, 27, 15, 2, tzinfo=dt.UTC)


def publish(notices: Notices, key: str = "2025-01-27", **changes: object) -> int:
    words = {"title": "The weekly preview is out", "text": "SPY holds.", "link": "/preview"}
    return notices.publish("preview", key, happened_at=AT, **(words | changes))  # type: ignore[arg-type]


def add_channel(database: Database, target: str, subscriber: str = LOCAL) -> None:
    with database.writing() as connection:
        row = {"subscriber": subscriber, "kind": "email", "target": target, "since": AT}
        connection.execute(insert(channels).values(**row))


class TestPublish:
    def test_a_second_time_does_nothing(self) -> None:
        notices = Notices(Database(None))
        assert [publish(notices), publish(notices, title="Another text")] == [1, 0]
        (notice,) = notices.latest(LOCAL)
        assert notice.message.title == "The weekly preview is out"
        assert (notice.message.happened_at, notice.message.link) == (AT, "/preview")

    def test_the_same_key_of_another_kind_is_another_event(self) -> None:
        notices = Notices(Database(None))
        publish(notices)
        assert notices.publish("trade", "2025-01-27", "Bought", "", "/portfolio", AT) == 1

    def test_of_many_processes_one_publishes(self, tmp_path: Path) -> None:
        numbers: list[int] = []
        start = threading.Barrier(4)

        def run() -> None:
            notices = Notices(Database(store_url(tmp_path)))
            start.wait()
            numbers.append(publish(notices))

        threads = [threading.Thread(target=run) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(numbers) == [0, 0, 0, 1]

    def test_it_stands_exactly_when_the_callers_transaction_does(self) -> None:
        database = Database(None)
        notices = Notices(database)

        def fail_after() -> None:
            with database.writing() as connection:
                assert publish(notices, connection=connection) == 1
                raise RuntimeError("the trade could not be written")

        with pytest.raises(RuntimeError):
            fail_after()
        assert notices.latest(LOCAL) == ()
        assert publish(notices) == 1

    def test_every_subscriber_gets_it_on_each_of_its_channels(self) -> None:
        database = Database(None)
        add_channel(database, "a@example.org")
        add_channel(database, "b@example.org")
        add_channel(database, "c@example.org", "carol")
        notices = Notices(database)
        assert publish(notices) == 2
        targets = [d.target for d in notices.latest(LOCAL)[0].deliveries]
        assert targets == ["a@example.org", "b@example.org"]
        (hers,) = notices.latest("carol")[0].deliveries
        assert (hers.target, hers.attempts, hers.sent_at) == ("c@example.org", 0, None)

    @pytest.mark.parametrize(
        "wrong",
        [
            {"title": ""},
            {"title": "x" * 201},
            {"title": "two\nlines"},
            {"text": "x" * 4001},
            {"link": "https://elsewhere.example/"},
            {"link": "//elsewhere.example/"},
            {"link": "/supports\r\nX: y"},
            {"link": "javascript:alert(1)"},
            {"key": ""},
            {"key": "x" * 161},
        ],
        ids=str,
    )
    def test_what_a_channel_could_not_carry_is_refused(self, wrong: dict[str, str]) -> None:
        notices = Notices(Database(None))
        with pytest.raises(BadInput, match="notice"):
            publish(notices, **wrong)
        assert notices.latest(LOCAL) == ()

    def test_a_store_that_cannot_be_used_says_so(self) -> None:
        with pytest.raises(StoreUnavailable, match="the disk is full"):
            publish(Notices(Database.refused("The store cannot be used: the disk is full.")))


class TestReading:
    def test_a_viewer_gets_only_what_is_new_to_it(self) -> None:
        notices = Records(Database(None)).notices
        assert notices.newest_number(LOCAL) == 0
        for key in "abc":
            publish(notices, key)
        publish(notices, "b")
        assert notices.newest_number(LOCAL) == 3
        assert [n.message.key for n in notices.since(LOCAL, 1)] == ["b", "c"]
        assert [n.number for n in notices.since(LOCAL, 0, most=2)] == [2, 3]
        assert [n.message.key for n in notices.latest(LOCAL)] == ["c", "b", "a"]

    def test_a_message_comes_back_as_it_was(self) -> None:
        notices = Notices(Database(None))
        publish(notices, simulated=True)
        wanted = Message(
            "preview", "2025-01-27", "The weekly preview is out", "SPY holds.", "/preview", AT, True
        )
        assert notices.since(LOCAL, 0)[0].message == wanted
