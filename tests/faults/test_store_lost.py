"""A PostgreSQL that is killed: pages go on and say so, and what was committed is there again."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from analytics.assembly import open_database
from analytics.options.question import OPTIONS
from analytics.settings_reader import load_settings
from analytics.store.database import Database, StoreUnavailable
from analytics.store.store import Store
from tests.support.servers import PostgresServer, postgres_server
from tests.support.waiting import until
from tests.unit.desk.test_archive import EVENING, MONDAY, NVDA, desk_at

SOON = 0.05


@pytest.fixture(scope="module")
def server() -> Iterator[PostgresServer]:
    with postgres_server() as running:
        yield running


class TestKilled:
    def test_the_page_goes_on_says_so_and_nothing_committed_is_lost(
        self, server: PostgresServer
    ) -> None:
        store = Store(Database(server.url, retry_seconds=SOON))
        shown = desk_at(EVENING, store).ask(OPTIONS, NVDA)
        assert store.has_final_chain("Simulator", "NVDA", MONDAY)
        server.kill()
        try:
            desk = desk_at(EVENING, store)
            during = desk.ask(OPTIONS, NVDA)
            assert during.result is not None
            assert desk.archive.status is not None
            assert "The store " in desk.archive.status
        finally:
            server.start()
        until(lambda: _has(store), "the store's return")
        later = desk_at(EVENING, store).ask(OPTIONS, NVDA, MONDAY)
        assert shown.result is not None
        assert later.result is not None
        assert later.result.put_call == shown.result.put_call
        store.close()

    def test_after_one_attempt_it_is_left_alone_for_a_while(self, server: PostgresServer) -> None:
        database = Database(server.url, retry_seconds=3600.0)
        server.kill()
        try:
            with pytest.raises(StoreUnavailable) as first, database.reading() as connection:
                connection.exec_driver_sql("SELECT 1")
        finally:
            server.start()
        # it would answer now, but nobody is made to wait for it before its time
        with pytest.raises(StoreUnavailable) as second, database.writing():
            pass
        assert str(second.value) == str(first.value)
        database.close()


class TestStartedBeforeItsDatabase:
    def test_it_is_opened_when_it_answers(self, server: PostgresServer) -> None:
        server.kill()
        try:
            environ = {"DATABASE_URL": server.url}
            database = open_database(load_settings(["--demo"], environ))
            assert "its server does not answer" in (database.refusal or "")
            with pytest.raises(StoreUnavailable, match="cannot be used"), database.reading():
                pass
        finally:
            server.start()
        database._lost = None  # its time has come
        assert database.status().reason is None
        assert database.refusal is None
        with database.reading() as connection:
            assert connection.exec_driver_sql("SELECT count(*) FROM schema_version").scalar() == 1
        database.close()


def _has(store: Store) -> bool:
    try:
        return store.has_final_chain("Simulator", "NVDA", MONDAY)
    except StoreUnavailable:
        return False
