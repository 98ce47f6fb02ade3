"""Official release calendars: what each writes in its own way, and the loopback's answers."""

from __future__ import annotations

import datetime as dt
import json
from collections import Counter
from collections.abc import Iterator

import pytest

from analytics.model.event_files import read_own_events
from analytics.model.event_series import RepeatSpan
from analytics.model.vocabulary import EventKind, SourceFailure
from analytics.sources.calendars import bea_page, bls_calendar, fed_pages
from analytics.sources.calendars.shape import UnknownShape
from analytics.sources.calendars.source import BeaSource, BlsSource, FedSource
from analytics.sources.guards import RateLimiter
from analytics.sources.http_client import Limits
from tests.support.loopback.providers import ProviderServer, Trouble, provider_server
from tests.support.shared_data import SHARED, needs_shared_data

RECORDED = SHARED / "providers" / "calendars"
D = dt.date
PAGE, DATES = "/monetarypolicy/fomccalendars.htm", "/json/calendar.json"
ICS, SCHEDULE = "/schedule/news_release/bls.ics", "/news/schedule"


def utc(day: dt.date, hour: int, minute: int = 0) -> dt.datetime:
    return dt.datetime.combine(day, dt.time(hour, minute), dt.UTC)


def meeting(month: str, days: str) -> str:
    return (
        '<div class="row fomc-meeting" ">'
        f'<div class="fomc-meeting__month col-xs-5"><strong>{month}</strong></div>'
        f'<div class="fomc-meeting__date col-lg-1">{days}</div></div>'
    )


def meetings(**years: str) -> bytes:
    panels = (f"<h4><a>{year[1:]} FOMC Meetings</a></h4>{rows}" for year, rows in years.items())
    return f"<!DOCTYPE html><html>{''.join(panels)}</html>".encode()


class TestFed:
    def test_the_decision_is_on_the_last_day_at_14_new_york(self) -> None:
        [found] = fed_pages.read_meetings(meetings(y2026=meeting("March", "17-18*")))
        assert (found.day, found.time) == (D(2026, 3, 18), utc(D(2026, 3, 18), 18))
        assert found.detail == "with new projections (the dot plot)"

    def test_a_meeting_over_two_months_ends_in_the_second(self) -> None:
        content = meetings(y2024=meeting("Apr/May", "30-1") + meeting("Jan/Feb", "31-1"))
        assert [one.day for one in fed_pages.read_meetings(content)] == [
            D(2024, 2, 1),
            D(2024, 5, 1),
        ]

    def test_years_in_any_order_and_a_notation_vote_is_no_meeting(self) -> None:
        content = meetings(
            y2025=meeting("August", "22 (notation vote)") + meeting("July", "29-30"),
            y2021=meeting("January", "26-27"),
            y2027=meeting("June", "8-9*"),
        )
        found = [one.day for one in fed_pages.read_meetings(content)]
        assert found == [D(2021, 1, 27), D(2025, 7, 30), D(2027, 6, 9)]

    def test_the_json_with_its_mark_its_spans_and_its_empty_end(self) -> None:
        rows = [
            {"title": "FOMC  Meeting", "days": "27 - 28", "month": "2026-10", "time": "2:00 p.m."},
            {"title": "BEIGE BOOK", "days": "14", "month": "2026-10", "time": ""},
            {"title": "G.19 - Consumer Credit", "days": "7", "month": "2026-10", "time": ""},
            {},
        ]
        content = b"\xef\xbb\xbf" + json.dumps({"events": rows}).encode()
        decision, book = fed_pages.read_dates(content)
        assert (decision.kind, decision.day) == (EventKind.FOMC, D(2026, 10, 28))
        assert decision.time == utc(D(2026, 10, 28), 18)
        assert (book.title, book.time) == ("Beige Book", None)

    @pytest.mark.parametrize("content", [b"<html></html>", meetings(y2026="")])
    def test_another_page_is_refused(self, content: bytes) -> None:
        with pytest.raises(UnknownShape):
            fed_pages.read_meetings(content)

    @pytest.mark.parametrize("content", [b"{}", b"[]", b'{"events": [1]}', b'{"events": '])
    def test_another_json_is_refused(self, content: bytes) -> None:
        with pytest.raises(UnknownShape):
            fed_pages.read_dates(content)


def ics(*entries: tuple[str, str]) -> bytes:
    parts = "".join(
        f"\r\n\r\nBEGIN:VEVENT\r\nUID:{i}\r\nDTSTART;TZID=US-Eastern:{start}\r\nDURATION:PT0M\r\n"
        f"SUMMARY:{title}\r\nLOCATION:Washington\\, DC\r\nEND:VEVENT"
        for i, (start, title) in enumerate(entries)
    )
    return f"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nSUMMARY:BLS{parts}\r\nEND:VCALENDAR".encode()


class TestBls:
    def test_eastern_times_of_a_zone_that_no_system_knows(self) -> None:
        [winter, summer] = bls_calendar.read_schedule(
            ics(
                ("20260113T083000", "Consumer Price Index"),
                ("20260714T083000", "Consumer Price Index"),
            )
        )
        assert winter.time == utc(D(2026, 1, 13), 13, 30)
        assert summer.time == utc(D(2026, 7, 14), 12, 30)

    def test_the_reference_month_where_it_is_named(self) -> None:
        [found] = bls_calendar.read_schedule(
            ics(("20261014T083000", "Consumer Price Index for September 2026"))
        )
        assert (found.kind, found.title) == (EventKind.CPI, "Consumer prices (CPI), September 2026")

    def test_others_that_begin_alike_are_left_out(self) -> None:
        [found] = bls_calendar.read_schedule(
            ics(
                ("20260306T083000", "Employment Situation  "),
                ("20260318T100000", "Employment Situation of Veterans"),
            )
        )
        assert (found.kind, found.day) == (EventKind.JOBS, D(2026, 3, 6))

    def test_an_entry_issued_anew_is_one(self) -> None:
        twice = ("20260306T083000", "Employment Situation")
        assert len(bls_calendar.read_schedule(ics(twice, twice))) == 1

    @pytest.mark.parametrize("content", [b"BEGIN:VCALENDAR\r\nBEGIN:VEV", ics()])
    def test_another_calendar_is_refused(self, content: bytes) -> None:
        with pytest.raises(UnknownShape):
            bls_calendar.read_schedule(content)


def bea(*rows: tuple[str, str, str]) -> bytes:
    body = "".join(
        f'<tr class="scheduled-releases-type-press"><td><div class="release-date">{day}</div>\n'
        f'<small class="text-muted">{clock}</small> </td><td></td>'
        f'<td class="release-title views-field">{title}   </td></tr>'
        for day, clock, title in rows
    )
    return f'<html><table><th id="x" scope="col">Year 2026</th>{body}</table></html>'.encode()


class TestBea:
    def test_the_year_is_in_the_head_and_times_are_eastern(self) -> None:
        [found] = bea_page.read_schedule(
            bea(("November 25", "8:30 AM", "Personal Income and Outlays, October 2026"))
        )
        assert (found.kind, found.day) == (EventKind.PCE, D(2026, 11, 25))
        assert found.time == utc(D(2026, 11, 25), 13, 30)
        assert found.title == "Personal income, PCE and core PCE prices, October 2026"

    def test_gdp_by_state_is_no_gdp(self) -> None:
        found = bea_page.read_schedule(
            bea(
                ("October 29", "8:30 AM", "GDP (Advance Estimate), 3rd Quarter 2026"),
                ("September 25", "10:00 AM", "GDP by State, 2nd Quarter 2026"),
            )
        )
        assert [one.title for one in found] == ["GDP (Advance Estimate), 3rd Quarter 2026"]

    @pytest.mark.parametrize("content", [b"<html></html>", bea(("Soon", "", "GDP (Third)"))])
    def test_another_page_is_refused(self, content: bytes) -> None:
        with pytest.raises(UnknownShape):
            bea_page.read_schedule(content)


@needs_shared_data
class TestRecorded:
    def test_eight_decisions_in_each_year_from_2021_to_2027(self) -> None:
        found = fed_pages.read_meetings((RECORDED / "fomccalendars-2026.htm").read_bytes())
        assert Counter(one.day.year for one in found) == dict.fromkeys(range(2021, 2028), 8)
        assert D(2024, 5, 1) in {one.day for one in found}

    def test_the_feds_dates_of_october_2026(self) -> None:
        found = fed_pages.read_dates((RECORDED / "fed-calendar-2026-10.json").read_bytes())
        october = {one.title: one.day.day for one in found if one.day.month == 10}
        assert october == {"FOMC minutes": 7, "Beige Book": 14, "FOMC decision": 28}

    def test_two_years_of_the_bls(self) -> None:
        found = bls_calendar.read_schedule((RECORDED / "bls.ics").read_bytes())
        counts = Counter(one.kind for one in found)
        assert (counts[EventKind.CPI], counts[EventKind.JOBS]) == (24, 24)
        assert found[0].time == utc(D(2023, 1, 4), 15)

    def test_pce_and_gdp_beyond_2025(self) -> None:
        found = bea_page.read_schedule((RECORDED / "bea_schedule.html").read_bytes())
        pce = [one.day for one in found if one.kind is EventKind.PCE]
        assert pce == [
            D(2026, 8, 26), D(2026, 9, 30), D(2026, 10, 29), D(2026, 11, 25), D(2026, 12, 23)
        ]  # fmt: skip
        assert sum(one.title.startswith("GDP") for one in found) == 5

    def test_a_saved_bls_calendar_can_be_imported_as_own_events(self) -> None:
        span = RepeatSpan.around(D(2024, 6, 3))
        found = read_own_events((RECORDED / "bls.ics").read_bytes(), "bls.ics", span)
        jobs = [one for one in found.events if one.title == "Employment Situation"]
        assert len(jobs) == 24
        assert jobs[0].time == utc(D(2023, 1, 6), 13, 30)


@pytest.fixture
def server() -> Iterator[ProviderServer]:
    with provider_server() as server:
        server.bodies[PAGE] = meetings(y2026=meeting("October", "27-28"))
        dates = [{"title": "Beige Book", "days": "14", "month": "2026-10", "time": "2:00 p.m."}]
        dates.append({"title": "FOMC Meeting", "days": "28", "month": "2026-10", "time": ""})
        server.bodies[DATES] = json.dumps({"events": dates}).encode()
        server.bodies[ICS] = ics(("20261014T083000", "Consumer Price Index"))
        server.bodies[SCHEDULE] = bea(("October 29", "8:30 AM", "GDP (Advance Estimate), 2026"))
        yield server


OCTOBER = D(2026, 10, 1), D(2026, 10, 31)
QUICK = Limits(seconds=0.5, most_bytes=1 << 20)


class TestAsking:
    def source(
        self, kind: type[FedSource | BlsSource | BeaSource], server: ProviderServer
    ) -> FedSource | BlsSource | BeaSource:
        return kind(server.url, limiter=RateLimiter(1000.0, 100), limits=QUICK)

    def test_each_office_gives_its_dates(self, server: ProviderServer) -> None:
        days = {
            kind.name: [one.day.day for one in self.source(kind, server).agenda(*OCTOBER)]
            for kind in (FedSource, BlsSource, BeaSource)
        }
        assert days == {
            "Federal Reserve": [28, 14],
            "Bureau of Labor Statistics": [14],
            "Bureau of Economic Analysis": [29],
        }

    def test_other_days_are_left_out_and_nothing_is_asked_twice(
        self, server: ProviderServer
    ) -> None:
        source = self.source(BlsSource, server)
        source.agenda(*OCTOBER)
        assert source.agenda(D(2026, 11, 1), D(2026, 11, 30)) == ()
        assert server.paths == [ICS]

    def test_without_the_page_the_feds_json_has_the_decisions(self, server: ProviderServer) -> None:
        del server.bodies[PAGE]
        found = self.source(FedSource, server).agenda(*OCTOBER)
        assert EventKind.FOMC in {one.kind for one in found}

    def test_a_refusal_of_the_bls_says_how_to_help_oneself(self, server: ProviderServer) -> None:
        server.trouble = Trouble.FORBIDDEN
        with pytest.raises(SourceFailure, match=r"HTTP 403.*bls\.ics.*Your own events"):
            self.source(BlsSource, server).agenda(*OCTOBER)

    @pytest.mark.parametrize("kind", [FedSource, BlsSource, BeaSource])
    @pytest.mark.parametrize(
        "trouble",
        [Trouble.NOT_FOUND, Trouble.LIMITED, Trouble.WEB_PAGE, Trouble.CUT_OFF, Trouble.SLOW],
    )
    def test_every_failure_is_said(
        self,
        server: ProviderServer,
        kind: type[FedSource | BlsSource | BeaSource],
        trouble: Trouble,
    ) -> None:
        server.trouble = trouble
        with pytest.raises(SourceFailure, match=kind.name):
            self.source(kind, server).agenda(*OCTOBER)
