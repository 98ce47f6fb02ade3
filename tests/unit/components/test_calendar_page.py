"""The Calendar tab: its days and words, its file, and what a viewer may upload."""

from __future__ import annotations

import base64
import datetime as dt
import re
from typing import Any

import icalendar
import pytest
from flask.testing import FlaskClient

from analytics.model.sessions import session_close, session_open
from analytics.model.vocabulary import Event, EventKind, Moment, Phase
from analytics.studies.calendar.events import Calendar, CalendarParameters, earnings_by_day
from analytics.studies.calendar.release_lists import WITH_PROJECTIONS, at_new_york, release_warnings
from components.pages.calendar import words
from tests.unit.components.test_pages import Desktop, opened, said

D = dt.date
MONDAY, SUNDAY = D(2025, 1, 27), D(2025, 2, 2)
NOON = Moment(at_new_york(MONDAY, dt.time(12)), MONDAY, Phase.OPEN, True)


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Desktop:
    return opened(tmp_path_factory, "--demo")


@pytest.fixture(scope="module")
def client(demo: Desktop) -> FlaskClient:
    return demo.client


def calendar_of(*events: Event, start: dt.date = MONDAY, end: dt.date = SUNDAY) -> Calendar:
    return Calendar(MONDAY, start, end, events, earnings_by_day(events), (), {})


def reports(day: dt.date, symbol: str, cap: float, timing: str = "after the close") -> Event:
    return Event(day, EventKind.EARNINGS, f"{symbol} earnings", timing=timing, symbol=symbol,
                 market_cap_musd=cap)  # fmt: skip


def fed(day: dt.date, detail: str = "") -> Event:
    time = at_new_york(day, dt.time(14))
    return Event(day, EventKind.FOMC, "FOMC decision", time, detail=detail)


class TestFinding:
    WEDNESDAY = D(2025, 1, 29)

    def test_the_decision_the_largest_reporters_and_the_release(self) -> None:
        found = calendar_of(
            fed(self.WEDNESDAY),
            reports(self.WEDNESDAY, "TSLA", 13.0),
            reports(self.WEDNESDAY, "MSFT", 33.0),
            reports(self.WEDNESDAY, "IBM", 2.0),
            reports(self.WEDNESDAY, "META", 16.0),
            reports(D(2025, 1, 30), "AAPL", 34.0),
            Event(D(2025, 1, 31), EventKind.PCE, "PCE prices"),
        )
        assert words.finding(found, NOON) == (
            "The Fed decides Wednesday; MSFT, META, TSLA and 1 more report after the close; "
            "PCE Friday"
        )

    def test_new_projections_and_dates_in_a_longer_span(self) -> None:
        day = D(2025, 3, 19)
        found = calendar_of(fed(day, WITH_PROJECTIONS), start=D(2025, 3, 1), end=D(2025, 3, 31))
        assert words.finding(found, NOON) == "The Fed decides on 19 Mar with a new dot plot"

    def test_what_is_over_goes_unsaid_while_something_is_ahead(self) -> None:
        found = calendar_of(
            reports(MONDAY, "T", 1.0, "before the open"), reports(self.WEDNESDAY, "MSFT", 33.0)
        )
        assert words.finding(found, NOON) == "MSFT reports Wednesday after the close"

    def test_a_week_that_is_over_is_told_as_past(self) -> None:
        later = Moment(session_close(D(2025, 2, 7)), D(2025, 2, 7), Phase.CLOSED, False)
        found = calendar_of(fed(self.WEDNESDAY), reports(self.WEDNESDAY, "MSFT", 33.0))
        finding = words.finding(found, later)
        assert finding == "The Fed decided Wednesday; MSFT reported after the close"

    def test_a_closure_comes_first_and_an_empty_week_says_so(self) -> None:
        shut = Event(D(2025, 1, 30), EventKind.HOLIDAY, "Exchange closed: special closure")
        finding = words.finding(calendar_of(shut, fed(self.WEDNESDAY)), NOON)
        assert finding == "The exchange is closed Thursday; the Fed decides Wednesday"
        nothing = words.finding(calendar_of(), NOON)
        assert nothing == "Nothing is known for 27 Jan \u2013 2 Feb 2025"


class TestSpans:
    def test_a_week_steps_by_weeks_and_a_month_by_months(self) -> None:
        before, after = words.previous_and_next(MONDAY, SUNDAY)
        assert (before.start, before.end) == (D(2025, 1, 20), D(2025, 1, 26))
        assert (after.start, after.end) == (D(2025, 2, 3), D(2025, 2, 9))
        before, after = words.previous_and_next(D(2025, 2, 1), D(2025, 2, 28))
        assert (before.start, before.end) == (D(2025, 1, 1), D(2025, 1, 31))
        assert (after.start, after.end) == (D(2025, 3, 1), D(2025, 3, 31))

    def test_weeks_are_whole_and_cover_the_span(self) -> None:
        rows = words.weeks(D(2025, 3, 1), D(2025, 3, 31))
        assert [row[0].weekday() for row in rows] == [0] * 6
        assert rows[0][0] == D(2025, 2, 24)
        assert rows[-1][-1] == D(2025, 4, 6)
        assert words.weeks(MONDAY, SUNDAY) == [[MONDAY + dt.timedelta(i) for i in range(7)]]


class TestLists:
    def test_releases_outside_the_list_are_announced(self) -> None:
        assert release_warnings(MONDAY, MONDAY, SUNDAY) == []
        (warning,) = release_warnings(MONDAY, D(2025, 10, 1), D(2025, 10, 31))
        assert "from January 2024 to September 2025" in warning
        assert release_warnings(D(2025, 8, 1), D(2025, 8, 4), D(2025, 8, 10)), "it runs out soon"


def days_in(body: Any, classes: str) -> list[dict[str, Any]]:
    """The props of every part of a card whose class holds ``classes``."""
    if isinstance(body, list):
        return [found for part in body for found in days_in(part, classes)]
    if not isinstance(body, dict):
        return []
    props = body.get("props", {})
    here = [props] if classes in str(props.get("className", "")) else []
    return here + days_in(props.get("children"), classes)


class TestDays:
    def test_the_week_of_the_session_opens(self, demo: Desktop) -> None:
        payload = demo.ask("calendar", "days")
        assert payload["title"].startswith("The Fed decides Wednesday; MSFT, META, TSLA and 2 more")
        text = said(payload)
        for phrase in ("today", "14:00", "expected 2.6%, before 2.4%", "Federal Reserve Board"):
            assert phrase in text
        assert "came in" not in text
        assert "<" not in payload["title"]

    def test_past_days_and_events_are_marked(self, demo: Desktop) -> None:
        body = demo.ask("calendar", "days", as_of="2025-01-24")["body"]
        assert len(days_in(body, "is-over")) == 4
        (today,) = days_in(body, "is-today")
        assert today["aria-label"] == "Fri 24 Jan 2025"

    def test_a_meeting_with_projections_has_its_chip(self, demo: Desktop) -> None:
        march = {"start": "2025-03-17", "end": "2025-03-23"}
        text = said(demo.ask("calendar", "days", **march))
        assert "dot plot" in text
        assert "quarterly" in text
        assert "dot plot" not in said(demo.ask("calendar", "days"))

    def test_holidays_and_half_days(self, demo: Desktop) -> None:
        text = said(demo.ask("calendar", "days", start="2025-11-24", end="2025-11-30"))
        assert "Exchange closed: Thanksgiving" in text
        assert "closes at 13:00" in text

    def test_its_links_step_and_keep_the_date_shown(self, demo: Desktop) -> None:
        payload = demo.ask("calendar", "days", as_of="2025-01-24", start="2025-01-20",
                           end="2025-01-26")  # fmt: skip
        links = re.findall(r"'href': '(/calendar[^']*)'", str(payload["body"]))
        assert "/calendar?as_of=2025-01-24&start=2025-01-13&end=2025-01-19" in links
        assert "/calendar?as_of=2025-01-24&start=2025-01-27&end=2025-02-02" in links
        assert "/calendar?as_of=2025-01-24&start=2025-01-01&end=2025-01-31" in links
        assert "/calendar.ics?as_of=2025-01-24&start=2025-01-20&end=2025-01-26" in links

    def test_a_weekend_shows_only_with_something_on_it(self, demo: Desktop) -> None:
        def hidden(**span: str) -> list[bool]:
            body = demo.ask("calendar", "days", **span)["body"]
            return [bool(day.get("hidden")) for day in days_in(body, "is-weekend")]

        assert hidden() == [True, True]
        assert hidden(start="2025-02-17", end="2025-02-23") == [False, True]

    @pytest.mark.parametrize("name", ["days", "earnings", "coverage"])
    @pytest.mark.parametrize(
        ("span", "sentence"),
        [
            ({"start": "2025-02-30"}, "a date such as 2025-01-24 is accepted"),
            ({"start": "<script>"}, "a date such as 2025-01-24 is accepted"),
            ({"start": "2025-02-09", "end": "2025-02-03"}, "is not before"),
            ({"start": "2025-01-01", "end": "2027-01-01"}, "a span of 1 to 371 days"),
            ({"start": "2098-01-01", "end": "2098-01-07"}, "outside the exchange's calendar"),
            ({"start": "1990-01-01"}, "1990-01-01"),
            ({"start": "2025-01-01" * 900}, "is not a short text"),
        ],
    )
    def test_a_hostile_span_is_a_sentence(
        self, demo: Desktop, name: str, span: dict[str, str], sentence: str
    ) -> None:
        assert sentence in demo.ask("calendar", name, **span)["absence"]


class TestEarnings:
    def test_a_market_value_is_that_of_the_value_tab_with_its_day(self, demo: Desktop) -> None:
        listed = {row[2]: row for row in demo.ask("calendar", "earnings")["data"]["rows"]}
        values = demo.ask("valuation", "companies", basket="MSFT,META,TSLA,AAPL", against="KO")
        of_value = {row[0]: row[3] for row in values["data"]["rows"] if row[0] in listed}
        assert set(of_value) == {"MSFT", "META", "TSLA", "AAPL"}
        assert {symbol: listed[symbol][3] for symbol in of_value} == of_value
        assert {listed[symbol][4] for symbol in of_value} == {"27 Jan 2025"}
        assert listed["IBM"][3:5] == [208_000.0, "source\u2019s own"]

    def test_by_day_the_largest_first_with_size_and_weight(self, demo: Desktop) -> None:
        payload = demo.ask("calendar", "earnings")
        assert payload["title"] == "13 companies report; the largest is Apple, Thu 30 Jan 2025"
        rows = payload["data"]["rows"]
        assert [row[2] for row in rows[1:4]] == ["MSFT", "META", "TSLA"]
        assert rows[1][4:6] == ["27 Jan 2025", 6.3]
        assert rows[1][1] == "after the close"

    def test_none_is_said(self, demo: Desktop) -> None:
        payload = demo.ask("calendar", "earnings", start="2025-06-02", end="2025-06-08")
        assert payload["absence"] == "No company followed reports in these days."


class TestCoverage:
    def test_what_no_source_has_is_always_said(self, demo: Desktop) -> None:
        text = said(demo.ask("calendar", "coverage"))
        assert "The days of buy-backs: companies report only what they paid by quarter" in text
        assert re.search(r"Fed decisions +\(1\): Federal Reserve Board", text)

    def test_a_list_that_ends_is_a_gap(self, demo: Desktop) -> None:
        payload = demo.ask("calendar", "coverage", start="2025-10-06", end="2025-10-12")
        assert payload["title"] == "1 gap in what is known of these days"
        text = said(payload)
        assert "from January 2024 to September 2025" in text
        assert "lists refresh takes the next ones" in text


class TestFile:
    def test_it_reads_back_as_the_calendar_shown(self, client: FlaskClient, demo: Desktop) -> None:
        reply = client.get("/calendar.ics?start=2025-01-27&end=2025-02-02")
        assert reply.status_code == 200
        assert reply.content_type == "text/calendar; charset=utf-8"
        assert "holdline-calendar-2025-01-27-2025-02-02.ics" in reply.headers["Content-Disposition"]
        read = icalendar.Calendar.from_ical(reply.data)
        rows = demo.ask("calendar", "days")["data"]["rows"]
        shown = [(row[0], row[3]) for row in rows]
        parts = read.walk("VEVENT")
        got = [
            (
                str(part.decoded("DTSTART"))[:10],
                str(part["SUMMARY"]).removesuffix(" (date estimated)"),
            )
            for part in parts
        ]
        assert got == shown
        assert len({str(part["UID"]) for part in parts}) == len(parts)
        (decision,) = [part for part in parts if part["SUMMARY"] == "FOMC decision"]
        assert decision.decoded("DTSTART") == dt.datetime(2025, 1, 29, 19, tzinfo=dt.UTC)

    def test_it_says_what_it_is(self, client: FlaskClient) -> None:
        read = icalendar.Calendar.from_ical(client.get("/calendar.ics").data)
        about = str(read["X-WR-CALDESC"])
        assert "SIMULATED" in about
        assert "Not investment advice" in about
        assert str(read["X-WR-CALNAME"]).endswith("(SIMULATED)")
        assert all("SIMULATED" in str(part["DESCRIPTION"]) for part in read.walk("VEVENT"))

    @pytest.mark.parametrize(
        ("query", "sentence"),
        [
            ("start=2025-02-30", "a date such as"),
            ("start=2025-01-01&end=2029-01-01", "a span of 1 to 371 days"),
            ("as_of=2031-01-01", "2031-01-01"),
            ("start=%00%ff", "a date such as"),
            ("start=" + "9" * 9000, "longer than"),
        ],
    )
    def test_a_bad_span_is_a_sentence(self, client: FlaskClient, query: str, sentence: str) -> None:
        reply = client.get(f"/calendar.ics?{query}")
        assert reply.status_code == 400
        assert sentence in reply.get_json()["error"]


def upload(client: FlaskClient, content: bytes, name: str, **headers: str) -> Any:
    body = {"name": name, "content": base64.b64encode(content).decode()}
    return client.post("/calendar/own-events", json=body, headers=headers)


class TestUpload:
    def test_events_and_a_sentence_for_each_bad_line(self, client: FlaskClient) -> None:
        text = "date,time,title,symbol,note\n2025-01-30,,Later,,\n2025-01-29,09:15,Call,nvda,desk\n"
        reply = upload(client, f"{text}29.1.2025,,A,,\n".encode(), "C:\\mine\\plan.csv")
        assert reply.status_code == 200
        assert reply.json["events"] == [
            {"day": "2025-01-29", "clock": "09:15", "title": "Call", "symbol": "NVDA",
             "detail": "desk", "source": "plan.csv"},
            {"day": "2025-01-30", "clock": "", "title": "Later", "symbol": "", "detail": "",
             "source": "plan.csv"},
        ]  # fmt: skip
        assert reply.json["notes"] == [
            "plan.csv line 4: '29.1.2025' is not a date such as 2025-01-29."
        ]

    def test_a_calendar_file_of_holdline_can_be_given(self, client: FlaskClient) -> None:
        file = client.get("/calendar.ics?start=2025-01-27&end=2025-02-02").data
        found = upload(client, file, "week.ics").json
        assert found["notes"] == []
        assert {"2025-01-29", "2025-01-30"} <= {event["day"] for event in found["events"]}
        assert "14:00" in {event["clock"] for event in found["events"]}

    def test_hostile_words_come_back_as_the_text_they_are(self, client: FlaskClient) -> None:
        title = "<script>alert(1)</script><img src=x onerror=alert(1)>"
        reply = upload(client, f"date,title\n2025-01-29,{title}\n".encode(), "<b>.csv")
        assert reply.mimetype == "application/json"
        assert reply.json["events"][0]["title"] == title
        assert reply.headers["X-Content-Type-Options"] == "nosniff"

    @pytest.mark.parametrize(
        ("content", "name", "sentence"),
        [
            (b"when,what\n1,2\n", "a.csv", "the columns 'date' and 'title' are needed"),
            (b"\xff\xfe\x00", "a.csv", "not a readable CSV"),
            (b"x", "a.exe", "neither a .csv nor an .ics"),
            (b"BEGIN:VEVENT\r\n" * 3000, "a.ics", "not a readable iCalendar"),
            (b"date,title\n" + b"2025-01-29,A\n" * 2001, "a.csv", "more than 2000 events"),
            (b"x" * 150_001, "a.csv", "larger than 150 kB"),
        ],
    )
    def test_a_hopeless_file_is_a_sentence(
        self, client: FlaskClient, content: bytes, name: str, sentence: str
    ) -> None:
        reply = upload(client, content, name)
        assert reply.status_code == 400
        assert sentence in reply.get_json()["error"]

    def test_a_huge_request_is_refused_unread(self, client: FlaskClient) -> None:
        assert upload(client, b"x" * 1_000_000, "a.csv").status_code == 413

    @pytest.mark.parametrize("years", ["0001-01-01", "1989-12-31", "2100-01-01", "9999-12-31"])
    def test_years_nobody_shows_are_named(self, client: FlaskClient, years: str) -> None:
        text = f"date,title,time\n{years},A,00:00+14:00\n".encode()
        assert "is not between the years" in upload(client, text, "a.csv").json["notes"][0]

    def test_many_bad_lines_are_counted(self, client: FlaskClient) -> None:
        notes = upload(client, b"date,title\n" + b"x,y\n" * 100, "a.csv").json["notes"]
        assert notes[-1] == "And 60 more lines like these."

    @pytest.mark.parametrize(
        "body", [[], 7, {"name": 1, "content": ""}, {"name": "a.csv"},
                 {"name": "a.csv", "content": "%%%"}, {"name": "a.csv", "content": {"a": 1}}]
    )  # fmt: skip
    def test_forged_bodies_get_a_sentence(self, client: FlaskClient, body: Any) -> None:
        reply = client.post("/calendar/own-events", json=body)
        assert reply.status_code == 400
        assert reply.get_json()["error"]

    def test_a_form_and_another_site_are_refused(self, client: FlaskClient) -> None:
        form = client.post("/calendar/own-events", data={"name": "a.csv", "content": ""})
        assert form.status_code == 400
        foreign = upload(client, b"date,title\n", "a.csv", Origin="https://elsewhere.example")
        assert foreign.status_code == 403


class TestNoLookAhead:
    """The listed outcome of a release is shown from its minute on, in the days and in the CSV."""

    RELEASE = Event(MONDAY, EventKind.CPI, "CPI", at_new_york(MONDAY, dt.time(8, 30)),
                    expected=2.9, previous=2.7, actual=3.1, unit="%")  # fmt: skip

    @pytest.mark.parametrize(("clock", "known"), [(dt.time(8, 29), False), (dt.time(8, 30), True)])
    def test_an_outcome_waits_for_its_minute(self, clock: dt.time, known: bool) -> None:
        from analytics.model.question import AGENDA, Inputs
        from analytics.studies.calendar.events import CALENDAR
        from components.pages.calendar.days import show_days
        from components.pages.calendar.state import CalendarState

        moment = Moment(at_new_york(MONDAY, clock), D(2025, 1, 24), Phase.PRE, True)
        asked = CalendarParameters(MONDAY, SUNDAY)
        found = CALENDAR.compute(asked, Inputs(moment, events={AGENDA: (self.RELEASE,)}))
        view = show_days(CalendarState(), found, moment)
        assert ("came in 3.1%" in str(view.body)) is known
        assert view.data is not None
        (row,) = [row for row in view.data.rows if row[2] == "cpi"]
        assert row[7] == (3.1 if known else None)
        assert session_open(MONDAY) > moment.time
