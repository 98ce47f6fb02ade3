"""The durable store on PostgreSQL does what it does on SQLite."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import create_engine, inspect

from analytics.store.database import Database
from analytics.store.store import Store
from tests.support.servers import postgres_server
from tests.unit.store.test_store import TestChains, TestFigures

__all__ = ["TestChains", "TestFigures"]  # run here again, with the store below


@pytest.fixture(scope="module")
def postgres() -> Iterator[str]:
    """URL of a PostgreSQL server of this module's own."""
    with postgres_server() as server:
        yield server.url


@pytest.fixture
def store(postgres: str) -> Iterator[Store]:
    engine = create_engine(postgres)
    with engine.begin() as connection:
        for table in inspect(engine).get_table_names():
            connection.exec_driver_sql(f"DROP TABLE {table}")
    engine.dispose()
    opened = Store(Database(postgres))
    yield opened
    opened.close()
