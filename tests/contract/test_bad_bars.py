"""Bad bars on record (../shared/cases 01-05 and 12): a figure is right, or says it is not there."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from analytics.cache import Cache, Codec, NoBackend
from analytics.desk.desk import Desk
from analytics.desk.fetching import CACHED_TYPES
from analytics.desk.questions import QUESTIONS
from analytics.model import sessions
from analytics.model.parameters import parse_parameters
from analytics.model.question import Answer
from analytics.model.vocabulary import Freshness
from analytics.sources.files.source import FilesSource
from analytics.studies.sectors.group_drawdown import GROUP_DRAWDOWN, GroupDrawdownParameters
from analytics.studies.supports.levels import Level
from analytics.studies.supports.supports import SUPPORTS, SupportLadder, SupportsParameters
from analytics.studies.supports.watchlist import WATCHLIST, WatchlistParameters
from tests.support.fault_stage import YahooStage, new_york, yahoo_stage
from tests.support.loopback import bodies
from tests.support.shared_data import CASES, needs_shared_cases

Rows = list[tuple[str, float | None]]


@contextmanager
def files_desk(case: str) -> Iterator[Desk]:
    (folder,) = CASES.glob(f"{case}-*")
    source = FilesSource(Path(folder))
    desk = Desk(source, Cache(NoBackend(), Codec(CACHED_TYPES), clock=source.now))
    yield desk
    desk.close()


def ask(desk: Desk, symbol: str, as_of: dt.date | None = None) -> Answer[SupportLadder]:
    return desk.ask(SUPPORTS, SupportsParameters(symbol), as_of)  # type: ignore[arg-type]


def found(desk: Desk, symbol: str, as_of: dt.date | None = None) -> SupportLadder:
    answer = ask(desk, symbol, as_of)
    assert answer.result is not None, answer.reason
    return answer.result


def level(ladder: SupportLadder, name: str = "50-DMA") -> Level:
    return next(one for one in ladder.levels if one.name == name)


def days_to(end: str, count: int) -> list[str]:
    last = dt.date.fromisoformat(end)
    span = sessions.sessions_between(last - dt.timedelta(days=2 * count + 20), last)
    return [str(day) for day in span[-count:]]


def epoch(day: str, clock: str) -> int:
    return int(new_york(day, clock).timestamp())


def put(
    stage: YahooStage, symbol: str, rows: Sequence[tuple[str, float | None]], **meta: Any
) -> None:
    key = symbol.replace("^", "%5E").replace("=", "%3D")
    stage.server.bodies[f"chart/{key}"] = bodies.chart(rows, symbol=symbol, **meta)


def flat(days: list[str], close: float = 100.0) -> Rows:
    return [(day, close) for day in days]


@needs_shared_cases
class TestFiles:
    def test_01_yesterdays_bar_is_missing(self) -> None:
        with files_desk("01") as desk:
            whole = found(desk, "FULL")
            assert whole.change_pct == pytest.approx(0.5556, abs=1e-4)
            assert level(whole).session_level == pytest.approx(99.8)
            assert level(whole).status == "below"
            assert level(whole).gap_down is False
            for symbol in ("SPY", "BLANK"):
                ladder = found(desk, symbol)
                assert ladder.no_previous == level(ladder).withheld == "no bar of 2025-01-24"
                assert ladder.change_pct is None
                assert level(ladder).session_level is None
                assert level(ladder).status is None
                assert level(ladder).gap_down is None

    def test_02_bars_on_closed_days(self) -> None:
        reason = "not a session of the New York Stock Exchange"
        with files_desk("02") as desk:
            for symbol, count in (("CLEAN", 0), ("HOLIDAY", 1), ("WEEKEND", 26)):
                assert level(found(desk, symbol)).price == pytest.approx(117.25)
                rejected = ask(desk, symbol).provenance.rejected
                assert rejected == ({reason: count} if count else {})

    def test_03_a_hole_in_the_history(self) -> None:
        with files_desk("03") as desk:
            ladder = found(desk, "REUSED")
            assert "50-DMA" not in {one.name for one in ladder.levels}
            reasons = {one.name: one.reason for one in ladder.unavailable}
            assert reasons["50-DMA"] == (
                "50-DMA needs 50 sessions (has 20 since the hole of 2022-12-30 .. 2024-12-26)"
            )

    def test_04_a_split_that_was_not_applied(self) -> None:
        before = dt.date(2025, 1, 10)
        with files_desk("04") as desk:
            assert level(found(desk, "FORWARD")).price == pytest.approx(100.0)
            note = ask(desk, "FORWARD").provenance.notes[0]
            assert "prices before 2025-01-13 were divided by 10" in note
            assert found(desk, "FORWARD", before).price == pytest.approx(1000.0)
            for symbol, has, seen in (("REVERSE", 1, 0.02), ("UNTOLD", 10, 1000.0)):
                ladder = found(desk, symbol)
                assert ladder.levels == ()
                assert f"(has {has} since the jump of" in ladder.unavailable[0].reason
                assert found(desk, symbol, before).price == pytest.approx(seen)


class TestNobodyThere:
    """A list of which nothing is there has no answer, whatever the benchmark has."""

    @pytest.mark.parametrize(
        "name", ["sectors", "afloat", "rotation", "correlation", "downside-capture"]
    )
    def test_it_is_refused_by_name(self, tmp_path: Path, name: str) -> None:
        (tmp_path / "prices").mkdir()
        rows = "".join(f"{day},{600 + i}\n" for i, day in enumerate(days_to("2025-01-27", 60)))
        (tmp_path / "prices" / "SPY.csv").write_text(f"date,close\n{rows}")
        source = FilesSource(tmp_path)
        desk = Desk(source, Cache(NoBackend(), Codec(CACHED_TYPES), clock=source.now))
        question = QUESTIONS[name]
        answer = desk.ask(question, parse_parameters(question.parameters, {"symbols": "GONE"}))
        desk.close()
        assert answer.result is None
        assert answer.reason == "the data folder has no prices of 'GONE'."


class TestLive:
    def test_01_through_yahoo(self) -> None:
        with yahoo_stage() as stage:
            days = days_to("2025-01-27", 60)
            rows = flat(days)
            rows[-2:] = [(days[-2], 90.0), (days[-1], 90.5)]
            noon = epoch("2025-01-27", "12:00")
            put(stage, "SPY", rows, market_time=noon)
            put(stage, "AAA", rows[:-2] + rows[-1:], market_time=noon)
            put(stage, "BBB", [*rows[:-2], (days[-2], None), rows[-1]], market_time=noon)
            put(stage, "CCC", rows[:-2] + rows[-1:], market_time=noon, previousClose=90.0)
            for symbol in ("AAA", "BBB"):
                ladder = found(stage.desk, symbol)
                assert ladder.no_previous == "no bar of 2025-01-24"
                assert ladder.change_pct is None
            shown = stage.see("supports/price", symbol="AAA")
            assert "no bar of 2025-01-24" in str(shown)
            stated = found(stage.desk, "CCC")
            assert stated.change_pct == pytest.approx(0.5556, abs=1e-4)
            assert level(stated).session_level == pytest.approx(99.8)
            assert level(stated).status == "below"

    @pytest.mark.parametrize("lacks", [1, 3, 9])
    @pytest.mark.parametrize("clock", ["12:00", "18:00"])
    def test_01_the_benchmark_lacks_the_newest_bars(self, lacks: int, clock: str) -> None:
        """It is said of it, and nobody else is cut back to its session."""
        with yahoo_stage() as stage:
            stage.clock.time = new_york("2025-01-27", clock)
            days = days_to("2025-01-27", 60)
            rows: Rows = [(day, 100.0 + i) for i, day in enumerate(days)]
            newest = epoch("2025-01-27", min(clock, "16:00"))
            put(stage, "QQQ", rows, market_time=newest)
            old = days[-lacks - 1]
            at = epoch(old, "16:00")
            put(stage, "SPY", rows[:-lacks], market_time=at, period_day="2025-01-27")
            assert found(stage.desk, "QQQ").price == 159.0
            answer = ask(stage.desk, "SPY")
            assert answer.freshness is Freshness.STALE
            if clock == "18:00":
                sentence = f"Yahoo has no bar of 2025-01-27: these are prices of {old}."
                assert answer.provenance.stale == sentence
            both = ("SPY", "QQQ")
            watched = stage.desk.ask(WATCHLIST, WatchlistParameters(symbols=both))  # type: ignore[arg-type]
            assert watched.result is not None
            assert [row.symbol for row in watched.result.rows] == ["QQQ"]
            sentence = f"SPY: no bar of 2025-01-27 (its newest is of {old})."
            assert watched.result.missing == {"SPY": sentence}

    @pytest.mark.parametrize("day", ["2025-01-20", "2025-01-25", "2025-01-26", "2025-01-09"])
    def test_02_one_row_of_the_benchmark_on_a_closed_day(self, day: str) -> None:
        with yahoo_stage() as stage:
            stage.clock.time = new_york(day, "12:00")
            newest = days_to(day, 1)[0]
            rows = flat(days_to(newest, 60))
            close = epoch(newest, "16:00")
            put(stage, "SPY", [*rows, (day, 99.0)], market_time=close, period_day=newest)
            put(stage, "QQQ", rows, market_time=close, period_day=newest)
            for symbol in ("SPY", "QQQ"):
                answer = ask(stage.desk, symbol)
                assert answer.freshness is Freshness.CLOSED
                assert answer.result is not None
                assert str(answer.result.session) == newest
                assert answer.result.price == 100.0
                assert not answer.result.provisional

    @pytest.mark.parametrize("clock", ["12:00", "18:00"])
    def test_05_a_foreign_listing_that_ended(self, clock: str) -> None:
        with yahoo_stage() as stage:
            stage.clock.time = new_york("2025-01-27", clock)
            days = days_to("2025-01-27", 60)
            for symbol in ("SPY", "AAA"):
                rows = [(day, 100.0 + 0.1 * i) for i, day in enumerate(days)]
                put(stage, symbol, rows, market_time=epoch("2025-01-27", min(clock, "16:00")))
            old = [(day, 100.0 + i) for i, day in enumerate(days_to("2024-08-01", 60))]
            put(
                stage,
                "DEAD.L",
                old,
                market_time=epoch("2024-08-01", "11:30"),
                period_day="2025-01-27",
                exchangeTimezoneName="Europe/London",
            )
            answer = ask(stage.desk, "DEAD.L")
            assert answer.freshness is Freshness.NO_DATA
            reason = "DEAD.L: no bar of 2025-01-27 (its newest is of 2024-08-01)."
            assert answer.reason == reason
            both = ("AAA", "DEAD.L")
            group = stage.desk.ask(GROUP_DRAWDOWN, GroupDrawdownParameters(symbols=both)).result  # type: ignore[arg-type]
            assert group is not None
            assert group.n == 1
            assert group.missing == {"DEAD.L": reason}
            watched = stage.desk.ask(WATCHLIST, WatchlistParameters(symbols=both)).result  # type: ignore[arg-type]
            assert watched is not None
            assert [row.symbol for row in watched.rows] == ["AAA"]

    @pytest.mark.parametrize("ahead", range(7))
    def test_12_a_market_around_the_clock(self, ahead: int) -> None:
        with yahoo_stage() as stage:
            day = dt.date(2025, 1, 27) + dt.timedelta(days=ahead)
            stage.clock.time = new_york(str(day), "12:00")
            newest = days_to(str(day), 1)[-1]
            put(stage, "SPY", flat(days_to(newest, 60)), market_time=epoch(newest, "12:00"))
            every = [str(day - dt.timedelta(days=99 - i)) for i in range(100)]
            rows: Rows = [(one, 100_000.0 + i) for i, one in enumerate(every)]
            put(
                stage,
                "BTC-USD",
                rows,
                market_time=epoch(str(day), "12:00"),
                exchangeTimezoneName="UTC",
                instrumentType="CRYPTOCURRENCY",
            )
            answer = ask(stage.desk, "BTC-USD")
            assert answer.freshness is Freshness.DELAYED
            assert answer.result is not None
            assert answer.result.session == day
            assert answer.result.price == 100_099.0
            drawn = stage.see("supports/price", symbol="BTC-USD")["figure"]
            assert drawn["data"][0]["x"][-1].startswith(str(day))
            assert drawn["layout"]["xaxis"]["rangebreaks"] == []
