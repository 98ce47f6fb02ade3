"""The desk: as-of, freshness, degradation, memo and versions, on a fake source and clock."""

from __future__ import annotations

import datetime as dt
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pandas as pd
import pytest

from analytics.desk.desk import Desk
from analytics.model.question import Answer, Inputs, Question, Symbol
from analytics.model.vocabulary import BadInput, Freshness, Phase, SourceFailure
from analytics.sources.base import RawBars
from analytics.studies.sectors.afloat import AFLOAT, AfloatParameters
from analytics.studies.sectors.sectors import SECTORS, SectorsParameters
from analytics.studies.supports.supports import SUPPORTS, SupportsParameters
from analytics.studies.supports.watchlist import WATCHLIST, Watchlist, WatchlistParameters
from tests.support.builders import FRIDAY, MONDAY, Clock, FakeSource, make_desk, make_frame, walk
from tests.support.waiting import until

SPY = SupportsParameters(Symbol("SPY"))
LIST = WatchlistParameters((Symbol("SPY"), Symbol("AAA"), Symbol("BBB")))
TUESDAY_NOON = dt.datetime(2025, 1, 28, 17, tzinfo=dt.UTC)
OUTAGE = SourceFailure("Fake gives no answer.")


def new_york(day: dt.date, hour: int, minute: int = 0) -> dt.datetime:
    return dt.datetime(day.year, day.month, day.day, hour + 5, minute, tzinfo=dt.UTC)


def frames(last: dt.date = MONDAY) -> dict[str, pd.DataFrame]:
    return {
        name: make_frame(walk(260, seed), last=last)
        for seed, name in enumerate(("SPY", "AAA", "BBB"))
    }


@pytest.fixture
def source() -> FakeSource:
    return FakeSource(frames())


@pytest.fixture
def desk(source: FakeSource) -> Desk:
    return make_desk(source)


def clock_of(source: FakeSource) -> Clock:
    assert isinstance(source.clock, Clock)
    return source.clock


def refresh(desk: Desk) -> None:
    """Ask once, so that stale entries are refreshed behind, and wait for that."""
    desk.ask(WATCHLIST, LIST)
    wait_for_refreshes()


def wait_for_refreshes() -> None:
    for thread in threading.enumerate():
        if thread.name == "refresh":
            thread.join(20)


class TestFreshness:
    def test_live_in_session(self, desk: Desk) -> None:
        got = desk.ask(SUPPORTS, SPY)
        assert got.result is not None
        assert (got.freshness, got.result.provisional) == (Freshness.LIVE, True)
        assert got.as_of == new_york(MONDAY, 12)

    def test_delayed_when_the_source_says_so(self, source: FakeSource) -> None:
        source.capabilities = replace(source.capabilities, delay_minutes=15)
        got = make_desk(source).ask(SUPPORTS, SPY)
        assert (got.freshness, got.provenance.delay_minutes) == (Freshness.DELAYED, 15)

    @pytest.mark.parametrize("hour", [6, 17])
    def test_closed_out_of_session(self, source: FakeSource, hour: int) -> None:
        clock_of(source).time = new_york(MONDAY, hour)
        got = make_desk(source).ask(SUPPORTS, SPY)
        assert got.result is not None
        assert (got.freshness, got.result.provisional) == (Freshness.CLOSED, False)

    def test_closed_as_of_a_past_date(self, desk: Desk) -> None:
        got = desk.ask(SUPPORTS, SPY, FRIDAY)
        assert got.result is not None
        assert (got.freshness, got.result.session) == (Freshness.CLOSED, FRIDAY)
        assert got.as_of == new_york(FRIDAY, 16)

    def test_no_data_for_an_unknown_symbol(self, desk: Desk) -> None:
        got = desk.ask(SUPPORTS, SupportsParameters(Symbol("ZZZ")))
        assert (got.freshness, got.result) == (Freshness.NO_DATA, None)
        assert got.reason == "Fake does not know the symbol 'ZZZ'."

    def test_error_when_the_source_fails_and_nothing_is_kept(self, source: FakeSource) -> None:
        source.errors["*"] = OUTAGE
        got = make_desk(source).ask(SUPPORTS, SPY)
        assert (got.freshness, got.result) == (Freshness.ERROR, None)
        assert got.reason == "Fake gives no answer."

    def test_a_group_of_which_nothing_came_is_an_error_not_an_empty_table(
        self, source: FakeSource
    ) -> None:
        source.errors["*"] = OUTAGE
        desk = make_desk(source)
        for got in (desk.ask(WATCHLIST, LIST), desk.ask(SECTORS, SectorsParameters())):
            assert (got.freshness, got.result) == (Freshness.ERROR, None)

    def test_prices_much_older_than_promised_are_stale(self, source: FakeSource) -> None:
        source.frames = frames(last=FRIDAY)
        got = make_desk(source).ask(SUPPORTS, SPY)
        assert got.result is not None
        assert (got.freshness, got.result.session) == (Freshness.STALE, FRIDAY)
        assert got.provenance.stale == "Fake has sent no price for 2 days."


class TestDegradation:
    def test_the_last_good_result_with_its_age_and_reason(
        self, desk: Desk, source: FakeSource
    ) -> None:
        good = desk.ask(WATCHLIST, LIST)
        source.errors["*"] = OUTAGE
        clock_of(source).advance(minutes=5)
        refresh(desk)
        got = desk.ask(WATCHLIST, LIST)
        assert got.freshness is Freshness.STALE
        assert got.result == good.result
        assert got.provenance.stale == ("Fake gives no answer. Shown: data fetched 5 minutes ago.")

    def test_past_the_hard_expiry_too(self, desk: Desk, source: FakeSource) -> None:
        good = desk.ask(WATCHLIST, LIST)
        source.errors["*"] = OUTAGE
        clock_of(source).advance(hours=2)
        got = desk.ask(WATCHLIST, LIST)
        assert (got.freshness, got.result) == (Freshness.STALE, good.result)
        assert "2 hours ago" in str(got.provenance.stale)

    def test_it_recovers(self, desk: Desk, source: FakeSource) -> None:
        desk.ask(WATCHLIST, LIST)
        source.errors["*"] = OUTAGE
        clock_of(source).advance(hours=2)
        desk.ask(WATCHLIST, LIST)
        source.errors.clear()
        clock_of(source).advance(minutes=30)
        assert desk.ask(WATCHLIST, LIST).freshness is Freshness.LIVE

    def test_one_symbol_failing_leaves_the_others_untouched(self, source: FakeSource) -> None:
        whole = make_desk(FakeSource(frames())).ask(WATCHLIST, LIST)
        source.errors["AAA"] = OUTAGE
        got = make_desk(source).ask(WATCHLIST, LIST)
        assert whole.result is not None
        assert got.result is not None
        assert got.result.rows == tuple(r for r in whole.result.rows if r.symbol != "AAA")
        assert got.result.missing == {"AAA": "Fake gives no answer."}
        assert got.provenance.missing == {"AAA": "Fake gives no answer."}

    def test_a_symbol_without_the_session_s_bar_is_never_mixed_in(self, source: FakeSource) -> None:
        source.frames["AAA"] = make_frame(walk(260, 1), last=FRIDAY)
        got = make_desk(source).ask(WATCHLIST, LIST)
        assert got.result is not None
        assert got.result.missing == {
            "AAA": "AAA: no bar of 2025-01-27 (its newest is of 2025-01-24)."
        }

    def test_an_unexpected_error_of_the_source_is_told_without_its_text(
        self, source: FakeSource
    ) -> None:
        source.errors["AAA"] = ValueError("Traceback secret")
        got = make_desk(source).ask(WATCHLIST, LIST)
        assert got.result is not None
        assert [row.symbol for row in got.result.rows] == ["SPY", "BBB"]
        assert got.result.missing["AAA"] == "Fake's bars of AAA could not be read; it was logged."

    def test_an_unexpected_error_of_a_computation_too(
        self, desk: Desk, caplog: pytest.LogCaptureFixture
    ) -> None:
        def broken(parameters: SupportsParameters, inputs: Inputs) -> Any:
            raise ZeroDivisionError("Traceback secret")

        question: Question[SupportsParameters, Any] = replace(SUPPORTS, compute=broken)
        got = desk.ask(question, SPY)
        assert (got.freshness, got.result) == (Freshness.ERROR, None)
        assert got.reason == "supports could not be computed; it was logged."
        assert b"secret" not in got.to_json()
        assert "secret" in caplog.text

    def test_a_source_that_cannot_tell_its_time(self, source: FakeSource) -> None:
        def lost() -> dt.datetime:
            raise SourceFailure("Fake has lost its clock.")

        got = make_desk(replace(source, clock=lost), clock=Clock()).ask(SUPPORTS, SPY)
        assert (got.freshness, got.reason) == (Freshness.ERROR, "Fake has lost its clock.")

    def test_rejected_rows_are_counted_in_the_provenance(self, source: FakeSource) -> None:
        source.frames["SPY"].loc[source.frames["SPY"].index[5], "close"] = -1.0
        got = make_desk(source).ask(SUPPORTS, SPY)
        assert got.provenance.rejected == {"close not positive": 1}

    def test_a_search_that_fails_suggests_nothing(self, desk: Desk, source: FakeSource) -> None:
        assert [match.symbol for match in desk.search("a")] == ["AAA"]

        def failing(text: str) -> Any:
            raise OUTAGE

        source.search = failing  # type: ignore[method-assign]
        assert desk.search("a") == ()

    def test_a_search_that_finds_nothing_is_made_in_the_sources_spelling(
        self, desk: Desk, source: FakeSource
    ) -> None:
        source.frames["BRK-B"] = source.frames["AAA"]
        for typed in ("brk.b", "BRK/B", "$brk-b"):
            assert [match.symbol for match in desk.search(typed)] == ["BRK-B"]


class TestAsOf:
    def test_a_weekend_snaps_back_to_friday(self, desk: Desk) -> None:
        for day in (dt.date(2025, 1, 25), dt.date(2025, 1, 26)):
            moment = desk.moment(day)
            assert (moment.session, moment.phase, moment.live) == (FRIDAY, Phase.CLOSED, False)
            assert desk.ask(SUPPORTS, SPY, day).result == desk.ask(SUPPORTS, SPY, FRIDAY).result

    @pytest.mark.parametrize("day", [MONDAY, dt.date(2025, 1, 30)])
    def test_what_has_not_closed_is_refused_in_a_sentence(self, desk: Desk, day: dt.date) -> None:
        with pytest.raises(BadInput) as caught:
            desk.moment(day)
        assert str(caught.value) == (
            f"as-of {day} has not closed yet at Fake: the newest complete session is 2025-01-24."
        )
        got = desk.ask(SUPPORTS, SPY, day)
        assert (got.freshness, got.reason) == (Freshness.NO_DATA, str(caught.value))

    @pytest.mark.parametrize("day", [dt.date(1980, 1, 1), dt.date(2099, 1, 1)])
    def test_years_without_a_calendar(self, desk: Desk, day: dt.date) -> None:
        got = desk.ask(SUPPORTS, SPY, day)
        assert got.freshness is Freshness.NO_DATA
        assert "outside the exchange's calendar" in str(got.reason)

    def test_before_the_first_bar(self, desk: Desk) -> None:
        got = desk.ask(SUPPORTS, SPY, dt.date(2022, 3, 4))
        assert (got.freshness, got.reason) == (
            Freshness.NO_DATA,
            "SPY: no bars on or before 2022-03-04.",
        )

    def test_past_dates_share_the_bars_already_fetched(
        self, desk: Desk, source: FakeSource
    ) -> None:
        desk.ask(SUPPORTS, SPY)
        for day in (FRIDAY, dt.date(2025, 1, 22), dt.date(2025, 1, 3)):
            assert desk.ask(SUPPORTS, SPY, day).result is not None
        assert source.calls["SPY"] == 1


def counted() -> tuple[Question[SupportsParameters, Any], list[str]]:
    """The supports question, and the symbols that it was computed for."""
    computed: list[str] = []

    def counting(parameters: SupportsParameters, inputs: Inputs) -> Any:
        computed.append(parameters.symbol)
        return SUPPORTS.compute(parameters, inputs)

    return replace(SUPPORTS, compute=counting), computed


class StillSource(FakeSource):
    """In session it goes on sending the price of noon."""

    def bars(self, symbol: str, start: dt.date | None, upto: dt.date | None = None) -> RawBars:
        return replace(super().bars(symbol, start, upto), last_time=new_york(MONDAY, 12))


class TestMemo:
    def test_nothing_is_computed_or_fetched_twice(self, source: FakeSource) -> None:
        question, computed = counted()
        desk = make_desk(source)
        first, second = desk.ask(question, SPY), desk.ask(question, SPY)
        assert second is first
        assert (computed, source.calls["SPY"]) == (["SPY"], 1)

    def test_many_at_once_share_one_computation(self, source: FakeSource) -> None:
        begun, gate = Counter[str](), threading.Event()

        def slow(parameters: SupportsParameters, inputs: Inputs) -> Any:
            begun[parameters.symbol] += 1
            gate.wait(20)
            return SUPPORTS.compute(parameters, inputs)

        desk, question = make_desk(source), replace(SUPPORTS, compute=slow)
        with ThreadPoolExecutor(8) as pool:
            asked = [pool.submit(desk.ask, question, SPY) for _ in range(8)]
            until(lambda: begun["SPY"] > 0)
            gate.set()
            versions = {one.result(20).version for one in asked}
        assert (begun["SPY"], len(versions)) == (1, 1)

    def test_the_version_stays_with_the_inputs(self, desk: Desk, source: FakeSource) -> None:
        first = desk.ask(WATCHLIST, LIST)
        clock_of(source).advance(seconds=30)
        assert desk.ask(WATCHLIST, LIST).version == first.version
        source.frames = {name: frame * 1.01 for name, frame in frames().items()}
        clock_of(source).advance(minutes=2)
        refresh(desk)
        assert desk.ask(WATCHLIST, LIST).version != first.version

    def test_what_is_fetched_again_unchanged_computes_nothing(self, source: FakeSource) -> None:
        question, computed = counted()
        desk = make_desk(source)
        clock_of(source).time = new_york(MONDAY, 16, 31)
        first = desk.ask(question, SPY)
        clock_of(source).advance(minutes=6)
        refresh(desk)
        second = desk.ask(question, SPY)
        assert source.calls["SPY"] == 2
        assert first.provenance.fetched_at
        assert second.provenance.fetched_at
        assert second.provenance.fetched_at > first.provenance.fetched_at
        assert (second.version, len(computed)) == (first.version, 1)

    def test_an_unchanged_market_still_has_less_time_left(self) -> None:
        source = StillSource(frames())
        question, computed = counted()
        desk = make_desk(source)
        first = desk.ask(question, SPY)
        clock_of(source).advance(minutes=2)
        refresh(desk)
        second = desk.ask(question, SPY)
        assert second.provenance.bar_time == first.provenance.bar_time
        assert (second.version != first.version, len(computed)) == (True, 2)

    def test_an_answer_does_not_outlive_its_session(self, desk: Desk, source: FakeSource) -> None:
        source.frames = frames(last=dt.date(2025, 1, 28))
        monday = desk.ask(WATCHLIST, LIST)
        clock_of(source).time = TUESDAY_NOON
        tuesday = desk.ask(WATCHLIST, LIST)
        assert monday.result is not None
        assert tuesday.result is not None
        assert {row.session for row in monday.result.rows} == {MONDAY}
        assert {row.session for row in tuesday.result.rows} == {dt.date(2025, 1, 28)}
        assert tuesday.version != monday.version

    def test_the_close_ends_a_provisional_answer(self, desk: Desk, source: FakeSource) -> None:
        clock_of(source).time = new_york(MONDAY, 15, 59)
        before = desk.ask(SUPPORTS, SPY)
        clock_of(source).advance(minutes=2)
        refresh(desk)
        after = desk.ask(SUPPORTS, SPY)
        assert before.freshness is Freshness.LIVE
        assert after.freshness is Freshness.CLOSED
        assert before.version != after.version

    def test_questions_and_parameters_do_not_share_answers(self, desk: Desk) -> None:
        first = desk.ask(SUPPORTS, SPY).result
        other = desk.ask(SUPPORTS, SupportsParameters(Symbol("AAA"))).result
        assert first is not None
        assert other is not None
        assert (first.symbol, other.symbol) == ("SPY", "AAA")


class TestFetching:
    def test_fifty_cold_callers_make_one_call_a_symbol(self, source: FakeSource) -> None:
        source.gate = threading.Event()
        desk = make_desk(source)
        together = threading.Barrier(50, timeout=20)

        def caller() -> Answer[Watchlist]:
            together.wait()
            return desk.ask(WATCHLIST, LIST)

        with ThreadPoolExecutor(50) as pool:
            asked = [pool.submit(caller) for _ in range(50)]
            assert source.entered.wait(20)
            source.gate.set()
            answers = [one.result(20) for one in asked]
        assert source.calls == {"SPY": 1, "AAA": 1, "BBB": 1}
        assert len({answer.version for answer in answers}) == 1

    def test_a_refresh_behind_blocks_nobody(self, desk: Desk, source: FakeSource) -> None:
        first = desk.ask(WATCHLIST, LIST)
        source.gate, source.entered = threading.Event(), threading.Event()
        clock_of(source).advance(minutes=2)
        # The source now hangs until the gate opens: only an answer from the cache can return.
        got = desk.ask(WATCHLIST, LIST)
        assert source.entered.wait(20)
        assert got.result == first.result
        source.gate.set()
        wait_for_refreshes()

    def test_symbols_are_fetched_side_by_side(self, source: FakeSource) -> None:
        meeting = threading.Barrier(2, timeout=20)
        inner = source.bars

        def bars(symbol: str, start: dt.date | None, upto: dt.date | None = None) -> Any:
            if symbol != "SPY":
                meeting.wait()  # only two fetches under way at once pass
            return inner(symbol, start, upto)

        source.bars = bars  # type: ignore[method-assign]
        desk = make_desk(source)
        assert desk.ask(WATCHLIST, LIST).provenance.missing == {}
        clock_of(source).advance(hours=3)  # past the hard expiry they are waited for again
        assert desk.ask(WATCHLIST, LIST).provenance.missing == {}


def test_afloat_says_which_basis_it_used(source: FakeSource) -> None:
    parameters = AfloatParameters((Symbol("AAA"), Symbol("BBB")))
    got = make_desk(source).ask(AFLOAT, parameters)
    assert got.result is not None
    assert got.result.basis == "total-return closes"
    source.frames["BBB"] = source.frames["BBB"].drop(columns="adj_close")
    plain = make_desk(source).ask(AFLOAT, parameters)
    assert plain.result is not None
    assert plain.result.basis == "traded closes"
