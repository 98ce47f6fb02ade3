"""The sentence of how likely a support holds, on hand-made studies and odds."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from analytics.model.levels import LevelId, dma
from analytics.model.question import Answer, Symbol
from analytics.model.vocabulary import Freshness, Moment, Phase, Provenance
from analytics.preview.prices_text import likely_sentence
from analytics.studies.hold.events import read_history
from analytics.studies.hold.study import HoldRate, HoldStudy, HoldStudyParameters, _study
from analytics.studies.supports.horizons import Horizon
from analytics.studies.supports.how_likely import how_likely, level_in_question, study_sessions
from analytics.studies.supports.odds import CloseDensity, LevelOdds, Odds, OddsView
from analytics.studies.supports.supports import SupportLadder, build_ladder
from tests.support.builders import make_bars

MOMENT = Moment(
    dt.datetime(2025, 1, 27, 18, 50, tzinfo=dt.UTC), dt.date(2025, 1, 27), Phase.OPEN, live=True
)
RATE = HoldRate(
    events=19,
    held=3,
    confirmed_breaks=9,
    rate_pct=15.8,
    wilson95_pct=(5.5, 37.6),
    null_rate_pct=20.2,
    p_value=0.7,
    null_paths=2000,
    null_paths_without=0,
    refused=None,
)
FEW = replace(RATE, events=4, held=1, rate_pct=None, wilson95_pct=None, refused="4 events")


def said(result: Any, reason: str | None = None) -> Answer[Any]:
    state = Freshness.NO_DATA if result is None else Freshness.LIVE
    return Answer("test", MOMENT, state, Provenance("Test"), result, reason)


def ladder(*, gap: bool) -> SupportLadder:
    """120 closes up to 130, then a session that opens under TEST's 50-DMA (123.8), or above it."""
    close = np.append(np.linspace(100, 130, 120), 124.5)
    bars = make_bars(close, spread=1.0)
    open_ = bars.open.copy()
    open_[-1] = 121.0 if gap else 126.0
    low = bars.low.copy()
    low[-1] = 120.0 if gap else 123.0
    return build_ladder(replace(bars, open=open_, low=low, last_complete=False))


@pytest.fixture(scope="module")
def study() -> HoldStudy:
    bars = make_bars(np.linspace(100, 130, 120), spread=1.0)
    made = _study(HoldStudyParameters(Symbol("TEST"), 50, 100), read_history(bars, None))
    return replace(made, first_session=dt.date(2005, 1, 3), gap_downs=RATE, touches=FEW)


def priced(odds: Odds) -> Answer[OddsView]:
    horizon = Horizon("today", "today, Mon 27 Jan", MOMENT.session, 0.33, MOMENT.session)
    level = LevelOdds("50-DMA", None, 117.5, -1.0, odds, odds, odds, dma(50))  # type: ignore[arg-type]
    none = CloseDensity("", MOMENT.session, None)
    return said(
        OddsView(
            "TEST", MOMENT.session, MOMENT.time, 118.0, MOMENT.time, 118.0, 0.0, 0.0, "", "",
            (horizon,), (level,), None, none,
        )
    )  # fmt: skip


AT_37 = Odds(60.0, 36.8, 0.2, MOMENT.session)


class TestSentence:
    def test_a_gap_down_with_all_its_parts(self, study: HoldStudy) -> None:
        likely = how_likely(ladder(gap=True), dma(50), said(study), priced(AT_37))
        assert likely.text == (
            "19 gap-downs under TEST's 50-DMA since 2005: held by the close 16% (6\u201338%), "
            "chance 20%; options price a close below at 37% (today, Mon 27 Jan; risk-neutral)."
        )

    def test_too_few_touches_are_counted_and_not_rated(self, study: HoldStudy) -> None:
        likely = how_likely(ladder(gap=False), dma(50), said(study), priced(AT_37))
        assert likely.text.startswith(
            "4 touches of TEST's 50-DMA since 2005: 1 held by the close, too few for a rate; "
        )

    def test_what_is_not_known_is_said(self) -> None:
        gone = said(None, "TEST: close only; a touch needs highs and lows.")
        none = said(None, "No option chain of TEST was kept.")
        likely = how_likely(ladder(gap=True), dma(50), gone, none)
        assert likely.text == (
            "Past gap-downs under TEST's 50-DMA: n/a (TEST: close only; a touch needs highs and "
            "lows); options price a close below: n/a (No option chain of TEST was kept)."
        )

    def test_a_level_that_options_do_not_price_says_why(self, study: HoldStudy) -> None:
        over = Odds(None, None, None, None, "n/a (not below the price)")
        likely = how_likely(ladder(gap=True), dma(50), said(study), priced(over))
        assert likely.text.endswith(
            "options price a close below (today, Mon 27 Jan): n/a (not below the price)."
        )

    def test_a_level_that_is_not_on_the_ladder_says_so(self, study: HoldStudy) -> None:
        week = LevelId("prior-low", "week")
        likely = how_likely(ladder(gap=True), week, said(study), priced(AT_37))
        assert likely.text.startswith("4 touches of TEST's prior week low since 2005: ")
        assert likely.text.endswith(
            "options price a close below (today, Mon 27 Jan): n/a (no prior week low)."
        )

    def test_no_event_at_all(self, study: HoldStudy) -> None:
        never = replace(study, gap_downs=replace(FEW, events=0, held=0))
        likely = how_likely(ladder(gap=True), dma(50), said(never), priced(AT_37))
        assert likely.text.startswith("No gap-down under TEST's 50-DMA since 2005; ")

    @pytest.mark.parametrize("gap", [True, False])
    def test_the_preview_prints_the_same_words_with_a_reference_a_number(
        self, study: HoldStudy, gap: bool
    ) -> None:
        standing = ladder(gap=gap)
        level = level_in_question(standing)
        assert level == dma(50)
        likely = how_likely(standing, level, said(study), priced(AT_37))
        sentence = likely_sentence(standing, said(study), priced(AT_37))
        assert sentence.text == likely.text
        assert len(sentence.figures) == (8 if gap else 5)


class TestLevel:
    def test_each_average_of_a_ladder_has_a_study(self) -> None:
        assert [study_sessions(dma(n)) for n in (20, 50, 100, 200)] == [20, 50, 100, 200]

    def test_a_ladder_without_averages_asks_for_the_fifty(self) -> None:
        assert level_in_question(build_ladder(make_bars(np.linspace(100, 101, 30)))) == dma(50)
