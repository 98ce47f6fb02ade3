from __future__ import annotations

import datetime as dt
import threading
import time
from collections.abc import Callable
from functools import partial

import pytest

from analytics.cache.backend import NoBackend
from analytics.cache.codec import Codec
from analytics.cache.single_flight import Cache
from analytics.desk.desk import Desk
from analytics.desk.fetching import CACHED_TYPES
from analytics.indicators.series import DmaSessions
from analytics.model.listings import group
from analytics.model.question import Symbol
from analytics.model.vocabulary import NotAvailable
from analytics.runtime.hold_scan import (
    SCANS_AT_ONCE,
    UNWATCHED_SECONDS,
    HoldScans,
    ScanProgress,
    StudyRecord,
)
from analytics.sources.demo import DemoClock, DemoSource
from analytics.studies.hold.universe import HOLD_UNIVERSE, HoldUniverseParameters

PATIENCE_SECONDS = 60.0


@pytest.fixture
def desk() -> Desk:
    codec = Codec(CACHED_TYPES | {"hold-scan": StudyRecord})
    return Desk(DemoSource(clock=DemoClock(speed=0)), Cache(NoBackend(), codec))


def until(look: Callable[[], ScanProgress], done: Callable[[ScanProgress], bool]) -> ScanProgress:
    end = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < end:
        progress = look()
        if done(progress):
            return progress
        time.sleep(0.02)
    raise AssertionError("the scan did not get there")


class TestScan:
    def test_it_ends_with_what_the_question_answers(self, desk: Desk) -> None:
        scans = HoldScans(desk)
        ended = until(lambda: scans.watch("sectors", 50), lambda p: not p.running)
        assert (ended.done, ended.total) == (11, 11)
        symbols = tuple(Symbol(row.symbol) for row in ended.result.rows) if ended.result else ()
        asked = desk.ask(HOLD_UNIVERSE, HoldUniverseParameters(symbols, 50, 500)).result
        assert asked == ended.result

    def test_progress_grows_and_the_rows_so_far_are_pooled(self, desk: Desk) -> None:
        scans = HoldScans(desk)
        seen = until(lambda: scans.watch("sectors", 20), lambda p: p.done > 0)
        assert seen.result is not None
        assert len(seen.result.rows) == seen.done
        until(lambda: scans.watch("sectors", 20), lambda p: not p.running)

    def test_nobody_watching_cancels_it_and_watching_again_resumes(self, desk: Desk) -> None:
        now = [0.0]
        scans = HoldScans(desk, clock=lambda: now[0])
        started = scans.watch("sectors", 100)
        assert started.running
        now[0] += UNWATCHED_SECONDS + 1
        scan = next(iter(scans._scans.values()))
        until(lambda: started, lambda _: not scan.running)
        stopped_at = len(scan.pool)
        assert stopped_at < 11
        ended = until(lambda: scans.watch("sectors", 100), lambda p: not p.running)
        assert ended.done == 11

    def test_what_was_studied_is_not_studied_again(
        self, desk: Desk, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        first = HoldScans(desk)
        until(lambda: first.watch("sectors", 200), lambda p: not p.running)

        def never(*args: object) -> None:
            raise AssertionError("studied twice")

        monkeypatch.setattr("analytics.runtime.hold_scan.study_symbol", never)
        again = HoldScans(desk)
        ended = until(lambda: again.watch("sectors", 200), lambda p: not p.running)
        assert ended.done == 11
        assert ended.result is not None

    def test_an_unknown_symbol_is_missing_and_said(
        self, desk: Desk, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        listed = group("ten", dt.date(2025, 1, 27), own=("NOSUCH", "XLK"))
        monkeypatch.setattr("analytics.runtime.hold_scan.group", lambda *_: listed)
        scans = HoldScans(desk)
        ended = until(lambda: scans.watch("ten", 50), lambda p: not p.running)
        assert ended.result is not None
        assert (ended.done, ended.total) == (2, 2)
        assert list(ended.result.missing) == ["NOSUCH"]
        assert "does not know" in ended.result.missing["NOSUCH"]

    def test_many_scans_take_turns(self, desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
        gate, begun = threading.Event(), []

        def wait(desk: Desk, symbol: str, level: int, *rest: object) -> object:
            begun.append(level)
            gate.wait(PATIENCE_SECONDS)
            raise NotAvailable("none.")

        monkeypatch.setattr("analytics.runtime.hold_scan.study", wait)
        scans = HoldScans(desk)
        levels: tuple[DmaSessions, ...] = (20, 50, 100, 200)
        for level in levels:
            assert scans.watch("sectors", level).running
        until(lambda: scans.watch("sectors", 20), lambda _: len(begun) == SCANS_AT_ONCE)
        assert scans.watch("sectors", 200).done == 0
        gate.set()
        for level in levels:
            ended = until(partial(scans.watch, "sectors", level), lambda p: not p.running)
            assert ended.done == 11
