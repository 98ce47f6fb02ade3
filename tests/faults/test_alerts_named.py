"""Alerts on levels beyond the feed's, with the real desk, ledger, store and engine."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any

import pytest

from analytics.alerts.rules import parse_rule
from analytics.model.question import Symbol
from analytics.model.vocabulary import BadInput, SourceFailure
from components.pages.alerts.refusal import require_followable
from tests.faults.test_alerts_slept import TUESDAY, AlertBench
from tests.support.builders import FakeSource, make_desk, make_frame, walk
from tests.unit.runtime.test_watcher import MONDAY

FRIDAY = dt.date(2025, 1, 24)
LOSES: dict[str, Any] = {
    "kind": "crossing",
    "symbol": "SPY",
    "does": "loses",
    "at": "prior day low",
}
"""Friday went from 100 to 101, its low is 99.00."""
TOUCHES = {"kind": "touch", "symbol": "SPY", "at": "prior day low"}
LOST = "SPY is under its prior day low at 14:00 (provisional)"


def watched(close: float, *rules: dict[str, Any]) -> AlertBench:
    """98.7 at 14:00, 98.9 at 15:50, and nobody is awake from then on."""
    bench = AlertBench(close=close)
    bench.set(*rules)
    bench.begin()
    for clock, price in (("09:31", 101.0), ("14:00", 98.7), ("15:50", 98.9)):
        bench.see(clock, price)
    return bench


class TestCrossing:
    def test_it_is_told_in_session_and_by_the_close_late(self) -> None:
        bench = watched(98.5, LOSES)
        assert bench.told() == [LOST]
        assert "0.30% under the level 99.00 known before the open" in bench.text()
        bench.wake(TUESDAY, "09:31")
        said = [LOST, "SPY closed under its prior day low on Monday 27 January (told late): 98.50"]
        assert bench.told() == said
        bench.begin()
        bench.wake(TUESDAY, "10:00")
        assert bench.told() == said

    def test_it_is_taken_back_by_a_close_above(self) -> None:
        bench = watched(99.5, LOSES)
        bench.wake(TUESDAY, "09:31")
        title = "SPY held its prior day low by the close after all"
        assert bench.told()[1:] == [f"{title} on Monday 27 January (told late): 99.50"]

    def test_a_process_that_was_away_all_day_tells_its_close(self) -> None:
        bench = AlertBench(close=98.5)
        bench.set(LOSES | {"by_close": True})
        bench.begin()
        bench.wake(TUESDAY, "09:31")
        assert bench.told() == [
            "SPY closed under its prior day low on Monday 27 January (told late): 98.50"
        ]

    def test_the_close_is_held_against_the_level_that_prices_were(self) -> None:
        """The provider revises Friday's low meanwhile, to 98: under the close."""
        bench = watched(98.5, LOSES)
        frame = bench.source.frames["SPY"]
        frame.loc[str(FRIDAY), "low"] = 98.0
        bench.begin()
        bench.wake(TUESDAY, "09:31")
        assert bench.told()[1:] == [
            "SPY closed under its prior day low on Monday 27 January (told late): 98.50"
        ]
        assert "the level 99.00 known before the open" in bench.text()

    def test_both_an_average_and_another_level_are_told_of_one_close(self) -> None:
        average = {"kind": "crossing", "symbol": "SPY", "does": "loses", "sessions": 50}
        bench = AlertBench(close=98.5)
        bench.set(*({**rule, "by_close": True} for rule in (average, LOSES)))
        bench.begin()
        bench.see("10:00", 101.0)
        bench.see("16:01", 98.5, final=True)
        bench.wake(MONDAY, "18:00")
        told = sorted(title.split(" on Monday")[0] for title in bench.told())
        assert told == ["SPY closed under its 50-DMA", "SPY closed under its prior day low"]

    def test_a_level_that_comes_late_is_held_against_the_day_so_far(self) -> None:
        bench = AlertBench(close=98.5)
        bench.set(LOSES)
        bench.begin()
        bench.source.errors["SPY"] = SourceFailure("away")
        bench.see("09:31", 101.0)
        bench.see("10:00", 98.7)
        bench.see("10:00:30", 99.5)
        assert bench.told() == []
        bench.source.errors.clear()
        bench.see("10:05", 99.6)
        assert bench.told() == ["SPY was under its prior day low by 10:05 (provisional)"]


class TestTouch:
    def test_it_is_told_at_the_level_itself_and_once(self) -> None:
        bench = AlertBench(close=100.5)
        bench.set(TOUCHES)
        bench.begin()
        for clock, price in (("09:31", 99.01), ("10:00", 99.0), ("10:01", 98.0), ("10:02", 99.5)):
            bench.see(clock, price)
        assert bench.told() == ["SPY touched its prior day low at 10:00: 99.00"]

    def test_from_below_it_is_the_first_price_at_it_or_above(self) -> None:
        bench = AlertBench(close=100.5)
        bench.set(TOUCHES | {"at": "prior day high"})  # 102
        bench.begin()
        bench.see("09:31", 101.99)
        assert bench.told() == []
        bench.see("10:00", 102.4)
        assert bench.told() == ["SPY touched its prior day high at 10:00: 102.40"]
        assert "came from below (previous close 101.00)" in bench.text()

    def test_one_that_nobody_saw_is_told_late(self) -> None:
        """Monday's low is 98."""
        bench = AlertBench(close=100.5)
        bench.set(TOUCHES)
        bench.begin()
        bench.wake(TUESDAY, "09:31")
        (title,) = bench.told()
        assert title.startswith("SPY touched its prior day low by 16:00")
        assert title.endswith("on Monday 27 January (told late)")


@pytest.mark.parametrize(
    "at",
    [
        "10-week average",
        "prior week high",
        "prior month low",
        "anchored VWAP (52-week high)",
        "anchored VWAP (Fed)",
        "anchored VWAP (2024-08-05)",
        "profile value area low",
        "52-week low",
        "swing low",
    ],
)
def test_a_price_near_any_level_is_told(at: str) -> None:
    bench = AlertBench(close=100.5)
    bench.set({"kind": "near", "symbol": "SPY", "at": at, "distance": 5, "unit": "pct"})
    bench.begin()
    bench.see("09:31", 150.0)
    assert bench.told() == []
    bench.see("10:00", 101.0)
    assert bench.told() == [f"SPY is within 5% of its {at} at 10:00: 101.00"]


class TestRefused:
    @pytest.mark.parametrize(
        ("at", "why"),
        [
            ("anchored VWAP (2024-08-05)", "no volume from the anchor on"),
            ("profile point of control", "the bars have no volume"),
            ("anchored VWAP (earnings)", "no earnings day is known"),
            ("anchored VWAP (2030-01-02)", "2030-01-02 is ahead of the last session, 20"),
        ],
    )
    def test_a_level_the_symbol_cannot_have_is_refused_in_one_sentence(
        self, at: str, why: str
    ) -> None:
        frame = make_frame(walk(300), MONDAY)
        frame["volume"] = 0.0
        source = FakeSource({"^GSPC": frame})
        source.capabilities = replace(source.capabilities, quotes=True)
        desk = make_desk(source)
        rule = parse_rule({"kind": "touch", "symbol": "^GSPC", "at": at})
        with pytest.raises(BadInput, match=why) as refused:
            require_followable(desk, rule)
        desk.close()
        assert str(refused.value).startswith("^GSPC has no such level: ")
        assert str(refused.value).count(". ") == 0
        assert Symbol("^GSPC") in rule.symbols
