"""Scan: rows equal to the Supports ladder, counts by hand, events beside chance, odd universes."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from analytics.desk.follow_up import ask_fully
from analytics.model.question import Inputs, Symbol
from analytics.model.vocabulary import BadInput, Bars, Moment, StillLoading
from analytics.sources.demo import DemoSource
from analytics.sources.files.source import FilesSource
from analytics.sources.validate import clean_bars, clean_minutes
from analytics.studies.hold.levels import word_of
from analytics.studies.hold.study import HOLD_STUDY, HoldStudyParameters
from analytics.studies.scan.counts import count_day
from analytics.studies.scan.events import EVENTS, EventsParameters
from analytics.studies.scan.row import Kind, averages_before, meetings, scan_row
from analytics.studies.scan.scan import SCAN, Scan, ScanParameters, details_wanted, with_details
from analytics.studies.supports.levels import families_of_bars
from analytics.studies.supports.supports import build_ladder
from analytics.studies.supports.watchlist import deciding_level
from tests.support.builders import FRIDAY, FakeSource, make_bars, make_desk, make_frame, walk
from tests.support.shared_data import SHARED, needs_shared_data
from tests.support.small_bars import inputs_of
from tests.unit.studies.hold.test_hold_study import random_walk

MONDAY = dt.date(2025, 1, 27)


def ask(*bars: Bars, family: str = "", session: dt.date = FRIDAY) -> Scan:
    symbols = tuple(Symbol(one.symbol) for one in bars)
    return SCAN.compute(ScanParameters(symbols, family=family), inputs_of(*bars, session=session))


class TestRows:
    def test_level_status_and_distance_are_the_ladder_s(self) -> None:
        """The desk has one definition; forty walks meet most statuses."""
        walks = [make_bars(walk(400, seed), symbol=f"S{seed}") for seed in range(40)]
        found = {row.symbol: row for row in ask(*walks).rows}
        statuses = set()
        for bars in walks:
            ladder, row = build_ladder(bars), found[bars.symbol]
            level = deciding_level(ladder)
            assert level is not None
            on_ladder = next(one for one in ladder.levels if one.id == row.level_id)
            assert (row.level, row.status) == (on_ladder.price, on_ladder.status)
            assert row.distance_pct == on_ladder.distance_pct
            assert row.distance_atr == on_ladder.distance_atr
            assert row.distance_sigma == on_ladder.distance_sigma
            assert row.level_id == level.id
            statuses.add(row.status)
        assert len(statuses) >= 4

    def test_a_family_asked_for_has_its_nearest_level(self) -> None:
        bars = make_bars(walk(400, 3))
        (row,) = ask(bars, family="swing-low").rows
        known = [level for level in build_ladder(bars).levels if level.id.family == "swing-low"]
        nearest = min(known, key=lambda level: abs(level.price - float(bars.close[-1])))
        assert (row.level_name, row.level) == (nearest.name, nearest.price)
        assert row.first_touch is None

    @pytest.mark.parametrize("family", [family.key for family in families_of_bars()])
    def test_every_family_on_offer_has_a_level(self, family: str) -> None:
        """Those too that a ladder has only when it is asked for them."""
        (row,) = ask(make_bars(walk(700, 3)), family=family).rows
        assert row.level_id is not None
        assert row.level_id.family == family
        assert row.status is not None

    def test_bars_that_are_the_same_are_not_computed_again(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        first = ask(make_bars(walk(400, 77)))
        monkeypatch.setattr("analytics.studies.scan.scan.scan_row", None)  # cannot be called
        assert ask(make_bars(walk(400, 77))) == first
        with pytest.raises(TypeError):
            ask(make_bars(walk(400, 77) * 1.01))

    def test_nearest_first(self) -> None:
        rows = ask(*(make_bars(walk(400, seed), symbol=f"S{seed}") for seed in range(12))).rows
        away = [abs(row.distance_atr or np.inf) for row in rows]
        assert away == sorted(away)

    @pytest.mark.parametrize(
        ("opened", "low", "kind"),
        [(101.0, 99.0, Kind.TOUCH), (99.0, 98.0, Kind.GAP_DOWN), (101.0, 100.5, None)],
    )
    def test_kinds_of_event(self, opened: float, low: float, kind: Kind | None) -> None:
        """The 50-DMA known before the last session is 100; the close before it was 102."""
        closes = np.full(52, 100.0)
        closes[-2:] = 102.0, 101.5
        closes[0] = 100.0
        closes[1:-2] -= 2.0 / 49
        frame = make_frame(closes, spread=0.1)
        frame.loc[frame.index[-1], ["open", "low", "high"]] = opened, low, 103.0
        source = FakeSource({"A": frame})
        bars = clean_bars(source.bars("A", None))[0]
        row = scan_row(bars)
        assert row.session_level == pytest.approx(100.0)
        assert row.event is kind
        assert row.low_pct == pytest.approx(low - 100.0)

    def test_a_name_that_came_from_below_has_no_event(self) -> None:
        closes = np.full(52, 100.0 + 2.0 / 49)
        closes[-2:] = 98.0, 99.0
        bars = make_bars(closes, spread=0.1)
        row = scan_row(bars)
        assert row.session_level == pytest.approx(100.0)
        assert (row.event, row.status) == (None, "below")

    def test_a_level_met_again_is_no_first_touch(self) -> None:
        closes = np.linspace(80.0, 120.0, 200)
        bars = make_bars(closes, spread=0.1)
        low = bars.low.copy()
        low[-1] = 100.0
        once = replace(bars, low=low)
        assert scan_row(once).first_touch is True
        twice = low.copy()
        twice[-30] = 90.0
        assert scan_row(replace(bars, low=twice)).first_touch is False
        assert scan_row(bars).first_touch is False

    def test_averages_before_are_pandas_own(self) -> None:
        close = walk(300, 5)
        wanted = pd.Series(close).rolling(50).mean().shift(1).to_numpy()[-20:]
        np.testing.assert_allclose(averages_before(close, 50, 20), wanted)
        assert len(meetings(make_bars(close[:50]), 50, 10)) == 0

    @needs_shared_data
    def test_the_recorded_monday(self) -> None:
        """Statuses as told in ../shared/data/README.md."""
        source = FilesSource(SHARED)
        bars = [clean_bars(source.bars(s, None, MONDAY))[0] for s in ("SPY", "QQQ", "NVDA", "XLK")]
        rows = {row.symbol: row for row in ask(*bars, session=MONDAY).rows}
        said = {symbol: str(row.status) for symbol, row in rows.items()}
        assert said == {"SPY": "held", "QQQ": "broken", "NVDA": "broken", "XLK": "broken"}
        assert rows["SPY"].session_level == pytest.approx(596.548, abs=5e-4)
        assert rows["QQQ"].session_level == pytest.approx(517.062, abs=5e-4)
        assert rows["NVDA"].session_level == pytest.approx(133.40, abs=5e-3)
        assert rows["SPY"].event is Kind.GAP_DOWN
        assert rows["XLK"].event is None  # closes alone show no open and no low


class TestCounts:
    def test_by_the_statuses_of_each_name_s_averages(self) -> None:
        walks = [make_bars(walk(420, seed), symbol=f"S{seed}") for seed in range(30)]
        counts = count_day(walks)
        held = broke = 0
        for bars in walks:
            statuses = [str(lv.status) for lv in build_ladder(bars).levels if lv.id.is_headline]
            broke += "broken" in statuses
            held += "held" in statuses and "broken" not in statuses
        assert (counts.held.names, counts.broke.names) == (held, broke)
        assert counts.touched.names == held + broke
        assert counts.of == 30

    def test_the_usual_is_the_median_of_the_sessions_before(self) -> None:
        walks = [make_bars(walk(420, seed), symbol=f"S{seed}") for seed in range(30)]
        then = []
        for back in range(1, 61):
            cut = [bars.upto(bars.sessions[-1 - back].item()) for bars in walks]
            then.append(count_day(cut).broke.names)
        counts = count_day(walks)
        assert (counts.broke.usual, counts.sessions) == (float(np.median(then)), 60)

    @pytest.mark.parametrize("family", ["swing-low", "prior-low", "year-low", "weekly"])
    def test_of_another_family_by_the_statuses_of_the_rows(self, family: str) -> None:
        scan = ask(
            *(make_bars(walk(420, seed), symbol=f"S{seed}") for seed in range(60)), family=family
        )
        statuses = [str(row.status) for row in scan.rows]
        counts = scan.counts
        assert counts.broke.names == statuses.count("broken")
        assert counts.held.names == statuses.count("held")
        assert counts.of == sum(row.status is not None for row in scan.rows)
        assert (counts.broke.usual, counts.sessions) == (None, 0)

    def test_nobody(self) -> None:
        counts = count_day([])
        assert (counts.touched.names, counts.touched.usual, counts.of) == (0, None, 0)


class TestEvents:
    def test_the_rate_is_that_of_the_hold_study(self) -> None:
        bars = replace(random_walk(3000, seed=5), symbol="AAA")
        while (row := scan_row(bars)).event is None or row.level_name != "50-DMA":
            bars = bars.between(dt.date.min, bars.last_session)
        inputs = Inputs(inputs_of(session=bars.last_session).moment, {"AAA": bars})
        (detail,) = EVENTS.compute(EventsParameters((Symbol("AAA"),)), inputs).rows
        study = HOLD_STUDY.compute(HoldStudyParameters(Symbol("AAA"), 50, 500), inputs)
        wanted = study.touches if row.event is Kind.TOUCH else study.gap_downs
        assert detail.hold is not None
        assert replace(detail.hold, q_value=None) == replace(wanted, q_value=None)
        assert detail.hold.null_rate_pct is not None

    @pytest.mark.parametrize("family", ["weekly", "prior-low"])
    def test_of_other_levels_too(self, family: str) -> None:
        bars = replace(random_walk(1200, seed=8), symbol="AAA")
        while (row := scan_row(bars, family)).event is None:
            bars = bars.between(dt.date.min, bars.last_session)
        assert row.level_id is not None
        inputs = Inputs(inputs_of(session=bars.last_session).moment, {"AAA": bars})
        asked = EventsParameters((Symbol("AAA"),), family)
        (detail,) = EVENTS.compute(asked, inputs).rows
        word = word_of(row.level_id)
        assert word is not None
        study = HOLD_STUDY.compute(HoldStudyParameters(Symbol("AAA"), word, 500), inputs)
        wanted = study.touches if row.event is Kind.TOUCH else study.gap_downs
        assert detail.hold is not None
        assert replace(detail.hold, q_value=None) == replace(wanted, q_value=None)

    def test_details_join_their_rows(self) -> None:
        bars = [make_bars(walk(1500, seed), symbol=f"S{seed}") for seed in range(25)]
        scan = ask(*bars)
        wanted = details_wanted(scan, True)
        assert wanted is not None
        assert set(wanted.symbols) == {row.symbol for row in scan.rows if row.event is not None}
        details = EVENTS.compute(wanted, inputs_of(*bars))
        for row in with_details(scan, details).rows:
            assert (row.hold is not None) == (row.event is not None)
            if row.hold is not None and row.hold.rate_pct is not None:
                assert row.hold.null_rate_pct is not None
                assert row.hold.q_value is not None

    def test_the_cross_is_the_last_minute_that_changed_sides(self) -> None:
        source = DemoSource()
        bars = clean_bars(source.bars("SPY", None, MONDAY))[0]
        raw = source.minutes("SPY", MONDAY).frame["close"]
        row = scan_row(bars)
        assert row.session_level is not None
        over = raw >= row.session_level
        last = over.index[over != over.shift(1, fill_value=True)][-1]
        inputs = inputs_of(bars, session=MONDAY)
        minutes = clean_minutes(source.minutes("SPY", MONDAY), MONDAY)[0]
        asked = EventsParameters((Symbol("SPY"),), minutes=True)
        (detail,) = EVENTS.compute(asked, replace(inputs, minutes={"SPY": minutes})).rows
        assert detail.crossed_at == last.to_pydatetime()
        assert detail.minutes_since_cross == (inputs.moment.time - last).total_seconds() // 60


class TestOddUniverses:
    def test_names_without_bars_are_said_and_those_loading_counted(self) -> None:
        inputs = inputs_of(make_bars(walk(300), symbol="HERE"))
        inputs = replace(inputs, absent={("bars", "SLOW"): StillLoading("still being loaded.")})
        symbols = (Symbol("HERE"), Symbol("GONE"), Symbol("SLOW"))
        got = SCAN.compute(ScanParameters(symbols), inputs)
        assert [row.symbol for row in got.rows] == ["HERE"]
        assert (got.members, got.loading, got.missing) == (3, 1, {"GONE": "GONE: no bars."})

    def test_nobody_at_all(self) -> None:
        got = SCAN.compute(ScanParameters((Symbol("GONE"),)), inputs_of())
        assert (got.rows, got.counts.of) == ((), 0)
        assert details_wanted(got, True) is None

    def test_a_young_listing_has_a_row_without_a_level(self) -> None:
        (row,) = ask(make_bars(walk(30))).rows
        assert (row.level, row.status, row.event, row.first_touch) == (None, None, None, None)
        assert row.families == 0

    def test_a_halted_name_keeps_its_place_with_what_is_known(self) -> None:
        bars = make_bars(np.full(300, 50.0), spread=0.0)
        (row,) = ask(bars).rows
        assert row.distance_pct == 0.0
        assert row.distance_atr is None  # no range: no ATR to measure in
        assert ask(bars, make_bars(walk(300), symbol="LIVE")).rows[-1].symbol == "TEST"

    def test_volume_in_session_is_against_the_pace_of_the_universe(self) -> None:
        def running(symbol: str, share: float) -> Bars:
            bars = make_bars(walk(300), symbol=symbol, complete=False)
            volume = np.full(300, 1e6)
            volume[-1] = share * 1e6
            return replace(bars, volume=volume)

        names = [running(f"S{i:02d}", 0.4) for i in range(24)] + [running("BUSY", 1.2)]
        moment = inputs_of().moment
        got = SCAN.compute(
            ScanParameters(tuple(Symbol(b.symbol) for b in names)),
            Inputs(moment, {b.symbol: b for b in names}),
        )
        ratios = {row.symbol: row.volume_ratio for row in got.rows}
        assert got.pace == pytest.approx(0.4)
        assert ratios["S00"] == pytest.approx(1.0)
        assert ratios["BUSY"] == pytest.approx(3.0)

    @pytest.mark.parametrize("name", ["", "../etc", "<b>", "a" * 25, "sp 500", "s\u202ep", "'"])
    def test_hostile_names_are_refused(self, name: str) -> None:
        with pytest.raises(BadInput, match="is accepted"):
            ScanParameters(universe=name)

    def test_unknown_names_are_refused_with_those_there_are(self) -> None:
        moment = inputs_of().moment
        with pytest.raises(BadInput, match="no universe 'ftse': sp500"):
            SCAN.needs(ScanParameters(universe="ftse"), moment)
        with pytest.raises(BadInput, match="family is 'gann'"):
            ScanParameters(family="gann")

    def test_a_sector_has_its_members_of_the_day(self) -> None:
        def asked(day: dt.date) -> set[str]:
            return set(SCAN.needs(ScanParameters(universe="xlk"), _moment(day)).bars)

        assert {"AAPL", "NVDA"} < asked(FRIDAY)
        assert "PLTR" in asked(FRIDAY) - asked(dt.date(2024, 9, 20))


def _moment(day: dt.date) -> Moment:
    return inputs_of(session=day).moment


class TestAskedFully:
    def test_the_shell_s_answer_has_its_events(self) -> None:
        frames = {f"S{seed}": make_frame(walk(1500, seed)) for seed in range(12)}
        desk = make_desk(FakeSource(frames))
        parameters = ScanParameters(tuple(Symbol(name) for name in frames))
        answer = ask_fully(desk, SCAN, parameters, FRIDAY)
        assert answer.result is not None
        events = [row for row in answer.result.rows if row.event is not None]
        assert events
        assert all(row.hold is not None for row in events)
        assert all(row.hold is None for row in answer.result.rows if row.event is None)
