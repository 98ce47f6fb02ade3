"""Figures of imported days, and what the desk makes of them beside its own."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from analytics.desk.archive import Archive
from analytics.imports.figures import figures_of_chain, make_figures
from analytics.model.question import Inputs, Symbol
from analytics.model.sessions import session_close
from analytics.model.vocabulary import DailyFigures, Moment, Phase
from analytics.options.daily_record import DEFINITION, OPTIONS_NAME
from analytics.options.history import OPTIONS_HISTORY, OptionsHistoryParameters
from analytics.store.chain_format import decode_chain
from analytics.store.database import Database
from analytics.store.store import Store
from analytics.studies.supports.odds_record import DISTANCES_PCT, ODDS_NAME, figure_name
from tests.support.builders import FakeSource
from tests.support.chain_files import NOW, importer, write, year_of_days

SESSIONS = 70


@pytest.fixture
def database() -> Iterator[Database]:
    opened = Database(None)
    yield opened
    opened.close()


@pytest.fixture
def imported(database: Database, tmp_path: Path) -> Database:
    lines = year_of_days(sessions=SESSIONS)
    importer(database).run(write(tmp_path / "a.csv", lines))
    make_figures(importer(database).past, "Yahoo", lambda: NOW)
    return database


def archive_of(database: Database) -> Archive:
    return Archive(Store(database), FakeSource({}, name="Yahoo"), lambda: NOW)


def figures(database: Database) -> tuple[DailyFigures, ...]:
    return archive_of(database).figures(OPTIONS_NAME, "TEST", dt.date(2025, 1, 24))


class TestFigures:
    def test_each_day_has_its_own(self, imported: Database) -> None:
        rows = figures(imported)
        assert len(rows) == SESSIONS
        assert {row.origin for row in rows} == {"Cboe end of day"}
        first, last = rows[0].figures, rows[-1].figures
        # the quotes are of 20% on the first day, and a tenth of a point more each day
        assert first["iv30"] == pytest.approx(20.0, abs=0.3)
        assert last["iv30"] == pytest.approx(20.0 + 0.1 * (SESSIONS - 1), abs=0.3)
        assert (first["call_wall"], first["put_wall"]) == (105.0, 95.0)
        assert first["spot"] == pytest.approx(100.0)
        # two expiries x 21 strikes: calls trade 10 + k, puts 10
        assert first["put_call_volume"] == pytest.approx(21 * 10 / (21 * 10 + 210))

    def test_odds_of_each_close_are_there_too(self, imported: Database) -> None:
        rows = archive_of(imported).figures(ODDS_NAME, "TEST", dt.date(2025, 1, 24))
        assert len(rows) == SESSIONS
        priced = rows[0].figures
        # over a month of 20%: about a third below -2%, fewer the further below
        month = [priced[figure_name("month", distance)] for distance in DISTANCES_PCT]
        assert all(one is not None for one in month)
        assert month == sorted(month, reverse=True, key=lambda one: one or 0.0)
        assert 25 < (priced[figure_name("month", 2.0)] or 0.0) < 45

    def test_the_page_ranks_them_and_says_whose_they_are(self, imported: Database) -> None:
        rows = figures(imported)
        moment = Moment(session_close(rows[-1].session), rows[-1].session, Phase.CLOSED, live=False)
        key = (OPTIONS_NAME, Symbol("TEST"))
        result = OPTIONS_HISTORY.compute(
            OptionsHistoryParameters(Symbol("TEST")), Inputs(moment, history={key: rows})
        )
        assert result.iv30.rank_pct == pytest.approx(100.0)  # it rose each day
        assert result.iv30.percentile_pct == pytest.approx(100.0)
        assert "70 sessions are imported from Cboe end of day" in result.note

    def test_what_was_shown_stands(self, imported: Database) -> None:
        archive = archive_of(imported)
        day = figures(imported)[10].session
        shown = DailyFigures("TEST", day, True, session_close(day), DEFINITION, {"iv30": 99.0})
        archive.keep(OPTIONS_NAME, shown)
        rows = figures(imported)
        assert len(rows) == SESSIONS
        assert [row.session for row in rows if not row.origin] == [day]
        assert rows[10].figures["iv30"] == 99.0

    def test_a_later_import_of_the_day_does_not_touch_what_was_shown(
        self, database: Database, tmp_path: Path
    ) -> None:
        archive = archive_of(database)
        day = dt.date(2024, 1, 2)
        shown = DailyFigures("TEST", day, True, session_close(day), DEFINITION, {"iv30": 99.0})
        archive.keep(OPTIONS_NAME, shown)
        importer(database).run(write(tmp_path / "a.csv", year_of_days(sessions=2)))
        make_figures(importer(database).past, "Yahoo", lambda: NOW)
        assert figures(database)[0].figures["iv30"] == 99.0
        assert len(figures(database)) == 2

    def test_made_once_and_anew_where_the_chain_grew(
        self, imported: Database, tmp_path: Path
    ) -> None:
        past = importer(imported).past
        assert past.pending("Yahoo", OPTIONS_NAME, DEFINITION) == ()
        assert len(past.pending("Yahoo", OPTIONS_NAME, DEFINITION + 1)) == SESSIONS
        more = [
            line.replace("2024-01-16", "2024-03-15")
            for line in year_of_days(sessions=1)
            if ",2024-01-16," in line
        ]
        importer(imported).run(write(tmp_path / "b.csv", more))
        pending = past.pending("Yahoo", OPTIONS_NAME, DEFINITION)
        assert pending == (("TEST", dt.date(2024, 1, 2)),)
        assert make_figures(past, "Yahoo", lambda: NOW).days == 1

    def test_a_chain_without_any_contract_that_counts_is_said(
        self, database: Database, tmp_path: Path
    ) -> None:
        lines = [line.replace(",TEST,2024-0", ",TEST1,2024-0") for line in year_of_days(sessions=1)]
        importer(database).run(write(tmp_path / "a.csv", lines))
        made = make_figures(importer(database).past, "Yahoo", lambda: NOW)
        assert made.days == 0
        (reason,) = made.without
        assert "84 adjusted contract of another deliverable (root TEST1)" in reason
        assert figures(database)[0].figures["iv30"] is None


class TestChain:
    def test_the_desk_shows_an_imported_day(self, imported: Database) -> None:
        chain = archive_of(imported).chain("TEST", dt.date(2024, 1, 2))
        assert chain is not None
        assert chain.vendor == "Cboe end of day (imported)"
        assert len(chain) == 84

    def test_its_figures_are_those_of_its_chain(self, imported: Database) -> None:
        stored = importer(imported).past.chain("Yahoo", "TEST", dt.date(2024, 1, 2))
        assert stored is not None
        row, left_out = figures_of_chain(decode_chain(stored.data))
        assert replace(row, origin="", shown_at=NOW).figures == figures(imported)[0].figures
        assert left_out == {}

    def test_another_source_has_another_past(self, imported: Database) -> None:
        archive = Archive(Store(imported), FakeSource({}, name="Files"), lambda: NOW)
        assert archive.chain("TEST", dt.date(2024, 1, 2)) is None
        assert archive.figures(OPTIONS_NAME, "TEST", dt.date(2025, 1, 24)) == ()

    def test_it_is_not_a_final_chain_of_the_program(self, imported: Database) -> None:
        archive = archive_of(imported)
        day = dt.date(2024, 1, 2)
        assert not archive.has_final_chain("TEST", day)
        assert not archive.has_final_figures(OPTIONS_NAME, "TEST", day)
