"""Own events from CSV and ICS, and the calendar as RFC 5545 that reads back the same."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from analytics.model.event_files import read_own_events, to_ics
from analytics.model.event_series import RepeatSpan
from analytics.model.vocabulary import BadInput, Event, EventKind, NotAvailable
from analytics.sources.files.source import FilesSource

SPAN = RepeatSpan.around(dt.date(2025, 1, 27))
STAMP = dt.datetime(2025, 1, 24, 21, tzinfo=dt.UTC)
DAY = dt.date(2025, 1, 29)
NOON = dt.datetime(2025, 1, 29, 17, tzinfo=dt.UTC)


class TestCsv:
    def test_day_time_symbol_and_note(self) -> None:
        text = "Date,Time,Title,Symbol,Note\n2025-01-29,12:00,Call,nvda,room 2\n2025-01-30,,Day,,\n"
        got = read_own_events(text.encode(), "mine.csv", SPAN)
        assert got.notes == ()
        assert got.events == (
            Event(DAY, EventKind.OWN, "Call", NOON, "", "NVDA", "room 2", source="mine.csv"),
            Event(dt.date(2025, 1, 30), EventKind.OWN, "Day", source="mine.csv"),
        )

    def test_a_bad_line_is_named_and_the_rest_is_read(self) -> None:
        text = "date,title,time\n29.1.2025,A,\n2025-01-29,,\n2025-01-29,B,noon\n2025-01-29,C,\n"
        got = read_own_events(text.encode(), "mine.csv", SPAN)
        assert [event.title for event in got.events] == ["C"]
        assert got.notes == (
            "mine.csv line 2: '29.1.2025' is not a date such as 2025-01-29.",
            "mine.csv line 3: the title is empty.",
            "mine.csv line 4: 'noon' is not a time such as 14:00.",
        )

    @pytest.mark.parametrize(
        ("content", "name", "sentence"),
        [
            (b"when,what\n", "mine.csv", "the columns 'date' and 'title' are needed"),
            (b"\xff\xfe\x00", "mine.csv", "not a readable CSV file"),
            (b"x", "mine.xlsx", "neither a .csv nor an .ics file"),
            (b"x" * 1_000_001, "mine.csv", "larger than 1000 kB"),
            (b"date,title\n" + b"2025-01-29,A\n" * 2001, "mine.csv", "more than 2000 events"),
            (b"date,title\n" + b"never,A\n" * 70_000, "mine.csv", "more than 2000 events"),
            (b"date,title" + b",c" * 32_400 + b"\n", "mine.csv", "32,402 columns: 50 at most"),
            (b"hello", "mine.ics", "not a readable iCalendar file"),
        ],
    )
    def test_a_hopeless_file_is_refused(self, content: bytes, name: str, sentence: str) -> None:
        with pytest.raises(BadInput, match=sentence):
            read_own_events(content, name, SPAN)


class TestIcs:
    def test_a_calendar_reads_back_the_same(self) -> None:
        events = (
            Event(DAY, EventKind.OWN, "Comma, semicolon; and back\\slash", NOON, source="x.ics"),
            Event(DAY, EventKind.OWN, "Ganzer Tag für München – " + "long " * 20, source="x.ics"),
        )
        got = read_own_events(to_ics(events, STAMP), "x.ics", SPAN)
        assert got.notes == ()
        assert [(e.day, e.time, e.title) for e in got.events] == [
            (e.day, e.time, e.title.strip()) for e in events
        ]

    def test_the_export_keeps_rfc_5545(self) -> None:
        event = Event(DAY, EventKind.PCE, "PCE, " + "x" * 120, NOON, expected=2.6, unit="%")
        text = to_ics([event, Event(DAY, EventKind.OWN, "Day")], STAMP)
        lines = text.split(b"\r\n")
        assert lines[0] == b"BEGIN:VCALENDAR"
        assert lines[-2:] == [b"END:VCALENDAR", b""]
        assert b"\n" not in text.replace(b"\r\n", b"")
        assert max(map(len, lines)) <= 75
        for needed in (b"VERSION:2.0", b"DTSTAMP:20250124T210000Z", b"DTSTART:20250129T170000Z"):
            assert needed in lines
        assert b"DTSTART;VALUE=DATE:20250129" in lines
        assert b"DTEND;VALUE=DATE:20250130" in lines
        unfolded = text.replace(b"\r\n ", b"")
        assert rb"DESCRIPTION:expected 2.6 %" in unfolded
        uids = [line for line in unfolded.split(b"\r\n") if line.startswith(b"UID:")]
        assert len(set(uids)) == 2

    def test_the_same_events_give_the_same_bytes(self) -> None:
        event = Event(DAY, EventKind.OWN, "Day")
        assert to_ics([event], STAMP) == to_ics([event], STAMP)

    def test_zones_and_floating_times(self) -> None:
        text = "\r\n".join(
            [
                "BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//t//t//EN",
                "BEGIN:VEVENT", "UID:1", "DTSTAMP:20250101T000000Z",
                "DTSTART;TZID=Europe/Berlin:20250129T180000", "SUMMARY:Berlin", "END:VEVENT",
                "BEGIN:VEVENT", "UID:2", "DTSTAMP:20250101T000000Z",
                "DTSTART:20250129T120000", "SUMMARY:Floating", "END:VEVENT",
                "BEGIN:VEVENT", "UID:3", "DTSTAMP:20250101T000000Z", "SUMMARY:No start",
                "END:VEVENT", "END:VCALENDAR", "",
            ]
        )  # fmt: skip
        got = read_own_events(text.encode(), "x.ics", SPAN)
        assert [(e.title, e.time) for e in got.events] == [("Berlin", NOON), ("Floating", NOON)]
        assert got.notes == ("x.ics event 3: it has no summary or no readable start.",)


class TestFolder:
    @pytest.fixture
    def folder(self, tmp_path: Path) -> Path:
        (tmp_path / "prices").mkdir()
        (tmp_path / "prices" / "SPY.csv").write_text("date,close\n2025-01-24,1\n")
        return tmp_path

    def test_the_folder_s_own_events_are_its_agenda(self, folder: Path) -> None:
        (folder / "events").mkdir()
        (folder / "events" / "mine.csv").write_text("date,title,symbol\n2025-01-29,A,MSFT\n")
        source = FilesSource(folder)
        [event] = source.agenda(DAY, DAY)
        assert (event.title, event.source) == ("A", "events/mine.csv")
        assert source.agenda(dt.date(2025, 1, 1), dt.date(2025, 1, 2)) == ()
        assert source.events("MSFT") == (event,)

    def test_a_folder_without_any_says_so(self, folder: Path) -> None:
        with pytest.raises(NotAvailable, match="no events"):
            FilesSource(folder).agenda(DAY, DAY)
        with pytest.raises(NotAvailable, match="no earnings dates"):
            FilesSource(folder).events("MSFT")
