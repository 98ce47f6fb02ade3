"""Stores of every release, upgraded with what is in them, on SQLite and on PostgreSQL."""

from __future__ import annotations

import datetime as dt
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Engine, create_engine, insert, inspect, select, update

from analytics.store.chain_format import decode_chain
from analytics.store.database import Database, StoreUnavailable, store_url
from analytics.store.migrations import scripts
from analytics.store.portfolios import Portfolios
from analytics.store.records import Records
from analytics.store.revisions import REVISIONS, metadata
from analytics.store.schema import alembic_version, schema_version
from analytics.store.store import Store
from tests.support.released_stores import RELEASES, load
from tests.support.servers import postgres_server

ROOT = Path(__file__).parents[2]
MONDAY = dt.date(2025, 1, 27)
NOON = dt.datetime(2025, 1, 27, 17, tzinfo=dt.UTC)


@pytest.fixture(scope="module")
def postgres() -> Iterator[str]:
    with postgres_server() as server:
        yield server.url


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Of an empty database."""
    if request.param == "sqlite":
        return store_url(tmp_path)
    address: str = request.getfixturevalue("postgres")
    engine = create_engine(address)
    with engine.begin() as connection:
        connection.exec_driver_sql("DROP SCHEMA public CASCADE")
        connection.exec_driver_sql("CREATE SCHEMA public")
    engine.dispose()
    return address


def shape(engine: Engine) -> dict[str, Any]:
    """Every table's columns, keys and indexes, as the database itself tells them."""
    found = inspect(engine)
    return {
        table: (
            [(c["name"], str(c["type"]), c["nullable"]) for c in found.get_columns(table)],
            found.get_pk_constraint(table)["constrained_columns"],
            sorted((i["name"], tuple(i["column_names"])) for i in found.get_indexes(table)),
        )
        for table in found.get_table_names()
    }


class TestEveryRelease:
    def test_there_is_one_of_each(self) -> None:
        assert RELEASES[:2] == ("0.1.0", "0.2.0")

    @pytest.mark.parametrize("release", RELEASES)
    def test_upgraded_it_has_the_tables_of_a_new_one(self, url: str, release: str) -> None:
        fresh = create_engine(url)
        Database(url).close()
        wanted = shape(fresh)
        metadata.drop_all(fresh)
        load(release, url)
        Database(url).close()
        assert shape(fresh) == wanted
        with fresh.connect() as connection:
            assert compare_metadata(MigrationContext.configure(connection), metadata) == []
            assert connection.execute(select(alembic_version)).all() == [(REVISIONS[-1],)]
        fresh.dispose()

    @pytest.mark.parametrize("release", RELEASES)
    def test_all_it_held_is_read(self, url: str, release: str) -> None:
        load(release, url)
        database = Database(url)
        store, records = Store(database), Records(database)
        (figures,) = store.figures("Yahoo", "options", "NVDA", MONDAY)
        assert (figures.final, figures.figures) == (True, {"put_call_volume": 0.8})
        data = store.chain("Yahoo", "TEST", dt.date(2025, 1, 6))
        assert data is not None
        assert decode_chain(data).symbol == "TEST"
        (call,) = store.levels.calls("Yahoo", MONDAY)
        assert (call.symbol, call.level.name, call.price) == ("SPY", "50-DMA", 596.5)
        assert call.called_at == NOON
        (event,) = store.levels.events("Yahoo", MONDAY)
        assert (event.kind, event.price, event.at) == ("broke under", 595.9, NOON)
        (rule,) = records.subscriptions.rules("local")
        assert rule.rule.words() == "SPY loses its 50-DMA by the close"
        (channel,) = records.subscriptions.channels("local")
        assert (channel.kind, channel.target) == ("email", "desk@example.org")
        (notice,) = records.notices.latest("local")
        assert (notice.message.title, notice.number) == ("Sold SPY", 1)
        assert [sent.target for sent in notice.deliveries] == ["desk@example.org"]
        edition = records.previews.edition("Files", MONDAY)
        assert edition is not None
        assert edition.staff.sections == {"supports": "Watch the *close*."}
        (draft,) = Portfolios(database, "model").drafts()
        assert (draft.kind, draft.amount) == ("deposit", 10000.0)
        (scenes,) = records.scenes.newest()
        assert scenes.scenes.name == "Monday"
        stored = store.holdings.bars("Yahoo", "OLD")
        assert (stored is None) == (release == "0.1.0")
        database.close()
        Database(url).close()  # a second start finds nothing to do


class TestRefused:
    def test_by_an_older_program_since_0_1_0(self, url: str) -> None:
        """They know versions up to 3 and refuse any above, in a sentence."""
        Database(url).close()
        engine = create_engine(url)
        with engine.connect() as connection:
            assert connection.execute(select(schema_version.c.version)).scalar_one() > 3
        engine.dispose()

    def test_a_newer_database_by_this_one_and_left_alone(self, url: str) -> None:
        Database(url).close()
        engine = create_engine(url)
        with engine.begin() as connection:
            connection.execute(update(alembic_version).values(version_num="9999"))
        before = shape(engine)
        with pytest.raises(StoreUnavailable, match="version 9999, newer than this program knows"):
            Database(url)
        assert shape(engine) == before
        engine.dispose()

    def test_one_of_a_number_that_no_release_wrote(self, url: str) -> None:
        engine = create_engine(url)
        with engine.begin() as connection:
            schema_version.create(connection)
            connection.execute(insert(schema_version).values(version=99))
        with pytest.raises(StoreUnavailable, match="version 99 of before Alembic"):
            Database(url)
        assert inspect(engine).get_table_names() == ["schema_version"]
        engine.dispose()


class TestRevisions:
    def test_the_program_knows_all_of_them_in_order(self) -> None:
        newest_first = [revision.revision for revision in scripts().walk_revisions()]
        assert tuple(reversed(newest_first)) == REVISIONS

    def test_a_start_without_an_upgrade_loads_no_alembic(self, tmp_path: Path) -> None:
        program = (
            "import sys; from analytics.store.database import Database; "
            "[Database(sys.argv[1]).close() for _ in range(2)]; print('alembic' in sys.modules)"
        )
        words = [sys.executable, "-c", program, store_url(tmp_path)]
        done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=True)
        assert done.stdout == "False\n"
