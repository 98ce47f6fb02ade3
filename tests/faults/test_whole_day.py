"""A day of Yahoo replayed with faults: what is not true is said, by pages, log and alerts.

A short form; ``python -m tests.support.day_simulator`` plays every script, warm and cold.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from tests.support.day_simulator.compare import differences
from tests.support.day_simulator.faults import MONDAY, SCRIPTS, Script
from tests.support.day_simulator.judge import clean_run, looks_around, run
from tests.support.day_simulator.market import Market
from tests.support.day_simulator.play import DAYS, LogLine, Look

pytestmark = pytest.mark.filterwarnings("ignore::pandas.errors.Pandas4Warning:(yfinance|pandas)")

SHORT = {"begins": "11:50", "lasts": 20}
"""SPY goes through its 50-DMA at noon."""
PLAYED = ("500 with html", "minutes x100", "a print at half, thrice", "frozen quotes")
AT = looks_around(Script("short", **SHORT), 1, 1)  # type: ignore[arg-type]


def scripted(name: str) -> Script:
    (script,) = (one for one in SCRIPTS if one.name == name)
    return replace(script, **SHORT)  # type: ignore[arg-type]


class TestShortForm:
    @pytest.mark.parametrize("name", PLAYED)
    def test_nothing_false_is_passed_off_as_true(self, name: str) -> None:
        outcome = run(scripted(name), AT, cold=False)
        assert outcome.met
        assert not outcome.silent, "\n".join(map(str, outcome.silent))

    def test_there_are_more_than_forty_of_other_names(self) -> None:
        names = [script.name for script in SCRIPTS]
        assert len(names) == len(set(names)) > 40


class TestTheJudge:
    """It sees what is false: each is put into the clean day's last look."""

    def judged(self, **false: Any) -> list[tuple[str, str | None]]:
        clean = clean_run(MONDAY, AT).looks
        faulty = (*clean[:-1], replace(clean[-1], **false))
        market = Market(DAYS[MONDAY].session)
        return [(one.where, one.said) for one in differences(clean, faulty, market)]

    def with_page(self, name: str, **changes: Any) -> dict[str, Any]:
        pages: dict[str, Any] = self.last().pages
        return {"pages": pages | {name: pages[name] | changes}}

    def last(self) -> Look:
        return clean_run(MONDAY, AT).looks[-1]

    def test_a_clean_day_differs_in_nothing(self) -> None:
        assert self.judged() == []

    def test_a_false_figure(self) -> None:
        false = self.with_page("market/answer", title="SPY broke its 50-DMA, 599.13")
        assert self.judged(**false) == [("market/answer", None)]

    def test_a_false_figure_is_not_excused_by_the_word_stale(self) -> None:
        badge = {"freshness": "STALE", "text": "STALE"}
        false = self.with_page("market/answer", title="SPY at 599.13", badge=badge)
        assert self.judged(**false) == [("market/answer", None)]

    def test_a_card_in_its_place(self) -> None:
        card = self.with_page("market/answer", title="", absence="Yahoo does not answer.")
        assert self.judged(**card) == [("market/answer", "Yahoo does not answer.")]

    def test_a_line_and_an_alert_that_are_false(self) -> None:
        last = self.last()
        line = LogLine(last.at, "50-DMA", "broke under", 315.0)
        false = {"log": (*last.log, line), "alerts": (*last.alerts, "SPY is over its 200-DMA")}
        assert self.judged(**false) == [("log", None), ("alerts", None)]

    def test_a_line_and_an_alert_that_are_lost(self) -> None:
        assert self.last().log
        assert self.last().alerts
        lost = self.judged(log=(), alerts=())
        assert set(lost) == {("log", None), ("alerts", None)}
