"""Questions that take long are waited for a moment, asked once, and found when asked again."""

from __future__ import annotations

import datetime as dt
import gc
import threading
import weakref
from dataclasses import replace
from typing import Any, cast

import pytest

from analytics.desk.desk import Desk
from analytics.desk.patience import LAST_BYTES, NOT_FETCHED, Patience
from analytics.model.question import BEING_COMPUTED, Answer, Symbol
from analytics.model.vocabulary import Freshness, Moment, Phase, Provenance
from analytics.sources.demo import DemoSource
from analytics.studies.supports.supports import SUPPORTS, SupportsParameters
from tests.support.builders import FakeSource, make_desk
from tests.support.waiting import until

MOMENT = Moment(dt.datetime(2025, 1, 27, 19, tzinfo=dt.UTC), dt.date(2025, 1, 27), Phase.OPEN, True)
ASKED = SupportsParameters(Symbol("SPY"))


def answer_of(result: str) -> Answer[str]:
    return Answer(SUPPORTS.name, MOMENT, Freshness.LIVE, Provenance("Test"), result)


class SlowDesk:
    """Answers when it is let."""

    def __init__(self) -> None:
        self.source = DemoSource()
        self.go = threading.Event()
        self.asked = 0
        self.stands: Answer[str] | None = None

    def known(self, question: Any, parameters: Any, as_of: Any) -> Answer[str] | None:
        return self.stands

    def ask(self, question: Any, parameters: Any, as_of: Any) -> Answer[str]:
        self.asked += 1
        assert self.go.wait(60)
        return answer_of("here")


class TestChains:
    """A page that needs no chain of its own has none fetched for a sentence."""

    def test_a_local_source_always_has_it(self) -> None:
        assert Patience(cast(Desk, SlowDesk())).has_chain("SPY")

    def test_at_a_remote_one_only_what_was_fetched_is_there(self) -> None:
        desk = make_desk(FakeSource({}))
        patience = Patience(desk)
        assert not patience.has_chain("SPY")
        answer = patience.not_asked("odds", MOMENT)
        assert (answer.result, answer.reason) == (None, NOT_FETCHED)
        desk.close()


class TestPatience:
    def test_an_answer_that_takes_long_says_so_and_is_asked_for_once(self) -> None:
        desk = SlowDesk()
        patience = Patience(cast(Desk, desk), seconds=0.01)
        for _ in range(3):
            answer = patience.begin(SUPPORTS, ASKED, None)(MOMENT)
            assert (answer.result, answer.reason) == (None, BEING_COMPUTED)
            assert answer.asked == ASKED
        desk.go.set()
        whole = Patience(cast(Desk, desk), seconds=60).begin(SUPPORTS, ASKED, None)(MOMENT)
        assert cast(str, whole.result) == "here"
        assert desk.asked == 2

    def test_what_came_is_handed_over_and_the_next_asks_anew(self) -> None:
        desk = SlowDesk()
        desk.go.set()
        patience = Patience(cast(Desk, desk), seconds=60)
        for count in (1, 2):
            assert cast(str, patience.begin(SUPPORTS, ASKED, None)(MOMENT).result) == "here"
            assert desk.asked == count

    def test_what_stood_there_stays_until_the_next_is_here(self) -> None:
        desk = SlowDesk()
        desk.go.set()
        patience = Patience(cast(Desk, desk), seconds=60)
        first = patience.begin(SUPPORTS, ASKED, None)(MOMENT)
        desk.go.clear()
        patience._seconds = 0.01
        ask = patience.begin(SUPPORTS, ASKED, None)
        assert ask(MOMENT) is first
        tomorrow = replace(MOMENT, session=dt.date(2025, 1, 28))
        assert ask(tomorrow).reason == BEING_COMPUTED
        desk.go.set()

    def test_an_answer_that_stands_is_taken_without_asking(self) -> None:
        desk = SlowDesk()
        desk.stands = answer_of("stands")
        patience = Patience(cast(Desk, desk), seconds=60)
        assert cast(str, patience.begin(SUPPORTS, ASKED, None)(MOMENT).result) == "stands"
        assert desk.asked == 0

    def test_one_that_came_too_late_is_not_handed_over_after_a_newer(self) -> None:
        desk = SlowDesk()
        patience = Patience(cast(Desk, desk), seconds=0.01)
        assert patience.begin(SUPPORTS, ASKED, None)(MOMENT).reason == BEING_COMPUTED
        (late,) = patience._asked.values()
        desk.go.set()
        until(late.done)
        desk.stands = answer_of("newer")
        assert cast(str, patience.begin(SUPPORTS, ASKED, None)(MOMENT).result) == "newer"
        desk.stands = None
        desk.go.clear()
        assert cast(str, patience.begin(SUPPORTS, ASKED, None)(MOMENT).result) == "newer"
        assert desk.asked == 2
        desk.go.set()


class TestThePast:
    def test_a_figure_that_stood_there_stays_where_it_is_computed_again(self) -> None:
        """The desk may have let it go for want of room."""
        desk, day = SlowDesk(), dt.date(2025, 1, 24)
        past = replace(MOMENT, live=False)
        desk.stands = replace(answer_of("before"), moment=past)
        patience = Patience(cast(Desk, desk), seconds=0.0)
        patience.begin(SUPPORTS, ASKED, day)
        desk.stands = None
        assert patience.begin(SUPPORTS, ASKED, day)(past).result == "before"
        desk.go.set()


class TestMemory:
    SIZE = 200_000

    def alive_after(self, desk: SlowDesk, seconds: float, monkeypatch: pytest.MonkeyPatch) -> int:
        """How many of 60 answers are in memory when all were asked for once, and computed."""
        made: list[weakref.ref[Answer[str]]] = []

        def ask(question: Any, parameters: Any, as_of: Any) -> Answer[str]:
            assert desk.go.wait(60)
            answer = answer_of(f"{as_of}" + "x" * self.SIZE)
            made.append(weakref.ref(answer))
            return answer

        monkeypatch.setattr(desk, "ask", ask)
        patience = Patience(cast(Desk, desk), seconds)
        days = [MOMENT.session - dt.timedelta(days=back) for back in range(60)]
        for day in days:
            patience.begin(SUPPORTS, ASKED, day)(MOMENT)
        desk.go.set()
        until(lambda: len(made) == len(days) and not patience._asked)
        gc.collect()
        return sum(one() is not None for one in made)

    def test_what_was_given_is_bounded_by_bytes(self, monkeypatch: pytest.MonkeyPatch) -> None:
        desk = SlowDesk()
        desk.go.set()
        alive = self.alive_after(desk, 60, monkeypatch)
        assert 1 <= alive <= LAST_BYTES // self.SIZE

    def test_so_is_what_nobody_comes_back_for(self, monkeypatch: pytest.MonkeyPatch) -> None:
        alive = self.alive_after(SlowDesk(), 0.001, monkeypatch)
        assert 1 <= alive <= LAST_BYTES // self.SIZE

    def test_what_came_meanwhile_is_there_at_once_when_asked_again(self) -> None:
        desk = SlowDesk()
        patience = Patience(cast(Desk, desk), seconds=0.01)
        patience.begin(SUPPORTS, ASKED, None)(MOMENT)
        desk.go.set()
        until(lambda: not patience._asked)
        assert cast(str, patience.begin(SUPPORTS, ASKED, None)(MOMENT).result) == "here"
        assert desk.asked == 1

    def test_a_question_that_failed_is_asked_again(self, monkeypatch: pytest.MonkeyPatch) -> None:
        desk = SlowDesk()
        desk.go.set()
        patience = Patience(cast(Desk, desk), seconds=60)
        with monkeypatch.context() as broken:
            broken.setattr(desk, "ask", lambda *_: 1 / 0)
            with pytest.raises(ZeroDivisionError):
                patience.begin(SUPPORTS, ASKED, None)(MOMENT)
        until(lambda: not patience._asked)
        assert cast(str, patience.begin(SUPPORTS, ASKED, None)(MOMENT).result) == "here"
