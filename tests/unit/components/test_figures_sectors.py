from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from analytics.model.question import Answer
from analytics.model.vocabulary import Bars, Freshness, HoldlineError, Moment, Phase, Provenance
from analytics.studies.sectors.rotation import ROTATION, Rotation, RotationParameters
from analytics.studies.sectors.sectors import (
    SECTOR_HISTORY,
    SECTORS,
    SectorHistory,
    SectorHistoryParameters,
    Sectors,
    SectorsParameters,
)
from components.figures.bars import Bar, ranked_bars
from components.figures.lines import Line, line_chart, rotation_tails
from components.figures.sectors import HEAT_STEPS, heatmap, label, ranked_dots, underwater
from components.pages.sectors import rotation_views
from components.pages.sectors import views as sectors
from components.pages.sectors.state import SectorsState
from tests.support.figure_checks import check_figure, check_view, drawn, named
from tests.support.small_bars import LAST, bars_of, inputs_of, walks

NAMES = ("SPY", "XLB", "XLC", "XLE", "XLF", "XLI", "XLK", "XLP", "XLRE", "XLU", "XLV", "XLY")


def universe(sessions: int = 320, leave_out: tuple[str, ...] = ()) -> list[Bars]:
    closes = walks(len(NAMES), sessions)
    return [
        bars_of(name, close)
        for name, close in zip(NAMES, closes, strict=True)
        if name not in leave_out
    ]


def rows_of(*bars: Bars, **chosen: Any) -> Sectors:
    return SECTORS.compute(SectorsParameters(**chosen), inputs_of(*bars))


def history_of(*bars: Bars, **chosen: Any) -> SectorHistory:
    return SECTOR_HISTORY.compute(SectorHistoryParameters(**chosen), inputs_of(*bars))


def answered(result: Any) -> Answer[Any]:
    moment = Moment(dt.datetime(2025, 1, 24, 21, tzinfo=dt.UTC), LAST, Phase.CLOSED, False)
    return Answer("sectors", moment, Freshness.CLOSED, Provenance("Test"), result)


class TestRankedDots:
    def test_three_marks_a_sector_and_the_benchmark_last(self) -> None:
        result = rows_of(*universe())
        figure = ranked_dots(rows=result.rows, benchmark=result.benchmark)
        check_figure(figure)
        assert len({trace["marker"]["symbol"] for trace in figure["data"]}) == 3
        assert figure["layout"]["yaxis"]["ticktext"][-1] == "<b>SPY</b>"
        values = named(figure, "drawdown")["x"][:-1]
        assert values == sorted(values), "deepest on top"

    def test_a_mark_says_in_words_on_which_side_of_the_price_it_lies(self) -> None:
        """Level / close - 1: left of zero the average lies below the price."""
        result = rows_of(*universe())
        figure = ranked_dots(rows=result.rows, benchmark=result.benchmark)
        average, fall = named(figure, "50-DMA"), named(figure, "drawdown")
        for x, text in zip(average["x"], average["customdata"], strict=True):
            assert text.endswith("below the price" if x < 0 else "above the price")
        assert all("its high of" in text and "252 sessions" in text for text in fall["customdata"])

    @pytest.mark.parametrize("sessions", [2, 30, 70])
    def test_figures_that_are_not_there_are_left_out(self, sessions: int) -> None:
        result = rows_of(*universe(sessions))
        check_figure(ranked_dots(rows=result.rows, benchmark=result.benchmark))

    def test_one_row_and_no_benchmark(self) -> None:
        result = rows_of(*universe())
        figure = ranked_dots(rows=result.rows[:1], benchmark=None)
        check_figure(figure)
        assert drawn(figure) == 3

    def test_a_short_name_stands_beside_the_symbol(self) -> None:
        assert label("XLK", "Technology") == "XLK Technology"
        assert label("SPY", "SPDR S&P 500 ETF Trust") == "SPY"


class TestHeatmap:
    @pytest.mark.parametrize("measure", ["drawdown", "dma50"])
    @pytest.mark.parametrize("sessions", [1, 60, 320])
    def test_plotly_takes_it(self, measure: Any, sessions: int) -> None:
        check_figure(heatmap(series=history_of(*universe(sessions)).series, measure=measure))

    def test_a_long_range_keeps_its_last_session_and_few_columns(self) -> None:
        history = history_of(*universe(320), start=dt.date(2023, 11, 1))
        (cells,) = heatmap(series=history.series, measure="drawdown")["data"]
        assert len(cells["x"]) <= HEAT_STEPS
        assert cells["x"][-1] == LAST.isoformat()
        assert cells["z"][0][-1] == history.series[0].drawdown_pct[-1]

    def test_a_member_with_gaps_is_blank_there(self) -> None:
        bars = universe(320)
        days = bars[1].sessions
        gappy = bars_of("XLB", bars[1].close[::2], sessions=days[::2])
        history = history_of(bars[0], gappy, *bars[2:])
        (cells,) = heatmap(series=history.series, measure="dma50")["data"]
        assert None in cells["z"][1]
        assert len(cells["z"][1]) == len(cells["x"])

    def test_the_scale_names_its_unit(self) -> None:
        series = history_of(*universe()).series
        for measure, unit in (("drawdown", "% from the high"), ("dma50", "% to the 50-DMA")):
            (cells,) = heatmap(series=series, measure=measure)["data"]  # type: ignore[arg-type]
            assert cells["colorbar"]["title"]["text"] == unit


class TestUnderwater:
    def test_the_same_axis_in_every_chart(self) -> None:
        figure = underwater(series=history_of(*universe()).series)
        check_figure(figure)
        axes = [v for k, v in figure["layout"].items() if k.startswith("yaxis")]
        assert len(axes) == len(figure["data"]) == 12
        assert len({tuple(axis["range"]) for axis in axes}) == 1
        assert all(max(trace["y"]) <= 0 for trace in figure["data"])

    @pytest.mark.parametrize("count", [1, 3, 12])
    def test_the_charts_do_not_overlap(self, count: int) -> None:
        figure = underwater(series=history_of(*universe()).series[:count])
        check_figure(figure)
        boxes = [
            (
                figure["layout"][f"xaxis{n}"]["domain"],
                figure["layout"][f"yaxis{n}"]["domain"],
            )
            for n in ["", *range(2, count + 1)]
        ]
        for i, (x, y) in enumerate(boxes):
            assert 0 <= x[0] < x[1] <= 1
            assert 0 <= y[0] < y[1] <= 1
            for other_x, other_y in boxes[i + 1 :]:
                assert x[1] <= other_x[0] or other_x[1] <= x[0] or other_y[1] <= y[0]

    def test_prices_that_only_rose(self) -> None:
        bars = [bars_of(name, np.linspace(90, 100, 80)) for name in NAMES]
        figure = underwater(series=history_of(*bars).series)
        check_figure(figure)
        low, high = figure["layout"]["yaxis"]["range"]
        assert low < high


class TestRankedBars:
    def bars(self, *values: float) -> list[Bar]:
        return [Bar(f"N{i}", v, f"{v:+.1f}", "hover", "@up") for i, v in enumerate(values)]

    @pytest.mark.parametrize("values", [(), (0.0,), (3.0, -2.0), (-1.0, -5.0), (1e-9,)])
    def test_the_texts_have_room_and_zero_is_on_the_axis(self, values: tuple[float, ...]) -> None:
        figure = ranked_bars(bars=self.bars(*values), unit="%", revision="x")
        check_figure(figure)
        low, high = figure["layout"]["xaxis"]["range"]
        assert low <= min((*values, 0.0))
        assert max((*values, 0.0)) <= high
        assert low < high or not any(values)

    def test_the_value_is_written_at_the_bar(self) -> None:
        (trace,) = ranked_bars(bars=self.bars(3.0, -2.0), unit="%", revision="x")["data"]
        assert trace["text"] == ["+3.0", "-2.0"]

    def test_a_phone_has_names_without_their_second_half(self) -> None:
        bars = [Bar("52-week highs minus lows, 20-session mean", 1.0, "", "", "@up")]
        layout = ranked_bars(bars=bars, unit="%", revision="x")["layout"]
        assert layout["yaxis"]["ticktext"] == [bars[0].name]
        assert layout["meta"]["phone"]["yaxis.ticktext"] == ["52-week highs minus lows"]

    def test_a_name_leads_where_its_bar_says(self) -> None:
        bars = [Bar("NVDA", 1.0, "", "", "@up", "/supports?symbol=NVDA"), *self.bars(2.0)]
        figure = ranked_bars(bars=bars, unit="%", revision="x")
        check_figure(figure)
        linked, bare = figure["layout"]["yaxis"]["ticktext"]
        assert 'href="/supports?symbol=NVDA"' in linked
        assert bare == "N0"
        assert figure["data"][0]["y"] == ["NVDA", "N0"]


class TestLines:
    def rotation(self, sessions: int = 400) -> Rotation:
        return ROTATION.compute(RotationParameters(tail=6), inputs_of(*universe(sessions)))

    def test_tails_end_in_their_head(self) -> None:
        rotation = self.rotation()
        figure = rotation_tails(members=rotation.members, revision="x")
        check_figure(figure)
        first = rotation.members[0]
        line = named(figure, first.symbol)
        assert (line["x"][-1], line["y"][-1]) == (first.ratio, first.momentum)
        words = [note["text"] for note in figure["layout"]["annotations"]]
        assert {"improving", "leading", "lagging", "weakening"} <= set(words)

    def test_no_member_is_still_a_frame(self) -> None:
        check_figure(rotation_tails(members=[], revision="x"))

    def test_a_line_with_gaps_is_named_at_its_last_value(self) -> None:
        days = [LAST - dt.timedelta(days=n) for n in (2, 1, 0)]
        figure = line_chart(
            lines=[Line("mood", days, [10.0, 20.0, None], "@ink")], unit="0-100", revision="x"
        )
        check_figure(figure)
        assert figure["layout"]["annotations"][0]["y"] == 20.0

    def test_a_long_name_has_its_room_and_a_long_unit_fits_a_phone(self) -> None:
        def layout(name: str, unit: str) -> Any:
            lines = [Line(name, [LAST], [1.0], "@ink")]
            return line_chart(lines=lines, unit=unit, revision="x")["layout"]

        long = layout("20-session mean", "new highs less new lows, % of members")
        # measured in Chromium: its 15 bold letters of 12 px are 122 px wide, 6 px from the line
        assert long["margin"]["r"] >= 122 + 6
        assert long["meta"]["phone"]["yaxis.title.text"] == "% of members"
        phone = layout("SPY", "sentiment, 0 to 100")["meta"]["phone"]
        assert phone["yaxis.title.text"] == "sentiment, 0 to 100"

    def test_a_line_without_values_has_no_name(self) -> None:
        figure = line_chart(lines=[Line("mood", [LAST], [None], "@ink")], unit="", revision="x")
        check_figure(figure)
        assert figure["layout"]["annotations"] == []


class TestViews:
    STATE = SectorsState()

    def views(self, *bars: Bars) -> list[Any]:
        rows, history = rows_of(*bars), history_of(*bars)
        rotation = ROTATION.compute(RotationParameters(tail=6), inputs_of(*bars))
        heat = SectorsState.parse({"method": "dma50"})
        return [
            sectors.show_ranking(self.STATE, rows),
            sectors.show_table(self.STATE, rows),
            sectors.show_heatmap(self.STATE, history),
            sectors.show_heatmap(heat, history),
            sectors.show_underwater(self.STATE, history),
            rotation_views.show_rotation(self.STATE, rotation),
            rotation_views.show_capital(self.STATE, rotation),
        ]

    @pytest.mark.parametrize("sessions", [2, 30, 61, 140, 320])
    def test_short_histories_are_said(self, sessions: int) -> None:
        for view in self.views(*universe(sessions)):
            check_view(view)

    def test_a_missing_sector_is_counted_and_named(self) -> None:
        ranking, table, *_ = self.views(*universe(leave_out=("XLB",)))
        check_view(ranking)
        assert "10 of 11" in ranking.note
        assert "10 of 11" in table.note
        assert "XLB" in ranking.note

    def test_all_sectors_missing_is_refused_by_the_first_one_s_reason(self) -> None:
        bars = [bars for bars in universe() if bars.symbol == "SPY"]
        with pytest.raises(HoldlineError, match="XLB: no bars"):
            rows_of(*bars)

    def test_an_empty_history_is_no_chart(self) -> None:
        empty = replace(history_of(*universe()), series=())
        for show in (sectors.show_heatmap, sectors.show_underwater):
            view = show(self.STATE, empty)
            check_view(view)
            assert view.figure is None

    def test_the_title_tells_the_deepest(self) -> None:
        result = rows_of(*universe())
        title = sectors.show_ranking(self.STATE, result).title
        assert title.startswith(f"{result.rows[0].symbol} is deepest, −")

    def test_one_member_takes_a_singular_verb(self) -> None:
        rotation = TestLines().rotation()
        one = replace(rotation, members=rotation.members[:1])
        one = replace(one, members=(replace(one.members[0], quadrant="leading"),))
        title = rotation_views.show_rotation(self.STATE, one).title
        assert title == f"{one.members[0].symbol} leads"

    def test_a_range_in_which_nothing_fell_is_said(self) -> None:
        rows, history = rows_of(*universe(), start=LAST), history_of(*universe(), start=LAST)
        assert sectors.show_table(SectorsState(), rows).title == "No sector fell in the range"
        assert sectors.show_underwater(SectorsState(), history).title.startswith(
            "Every sector is within half a percent"
        )

    def test_a_heatmap_that_starts_late_says_why(self) -> None:
        young = history_of(*universe(90))
        view = sectors.show_heatmap(SectorsState(), young)
        assert view.note == "Blank: a drawdown from the high needs 60 sessions of closes."
        assert sectors.show_heatmap(SectorsState(), history_of(*universe())).note == ""
