"""The changes in the store: drafts apart, nothing altered, two writers, a kill, one notice."""

from __future__ import annotations

import datetime as dt
import threading
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import Connection, select

from analytics.model.portfolio_changes import Change, Kind
from analytics.model.vocabulary import BadInput
from analytics.store.database import Database, store_url
from analytics.store.portfolios import Overtaken, Portfolios
from analytics.store.schema import portfolio_changes
from tests.support.small_portfolios import buy, change, day, deposit, weights

NOW = dt.datetime(2025, 1, 14, 18, tzinfo=dt.UTC)


def draft_of(made: Change) -> Change:
    return replace(made, number=0, published_at=None)


def portfolios_in(folder: Path, shipped: tuple[Change, ...] = ()) -> Portfolios:
    return Portfolios(Database(store_url(folder)), "model", shipped)


class TestChanges:
    def test_every_field_comes_back(self, tmp_path: Path) -> None:
        portfolios = portfolios_in(tmp_path)
        drafts = [
            draft_of(deposit(100.5, day(0))),
            draft_of(buy("BRK-B", 1.25, day(1))),
            draft_of(weights({"A": 33.3, "B": 10.0}, day(2))),
            draft_of(change(Kind.HOLD, day(3))),
        ]
        portfolios.save_drafts(drafts, NOW)
        assert portfolios.drafts() == tuple(drafts)
        for after, draft in enumerate(drafts):
            portfolios.publish(draft.id, after, NOW, NOW)
        expected = [replace(d, number=i, published_at=NOW) for i, d in enumerate(drafts, 1)]
        assert portfolios_in(tmp_path).published() == tuple(expected)
        assert portfolios.drafts() == ()

    def test_what_is_published_is_never_touched_again(self, tmp_path: Path) -> None:
        portfolios = portfolios_in(tmp_path)
        first, second = draft_of(deposit(1, day(0))), draft_of(deposit(2, day(1)))
        portfolios.save_drafts([first, second], NOW)
        portfolios.publish(first.id, 0, NOW, NOW)
        before = portfolios.published()[0]
        assert not portfolios.discard(first.id)
        portfolios.publish(second.id, 1, NOW + dt.timedelta(days=1), NOW)
        portfolios.save_drafts([replace(first, reason="rewritten")], NOW)
        assert portfolios.published()[0] == before

    def test_drafts_leave_no_trace_in_the_published_numbers(self, tmp_path: Path) -> None:
        portfolios = portfolios_in(tmp_path)
        thrown, published = draft_of(deposit(1, day(0))), draft_of(deposit(2, day(0)))
        portfolios.save_drafts([thrown, published], NOW)
        portfolios.discard(thrown.id)
        assert portfolios.published() == ()
        assert portfolios.publish(published.id, 0, NOW, NOW).number == 1

    def test_shipped_changes_stand_before_and_are_written_nowhere(self, tmp_path: Path) -> None:
        shipped = (deposit(5, day(0), 1),)
        portfolios = portfolios_in(tmp_path, shipped)
        mine = draft_of(deposit(1, day(1)))
        portfolios.save_drafts([mine], NOW)
        assert portfolios.publish(mine.id, 1, NOW, NOW).number == 2
        assert [c.amount for c in portfolios.published()] == [5, 1]
        with Database(store_url(tmp_path)).reading() as connection:
            rows = connection.execute(select(portfolio_changes.c.number)).scalars().all()
        assert rows == [2]

    def test_too_many_drafts_are_refused_whole(self, tmp_path: Path) -> None:
        portfolios = portfolios_in(tmp_path)
        many = [draft_of(deposit(1, day(0))) for _ in range(201)]
        with pytest.raises(BadInput, match="At most 200 drafts"):
            portfolios.save_drafts(many, NOW)
        assert portfolios.drafts() == ()


class TestTwoWriters:
    def test_who_has_not_seen_the_newest_change_is_told(self, tmp_path: Path) -> None:
        one, other = portfolios_in(tmp_path), portfolios_in(tmp_path)
        a, b = draft_of(deposit(1, day(0))), draft_of(deposit(2, day(0)))
        one.save_drafts([a, b], NOW)
        one.publish(a.id, 0, NOW, NOW)
        with pytest.raises(Overtaken, match="Change 1 was published meanwhile"):
            other.publish(b.id, 0, NOW, NOW)
        assert other.publish(b.id, 1, NOW, NOW).number == 2

    def test_of_many_that_publish_at_once_each_number_goes_out_once(self, tmp_path: Path) -> None:
        portfolios = portfolios_in(tmp_path)
        drafts = [draft_of(deposit(i + 1, day(0))) for i in range(6)]
        portfolios.save_drafts(drafts, NOW)
        numbers: list[int] = []
        start = threading.Barrier(len(drafts))

        def publish(draft: Change) -> None:
            own = portfolios_in(tmp_path)
            start.wait()
            for after in range(len(drafts) + 1):
                try:
                    numbers.append(own.publish(draft.id, after, NOW, NOW).number)
                except Overtaken:
                    continue
                return

        writers = [threading.Thread(target=publish, args=(draft,)) for draft in drafts]
        for writer in writers:
            writer.start()
        for writer in writers:
            writer.join()
        published = [c.number for c in portfolios.published()]
        assert published == list(range(1, len(published) + 1))
        assert sorted(numbers) == published
        assert len(portfolios.drafts()) == len(drafts) - len(published)

    def test_published_twice_is_published_once_and_told_once(self, tmp_path: Path) -> None:
        portfolios, announced = portfolios_in(tmp_path), []

        def also(connection: Connection, change: Change) -> None:
            announced.append(change.number)

        mine = draft_of(deposit(1, day(0)))
        portfolios.save_drafts([mine], NOW)
        first = portfolios.publish(mine.id, 0, NOW, NOW, also)
        again = portfolios.publish(mine.id, 0, NOW + dt.timedelta(hours=1), NOW, also)
        assert again == first
        assert announced == [1]

    def test_when_the_notice_fails_nothing_is_published(self, tmp_path: Path) -> None:
        portfolios = portfolios_in(tmp_path)

        def also(connection: Connection, change: Change) -> None:
            raise BadInput("no notice")

        mine = draft_of(deposit(1, day(0)))
        portfolios.save_drafts([mine], NOW)
        with pytest.raises(BadInput, match="no notice"):
            portfolios.publish(mine.id, 0, NOW, NOW, also)
        assert portfolios.published() == ()
        assert portfolios.drafts() == (mine,)
