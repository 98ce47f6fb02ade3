"""The database beneath the store: moments, rows written once, upgrades and refusals."""

from __future__ import annotations

import datetime as dt
import threading
from pathlib import Path

import pytest
from sqlalchemy import create_engine, inspect, select, update

from analytics.store.database import Database, StoreUnavailable, store_url
from analytics.store.portfolios import Portfolios
from analytics.store.schema import MIGRATIONS, holding_bars, notices, schema_version

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


class TestUpgrade:
    def test_a_store_of_the_first_version_gains_the_newer_tables(self, tmp_path: Path) -> None:
        url = store_url(tmp_path)
        engine = create_engine(url)
        with engine.begin() as connection:
            schema_version.create(connection)
            MIGRATIONS[0](connection)
            connection.execute(schema_version.insert().values(version=1))
        Database(url).close()
        with engine.connect() as connection:
            assert connection.execute(select(schema_version.c.version)).scalar() == len(MIGRATIONS)
        assert {"notices", "level_calls", "previews"} <= set(inspect(engine).get_table_names())

    def test_a_store_of_0_1_0_keeps_its_rows_and_gains_the_closes_of_holdings(
        self, tmp_path: Path
    ) -> None:
        """The table and the row as 0.1.0 wrote them, letter by letter."""
        url = store_url(tmp_path)
        engine = create_engine(url)
        with engine.begin() as connection:
            schema_version.create(connection)
            connection.execute(schema_version.insert().values(version=2))
            connection.exec_driver_sql(
                "CREATE TABLE portfolio_changes (portfolio VARCHAR(40) NOT NULL, number INTEGER "
                "NOT NULL, effective DATE NOT NULL, recorded_at DATETIME NOT NULL, published_at "
                "DATETIME, body TEXT NOT NULL, PRIMARY KEY (portfolio, number))"
            )
            connection.exec_driver_sql(
                "INSERT INTO portfolio_changes VALUES ('model', 1, '2025-01-13', "
                "'2025-01-27 15:00:00.000000', '2025-01-27 15:00:00.000000', "
                '\'{"id":"e54b","effective":"2025-01-13","kind":"buy","reason":"because",'
                '"symbol":"MSFT","shares":10.0,"amount":null,"weights":{},"number":0,'
                '"published_at":null}\')'
            )
        database = Database(url)
        (change,) = Portfolios(database, "model").published()
        assert (change.kind, change.symbol, change.shares) == ("buy", "MSFT", 10.0)
        assert (change.number, change.cash, change.ratio) == (1, None, None)
        with database.reading() as connection:
            assert connection.execute(select(schema_version.c.version)).scalar() == len(MIGRATIONS)
            assert connection.execute(select(holding_bars)).all() == []
        Database(url).close()  # a second start finds nothing to do

    def test_a_store_of_a_newer_program_is_refused_and_left_alone(self, tmp_path: Path) -> None:
        url = store_url(tmp_path)
        engine = create_engine(url)
        with engine.begin() as connection:
            schema_version.create(connection)
            connection.execute(schema_version.insert().values(version=len(MIGRATIONS) + 1))
        with pytest.raises(StoreUnavailable, match="newer than this program knows"):
            Database(url)
        assert inspect(engine).get_table_names() == ["schema_version"]


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
