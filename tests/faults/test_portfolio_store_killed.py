"""A process killed while it publishes changes of the portfolio."""

from __future__ import annotations

import signal
import uuid
from pathlib import Path

import pytest

from analytics.store.database import Database, store_url
from analytics.store.portfolios import Portfolios
from tests.support.processes import read_line, start

WRITER = """
import sys, datetime as dt, uuid
from pathlib import Path
from analytics.model.portfolio_changes import Change, Kind
from analytics.store.database import Database, store_url
from analytics.store.portfolios import Portfolios
now = dt.datetime(2025, 1, 14, 18, tzinfo=dt.UTC)
portfolios = Portfolios(Database(store_url(Path(sys.argv[1]))), "model")
number = 0
while True:
    draft = Change(uuid.uuid4().hex, now.date(), Kind.HOLD, "because")
    portfolios.save_drafts([draft], now)
    number = portfolios.publish(draft.id, number, now, now).number
    print(number, flush=True)
"""


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="there is no kill -9 on this system")
def test_nothing_acknowledged_is_lost_to_a_kill(tmp_path: Path) -> None:
    writer = start(WRITER, tmp_path)
    confirmed = [int(read_line(writer)) for _ in range(5)]
    writer.kill()
    rest, _ = writer.communicate(timeout=10)
    confirmed += [int(line) for line in rest.split()]
    portfolios = Portfolios(Database(store_url(tmp_path)), "model")
    stored = [c.number for c in portfolios.published()]
    assert stored[: len(confirmed)] == confirmed
    assert stored == list(range(1, len(stored) + 1))
    assert all(uuid.UUID(c.id) for c in portfolios.published())
