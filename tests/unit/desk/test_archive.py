"""The archive behind the desk: what is kept, what a past date gets, and history as shown."""

from __future__ import annotations

import datetime as dt
import io
from pathlib import Path

import pytest

from analytics.cache.backend import NoBackend
from analytics.cache.codec import Codec
from analytics.cache.single_flight import Cache
from analytics.collect import collect, main, summary
from analytics.desk.archive import Archive
from analytics.desk.desk import Desk
from analytics.desk.fetching import CACHED_TYPES
from analytics.model.question import Inputs, Symbol
from analytics.model.vocabulary import (
    DailyFigures,
    Freshness,
    Moment,
    NotAvailable,
    Phase,
    SourceFailure,
)
from analytics.options.daily_record import DEFINITION
from analytics.options.history import (
    MIN_SESSIONS,
    OPTIONS_HISTORY,
    OptionsHistoryParameters,
    history_rank,
)
from analytics.options.question import OPTIONS, OptionsParameters
from analytics.sources.demo import DemoClock, DemoSource
from analytics.store.database import Database, store_url
from analytics.store.store import Store
from analytics.studies.sentiment.index import SENTIMENT, SentimentParameters

NVDA = OptionsParameters(Symbol("NVDA"))
OPEN = dt.datetime(2025, 1, 27, 18, 50, tzinfo=dt.UTC)
EVENING = dt.datetime(2025, 1, 27, 22, tzinfo=dt.UTC)
MONDAY = dt.date(2025, 1, 27)


class ForgetfulSource(DemoSource):
    """The simulator, but like Yahoo it knows no chain of a past date; it can refuse."""

    refusing = False

    def chain(self, symbol: str, session: dt.date | None):  # type: ignore[no-untyped-def]
        if self.refusing:
            raise SourceFailure("Yahoo is limiting requests; next try in 60 s")
        if session is not None:
            raise NotAvailable(f"no {symbol} chain was recorded on {session}.")
        return super().chain(symbol, None)


def desk_at(time: dt.datetime, store: Store, source: DemoSource | None = None) -> Desk:
    clock = DemoClock(start=time, speed=0, end=EVENING)
    made = source or ForgetfulSource(clock=clock)
    cache = Cache(NoBackend(), Codec(CACHED_TYPES))
    return Desk(made, cache, archive=Archive(store, made, lambda: EVENING))


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(Database(store_url(tmp_path)))


class TestChainsOfThePast:
    def test_a_chain_fetched_live_answers_for_its_session_later(self, store: Store) -> None:
        shown = desk_at(EVENING, store).ask(OPTIONS, NVDA)
        assert shown.result is not None
        later = desk_at(EVENING, store).ask(OPTIONS, NVDA, MONDAY)
        assert later.result is not None
        assert later.result.put_call == shown.result.put_call
        assert later.result.chain_time == shown.result.chain_time

    def test_without_one_a_past_date_is_unavailable_never_todays(self, store: Store) -> None:
        desk = desk_at(EVENING, store)
        desk.ask(OPTIONS, NVDA)
        answer = desk.ask(OPTIONS, NVDA, dt.date(2025, 1, 23))
        assert answer.result is None
        assert answer.freshness is Freshness.NO_DATA
        assert answer.reason == "no NVDA chain was recorded on 2025-01-23."

    def test_a_store_that_cannot_be_written_breaks_no_answer(self, store: Store) -> None:
        desk = desk_at(EVENING, store)
        store._database._engine.dispose()
        with store._database._engine.begin() as connection:
            connection.exec_driver_sql("DROP TABLE chain_snapshots")
        assert desk.ask(OPTIONS, NVDA).result is not None
        assert "was not written" in str(desk.archive.status) or desk.archive.status is None


class TestFiguresAsShown:
    def history(self, store: Store):  # type: ignore[no-untyped-def]
        answer = desk_at(EVENING, store).ask(
            OPTIONS_HISTORY, OptionsHistoryParameters(Symbol("NVDA"))
        )
        assert answer.result is not None
        return answer.result

    def test_the_history_shows_what_that_day_showed(self, store: Store) -> None:
        shown = desk_at(EVENING, store).ask(OPTIONS, NVDA).result
        assert shown is not None
        history = self.history(store)
        assert history.sessions[-1] == MONDAY
        assert "300 sessions are simulated." in history.note
        figures = {figure.key: figure.values[-1] for figure in history.figures}
        assert figures["put_call_volume"] == shown.put_call.volume
        assert figures["call_wall"] == shown.levels.call_wall.strike
        assert history.provisional == ()

    def test_an_intraday_answer_is_provisional_until_the_close_replaces_it(
        self, store: Store
    ) -> None:
        desk_at(OPEN, store).ask(OPTIONS, NVDA)
        assert self.history(store).provisional == (MONDAY,)
        desk_at(EVENING, store).ask(OPTIONS, NVDA)
        assert self.history(store).provisional == ()

    def test_a_filtered_view_is_not_kept(self, store: Store) -> None:
        desk_at(EVENING, store).ask(OPTIONS, OptionsParameters(Symbol("NVDA"), rule="this-week"))
        assert MONDAY not in self.history(store).sessions

    def test_a_past_date_is_not_kept_as_today(self, store: Store) -> None:
        source = DemoSource(clock=DemoClock(start=EVENING, speed=0, end=EVENING))
        desk_at(EVENING, store, source).ask(OPTIONS, NVDA, dt.date(2025, 1, 24))
        assert MONDAY not in self.history(store).sessions


class TestStanding:
    def test_rank_and_percentile_by_hand(self) -> None:
        values = [float(i) for i in range(MIN_SESSIONS)]
        values[-1] = 29.0
        found = history_rank("iv30", values)
        assert found.rank_pct == pytest.approx(29 / 58 * 100)
        assert found.percentile_pct == pytest.approx(29 / 59 * 100)

    def test_fewer_than_sixty_days_say_how_many_are_missing(self) -> None:
        found = history_rank("iv30", [1.0] * 48)
        assert (found.rank_pct, found.percentile_pct) == (None, None)
        assert found.reason == "needs 60 sessions, has 48: collect daily, or import"

    def test_days_without_the_figure_do_not_count(self) -> None:
        reason = history_rank("iv30", [None] * 60 + [1.0]).reason or ""
        assert reason.startswith("needs 60 sessions, has 1:")

    def test_a_figure_absent_today_says_so(self) -> None:
        assert history_rank("iv30", [1.0] * 60 + [None]).reason == "n/a (absent this session)"


class TestNoHindsight:
    def test_later_sessions_are_not_seen(self, store: Store) -> None:
        for day in (23, 24, 27):
            row = DailyFigures("NVDA", dt.date(2025, 1, day), True, EVENING, 1, {"iv30": 50.0})
            store.save_figures("Simulator", "options", row)
        desk = desk_at(EVENING, store)
        asked = OptionsHistoryParameters(Symbol("NVDA"))
        answer = desk.ask(OPTIONS_HISTORY, asked, dt.date(2025, 1, 24))
        assert answer.result is not None
        assert answer.result.sessions[-2:] == (dt.date(2025, 1, 23), dt.date(2025, 1, 24))

    def test_figures_of_an_older_definition_are_left_out_and_said(self) -> None:
        rows = tuple(
            DailyFigures(
                "T", dt.date(2025, 1, 21 + i), True, EVENING, DEFINITION + i, {"iv30": 1.0}
            )
            for i in (-1, 0)
        )
        moment = Moment(EVENING, MONDAY, Phase.CLOSED, True)
        inputs = Inputs(moment, history={("options", "T"): rows})
        found = OPTIONS_HISTORY.compute(OptionsHistoryParameters(Symbol("T")), inputs)
        iv30 = next(figure for figure in found.figures if figure.key == "iv30")
        assert iv30.values == (None, 1.0)
        assert "1 sessions followed older definitions" in found.note


class TestSentiment:
    def test_put_call_joins_the_index_once_a_year_is_kept(self, store: Store) -> None:
        desk = desk_at(EVENING, store)
        days = desk.inputs(SENTIMENT.needs(SentimentParameters(), desk.moment())).bars["SPY"]
        for i, day in enumerate(days.sessions[-300:].tolist()):
            figures = {"put_call_volume": 0.8 + (i % 7) / 10}
            store.save_figures(
                "Simulator", "options", DailyFigures("SPY", day, True, EVENING, 1, figures)
            )
        answer = desk.ask(SENTIMENT, SentimentParameters())
        assert answer.result is not None
        assert answer.result.coverage == "7 of 7"


class TestCollect:
    def test_it_keeps_each_chain_and_passes_over_what_is_kept(self, store: Store) -> None:
        desk = desk_at(EVENING, store)
        first = collect(desk, ["NVDA", "SPY", "ZZZZ"], io.StringIO())
        assert first.stored == ("NVDA", "SPY")
        assert "does not know" in first.absent["ZZZZ"]
        again = collect(desk_at(EVENING, store), ["NVDA", "SPY"], io.StringIO())
        assert (again.stored, again.already) == ((), ("NVDA", "SPY"))

    def test_it_stops_at_a_refusal_and_says_what_is_left(self, store: Store) -> None:
        desk = desk_at(EVENING, store)
        desk.source.refusing = True  # type: ignore[attr-defined]
        result = collect(desk, ["NVDA", "SPY"], io.StringIO())
        assert result.left == ("NVDA", "SPY")
        assert "limiting requests" in summary(result)
        desk.source.refusing = False  # type: ignore[attr-defined]
        resumed = collect(desk_at(EVENING, store), ["NVDA", "SPY"], io.StringIO())
        assert resumed.left == ()

    def test_the_bar_is_a_line_a_symbol_in_a_log(self, store: Store) -> None:
        log = io.StringIO()
        collect(desk_at(EVENING, store), ["NVDA", "SPY"], log)
        assert log.getvalue().splitlines()[-1].startswith("[########################] 2/2 SPY")

    def test_the_command_ends_with_two_for_a_bad_symbol(
        self, capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert main(["S PY", "--source", "demo"]) == 2
        assert "is not a symbol" in capsys.readouterr().err
