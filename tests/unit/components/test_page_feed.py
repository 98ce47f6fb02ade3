"""A page's callback: the quick panels first, each built once, errors in their own place."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import pytest

from analytics.model import turns
from analytics.model.vocabulary import HoldlineError
from components.frame import page_feed
from components.frame.page_feed import EncodedPayloads, PageFeed
from components.frame.payloads import Panel
from components.frame.state import PageState
from components.frame.view import View
from tests.support.waiting import until
from tests.unit.components.test_app_panels import ANSWER


@dataclass(frozen=True)
class State(PageState):
    symbol: str = "SPY"


class Drawer:
    """Panels whose drawing waits until it is let go; `times` counts drawings."""

    def __init__(self) -> None:
        self.go = threading.Event()
        self.times: dict[str, int] = {}

    def panel(
        self, name: str, *, waits: bool = False, fails: Exception | None = None
    ) -> Panel[Any]:
        def show(state: State, result: Any) -> View:
            self.times[name] = self.times.get(name, 0) + 1
            if waits:
                assert self.go.wait(30)
            if fails:
                raise fails
            return View(title=f"{name} of {state.symbol}", summary="a summary")

        return Panel("page", name, State, lambda state: ANSWER, show)


@pytest.fixture
def drawer() -> Iterator[Drawer]:
    made = Drawer()
    yield made
    made.go.set()


def feed_of(*panels: Panel[Any]) -> PageFeed:
    return PageFeed({panel.name: panel for panel in panels})


def titles(plain: dict[str, Any]) -> dict[str, str]:
    return {name: payload["title"] for name, payload in plain["payloads"].items()}


class TestAnswer:
    def test_all_that_is_ready_comes_at_once_with_the_question_s_state(
        self, drawer: Drawer
    ) -> None:
        feed = feed_of(drawer.panel("a"), drawer.panel("b"))
        plain = feed.answer({"state": {"symbol": "QQQ"}}).plain()
        assert titles(plain) == {"a": "a of QQQ", "b": "b of QQQ"}
        assert (plain["state"], plain["pending"]) == ({"symbol": "QQQ"}, [])

    def test_a_slow_panel_does_not_hold_up_a_quick_one(self, drawer: Drawer) -> None:
        feed = feed_of(drawer.panel("slow", waits=True), drawer.panel("quick"))
        first = feed.answer({"state": {}}).plain()
        assert titles(first) == {"quick": "quick of SPY"}
        assert first["pending"] == ["slow"]
        drawer.go.set()
        then = feed.answer({"state": {}, "only": first["pending"]}).plain()
        assert titles(then) == {"slow": "slow of SPY"}
        assert drawer.times == {"slow": 1, "quick": 1}

    def test_more_panels_than_are_built_at_once_all_come(self, drawer: Drawer) -> None:
        names = [f"p{number}" for number in range(3 * page_feed.SIDE_BY_SIDE)]
        feed = feed_of(*(drawer.panel(name) for name in names))
        seen: dict[str, Any] = {}
        wanted: list[str] = list(names)
        while wanted:
            plain = feed.answer({"state": {}, "only": wanted}).plain()
            seen |= plain["payloads"]
            wanted = plain["pending"]
        assert list(seen) == names

    def test_one_that_fails_says_so_in_its_own_place(self, drawer: Drawer) -> None:
        broken = drawer.panel("broken", fails=ValueError("x"))
        absent = drawer.panel("absent", fails=HoldlineError("No such thing."))
        plain = feed_of(broken, drawer.panel("well"), absent).answer({"state": {}}).plain()
        assert "could not be built" in plain["payloads"]["broken"]["absence"]
        assert plain["payloads"]["absent"]["absence"] == "No such thing."
        assert titles(plain)["well"] == "well of SPY"

    def test_who_has_a_version_is_not_sent_it(self, drawer: Drawer) -> None:
        feed = feed_of(drawer.panel("a"), drawer.panel("b"))
        first = feed.answer({"state": {}}).plain()
        seen = {"a": first["payloads"]["a"]["version"], "b": "older"}
        assert list(feed.answer({"state": {}, "seen": seen}).plain()["payloads"]) == ["b"]

    @pytest.mark.parametrize("forged", [None, 7, "a", ["a"], {"a": 1}])
    def test_forged_parts_of_a_question_are_harmless(self, drawer: Drawer, forged: Any) -> None:
        feed = feed_of(drawer.panel("a"))
        plain = feed.answer({"state": forged, "seen": forged, "only": forged}).plain()
        assert plain["state"] == forged
        assert set(plain["payloads"]) <= {"a"}


class TestSharing:
    def test_viewers_who_ask_together_have_it_drawn_once(self, drawer: Drawer) -> None:
        feed = feed_of(drawer.panel("slow", waits=True), drawer.panel("quick"))
        answers = [feed.answer({"state": {}}).plain() for _ in range(3)]
        assert all(one["pending"] == ["slow"] for one in answers)
        drawer.go.set()
        feed.answer({"state": {}, "only": ["slow"]})
        assert drawer.times == {"slow": 1, "quick": 1}

    def test_a_panel_takes_a_turn_of_the_asker_s(self, drawer: Drawer) -> None:
        """With one turn in all, the thread that asks must give its own up."""
        feed = feed_of(drawer.panel("a"), drawer.panel("b"))
        kept = turns.Turns(1, 1, 1)
        with kept.turn("viewer"):
            assert len(feed.answer({"state": {}}).payloads) == 2


class TestOnePanel:
    def test_it_is_drawn_once_at_a_version(self, drawer: Drawer) -> None:
        panel = drawer.panel("a")
        feed = feed_of(panel)
        first, again = (feed.payload(panel, {"symbol": "QQQ"}) for _ in range(2))
        assert json.loads(first)["title"] == "a of QQQ"
        assert (again, drawer.times) == (first, {"a": 1})

    def test_who_joins_another_s_gets_the_same(self, drawer: Drawer) -> None:
        feed = feed_of(drawer.panel("slow", waits=True))
        with ThreadPoolExecutor(4) as pool:
            asked = [pool.submit(feed.answer, {"state": {}}) for _ in range(4)]
            until(lambda: drawer.times)
            drawer.go.set()
            assert {titles(one.result().plain())["slow"] for one in asked} == {"slow of SPY"}
        assert drawer.times == {"slow": 1}


class TestStore:
    def test_the_oldest_is_dropped_and_what_is_too_large_left_out(self, drawer: Drawer) -> None:
        stored = EncodedPayloads(most_bytes=10)
        panel = drawer.panel("a")
        for version in ("1", "2", "3"):
            stored.put(panel, version, b"12345")
        stored.put(panel, "4", b"12345678901")
        assert [v for v in "1234" if stored.get(panel, v)] == ["2", "3"]

    def test_json_in_json_is_json(self, drawer: Drawer) -> None:
        body = feed_of(drawer.panel('odd "name"')).answer({"state": {"symbol": "A"}}).to_json()
        assert list(json.loads(body)["payloads"]) == ['odd "name"']
