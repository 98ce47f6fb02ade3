"""The list of notices: runs of the simulated market apart, deliveries by their notice's clock."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator
from typing import Any

import pytest

from analytics.alerts.evaluate import event_key
from analytics.alerts.model import LOCAL, Message, Notice
from analytics.sources.demo.clock import DemoClock
from components.frame import formats
from components.frame.panels import BUILDERS
from components.pages.alerts.log_view import by_run, clock_of
from tests.unit.components.test_alert_routes import Site
from tests.unit.components.test_alert_rule_routes import nodes

MONDAY = dt.date(2025, 1, 27)
WALL = dt.datetime(2026, 3, 2, 12, tzinfo=dt.UTC)


class Bench:
    """A demo's clock at ten times the speed of a real one that is moved by hand."""

    def __init__(self) -> None:
        self.real = WALL.timestamp()
        read = lambda: self.real  # noqa: E731
        self.clock = DemoClock(speed=10.0, monotonic=read, wall=read)

    def notice(self, name: str, run: str | None, number: int = 1, kind: str = "rule") -> Notice:
        """Written now of now."""
        key = name if run is None else event_key("id", MONDAY, run, name)
        made = Message(kind, key, name, "", "/", self.clock.now(), simulated=True)
        return Notice(LOCAL, number, made, dt.datetime.fromtimestamp(self.real, dt.UTC))

    def shown(self, notice: Notice, after: float) -> str | None:
        """The time of a delivery so many real seconds after the run's beginning."""
        found = clock_of(notice, self.clock)
        at = WALL + dt.timedelta(seconds=after)
        return None if found is None else f"{found(at):%H:%M:%S}"


class TestByRun:
    def test_other_runs_are_apart_and_messages_of_none_go_with_their_neighbours(self) -> None:
        bench = Bench()
        run = bench.clock.run
        listed = [
            bench.notice("new test", None, 6, "test"),
            bench.notice("new", run, 5),
            bench.notice("old", "0a1b2c3d", 4),
            bench.notice("old test", None, 3, "test"),
            bench.notice("older", "ffffffff", 2),
            bench.notice("beside", run, 1),
        ]
        now, earlier = by_run(listed, bench.clock)
        assert [n.message.title for n in now] == ["new test", "new", "beside"]
        assert [n.message.title for n in earlier] == ["old", "old test", "older"]

    def test_a_real_market_s_notices_are_of_now_and_simulated_ones_are_not(self) -> None:
        bench = Bench()
        simulated, real = bench.notice("under", "0a1b2c3d"), bench.notice("under", None)
        assert by_run([real, simulated], None) == ((real,), (simulated,))


class TestClock:
    def test_a_delivery_is_shown_by_the_simulated_clock_of_its_notice(self) -> None:
        bench = Bench()
        notice = bench.notice("under", bench.clock.run)
        bench.real += 600
        assert bench.shown(notice, 30) == "18:55:00"  # from 13:50 in New York, ten times as fast
        assert bench.shown(bench.notice("a test", None, kind="test"), 30) is not None

    def test_of_a_run_that_is_over_it_is_not_known(self) -> None:
        bench = Bench()
        bench.real += 600
        notices = [bench.notice("under", bench.clock.run), bench.notice("x", None, kind="test")]
        bench.real += 600
        bench.clock.play_again()
        assert [bench.shown(notice, 630) for notice in notices] == [None, None]

    def test_a_real_notice_s_is_the_real_one(self) -> None:
        message = Message("rule", "x", "x", "", "/", WALL)
        found = clock_of(Notice(LOCAL, 1, message, WALL), None)
        assert found is not None
        assert found(WALL) == WALL


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    made = Site(tmp_path_factory.mktemp("home"))
    yield made
    made.desk.close()


def test_the_page_folds_earlier_runs_away(site: Site) -> None:
    clock = site.desk.source.play_clock
    assert clock is not None
    records = site.desk.records
    records.subscriptions.add_channel(LOCAL, "webhook", "https://example.org/hook")

    def tell(run: str, title: str) -> None:
        key = event_key("id", MONDAY, run, "under")
        message = Message("rule", key, title, "", "/", site.desk.source.now(), simulated=True)
        with records.database.writing() as connection:
            records.notices.record(LOCAL, message, connection)

    def panel() -> Any:
        return json.loads(site.app.server.extensions[BUILDERS]["alerts/log"]({}))

    tell("0a1b2c3d", "Of before")
    assert panel()["title"] == "No notice in this run yet"
    tell(clock.run, "Of now")
    shown = panel()
    assert shown["title"] == "Latest notice: Of now"
    text = json.dumps(shown["body"])
    fold = "1 notice of earlier runs of the simulated market"
    assert text.index("Of now") < text.index(fold) < text.index("Of before")
    assert nodes(shown["body"], "open") == []
    begun = site.desk.source.now()
    records.subscriptions.remove_channel(LOCAL, "webhook", "https://example.org/hook")
    states = site.get("/alerts/mine")[1]["deliveries"]
    told = {number: state["text"] for number, (state,) in states.items()}
    assert told["1"] == "given up"
    assert told["2"] in {f"given up {formats.clock(at)}" for at in (begun, site.desk.source.now())}
