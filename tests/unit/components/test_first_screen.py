"""The first screen's figures: the three answers on one axis, the day against its level."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any

import pytest

from analytics.model.level_calls import Happening
from analytics.model.levels import dma
from analytics.model.phrases import Figure
from analytics.model.status import Status
from analytics.studies.hold.study import HoldEvent
from analytics.studies.supports.how_likely import HowLikely
from analytics.watch.day_log import DayLevel, LevelLog, LogLine
from components.figures.day import day_chart
from components.figures.hold import DayStick, days_like_this
from components.frame.likely_scale import numbers_of, past_words, scale
from components.frame.panels import plain
from components.pages.market.log_words import crossed, last_cross_short
from components.pages.market.watch_views import bullet_place
from tests.support.figure_checks import check_figure, named

MONDAY = dt.date(2025, 1, 27)


def at(hour: int, minute: int) -> dt.datetime:
    """New York's wall clock in January, as UTC."""
    return dt.datetime(2025, 1, 27, hour + 5, minute, tzinfo=dt.UTC)


def day(*, final: bool = False, before: float = 607.97) -> LevelLog:
    level = DayLevel("50-DMA", 596.30, Status.TESTING, True, dma(50))
    lines = (
        LogLine(at(9, 31), "50-DMA", Happening.OPENED_UNDER, 594.81, 596.30, dma(50)),
        LogLine(at(11, 31), "50-DMA", Happening.RECLAIMED, 596.38, 596.30, dma(50)),
    )
    return LevelLog(
        symbol="SPY",
        session=MONDAY,
        final=final,
        price=597.2,
        previous_close=before,
        lines=lines,
        levels=(level,),
        basis="minutes",
        missing=None,
        times=(at(9, 30), at(11, 31), at(13, 50)),
        prices=(594.81, 596.38, 597.2),
    )


def percent(value: float, definition: str) -> Figure:
    return Figure(value, f"{value:.0f}%", "percent", definition, "x")


RATED = HowLikely(
    dma(50),
    gapped=True,
    past=(
        Figure(19.0, "19", "count", "gap-down-event", "x"),
        " gap-downs: ",
        percent(15.8, "hold-rate"),
        percent(5.5, "hold-rate"),
        percent(37.6, "hold-rate"),
        percent(20.4, "null-rate"),
    ),
    priced=(percent(36.8, "close-odds"),),
)


class TestNumbers:
    def test_they_are_the_sentences_own(self) -> None:
        numbers = numbers_of(RATED)
        assert (numbers.events, numbers.past_pct, numbers.chance_pct) == (19, 15.8, 20.4)
        assert (numbers.low_pct, numbers.high_pct) == (5.5, 37.6)
        assert numbers.priced_pct == pytest.approx(63.2), "of a close at or above the level"
        assert numbers.apart == 63 - 16, "as printed"
        assert past_words(numbers) == "16% (6\u201338), n 19"

    def test_too_few_are_counts_and_no_rate(self) -> None:
        few = HowLikely(
            dma(50),
            gapped=False,
            past=(
                Figure(4.0, "4", "count", "touch-event", "x"),
                Figure(1.0, "1", "count", "hold-rate", "x"),
            ),
            priced=("n/a",),
        )
        numbers = numbers_of(few)
        assert past_words(numbers) == "1 of 4"
        assert (numbers.past_pct, numbers.priced_pct, numbers.apart) == (None, None, None)

    def test_what_is_still_being_computed_says_so_in_its_place(self) -> None:
        waiting = replace(RATED, past=("x",), past_waits=True)
        drawn = str(plain(scale(numbers_of(waiting))))
        assert drawn.count("computing\u2026") == 2, "the past and chance"
        assert "63%" in drawn
        assert "n/a" not in drawn

    def test_after_the_close_options_of_another_session_are_left_out(self) -> None:
        drawn = str(plain(scale(numbers_of(RATED), decided=True)))
        assert "16% (6" in drawn
        assert "options" not in drawn
        assert "63%" not in drawn

    def test_each_mark_stands_at_its_percent(self) -> None:
        drawn = str(plain(scale(numbers_of(RATED))))
        for place in ("'left': '15.8%'", "'left': '20.4%'", "'left': '63.2%'", "'width': '32.1%'"):
            assert place in drawn


class TestDay:
    def traces(self, **given: Any) -> dict[str, Any]:
        figure = day_chart(log=day(**given), asked=dma(50), atr=7.0)
        check_figure(figure)
        return figure

    def test_the_band_reaches_a_twentieth_of_an_atr_to_either_side(self) -> None:
        band = named(self.traces(), "at the level")
        assert (min(band["y"]), max(band["y"])) == pytest.approx((595.95, 596.65))

    def test_the_rest_of_the_session_is_hatched_until_the_close(self) -> None:
        left = named(self.traces(), "time left")
        assert (left["x"][0], left["x"][1]) == ("2025-01-27 13:50:00", "2025-01-27 16:00:00")
        over = self.traces(final=True)
        assert not [trace for trace in over["data"] if trace["name"] == "time left"]

    def test_the_opening_gap_is_told_in_percent_of_the_prior_close(self) -> None:
        texts = [one["text"] for one in self.traces()["layout"]["annotations"]]
        assert "gap \u22122.16%" in texts
        texts = [one["text"] for one in self.traces(before=594.81)["layout"]["annotations"]]
        assert not [text for text in texts if text.startswith("gap")]

    def test_the_level_in_question_is_drawn_from_afar(self) -> None:
        figure = day_chart(log=day(), asked=dma(50))
        low, high = figure["layout"]["yaxis"]["range"]
        assert low < 596.30 < high


class TestLogWords:
    def test_the_last_crossing_counts(self) -> None:
        assert crossed(day(), dma(50)).children == "Reclaimed 11:31 at 596.38."
        assert "11:31" in str(plain(last_cross_short(day(), dma(50))))

    def test_a_level_that_was_not_touched_says_so(self) -> None:
        assert crossed(day(), dma(200)).children == "Not touched today."
        assert crossed(day(final=True), dma(200)).children == "Not touched on that day."


class TestBullet:
    def test_the_price_is_right_of_its_level_while_above_it(self) -> None:
        assert [bullet_place(atr) for atr in (0.0, -1.0, 1.0, 5.0)] == [
            "50.0%",
            "75.0%",
            "25.0%",
            "0.0%",
        ]


class TestDaysLikeThis:
    def test_a_stick_is_measured_from_its_level_and_today_is_last(self) -> None:
        event = HoldEvent(
            session=dt.date(2024, 8, 5),
            kind="gap-down",
            level=200.0,
            open=198.0,
            low=190.0,
            close=202.0,
            held=True,
            confirmed_break=False,
            first=True,
            rising=True,
            gap_pct=-1.0,
            vix=None,
        )
        today = DayStick(-0.25, -0.5, 0.15, "Mon 27 Jan 2025")
        figure = days_like_this(events=[event], today=today, revision="x")
        check_figure(figure)
        lines = {t["name"]: t for t in figure["data"] if t["mode"] == "lines"}
        assert [y for y in lines["held"]["y"] if y is not None] == pytest.approx([-1, -1, -5, 1])
        dots = {t["name"]: t for t in figure["data"] if t["mode"] == "markers"}
        assert dots["held"]["y"] == pytest.approx([1.0])
        assert dots["today"]["x"] == [1]
        assert "broke" not in lines
