"""A holding that is acquired, delisted or forgotten by the provider: the portfolio goes on."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

import numpy as np
import pytest

from analytics.cache import Cache, Codec, NoBackend
from analytics.desk.archive import Archive
from analytics.desk.desk import Desk
from analytics.desk.fetching import CACHED_TYPES
from analytics.desk.portfolio_editor import Editor
from analytics.model.portfolio_changes import said
from analytics.model.sessions import session_close
from analytics.model.vocabulary import BadInput
from analytics.portfolio.question import PORTFOLIO_QUESTION, PortfolioParameters
from analytics.portfolio.view import PortfolioView
from analytics.store.database import Database
from analytics.store.store import Store
from tests.support.builders import FRIDAY, MONDAY, Clock, FakeSource, make_desk, make_frame

WEDNESDAY, THURSDAY = dt.date(2025, 1, 22), dt.date(2025, 1, 23)
FLAT = np.full(150, 100.0)


def source(clock: Clock) -> FakeSource:
    """GONE trades at 100 to Thursday and no more; BUYR and SPY go on at 100."""
    frames = {s: make_frame(FLAT, last=MONDAY) for s in ("SPY", "BUYR")}
    return FakeSource(frames | {"GONE": make_frame(FLAT, last=THURSDAY)}, clock)


@pytest.fixture
def clock() -> Clock:
    return Clock(session_close(WEDNESDAY))


@pytest.fixture
def desk(clock: Clock) -> Iterator[Desk]:
    made = make_desk(source(clock))
    publish(Editor(made), raw("deposit", WEDNESDAY, amount=10_000))
    publish(Editor(made), raw("buy", WEDNESDAY, symbol="GONE", shares=20))
    clock.time = session_close(MONDAY)
    yield made
    made.close()


def raw(kind: str, on: dt.date = MONDAY, **what: object) -> dict[str, object]:
    return {"kind": kind, "effective": on.isoformat(), "reason": "because", **what}


def publish(editor: Editor, change: dict[str, object]) -> None:
    editor.publish(editor.save(change).id, len(editor.published()))


def view(desk: Desk, as_of: dt.date | None = None) -> PortfolioView:
    answer = desk.ask(PORTFOLIO_QUESTION, PortfolioParameters(), as_of)
    assert answer.result is not None, answer.reason
    return answer.result


class TestEverythingElseGoesOn:
    @pytest.mark.parametrize(
        "change",
        [
            raw("buy", symbol="BUYR", shares=5),
            raw("weights", weights="BUYR 50"),
            raw("deposit", amount=1),
            raw("withdraw", amount=1),
            raw("hold"),
            raw("convert", symbol="GONE", cash=105),
            raw("convert", symbol="GONE", into="BUYR", ratio="0.5", cash="20"),
        ],
    )
    def test_it_can_be_published(self, desk: Desk, change: dict[str, object]) -> None:
        publish(Editor(desk), change)
        shown = view(desk)
        assert shown.changes[0].pending == ""
        assert shown.changes[0].lapsed == ""
        assert shown.value_usd is not None

    def test_the_sale_says_the_way_on(self, desk: Desk) -> None:
        with pytest.raises(BadInput, match=r"GONE has had no close since 23 Jan 2025.*convert it"):
            Editor(desk).save(raw("sell", symbol="GONE", shares=20))

    def test_the_value_of_the_rest_and_what_it_contains(self, desk: Desk) -> None:
        shown = view(desk)
        assert shown.value_usd == 10_000
        assert shown.carried_usd == 2_000
        assert shown.contains == "contains GONE at its last close of 23 Jan 2025"
        assert view(desk, THURSDAY).contains == ""

    def test_the_preview_of_a_conversion(self, desk: Desk) -> None:
        terms = raw("convert", symbol="GONE", into="BUYR", ratio=0.5, cash=45)
        effect = Editor(desk).preview(terms)
        assert said(effect.change) == "Convert each GONE into 0.5 BUYR and $45"
        assert effect.before.contains
        assert effect.after.contains == ""
        assert effect.after.value_usd == pytest.approx(8_000 + 10 * 100 + 20 * 45)

    def test_out_and_in_again_as_csv(self, desk: Desk) -> None:
        editor = Editor(desk)
        publish(editor, raw("convert", symbol="GONE", into="BUYR", ratio=1 / 3, cash=0.1))
        other = make_desk(source(Clock(session_close(MONDAY))))
        again = Editor(other)
        assert len(again.import_csv(editor.export()).drafts) == 3
        again.publish_history()
        assert view(other).value_usd == view(desk).value_usd
        assert view(other).holdings == view(desk).holdings
        other.close()


class TestRefusals:
    @pytest.mark.parametrize(
        ("change", "sentence"),
        [
            (raw("convert", symbol="GONE"), "What does a share of GONE become"),
            (raw("convert", cash=1), "symbol is missing"),
            (raw("convert", symbol="GONE", cash=-1), "0 or more"),
            (raw("convert", symbol="GONE", cash="nan"), "0 or more"),
            (raw("convert", symbol="GONE", into="BUYR"), "belong together"),
            (raw("convert", symbol="GONE", ratio=1), "belong together"),
            (raw("convert", symbol="GONE", into="GONE", ratio=1), "cannot become GONE"),
            (raw("convert", symbol="GONE", into="BUYR", ratio=0), "a number above 0"),
            (raw("convert", symbol="BUYR", cash=1), "no BUYR would be held then"),
            (raw("convert", symbol="GONE", into="ZZZZ", ratio=1), "ZZZZ"),
            (raw("spin-off", symbol="GONE", cash=1), "into and ratio"),
            (raw("spin-off", symbol="GONE", into="BUYR", ratio=1, cash=1), "takes no cash"),
            (raw("buy", symbol="GONE", shares=1), "no close since 23 Jan 2025"),
            (raw("weights", weights="GONE 10"), "no close since 23 Jan 2025"),
        ],
    )
    def test_each_is_one_sentence(
        self, desk: Desk, change: dict[str, object], sentence: str
    ) -> None:
        with pytest.raises(Exception, match=sentence):
            Editor(desk).save(change)
        assert Editor(desk).drafts() == ()

    def test_a_spin_off_that_the_source_tells_as_a_split(self, clock: Clock) -> None:
        yahoo = source(clock)
        yahoo.frames["BUYR"] = make_frame(FLAT, last=MONDAY, splits={-1: 1.253})
        desk = make_desk(yahoo)
        clock.time = session_close(FRIDAY)
        publish(Editor(desk), raw("deposit", THURSDAY, amount=10_000))
        publish(Editor(desk), raw("buy", THURSDAY, symbol="BUYR", shares=10))
        clock.time = session_close(MONDAY)
        desk.forget_bars(["BUYR"])
        with pytest.raises(BadInput, match=r"as a split of 1.253 on 27 Jan 2025"):
            Editor(desk).save(raw("spin-off", symbol="BUYR", into="SPY", ratio=0.1))
        desk.close()


class TestForgottenByTheProvider:
    def bought(self, yahoo: FakeSource, store: Store, clock: Clock) -> Desk:
        """On Thursday's close, with 20 GONE bought on Wednesday for all of 10,000 dollars."""
        desk = desk_with(yahoo, store)
        publish(Editor(desk), raw("deposit", WEDNESDAY, amount=10_000))
        publish(Editor(desk), raw("buy", WEDNESDAY, symbol="GONE", shares=20))
        clock.time = session_close(THURSDAY)
        assert view(desk).value_usd == 10_000
        return desk

    def test_the_bars_kept_stand_in_and_the_portfolio_goes_on(self, clock: Clock) -> None:
        yahoo, store = source(clock), Store(Database(None))
        desk = self.bought(yahoo, store, clock)
        del yahoo.frames["GONE"]
        records = desk.records
        clock.time = session_close(MONDAY)
        later = desk_with(yahoo, store)
        later.records = records
        later._gatherer._changes = records.portfolio.published
        shown = view(later)
        assert shown.value_usd == 10_000
        assert shown.contains == "contains GONE at its last close of 23 Jan 2025"
        publish(Editor(later), raw("convert", symbol="GONE", cash=105))
        assert view(later).value_usd == pytest.approx(10_100)
        assert view(later).contains == ""

    def test_another_company_under_the_symbol_is_not_taken_for_it(self, clock: Clock) -> None:
        yahoo, store = source(clock), Store(Database(None))
        desk = self.bought(yahoo, store, clock)
        yahoo.frames["GONE"] = make_frame([7.0, 8.0], last=MONDAY)
        clock.time = session_close(MONDAY)
        desk.forget_bars(["GONE"])
        assert view(desk).value_usd == 10_000
        desk.close()


def desk_with(yahoo: FakeSource, store: Store) -> Desk:
    cache = Cache(NoBackend(), Codec(CACHED_TYPES), clock=yahoo.clock)
    archive = Archive(store, yahoo, yahoo.clock)
    return Desk(yahoo, cache, deadline_seconds=20.0, clock=yahoo.clock, archive=archive)
