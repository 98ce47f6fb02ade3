"""A source composed by capability: who is asked, who stands in, and what is said of it."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from analytics.cache.backend import NoBackend
from analytics.cache.codec import Codec
from analytics.cache.single_flight import Cache
from analytics.desk.desk import Desk
from analytics.desk.fetching import CACHED_TYPES
from analytics.model.question import Symbol
from analytics.model.vocabulary import (
    BadInput,
    Event,
    EventKind,
    HoldlineError,
    NotAvailable,
    Quarter,
    SourceFailure,
)
from analytics.settings_reader import load_settings
from analytics.sources import registry
from analytics.sources.base import Capabilities, Opening, Source
from analytics.sources.composed import ComposedSource
from analytics.studies.valuation.fundamentals import VALUATION, ValuationParameters
from components.frame.provenance import source_line
from tests.support.builders import Clock
from tests.support.waiting import until

NVDA = ValuationParameters(Symbol("NVDA"))
END = dt.date(2024, 10, 27)


class Filings(Source):
    """Quarters alone, of a provider that can be made to fail."""

    name = "Filings"
    capabilities = Capabilities(remote=True, quarters=True)

    def __init__(self, revenue: float = 35_082.0) -> None:
        self.revenue = revenue
        self.error: Exception | None = None
        self.asked = 0

    def quarters(self, symbol: str) -> tuple[Quarter, ...]:
        self.asked += 1
        if self.error is not None:
            raise self.error
        return (Quarter(END, self.revenue, None, reported_on=dt.date(2024, 11, 20)),)


class Prices(Filings):
    """The base: a source with quarters of its own."""

    name = "Prices"


@pytest.fixture
def first() -> Filings:
    return Filings(35_082.0)


@pytest.fixture
def base() -> Prices:
    return Prices(1.0)


@pytest.fixture
def composed(first: Filings, base: Prices) -> ComposedSource:
    return ComposedSource(base, {"quarters": (first, base)})


class TestOrder:
    def test_the_first_is_asked_and_named(self, composed: ComposedSource, base: Prices) -> None:
        [quarter] = composed.quarters("NVDA")
        assert (quarter.revenue_musd, quarter.source, quarter.passed_over) == (
            35_082.0,
            "Filings",
            "",
        )
        assert base.asked == 0

    @pytest.mark.parametrize("error", [SourceFailure("It is down."), NotAvailable("It has none.")])
    def test_the_next_stands_in_under_its_own_name_and_the_reason_is_kept(
        self, composed: ComposedSource, first: Filings, error: Exception
    ) -> None:
        first.error = error
        [quarter] = composed.quarters("NVDA")
        assert (quarter.revenue_musd, quarter.source, quarter.passed_over) == (
            1.0,
            "Prices",
            str(error),
        )

    def test_without_any_every_reason_is_given(
        self, composed: ComposedSource, first: Filings, base: Prices
    ) -> None:
        first.error, base.error = NotAvailable("By the year only."), SourceFailure("It is down.")
        with pytest.raises(SourceFailure, match=r"^By the year only\. It is down\.$"):
            composed.quarters("NVDA")

    def test_who_lacks_the_capability_is_not_asked(self, base: Prices) -> None:
        class Nothing(Source):
            name = "Nothing"
            capabilities = Capabilities(remote=True)

        [quarter] = ComposedSource(base, {"quarters": (Nothing(), base)}).quarters("NVDA")
        assert (quarter.source, quarter.passed_over) == ("Prices", "")

    def test_the_rest_is_the_bases(self, composed: ComposedSource, base: Prices) -> None:
        assert (composed.name, composed.scope, composed.parts[0]) == ("Prices", "Prices", base)
        assert not composed.capabilities.bars


class TestAtTheDesk:
    @pytest.fixture
    def clock(self) -> Clock:
        return Clock(dt.datetime(2024, 12, 2, 17, tzinfo=dt.UTC))

    @pytest.fixture
    def desk(self, composed: ComposedSource, clock: Clock) -> Desk:
        cache = Cache(NoBackend(), Codec(CACHED_TYPES), clock=clock)
        return Desk(composed, cache, clock=clock)

    def test_the_answer_names_the_provider(self, desk: Desk) -> None:
        answer = desk.ask(VALUATION, NVDA)
        assert answer.provenance.providers == {"quarters": "Filings"}
        assert source_line(answer.provenance).startswith("Prices; quarters: Filings")

    def test_it_says_who_was_passed_over_and_why(self, desk: Desk, first: Filings) -> None:
        first.error = SourceFailure("Filings does not answer.")
        answer = desk.ask(VALUATION, NVDA)
        assert answer.provenance.providers == {"quarters": "Prices"}
        assert "Filings does not answer." in answer.provenance.notes

    def test_the_first_ones_older_figures_stand_before_anothers(
        self, desk: Desk, first: Filings, clock: Clock
    ) -> None:
        desk.ask(VALUATION, NVDA)
        first.error = SourceFailure("Filings does not answer.")
        clock.advance(days=2)
        desk.ask(VALUATION, NVDA)  # served at once, refreshed behind
        until(lambda: first.asked == 2)
        until(lambda: desk.ask(VALUATION, NVDA).provenance.stale is not None)
        older = desk.ask(VALUATION, NVDA).provenance
        assert older.providers == {"quarters": "Filings"}
        assert "Filings does not answer." in str(older.stale)
        clock.advance(days=7)
        until(lambda: desk.ask(VALUATION, NVDA).provenance.providers == {"quarters": "Prices"})


class TestSettings:
    def test_who_is_asked_is_read_in_order(self) -> None:
        asked = load_settings([], {"HOLDLINE_QUARTERS": "yahoo, sec"}).providers_asked()
        assert asked["quarters"] == ("yahoo", "sec")

    @pytest.mark.parametrize("text", ["demo", "sec,nobody", ","])
    def test_who_has_none_is_refused(self, text: str) -> None:
        with pytest.raises(BadInput, match="accepted are sec, yahoo"):
            load_settings([], {"HOLDLINE_QUARTERS": text})

    @pytest.mark.parametrize("text", ["sec", "nobody=https://a.example", "sec=ftp://a.example"])
    def test_a_bad_address_is_refused(self, text: str) -> None:
        with pytest.raises(BadInput, match="no provider's address"):
            load_settings([], {"HOLDLINE_HOSTS": text})

    def test_yahoo_is_completed_and_a_folder_is_not(self, tmp_path: Path) -> None:
        plan = {"quarters": ("sec", "yahoo")}
        opening = Opening(folder=tmp_path, contact="desk@example.org")
        yahoo = registry.open_source("yahoo", lambda name, kind: opening, plan)
        demo = registry.open_source("demo", lambda name, kind: opening, plan)
        assert [part.name for part in yahoo.parts] == ["Yahoo", "SEC EDGAR"]
        assert [part.name for part in demo.parts] == ["Simulator"]


class Office(Source):
    """Dates alone."""

    name = "Office"
    capabilities = Capabilities(remote=True, agenda=True)

    def __init__(self, *events: Event, error: HoldlineError | None = None) -> None:
        self.events_given, self.error = events, error

    def agenda(self, start: dt.date, end: dt.date) -> tuple[Event, ...]:
        if self.error is not None:
            raise self.error
        return self.events_given


class TestAgenda:
    DAY = dt.date(2026, 10, 14)

    def test_dates_are_joined_and_what_the_base_expects_stands(self) -> None:
        official = Event(self.DAY, EventKind.CPI, "Consumer prices (CPI)", source="Office")
        gdp = Event(self.DAY, EventKind.RELEASE, "GDP (Advance Estimate)", source="Office")
        expected = Event(self.DAY, EventKind.CPI, "CPI YY", expected=2.9, source="Prices")
        core = Event(self.DAY, EventKind.CPI, "Core CPI YY", expected=3.0, source="Prices")
        base = Office(expected, core)
        source = ComposedSource(base, {"agenda": (Office(official, gdp), base)})
        titles = {event.title for event in source.agenda(self.DAY, self.DAY)}
        assert titles == {"CPI YY", "Core CPI YY", "GDP (Advance Estimate)"}

    def test_one_that_fails_is_said_beside_the_others_dates(self) -> None:
        official = Event(self.DAY, EventKind.CPI, "Consumer prices (CPI)")
        base = Office(error=SourceFailure("Prices does not answer."))
        source = ComposedSource(base, {"agenda": (Office(official), base)})
        assert source.agenda(self.DAY, self.DAY) == (official,)
        assert source.agenda_notes(self.DAY, self.DAY) == ("Prices does not answer.",)

    def test_all_that_fail_are_a_failure(self) -> None:
        base = Office(error=SourceFailure("Prices does not answer."))
        other = Office(error=SourceFailure("Office refused the request."))
        source = ComposedSource(base, {"agenda": (other, base)})
        with pytest.raises(SourceFailure, match=r"refused the request\. Prices does not answer"):
            source.agenda(self.DAY, self.DAY)
