"""Dated lists: their life, what is said past it, and which version holds on a day."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from analytics.model import dated_lists
from analytics.model.dated_lists import DatedList, aged_lists, coverage
from analytics.model.listings import group, index_weights, sector_fund, ten_largest
from analytics.studies.calendar.release_lists import calendar_lists, fomc_meetings

LIST = DatedList("ten largest companies", dt.date(2024, 12, 24), "somebody")


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    dated_lists.use_folder(tmp_path)
    yield tmp_path
    dated_lists.use_folder(None)


def write(folder: Path, name: str, *lines: str) -> None:
    (folder / name).write_text("\n".join(lines) + "\n", encoding="utf-8")
    dated_lists.look_again()


class TestLife:
    @pytest.mark.parametrize(
        ("day", "note"),
        [
            (dt.date(2024, 12, 24), ""),
            (dt.date(2025, 4, 3), ""),  # 100 days
            (dt.date(2025, 4, 4), "list of 24 Dec 2024, 101 days old"),
            (dt.date(2026, 11, 29), "list of 24 Dec 2024, 705 days old"),
            (dt.date(2024, 9, 15), ""),
            (dt.date(2024, 9, 14), "list of 24 Dec 2024, made 101 days later"),
        ],
    )
    def test_a_hundred_days_either_way(self, day: dt.date, note: str) -> None:
        assert LIST.age_note(day) == note

    def test_a_list_of_dates_is_good_to_its_last(self) -> None:
        dates = DatedList("meetings", dt.date(2025, 1, 1), "", until=dt.date(2025, 9, 30))
        assert dates.age_note(dt.date(2025, 9, 30)) == ""
        assert dates.age_note(dt.date(2025, 10, 2)) == "list ends with 30 Sep 2025, 2 days ago"

    def test_one_that_does_not_age(self) -> None:
        assert DatedList("sectors", LIST.dated, "", None).age_note(dt.date(2050, 1, 1)) == ""

    def test_each_is_said_once_with_its_name(self) -> None:
        warnings = aged_lists([LIST, LIST], dt.date(2026, 11, 29))
        assert warnings == ("ten largest companies: list of 24 Dec 2024, 705 days old",)
        assert aged_lists([LIST], LIST.dated) == ()

    def test_what_ships_is_past_its_life_today(self) -> None:
        today = dt.date(2026, 11, 27)
        assert all(one.age_note(today) for one in group("sectors+ten", today).lists)
        assert group("sectors", today).lists == ()
        assert [bool(one.age_note(today)) for one in calendar_lists()] == [False, True]


class TestCoverage:
    @pytest.mark.parametrize(
        ("listed", "missing", "what", "words"),
        [
            (10, ["BRK-B"], "ten largest", "nine of the ten largest; BRK-B missing"),
            (10, ["A", "B"], "ten largest", "eight of the ten largest; A, B missing"),
            (3, ["A"], "members", "two of three members; A missing"),
            (503, [*"ABCDEFG"], "members", "496 of 503 members; A, B, C, D, E and 2 more missing"),
            (10, [], "ten largest", ""),
        ],
    )
    def test_the_absent_are_named(
        self, listed: int, missing: list[str], what: str, words: str
    ) -> None:
        assert coverage(listed, missing, what) == words


class TestOperatorLists:
    NEW = ("valid_from,symbols,source", "2026-11-01,A B C D E F G H I J,operator")

    def test_a_newer_list_holds_from_its_date_and_the_shipped_one_before(
        self, folder: Path
    ) -> None:
        write(folder, "ten_largest.csv", *self.NEW)
        assert ten_largest(dt.date(2026, 11, 27)).symbols == tuple("ABCDEFGHIJ")
        assert ten_largest(dt.date(2026, 10, 31)).symbols[0] == "AAPL"
        assert ten_largest(dt.date(2025, 1, 24)).valid_from == dt.date(2025, 1, 1)

    def test_an_older_one_changes_nothing_later(self, folder: Path) -> None:
        write(folder, "ten_largest.csv", self.NEW[0], "2024-06-30,A B C D E F G H I J,operator")
        assert ten_largest(dt.date(2026, 11, 27)).symbols[0] == "AAPL"
        assert ten_largest(dt.date(2024, 7, 1)).symbols[0] == "A"

    def test_of_one_date_the_operator_s_holds(self, folder: Path) -> None:
        write(folder, "ten_largest.csv", self.NEW[0], "2025-01-01,A B C D E F G H I J,operator")
        assert ten_largest(dt.date(2025, 1, 24)).symbols[0] == "A"

    def test_a_file_written_later_is_seen_without_a_restart(
        self, folder: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        assert ten_largest(dt.date(2026, 11, 27)).symbols[0] == "AAPL"
        (folder / "ten_largest.csv").write_text("\n".join(self.NEW))
        monkeypatch.setattr(dated_lists, "STAMP_SECONDS", -1.0)
        assert ten_largest(dt.date(2026, 11, 27)).symbols[0] == "A"
        os.remove(folder / "ten_largest.csv")
        assert ten_largest(dt.date(2026, 11, 27)).symbols[0] == "AAPL"

    @pytest.mark.parametrize(
        "lines",
        [
            ("valid_from,symbols,source", "yesterday,A B,x"),
            ("date,what", "2026-01-01,A"),
            ('valid_from,symbols,source', '2026-01-01,"A B'),
        ],
    )  # fmt: skip
    def test_an_unreadable_file_is_passed_over_and_said(
        self, folder: Path, lines: tuple[str, ...]
    ) -> None:
        write(folder, "ten_largest.csv", *lines)
        assert ten_largest(dt.date(2026, 11, 27)).symbols[0] == "AAPL"
        assert "ten_largest.csv cannot be read" in dated_lists.problems()[0]

    def test_members_and_weights_and_the_sector_of_a_new_member(self, folder: Path) -> None:
        write(
            folder,
            "sp500.csv",
            "valid_from,sector,symbols,source",
            "2026-11-01,XLK,AAPL NEWCO,x",
            "2026-11-01,XLF,JPM,x",
        )
        write(
            folder,
            "index_weights.csv",
            "as_of,kind,symbol,name,weight_pct,source",
            "2026-11-01,company,AAPL,Apple,6.5,x",
        )
        today = dt.date(2026, 11, 27)
        assert group("sp500", today).symbols == ("AAPL", "JPM", "NEWCO")
        assert sector_fund("NEWCO") == "XLK"
        assert sector_fund("XOM") == "XLE"  # of the older list
        assert index_weights("company", today).weights_pct == {"AAPL": 6.5}
        assert index_weights("sector", today).as_of == dt.date(2024, 12, 31)

    def test_meetings_go_on_where_the_shipped_list_ends(self, folder: Path) -> None:
        shipped = fomc_meetings()
        write(
            folder,
            "fomc_meetings.csv",
            "first_day,decision_day,projections,source",
            "2027-12-07,2027-12-08,1,moved",
            "2028-01-25,2028-01-26,0,next",
        )
        listed = fomc_meetings()
        assert listed[:-2] == shipped[:-1]
        assert [meeting.source for meeting in listed[-2:]] == ["moved", "next"]
        assert calendar_lists()[0].until == dt.date(2028, 1, 26)
