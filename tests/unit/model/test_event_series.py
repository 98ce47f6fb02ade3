"""Entries of an iCalendar file: cancelled, moved, repeated, in their zones, and in bounded time."""

from __future__ import annotations

import contextlib
import datetime as dt
import time
from pathlib import Path

import pytest

from analytics.model import event_series
from analytics.model.event_files import MAX_EVENTS, OwnEvents, read_own_events
from analytics.model.event_series import RepeatSpan
from analytics.model.vocabulary import BadInput, HoldlineError
from analytics.sources.files.source import FilesSource

SPAN = RepeatSpan(dt.date(2025, 1, 1), dt.date(2025, 3, 31), dt.date(2025, 1, 27))
GENEROUS_SECONDS = 20.0
"""What a hostile file may take on a machine under load; without bounds it is hours."""


def entry(uid: object, *lines: str, title: str = "Call") -> str:
    body = [f"UID:{uid}", "DTSTAMP:20250101T000000Z", *lines]
    if title:
        body.append(f"SUMMARY:{title}")
    return "\r\n".join(["BEGIN:VEVENT", *body, "END:VEVENT"])


def calendar(*parts: str, head: tuple[str, ...] = ()) -> bytes:
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//t//t//EN", *head, *parts]
    return "\r\n".join([*lines, "END:VCALENDAR", ""]).encode()


def read(*parts: str, head: tuple[str, ...] = (), span: RepeatSpan = SPAN) -> OwnEvents:
    return read_own_events(calendar(*parts, head=head), "x.ics", span)


def days(found: OwnEvents) -> list[str]:
    return [f"{event.day:%m-%d}" for event in sorted(found.events, key=lambda event: event.day)]


def utc(found: OwnEvents) -> list[str]:
    return [f"{event.time:%m-%d %H:%M}" if event.time else "" for event in found.events]


class TestCancelled:
    def test_an_entry(self) -> None:
        assert read(entry(1, "DTSTART;VALUE=DATE:20250129", "STATUS:CANCELLED")).events == ()

    def test_one_day_of_a_series(self) -> None:
        found = read(
            entry(1, "DTSTART:20250106T120000Z", "RRULE:FREQ=WEEKLY;COUNT=4"),
            entry(
                1,
                "RECURRENCE-ID:20250113T120000Z",
                "DTSTART:20250113T120000Z",
                "STATUS:CANCELLED",
            ),
        )
        assert days(found) == ["01-06", "01-20", "01-27"]

    def test_a_day_taken_out_of_a_series(self) -> None:
        found = read(
            entry(
                1,
                "DTSTART:20250106T120000Z",
                "RRULE:FREQ=WEEKLY;COUNT=4",
                "EXDATE:20250120T120000Z",
            )
        )
        assert days(found) == ["01-06", "01-13", "01-27"]

    def test_a_whole_series_and_a_whole_calendar(self) -> None:
        series = entry(1, "DTSTART:20250106T120000Z", "RRULE:FREQ=WEEKLY", "STATUS:CANCELLED")
        assert read(series).events == ()
        one = entry(1, "DTSTART:20250106T120000Z")
        assert read(one, head=("METHOD:CANCEL",)).events == ()

    def test_a_later_version_cancels_an_earlier(self) -> None:
        found = read(
            entry(1, "DTSTART:20250129T120000Z", "SEQUENCE:0"),
            entry(1, "DTSTART:20250129T120000Z", "SEQUENCE:1", "STATUS:CANCELLED"),
        )
        assert found.events == ()


class TestMoved:
    def test_one_day_of_a_series(self) -> None:
        found = read(
            entry(1, "DTSTART;TZID=America/New_York:20250106T090000", "RRULE:FREQ=WEEKLY;COUNT=3"),
            entry(
                1,
                "RECURRENCE-ID;TZID=America/New_York:20250113T090000",
                "DTSTART;TZID=America/New_York:20250114T153000",
                title="",
            ),
        )
        assert utc(found) == ["01-06 14:00", "01-14 20:30", "01-20 14:00"]
        assert {event.title for event in found.events} == {"Call"}

    def test_into_and_out_of_the_span(self) -> None:
        found = read(
            entry(1, "DTSTART;VALUE=DATE:20250330", "RRULE:FREQ=DAILY;COUNT=3"),
            entry(1, "RECURRENCE-ID;VALUE=DATE:20250330", "DTSTART;VALUE=DATE:20250410"),
            entry(1, "RECURRENCE-ID;VALUE=DATE:20250401", "DTSTART;VALUE=DATE:20250329"),
        )
        assert days(found) == ["03-29", "03-31"]

    def test_a_single_entry_by_a_newer_version(self) -> None:
        found = read(
            entry(1, "DTSTART:20250130T120000Z", "SEQUENCE:2"),
            entry(1, "DTSTART:20250129T120000Z", "SEQUENCE:1"),
        )
        assert days(found) == ["01-30"]

    def test_a_moved_day_without_its_series(self) -> None:
        found = read(
            entry(1, "RECURRENCE-ID:20250113T120000Z", "DTSTART:20250114T120000Z"),
        )
        assert days(found) == ["01-14"]


class TestRepeated:
    @pytest.mark.parametrize(
        ("rule", "expected"),
        [
            ("FREQ=WEEKLY;UNTIL=20250127T235959Z", ["01-06", "01-13", "01-20", "01-27"]),
            ("FREQ=WEEKLY;INTERVAL=2;COUNT=3", ["01-06", "01-20", "02-03"]),
            ("FREQ=WEEKLY;BYDAY=MO,WE;COUNT=3", ["01-06", "01-08", "01-13"]),
            ("FREQ=MONTHLY", ["01-06", "02-06", "03-06"]),
            ("FREQ=MONTHLY;BYDAY=1MO", ["01-06", "02-03", "03-03"]),
            ("FREQ=MONTHLY;BYDAY=-1FR", ["01-31", "02-28", "03-28"]),
            ("FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1", ["01-31", "02-28", "03-31"]),
            ("FREQ=MONTHLY;BYMONTHDAY=31", ["01-31", "03-31"]),
            ("FREQ=MONTHLY;BYMONTHDAY=13;BYDAY=TH", ["02-13", "03-13"]),
            ("FREQ=YEARLY;BYMONTH=3;BYDAY=2SU", ["03-09"]),
            ("FREQ=YEARLY", ["01-06"]),
        ],
    )
    def test_within_the_span(self, rule: str, expected: list[str]) -> None:
        found = read(entry(1, "DTSTART:20250106T170000Z", f"RRULE:{rule}"))
        if "BYDAY=-1" in rule or "BYSETPOS" in rule or "BYMONTH" in rule:
            assert [day for day in days(found) if day != "01-06"] == expected
        else:
            assert days(found) == expected
        assert found.notes == ("x.ics: repeating entries from 1 Jan 2025 to 31 Mar 2025.",)

    def test_named_days(self) -> None:
        found = read(entry(1, "DTSTART;VALUE=DATE:20250106", "RDATE;VALUE=DATE:20250110,20250120"))
        assert days(found) == ["01-06", "01-10", "01-20"]

    def test_the_hour_is_the_zone_s_over_a_change_of_clocks(self) -> None:
        found = read(
            entry(1, "DTSTART;TZID=America/New_York:20250303T083000", "RRULE:FREQ=WEEKLY;COUNT=3"),
            entry(2, "DTSTART;TZID=Europe/Berlin:20250324T150000", "RRULE:FREQ=WEEKLY;COUNT=2"),
        )
        assert utc(found) == [
            "03-03 13:30", "03-10 12:30", "03-17 12:30", "03-24 14:00", "03-31 13:00",
        ]  # fmt: skip

    def test_a_series_that_began_long_ago(self) -> None:
        birthday = entry(1, "DTSTART;VALUE=DATE:19550315", "RRULE:FREQ=YEARLY")
        assert days(read(birthday)) == ["03-15"]

    def test_of_too_many_days_the_nearest_are_taken_and_that_is_said(self) -> None:
        daily = [
            entry(i, "DTSTART;VALUE=DATE:20240101", "RRULE:FREQ=DAILY", title=f"T{i}")
            for i in range(3)
        ]
        found = read(*daily, span=RepeatSpan.around(dt.date(2025, 1, 27)))
        assert len(found.events) == MAX_EVENTS
        assert "are too many: the 2,000 nearest to 27 Jan 2025 are taken" in found.notes[-1]
        assert dt.date(2025, 1, 27) in {event.day for event in found.events}


class TestZones:
    def test_the_calendar_s_own_zone_is_that_of_times_without(self) -> None:
        bare = entry(1, "DTSTART:20250129T180000")
        assert utc(read(bare)) == ["01-29 23:00"]  # New York's
        assert utc(read(bare, head=("X-WR-TIMEZONE:Europe/Berlin",))) == ["01-29 17:00"]

    def test_windows_names(self) -> None:
        found = read(entry(1, "DTSTART;TZID=Eastern Standard Time:20250729T090000"))
        assert utc(found) == ["07-29 13:00"]

    def test_an_evening_elsewhere_is_a_day_of_new_york(self) -> None:
        found = read(entry(1, "DTSTART;TZID=Asia/Tokyo:20250129T080000"))
        assert days(found) == ["01-28"]

    def test_a_zone_defined_in_the_file(self) -> None:
        zone = "\r\n".join(
            [
                "BEGIN:VTIMEZONE", "TZID:Custom", "BEGIN:STANDARD", "DTSTART:19700101T000000",
                "TZOFFSETFROM:+0530", "TZOFFSETTO:+0530", "END:STANDARD", "END:VTIMEZONE",
            ]
        )  # fmt: skip
        found = read(zone, entry(1, "DTSTART;TZID=Custom:20250129T173000"))
        assert utc(found) == ["01-29 12:00"]
        again = read(
            zone, entry(1, "DTSTART;TZID=Custom:20250129T173000", "RRULE:FREQ=DAILY;COUNT=2")
        )
        assert utc(again) == ["01-29 12:00", "01-30 12:00"]

    def test_an_unknown_zone_leaves_the_day_and_says_so(self) -> None:
        [event] = read(entry(1, "DTSTART;TZID=Nowhere/City:20250129T180000")).events
        assert (event.day, event.time) == (dt.date(2025, 1, 29), None)
        assert event.detail == "its time zone 'Nowhere/City' is not known"


def hostile() -> dict[str, bytes]:
    never = [
        "FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30",
        "FREQ=MONTHLY;BYDAY=6MO",
        "FREQ=YEARLY;BYWEEKNO=53;BYMONTH=6",
        "FREQ=MONTHLY;INTERVAL=12;BYMONTHDAY=31;BYMONTH=2",
        "FREQ=YEARLY;BYYEARDAY=366;BYMONTH=1",
        "FREQ=DAILY;INTERVAL=0",
        "FREQ=MONTHLY;BYDAY=MO;BYSETPOS=9",
    ]
    dense = ["FREQ=SECONDLY", "FREQ=MINUTELY;COUNT=999999999", "FREQ=HOURLY"]
    zone = "\r\n".join(
        [
            "BEGIN:VTIMEZONE", "TZID:Hostile", "BEGIN:STANDARD", "DTSTART:19700101T000000",
            "RRULE:FR", " EQ=SECONDLY", "TZOFFSETFROM:+0100", "TZOFFSETTO:+0200", "END:STANDARD",
            "END:VTIMEZONE",
        ]
    )  # fmt: skip
    start = "DTSTART:19900101T090000Z"
    many = [entry(i, start, "RRULE:FREQ=DAILY") for i in range(900)]
    return {
        "never": calendar(*(entry(i, start, f"RRULE:{rule}") for i, rule in enumerate(never * 20))),
        "dense": calendar(*(entry(i, start, f"RRULE:{rule}") for i, rule in enumerate(dense * 50))),
        "old": calendar(entry(1, "DTSTART:00010101T000000Z", "RRULE:FREQ=DAILY")),
        "many": calendar(*many),
        "zone": calendar(
            zone, entry(1, "DTSTART;TZID=Hostile:20250129T090000", "RRULE:FREQ=DAILY")
        ),
        "deep": b"BEGIN:VCALENDAR\r\n" * 20_000,
        "rdates": calendar(
            entry(1, "DTSTART:20250101T000000Z", "RDATE:" + ",".join(["20250101T000000Z"] * 8_000))
        ),
        "long": calendar(entry(1, "DTSTART:20250101T000000Z", title="x" * 140_000)),
        "folds": calendar(entry(1, "DTSTART:20250101T000000Z", title="a\r\n " * 30_000)),
        "parameters": calendar(entry(1, "DTSTART;" + "A=B;" * 30_000 + "Z=1:20250101T000000Z")),
        "overrides": calendar(
            entry(1, "DTSTART:20250101T000000Z", "RRULE:FREQ=DAILY"),
            *(
                entry(1, f"RECURRENCE-ID:2025010{1 + i % 9}T000000Z", "DTSTART:20250102T000000Z")
                for i in range(900)
            ),
        ),
    }


class TestHostileFiles:
    @pytest.mark.parametrize("kind", list(hostile()))
    def test_each_is_read_or_refused_in_bounded_time(self, kind: str) -> None:
        begun = time.monotonic()
        with contextlib.suppress(HoldlineError):
            assert len(read_own_events(hostile()[kind], "x.ics", SPAN).events) <= MAX_EVENTS
        assert time.monotonic() - begun < GENEROUS_SECONDS

    def test_a_rule_that_may_meet_no_day_keeps_its_first_date(self) -> None:
        found = read(
            entry(1, "DTSTART:20250129T090000Z", "RRULE:FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30"),
            entry(2, "DTSTART:20250130T090000Z", "RRULE:FREQ=HOURLY"),
        )
        assert days(found) == ["01-29", "01-30"]
        assert found.notes == (
            "x.ics event 1 (Call) repeats by a rule that may meet no day: only its first date is "
            "taken.",
            "x.ics event 2 (Call) repeats more often than daily: only its first date is taken.",
        )

    def test_past_the_bound_the_rest_is_left_out_and_said(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(event_series, "SECONDS", -1.0)
        series = (entry(i, "DTSTART:20250129T090000Z", "RRULE:FREQ=DAILY") for i in range(3))
        found = read(entry(9, "DTSTART:20250129T090000Z"), *series)
        assert days(found) == ["01-29"]
        assert "x.ics: 3 repeating entries are left out: the file takes too long." in found.notes

    def test_too_many_entries_are_refused(self) -> None:
        many = calendar(*(entry(i, "DTSTART:20250129T090000Z") for i in range(5_001)))
        with pytest.raises(BadInput, match="more than 5000 entries"):
            read_own_events(many, "x.ics", SPAN)


def test_a_folder_s_series_is_repeated_in_the_days_asked(tmp_path: Path) -> None:
    for part in ("prices", "events"):
        (tmp_path / part).mkdir()
    (tmp_path / "prices" / "SPY.csv").write_text("date,close\n2025-01-24,1\n")
    series = entry(1, "DTSTART;VALUE=DATE:20200106", "RRULE:FREQ=WEEKLY")
    (tmp_path / "events" / "mine.ics").write_bytes(calendar(series))
    found = FilesSource(tmp_path).agenda(dt.date(2025, 1, 27), dt.date(2025, 2, 9))
    assert [event.day for event in found] == [dt.date(2025, 1, 27), dt.date(2025, 2, 3)]


class TestSeveralDays:
    @pytest.mark.parametrize(
        ("lines", "wanted"),
        [
            (("DTSTART;VALUE=DATE:20250203", "DTEND;VALUE=DATE:20250206"), ["03", "04", "05"]),
            (("DTSTART;VALUE=DATE:20250203", "DURATION:P3D"), ["03", "04", "05"]),
            (("DTSTART:20250203T150000Z", "DTEND:20250205T150000Z"), ["03", "04", "05"]),
            (("DTSTART:20250203T150000Z", "DTEND:20250205T050000Z"), ["03", "04"]),
            (("DTSTART:20250204T030000Z", "DTEND:20250204T090000Z"), ["03"]),  # a night
            (("DTSTART;VALUE=DATE:20250203", "DTEND;VALUE=DATE:20250201"), ["03"]),
        ],
    )
    def test_an_entry_stands_on_each(self, lines: tuple[str, ...], wanted: list[str]) -> None:
        found = read(entry(1, *lines))
        assert days(found) == [f"02-{day}" for day in wanted]
        if len(wanted) == 3:
            assert [event.detail for event in found.events] == [
                "day 1 of 3",
                "day 2 of 3",
                "day 3 of 3",
            ]
        assert not any(event.time for event in found.events[1:])

    def test_of_a_year_long_one_the_first_with_its_end(self) -> None:
        found = read(entry(1, "DTSTART;VALUE=DATE:20250203", "DTEND;VALUE=DATE:20260203"))
        assert [(event.day, event.detail) for event in found.events] == [
            (dt.date(2025, 2, 3), "until 2026-02-02")
        ]

    def test_each_date_of_a_series(self) -> None:
        found = read(
            entry(
                1,
                "DTSTART;VALUE=DATE:20250106",
                "DTEND;VALUE=DATE:20250108",
                "RRULE:FREQ=MONTHLY;COUNT=2",
            )
        )
        assert days(found) == ["01-06", "01-07", "02-06", "02-07"]

    def test_many_long_ones_do_not_make_a_file_too_large(self) -> None:
        entries = (
            entry(i, "DTSTART;VALUE=DATE:20250203", "DTEND;VALUE=DATE:20250306") for i in range(500)
        )
        assert len(read(*entries).events) < MAX_EVENTS


def test_calendars_put_together_in_one_file_are_all_read() -> None:
    both = calendar(entry(1, "DTSTART;VALUE=DATE:20250203")) + calendar(
        entry(2, "DTSTART;VALUE=DATE:20250204")
    )
    assert days(read_own_events(both, "x.ics", SPAN)) == ["02-03", "02-04"]
