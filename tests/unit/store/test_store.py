"""The durable store on SQLite; `tests.contract.test_store_postgres` has it on PostgreSQL."""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from analytics.store.database import Database, StoreUnavailable, store_url
from analytics.store.store import Store
from tests.support.small_chains import SESSION, Row, chain_of
from tests.support.small_records import NOON, daily_row


@pytest.fixture(params=["sqlite", "memory"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    url = f"sqlite:///{tmp_path / 'store.db'}" if request.param == "sqlite" else None
    opened = Store(Database(url))
    yield opened
    opened.close()


def save(
    store: Store, data: bytes, minutes: int = 0, *, final: bool = False, **change: str
) -> None:
    chain = chain_of(Row(4, True, 100.0), time=NOON + dt.timedelta(minutes=minutes))
    source = change.get("source", "Yahoo")
    store.save_chain(source, chain, data, final=final, fetched_at=NOON)


class TestChains:
    def test_a_chain_comes_back_as_it_went_in(self, store: Store) -> None:
        save(store, b"\x00\xffchain")
        assert store.chain("Yahoo", "TEST", SESSION) == b"\x00\xffchain"

    def test_only_of_exactly_that_session_and_source(self, store: Store) -> None:
        save(store, b"chain")
        assert store.chain("Yahoo", "TEST", SESSION + dt.timedelta(days=1)) is None
        assert store.chain("Simulator", "TEST", SESSION) is None

    def test_a_later_chain_of_the_session_replaces_an_earlier_one(self, store: Store) -> None:
        save(store, b"early")
        save(store, b"late", minutes=5)
        save(store, b"stale", minutes=2)
        assert store.chain("Yahoo", "TEST", SESSION) == b"late"

    def test_a_final_chain_stands(self, store: Store) -> None:
        save(store, b"early")
        assert not store.has_final_chain("Yahoo", "TEST", SESSION)
        save(store, b"final", minutes=5, final=True)
        save(store, b"after", minutes=60, final=True)
        assert store.has_final_chain("Yahoo", "TEST", SESSION)
        assert store.chain("Yahoo", "TEST", SESSION) == b"final"


class TestFigures:
    def test_they_come_back_in_order_up_to_a_date_as_shown(self, store: Store) -> None:
        for row in (
            daily_row(8, 1.5),
            daily_row(6, 0.5),
            daily_row(7, None),
            daily_row(9, 9.0),
        ):
            store.save_figures("Yahoo", "options", row)
        found = store.figures("Yahoo", "options", "TEST", dt.date(2025, 1, 8))
        assert [row.figures["put_call_volume"] for row in found] == [0.5, None, 1.5]
        assert found[0] == daily_row(6, 0.5)

    def test_what_was_final_is_not_repainted(self, store: Store) -> None:
        store.save_figures("Yahoo", "options", daily_row(6, 1.0, final=False))
        store.save_figures("Yahoo", "options", daily_row(6, 2.0, minutes=5))
        store.save_figures("Yahoo", "options", daily_row(6, 3.0, minutes=9))
        (row,) = store.figures("Yahoo", "options", "TEST", dt.date(2025, 1, 6))
        assert row.figures == {"put_call_volume": 2.0}

    def test_many_writers_at_once_keep_one_row(self, store: Store) -> None:
        start = threading.Barrier(8)

        def write(i: int) -> None:
            start.wait()
            for day in range(6, 11):
                store.save_figures("Yahoo", "options", daily_row(day, float(i), final=False))

        threads = [threading.Thread(target=write, args=(i,)) for i in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(store.figures("Yahoo", "options", "TEST", dt.date(2025, 2, 1))) == 5


class TestSchema:
    def test_opening_again_changes_nothing(self, tmp_path: Path) -> None:
        url = store_url(tmp_path)
        first = Store(Database(url))
        first.save_figures("Yahoo", "options", daily_row(6, 1.0))
        first.close()
        again = Store(Database(url))
        assert len(again.figures("Yahoo", "options", "TEST", dt.date(2025, 1, 6))) == 1
        again.close()

    def test_a_damaged_file_is_refused_and_never_thrown_away(self, tmp_path: Path) -> None:
        path = tmp_path / "store.db"
        path.write_bytes(b"not a database, but somebody's data" * 100)
        before = path.read_bytes()
        with pytest.raises(StoreUnavailable, match="cannot be used"):
            Store(Database(store_url(tmp_path)))
        assert path.read_bytes() == before

    def test_a_home_that_cannot_be_made_is_a_sentence(self, tmp_path: Path) -> None:
        (tmp_path / "file").write_text("")
        with pytest.raises(StoreUnavailable, match="is not writable"):
            store_url(tmp_path / "file" / "home")
