"""The database beneath the store: moments, rows written once, and refusals."""

from __future__ import annotations

import datetime as dt
import threading
from pathlib import Path

import pytest
from sqlalchemy import select, update

from analytics.store.database import Database, StoreUnavailable, store_url
from analytics.store.schema import notices

NEW_YORK_NOON = dt.datetime(2025, 1, 27, 12, tzinfo=dt.timezone(dt.timedelta(hours=-5)))


def notice(key: str = "one") -> dict[str, object]:
    return {
        "subscriber": "local",
        "key": key,
        "number": 1,
        "kind": "rule",
        "happened_at": NEW_YORK_NOON,
        "recorded_at": NEW_YORK_NOON,
        "body": "{}",
    }


class TestRows:
    def test_a_moment_comes_back_in_utc(self) -> None:
        database = Database(None)
        database.insert_if_absent(notices, notice())
        with database.reading() as connection:
            (at,) = connection.execute(select(notices.c.happened_at)).scalars()
        assert (at, at.tzinfo) == (NEW_YORK_NOON, dt.UTC)

    def test_of_many_writers_of_one_key_exactly_one_is_told_so(self, tmp_path: Path) -> None:
        database = Database(store_url(tmp_path))
        accepted: list[bool] = []
        start = threading.Barrier(8)

        def write() -> None:
            start.wait()
            accepted.append(database.insert_if_absent(notices, notice()))

        writers = [threading.Thread(target=write) for _ in range(8)]
        for writer in writers:
            writer.start()
        for writer in writers:
            writer.join()
        assert sorted(accepted) == [False] * 7 + [True]

    def test_a_transaction_that_fails_leaves_nothing(self, tmp_path: Path) -> None:
        database = Database(store_url(tmp_path))

        def write_and_fail() -> None:
            with database.writing() as connection:
                database.insert_if_absent(notices, notice(), connection)
                raise RuntimeError("half-way")

        with pytest.raises(RuntimeError, match="half-way"):
            write_and_fail()
        assert database.insert_if_absent(notices, notice())


class TestRefusal:
    def test_every_use_says_why(self) -> None:
        database = Database.refused("The store cannot be used: the disk is full.")
        with pytest.raises(StoreUnavailable, match="the disk is full"), database.reading():
            pass
        with pytest.raises(StoreUnavailable, match="the disk is full"):
            database.insert_if_absent(notices, notice())

    def test_a_table_taken_away_is_told_in_a_sentence(self, tmp_path: Path) -> None:
        database = Database(store_url(tmp_path))
        with database.writing() as connection:
            connection.exec_driver_sql("DROP TABLE notices")
        with (
            pytest.raises(StoreUnavailable, match=r"^The store was not written: no such table"),
            database.writing() as connection,
        ):
            connection.execute(update(notices).values(body="x"))
