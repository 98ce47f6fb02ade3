"""The hold study at levels that are no average of daily closes."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from analytics.indicators.session_levels import average_of
from analytics.model.levels import LevelId, families
from analytics.model.question import Inputs, Symbol
from analytics.model.vocabulary import Bars, NotAvailable
from analytics.studies.hold.cells import COOLDOWN_SESSIONS
from analytics.studies.hold.events import (
    draw_null,
    draw_null_at,
    draw_reaches,
    list_events,
    reach_waits,
    read_history,
)
from analytics.studies.hold.levels import OTHER_LEVELS, id_of, recipe_of, word_of
from analytics.studies.hold.study import HOLD_STUDY, HoldStudy, HoldStudyParameters
from tests.unit.studies.hold.test_hold_study import MOMENT, bars_of, random_walk

QUIET = (100.0, 101.0, 99.0, 100.0)


def study(bars: Bars, level: str, **options: bool) -> HoldStudy:
    parameters = HoldStudyParameters(Symbol(bars.symbol), level, 100, **options)  # type: ignore[arg-type]
    return HOLD_STUDY.compute(parameters, Inputs(MOMENT, {bars.symbol: bars}))


def with_volume(bars: Bars, seed: int = 3) -> Bars:
    drawn = np.random.default_rng(seed).lognormal(0, 0.5, len(bars))
    return replace(bars, volume=np.round(1e6 * drawn))


class TestPriorWeekLowByHand:
    """Four weeks from Tuesday, 2 January 1990 on; the lows of the first three: 98, 97.9, 99."""

    ROWS = (
        *(QUIET, (100.0, 101.0, 98.0, 100.0), QUIET, QUIET),
        *(QUIET, (100.0, 100.5, 97.9, 99.0), QUIET, QUIET, QUIET),
        *[QUIET] * 5,
        *((100.0, 101.0, 99.5, 100.0), (98.5, 99.0, 97.0, 98.0), (98.2, 99.0, 98.0, 98.5)),
    )

    def test_a_touch_that_holds_and_a_gap_down_that_breaks(self) -> None:
        result = study(bars_of(list(self.ROWS)), "week-low")
        shown = [
            (e.session.isoformat(), e.kind, e.level, e.held, e.confirmed_break)
            for e in reversed(result.event_list)
        ]
        assert shown == [
            ("1990-01-09", "touch", 98.0, True, False),
            ("1990-01-23", "gap-down", 99.0, False, True),
        ]
        assert (result.touches.events, result.touches.held) == (1, 1)
        assert (result.gap_downs.events, result.gap_downs.held) == (1, 0)

    def test_a_weeks_own_low_is_no_level_of_it(self) -> None:
        fallen = [*self.ROWS[:14], (100.0, 101.0, 99.1, 100.0), (100.0, 101.0, 99.05, 100.0)]
        assert len(study(bars_of(fallen), "week-low").event_list) == 1

    def test_it_is_named_where_the_average_would_be(self) -> None:
        result = study(bars_of(list(self.ROWS)), "week-low")
        assert result.level == "prior week low"
        assert "The level is the prior week low known before the open" in result.definition
        assert {s.value for s in result.splits if s.split == "slope"} <= {
            "rising level",
            "falling level",
        }


class TestAnAverageGivenAsALevel:
    """The 20-DMA through the path of the other levels is the 20-DMA."""

    def test_events_null_and_reach_are_identical(self) -> None:
        history = read_history(random_walk(3000, seed=31), None)
        given = average_of(20)
        built_in, events = list_events(history, 20), list_events(history, given)
        assert len(built_in) > 50
        assert [(e.at, e.cell, e.held, e.confirmed) for e in events] == [
            (e.at, e.cell, e.held, e.confirmed) for e in built_in
        ]
        assert [e.level for e in events] == pytest.approx([e.level for e in built_in], rel=1e-12)
        counts, reaches = draw_null_at(history, given, 60)
        assert np.array_equal(counts, draw_null(history, (20,), 60)[:, 0])
        assert np.array_equal(reaches, draw_reaches(history, 20, 60))
        assert np.array_equal(
            reach_waits(history, given, events), reach_waits(history, 20, built_in)
        )


@pytest.mark.parametrize("word", OTHER_LEVELS)
class TestEveryLevel:
    def test_an_event_rests_on_nothing_of_its_own_session_or_after(self, word: str) -> None:
        bars = with_volume(random_walk(700, seed=32))
        recipe = recipe_of(word)  # type: ignore[arg-type]
        whole = list_events(read_history(bars, None), recipe)
        assert len(whole) > 3
        t = max(event.at for event in whole if event.at < 690)
        cut = replace(bars.upto(bars.sessions[t].item()), last_complete=True)
        for factor in (1.0, 3.0):
            changed = [np.append(s[:-1], s[-1] * factor) for s in (cut.high, cut.volume)]
            closes = np.append(cut.close[:-1], cut.low[-1])
            seen = replace(cut, high=changed[0], volume=changed[1], close=closes)
            events = list_events(read_history(seen, None), recipe)
            assert [(e.at, e.level) for e in events] == [
                (e.at, e.level) for e in whole if e.at <= t
            ]

    def test_events_are_apart_and_have_a_null(self, word: str) -> None:
        history = read_history(with_volume(random_walk(900, seed=33)), None)
        recipe = recipe_of(word)  # type: ignore[arg-type]
        at = [event.at for event in list_events(history, recipe)]
        assert min(np.diff(at)) >= COOLDOWN_SESSIONS
        counts, reaches = draw_null_at(history, recipe, 20)
        assert (counts[:, :, 0] >= counts[:, :, 1]).all()
        assert (counts[:, :, 0].sum(axis=1) > 0).mean() > 0.8
        assert (reaches[:, 0] >= reaches[:, 1]).all()


class TestParameters:
    def test_the_words_are_the_levels_of_the_families_that_declare_it(self) -> None:
        declared = {
            level
            for family in families()
            if family.in_hold_study and family.key != "dma"
            for level in family.levels
        }
        never_met = LevelId("prior-high", "day")  # no close lies above its own session's high
        assert {id_of(word) for word in OTHER_LEVELS} == declared - {never_met}
        assert [word_of(id_of(word)) for word in OTHER_LEVELS] == list(OTHER_LEVELS)
        assert word_of(id_of(50)) is None

    def test_without_volume_a_level_of_volume_is_not_available(self) -> None:
        bars = random_walk(400, seed=34)
        bars = replace(bars, volume=np.full(len(bars), np.nan))
        with pytest.raises(NotAvailable, match="No volume is known"):
            study(bars, "poc")
        assert study(bars, "week-low").events > 0

    def test_placebo_averages_stand_beside_any_level(self) -> None:
        result = study(random_walk(1500, seed=35), "month-low", placebo=True)
        assert [row.sessions for row in result.placebos] == [37, 43, 61]
        assert all(row.rate.null_rate_pct is not None for row in result.placebos)
