"""Alert on a scan: once a name and session, by its filters, in the shell and the engine."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec
import pytest

from analytics.alerts.kinds.in_scan import InScan
from analytics.alerts.model import LOCAL
from analytics.alerts.question import ALERT, AlertParameters, scan_reading
from analytics.alerts.rule import ScanReading, Situation
from analytics.alerts.rules import parse_rule
from analytics.model.question import Symbol
from analytics.model.status import Status
from analytics.model.vocabulary import BadInput
from analytics.runtime.alerts.engine import SCAN_SECONDS, Engine
from analytics.store.database import Database
from analytics.store.records import Records
from analytics.studies.scan.filters import ScanFilter
from analytics.studies.scan.row import ScanRow
from analytics.studies.scan.scan import SCAN, ScanParameters
from tests.support.builders import FRIDAY, MONDAY, make_bars, walk
from tests.support.small_alerts import ABOVE
from tests.support.small_bars import inputs_of

UNDER = {"kind": "scan", "stands": "under"}
AT = dt.datetime(2025, 1, 27, 15, 0, tzinfo=dt.UTC)


def rows(count: int = 12) -> tuple[ScanRow, ...]:
    bars = [make_bars(walk(400, seed), symbol=f"S{seed:02d}") for seed in range(count)]
    symbols = tuple(Symbol(one.symbol) for one in bars)
    return SCAN.compute(ScanParameters(symbols), inputs_of(*bars)).rows


def reading(*given: ScanRow) -> ScanReading:
    return ScanReading(given, MONDAY, AT, final=False)


def parsed(**fields: Any) -> InScan:
    rule = parse_rule({"kind": "scan", **fields})
    assert isinstance(rule, InScan)
    return rule


class TestRule:
    def test_it_finds_each_name_that_its_filters_want(self) -> None:
        known = rows()
        status = str(known[0].status)
        rule = parsed(stands=status)
        found = list(rule.find(Situation(scans={rule.scan: reading(*known)})))
        wanted = [row.symbol for row in known if row.status == status]
        assert [event.name for event in found] == [f"in {symbol}" for symbol in wanted]
        assert "10:00 (provisional)" in found[0].title

    @pytest.mark.parametrize(
        ("status", "words"),
        [
            (Status.BROKEN, "S00 closed under its"),
            (Status.HELD, "S00 held its"),
            (Status.RECLAIMED, "S00 closed back above its"),
            (Status.ABOVE, "S00 is above its"),
        ],
    )
    def test_it_says_in_english_what_became_of_the_level_and_why_it_is_told(
        self, status: Status, words: str
    ) -> None:
        row = replace(rows(1)[0], status=status, families=2)
        rule = parsed(cluster=True)
        at_close = ScanReading((row,), MONDAY, AT, final=True)
        (found,) = rule.find(Situation(scans={rule.scan: at_close}))
        assert found.title.startswith(words)
        assert "Passes the scan: where two families of levels meet." in found.text

    def test_where_the_scan_is_not_known_it_finds_nothing_and_says_so(self) -> None:
        rule = parsed(stands="under")
        assert rule.observed(Situation()) is None
        assert list(rule.find(Situation())) == []
        assert rule.status(Situation()).words == "the scan is not available now"

    def test_it_reads_back_what_it_is_stored_as(self) -> None:
        rule = parsed(universe="XLK", stands="testing", band="0.5", event="touch", first=True)
        assert rule.words() == (
            "a name of Technology is testing, touch today, within 0.5 ATR of its level, "
            "for the first time in 60 sessions"
        )
        assert rule.link == "/scan?universe=XLK&status=testing&band=0.5&kind=touch&first=1"

    @pytest.mark.parametrize(
        ("fields", "said"),
        [
            ({}, "at least one filter"),
            ({"stands": "falling"}, "stands"),
            ({"stands": "under", "band": "9"}, "band"),
            ({"stands": "under", "universe": "<b>"}, "universe"),
            ({"stands": "under", "universe": 7}, "names"),
            ({"stands": "under", "first": "yes"}, "true or false"),
            ({"stands": "under", "family": "gann"}, "family"),
        ],
    )
    def test_what_is_refused(self, fields: dict[str, Any], said: str) -> None:
        with pytest.raises(BadInput, match=said):
            parsed(**fields)


class TestFilter:
    ROW = replace(
        rows(1)[0],
        status=Status.UNDER,
        distance_atr=-0.4,
        event=None,
        first_touch=False,
        families=1,
    )

    @pytest.mark.parametrize(
        ("wanted", "passes"),
        [
            (ScanFilter(), True),
            (ScanFilter(status="under"), True),
            (ScanFilter(status="held"), False),
            (ScanFilter(band="0.5"), True),
            (ScanFilter(band="0.25"), False),
            (ScanFilter(kind="touch"), False),
            (ScanFilter(first=True), False),
            (ScanFilter(cluster=True), False),
            (ScanFilter(sector="XLK"), False),
        ],
    )
    def test_each(self, wanted: ScanFilter, passes: bool) -> None:
        assert wanted.passes(self.ROW) is passes

    def test_a_row_without_a_distance_is_near_nothing(self) -> None:
        assert not ScanFilter(band="2").passes(replace(self.ROW, distance_atr=None))


class TestEngine:
    def test_a_name_is_told_once_a_session_and_a_later_one_when_it_enters(
        self, tmp_path: Path
    ) -> None:
        under = [replace(row, status=Status.UNDER) for row in rows(3)]
        above = replace(under[2], status=Status.ABOVE)
        now = [reading(under[0], under[1], above)]
        asked: list[ScanParameters] = []

        def scan(wanted: ScanParameters) -> ScanReading:
            asked.append(wanted)
            return now[0]

        records, time = Records(Database(f"sqlite:///{tmp_path}/store.db")), [1000.0]
        records.subscriptions.add_rule(LOCAL, parse_rule(UNDER))
        engine = Engine(records, lambda: None, lambda: "run", lambda: time[0], scan=scan)
        snapshot = replace_at(AT)
        assert engine.step(snapshot, "run") == 2
        assert engine.step(snapshot, "run") == 0
        assert len(asked) == 1  # looked at again only after a while
        now[0] = reading(*under)
        time[0] += SCAN_SECONDS
        assert engine.step(snapshot, "run") == 1
        titles = [notice.message.title for notice in records.notices.latest(LOCAL, 9)]
        assert len(titles) == len(set(titles)) == 3


def replace_at(at: dt.datetime) -> Any:
    content = msgspec.structs.replace(ABOVE.content, at=at + dt.timedelta(minutes=1))
    return replace(ABOVE, content=content)


class TestQuestion:
    def test_the_shell_says_how_it_stands_and_what_it_fires(self) -> None:
        bars = [
            make_bars(walk(400, seed), symbol=symbol) for seed, symbol in enumerate(("AAPL", "V"))
        ]
        parameters = AlertParameters(rule=json.dumps({"kind": "scan", "band": "2"}))
        got = ALERT.compute(parameters, inputs_of(*bars, session=FRIDAY))
        scan = SCAN.compute(ScanParameters(), inputs_of(*bars, session=FRIDAY))
        near = [row for row in scan.rows if abs(row.distance_atr or 99) <= 2]
        assert got.now.startswith(f"{len(near)} of 2 names")
        assert len(got.fires) == len(near)
        assert scan_reading(scan, AT).final
