"""Notices on PostgreSQL, many writers at once."""

from __future__ import annotations

import datetime as dt
import threading

import pytest

from analytics.alerts.model import LOCAL
from analytics.store.database import Database
from analytics.store.records import Records
from tests.support.servers import postgres_server
from tests.unit.components.test_notices import add_channel, publish


class TestOnPostgres:
    """Its writers do not stand in line as SQLite's do."""

    def test_many_at_once_number_without_a_gap_and_claim_without_a_double(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("analytics.store.outbox.MOST_A_MINUTE", 8)
        with postgres_server() as server:
            add_channel(Database(server.url), "a@example.org")
            opened = [Records(Database(server.url)) for _ in range(4)]
            start = threading.Barrier(len(opened))
            numbers: list[int] = []
            claimed: list[str] = []

            def run(records: Records) -> None:
                start.wait()
                numbers.extend(publish(records.notices, str(number)) for number in range(8))
                start.wait()
                now = dt.datetime.now(dt.UTC)
                misses = 0
                while misses < 3:  # another may have won the rows this one looked at
                    due = records.outbox.claim("email", now, dt.timedelta(minutes=2))
                    if due is None:
                        misses += 1
                    else:
                        claimed.append(due.notice.message.key)

            threads = [threading.Thread(target=run, args=(one,)) for one in opened]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            notices = opened[0].notices.latest(LOCAL)
            for one in opened:
                one.close()
        assert sum(numbers) == 8
        assert [notice.number for notice in notices] == list(range(8, 0, -1))
        assert sorted(claimed) == sorted(str(number) for number in range(8))

    def test_a_storm_is_one_message_though_many_claim_it_at_once(self) -> None:
        with postgres_server() as server:
            add_channel(Database(server.url), "a@example.org")
            opened = [Records(Database(server.url)) for _ in range(4)]
            for number in range(12):
                publish(opened[0].notices, str(number))
            start = threading.Barrier(len(opened))
            titles: list[str] = []

            def run(records: Records) -> None:
                start.wait()
                due = records.outbox.claim(
                    "email", dt.datetime.now(dt.UTC), dt.timedelta(minutes=2)
                )
                if due is not None:
                    titles.append(due.notice.message.title)

            threads = [threading.Thread(target=run, args=(one,)) for one in opened]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            for one in opened:
                one.close()
        assert titles == ["12 alerts"]
