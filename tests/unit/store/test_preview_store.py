"""Saved previews: versions, two writers, a kill in the middle, publication."""

from __future__ import annotations

import datetime as dt
import sqlite3
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from analytics.model.vocabulary import BadInput, NotAvailable
from analytics.preview import Chart, Preview, StaffText, build_preview
from analytics.preview.edition import LONGEST_TEXT, Outdated, parse_edition
from analytics.store.database import Database, StoreUnavailable, store_url
from analytics.store.previews import PreviewStore
from tests.support.preview_goldens import DAYS, desk_on

MONDAY = DAYS[1]
NOON = dt.datetime(2025, 1, 27, 17, tzinfo=dt.UTC)
OURS = StaffText({"supports": "Watch the *close*."}, "Stay hedged.")
THEIRS = StaffText({"supports": "Watch the open."})
CHART = Chart("spy", "supports", "SPY holds", "SPY holds.", "Files", "/supports", 300, {"data": []})


@pytest.fixture(scope="module")
def preview() -> Iterator[Preview]:
    desk = desk_on("demo")
    yield build_preview(desk, MONDAY)
    desk.close()


@pytest.fixture
def store(tmp_path: Path) -> Iterator[PreviewStore]:
    database = Database(store_url(tmp_path))
    yield PreviewStore(database)
    database.close()


def save(
    store: PreviewStore, preview: Preview, staff: StaffText, edited: int, source: str = "Files"
) -> int:
    return store.save(source, preview, staff, (CHART,), edited=edited, now=NOON).version


class TestVersions:
    def test_everything_comes_back_as_it_was(self, store: PreviewStore, preview: Preview) -> None:
        save(store, preview, OURS, 0)
        edition = store.edition("Files", MONDAY)
        assert edition is not None
        assert (edition.preview, edition.staff, edition.charts) == (preview, OURS, (CHART,))
        assert (edition.heading.version, edition.heading.saved_at) == (1, NOON)
        assert edition.heading.published_at is None

    def test_an_edit_is_a_new_version_and_the_old_one_stays(
        self, store: PreviewStore, preview: Preview
    ) -> None:
        assert save(store, preview, OURS, 0) == 1
        assert save(store, preview, THEIRS, 1) == 2
        first, newest = store.edition("Files", MONDAY, 1), store.edition("Files", MONDAY)
        assert first is not None
        assert first.staff == OURS
        assert newest is not None
        assert newest.staff == THEIRS
        assert [one.version for one in store.versions("Files", MONDAY)] == [2, 1]

    def test_each_source_has_its_own(self, store: PreviewStore, preview: Preview) -> None:
        save(store, preview, OURS, 0)
        assert store.edition("Simulator", MONDAY) is None
        assert save(store, preview, THEIRS, 0, "Simulator") == 1


class TestTwoWriters:
    def test_the_second_is_told_and_nothing_is_overwritten(
        self, store: PreviewStore, preview: Preview
    ) -> None:
        save(store, preview, OURS, 0)
        with pytest.raises(Outdated, match=r"version 1 was saved meanwhile.*edited version 0"):
            save(store, preview, THEIRS, 0)
        edition = store.edition("Files", MONDAY)
        assert edition is not None
        assert (edition.heading.version, edition.staff) == (1, OURS)

    def test_a_version_that_was_never_there_cannot_be_edited(
        self, store: PreviewStore, preview: Preview
    ) -> None:
        with pytest.raises(Outdated):
            save(store, preview, OURS, 5)
        assert store.versions("Files", MONDAY) == ()

    def test_a_reply_that_was_lost_can_be_asked_for_again(
        self, store: PreviewStore, preview: Preview
    ) -> None:
        assert save(store, preview, OURS, 0) == 1
        assert save(store, preview, OURS, 0) == 1
        assert len(store.versions("Files", MONDAY)) == 1

    def test_of_many_at_once_one_is_saved(self, store: PreviewStore, preview: Preview) -> None:
        start = threading.Barrier(6)
        saved: list[str] = []

        def write(number: int) -> None:
            start.wait()
            try:
                save(store, preview, StaffText({}, f"writer {number}"), 0)
                saved.append(f"writer {number}")
            except Outdated:
                pass

        writers = [threading.Thread(target=write, args=(n,)) for n in range(6)]
        for writer in writers:
            writer.start()
        for writer in writers:
            writer.join()
        edition = store.edition("Files", MONDAY)
        assert edition is not None
        assert saved == [edition.staff.strategy]


class TestPublication:
    def test_it_is_marked_once(self, store: PreviewStore, preview: Preview) -> None:
        save(store, preview, OURS, 0)
        first, fresh = store.publish("Files", MONDAY, 1, NOON)
        again, twice = store.publish("Files", MONDAY, 1, NOON + dt.timedelta(hours=1))
        assert (fresh, twice) == (True, False)
        assert first.heading.published_at == again.heading.published_at == NOON

    def test_a_version_that_is_not_there_is_said(self, store: PreviewStore) -> None:
        with pytest.raises(NotAvailable, match="no version 4 of the preview of 2025-01-27"):
            store.publish("Files", MONDAY, 4, NOON)

    def test_a_draft_is_not_among_the_published(
        self, store: PreviewStore, preview: Preview
    ) -> None:
        for edited in range(3):
            save(store, preview, StaffText({}, f"{edited}"), edited)
        store.publish("Files", MONDAY, 1, NOON)
        store.publish("Files", MONDAY, 2, NOON)
        assert [one.version for one in store.published("Files")] == [2, 1]
        newest = store.edition("Files", MONDAY, published=True)
        assert newest is not None
        assert newest.heading.version == 2
        assert store.edition("Files", MONDAY, 3, published=True) is None


class TestWhatCannotBeUsed:
    def test_a_store_that_is_not_there_is_said(self, preview: Preview) -> None:
        store = PreviewStore(Database.refused("The store cannot be used: it is a test."))
        with pytest.raises(StoreUnavailable, match="it is a test"):
            save(store, preview, OURS, 0)

    def test_a_damaged_row_is_said_and_not_shown(
        self, store: PreviewStore, preview: Preview, tmp_path: Path
    ) -> None:
        save(store, preview, OURS, 0)
        with sqlite3.connect(tmp_path / "store.db") as connection:
            connection.execute("update previews set body = substr(body, 1, 900)")
        with pytest.raises(StoreUnavailable, match=r"2025-01-27\.1 of the preview cannot be read"):
            store.edition("Files", MONDAY)

    @pytest.mark.parametrize(
        ("raw", "said"),
        [
            ([], "must be JSON"),
            ({"sections": {"prices": "x"}}, "belong to one of"),
            ({"sections": {"supports": 3}}, "supports are not a text"),
            ({"strategy": "x" * (LONGEST_TEXT + 1)}, "longer than 8000"),
            ({"strategy": "x", "more": 1}, "must be JSON"),
            ({"sections": ["supports"]}, "belong to one of"),
        ],
    )
    def test_words_are_judged(self, raw: object, said: str) -> None:
        with pytest.raises(BadInput, match=said):
            StaffText.parse(raw)

    def test_empty_words_are_none(self) -> None:
        assert StaffText.parse({"sections": {"supports": " \n"}, "strategy": ""}).empty

    @pytest.mark.parametrize("text", ["", "2025-01-27", "2025-02-30.1", "2025-01-27.0", "x.1"])
    def test_an_edition_s_name_is_judged(self, text: str) -> None:
        with pytest.raises(BadInput, match=r"SESSION\.VERSION"):
            parse_edition(text)

    def test_an_edition_s_name_reads_back(self) -> None:
        assert parse_edition("2025-01-27.12") == (MONDAY, 12)
