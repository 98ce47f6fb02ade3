from __future__ import annotations

import datetime as dt
import itertools
import math
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.model.levels import LevelId
from analytics.model.question import Symbol
from analytics.model.status import Status
from analytics.model.vocabulary import Bars
from analytics.studies.supports.price_history import (
    PRICE_HISTORY,
    PriceHistory,
    PriceHistoryParameters,
)
from analytics.studies.supports.supports import SupportLadder, build_ladder
from components.figures.ladder import RUNG_GAP, short_name, spread
from components.figures.price_chart import phone_margin, price_chart
from tests.support.builders import make_bars, walk
from tests.support.figure_checks import check_figure, drawn, named
from tests.support.small_bars import bars_of, inputs_of
from tests.support.small_ladders import ladder, level

FULL = make_bars(walk(320), symbol="SPY")
OTHER = make_bars(walk(320, seed=2, start=40), symbol="QQQ")


def history_of(*bars: Bars, compare: str | None = None) -> PriceHistory:
    wanted = PriceHistoryParameters(
        Symbol(bars[0].symbol), None if compare is None else Symbol(compare)
    )
    return PRICE_HISTORY.compute(wanted, inputs_of(*bars))


def chart(
    history: PriceHistory | None = None, rungs: SupportLadder | None = None, **given: Any
) -> dict[str, Any]:
    options: dict[str, Any] = {"shown": 126, "log": False, "channel": False} | given
    return price_chart(
        history=history or history_of(FULL), ladder=rungs or build_ladder(FULL), **options
    )


class TestChart:
    @pytest.mark.parametrize("log", [False, True])
    @pytest.mark.parametrize("channel", [False, True])
    @pytest.mark.parametrize("shown", [21, 126, 504])
    def test_plotly_takes_every_combination(self, log: bool, channel: bool, shown: int) -> None:
        figure = chart(shown=shown, log=log, channel=channel)
        check_figure(figure)
        assert drawn(figure) > 0

    def test_candles_volume_and_every_average_are_there(self) -> None:
        figure = chart()
        (candles,) = [t for t in figure["data"] if t["type"] == "candlestick"]
        assert len(candles["close"]) == 126
        assert candles["close"][-1] == FULL.close[-1]
        assert candles["increasing"]["fillcolor"] != candles["decreasing"]["fillcolor"], (
            "hollow against filled, so that colour is never alone"
        )
        assert len(named(figure, "volume")["y"]) == 126
        dashes = {named(figure, f"{n}-DMA")["line"]["dash"] for n in (20, 50, 100, 200)}
        assert len(dashes) == 4, "each average has a dash of its own"

    def test_closes_alone_give_a_line(self) -> None:
        bars = bars_of("WMT", walk(200))
        figure = chart(history_of(bars), build_ladder(bars))
        check_figure(figure)
        assert not [t for t in figure["data"] if t["type"] == "candlestick"]
        assert named(figure, "close")["mode"] == "lines"
        assert not [t for t in figure["data"] if t.get("name") == "volume"]

    def test_without_volume_the_prices_take_its_room(self) -> None:
        bars = bars_of("WMT", walk(200))
        assert chart(history_of(bars), build_ladder(bars))["layout"]["yaxis"]["domain"] == [0, 1]
        assert chart()["layout"]["yaxis"]["domain"][0] > 0

    def test_lows_run_across_averages_do_not(self) -> None:
        rungs = ladder(
            level("swing low", 97.0),
            level("52-week low", 20.0),
            level("50-DMA", 98.0),
        )
        shapes = chart(rungs=rungs)["layout"]["shapes"]
        assert [shape["name"] for shape in shapes] == ["swing low", "price"]
        assert (shapes[0]["y0"], shapes[0]["y1"]) == (97.0, 97.0)

    @pytest.mark.parametrize("log", [False, True])
    def test_a_phone_names_the_lines_at_their_ends(self, log: bool) -> None:
        rungs = ladder(level("50-DMA", 98.0), level("call wall", 103.0))
        phone = chart(rungs=rungs, log=log)["layout"]["meta"]["phone"]
        name = phone["annotations"][-1]
        assert name["text"] == "50\u2011DMA"
        assert name["y"] == pytest.approx(math.log10(98.0) if log else 98.0)
        assert phone["margin.r"] > 50

    def test_one_session_is_still_a_chart(self) -> None:
        bars = make_bars([100.0])
        figure = chart(history_of(bars), build_ladder(bars), log=True, channel=True)
        check_figure(figure)
        assert drawn(figure) > 0

    def test_a_logarithmic_axis_covers_the_same_prices(self) -> None:
        linear = chart()["layout"]["yaxis"]["range"]
        figure = chart(log=True)
        assert figure["layout"]["yaxis"]["type"] == "log"
        assert [10**end for end in figure["layout"]["yaxis"]["range"]] == pytest.approx(linear)

    def test_the_view_is_kept_until_symbol_range_or_scale_changes(self) -> None:
        revision = chart()["layout"]["uirevision"]
        assert chart()["layout"]["uirevision"] == revision
        assert chart(shown=21)["layout"]["uirevision"] != revision
        assert chart(log=True)["layout"]["uirevision"] != revision

    def test_the_last_price_stands_on_the_axis_beside_the_newest_candle(self) -> None:
        layout = chart()["layout"]
        (tag,) = [one for one in layout["annotations"] if one.get("name") == "price"]
        assert tag["text"] == f"<b>{FULL.close[-1]:.2f}</b>"
        assert tag["y"] == FULL.close[-1]
        assert layout["yaxis"]["side"] == "right"


class TestChannel:
    def test_five_lines_end_at_the_fit(self) -> None:
        rungs = build_ladder(FULL)
        figure = chart(rungs=rungs, channel=True)
        lines = [t for t in figure["data"] if str(t.get("name")).startswith("channel")]
        assert len(lines) == 5
        assert rungs.channel is not None
        middle = named(figure, "channel Z 0")
        assert middle["y"][-1] == pytest.approx(rungs.channel.last)
        ends = [line["y"][-1] for line in lines]
        assert ends == sorted(ends, reverse=True)
        assert named(figure, "channel Z +1")["y"][-1] == pytest.approx(
            rungs.channel.last * rungs.channel.band
        )

    def test_a_short_history_has_none(self) -> None:
        bars = make_bars(walk(120))
        figure = chart(history_of(bars), build_ladder(bars), channel=True)
        assert not [t for t in figure["data"] if str(t.get("name")).startswith("channel")]


class TestCompare:
    def test_it_starts_where_the_symbol_starts(self) -> None:
        figure = chart(history_of(FULL, OTHER, compare="QQQ"))
        line = named(figure, "QQQ, rebased")
        check_figure(figure)
        assert line["y"][0] == pytest.approx(FULL.close[-126])
        (name,) = [a for a in figure["layout"]["annotations"] if "rebased" in a["text"]]
        assert (name["text"], name["y"]) == ("QQQ, rebased", line["y"][-1])
        assert line["y"][-1] / line["y"][0] == pytest.approx(OTHER.close[-1] / OTHER.close[-126])

    def test_a_line_that_ran_far_stays_in_the_chart(self) -> None:
        far = make_bars([40.0 * 1.01**i for i in range(320)], symbol="QQQ")
        figure = chart(history_of(FULL, far, compare="QQQ"))
        low, high = figure["layout"]["yaxis"]["range"]
        line = named(figure, "QQQ, rebased")["y"]
        assert max(line) > max(FULL.high[-126:])
        assert low < min(line)
        assert max(line) < high

    def test_a_benchmark_that_is_missing_leaves_the_chart(self) -> None:
        history = history_of(FULL, compare="QQQ")
        assert history.compare_missing
        figure = chart(history)
        check_figure(figure)
        assert not [t for t in figure["data"] if "rebased" in str(t.get("name"))]


class TestRungs:
    def words(self, figure: dict[str, Any]) -> list[list[str]]:
        return [t["text"] for t in figure["data"] if t.get("mode") == "text"]

    def test_each_rung_says_name_price_distance_and_status(self) -> None:
        rungs = ladder(level("50-DMA", 101.0, Status.BROKEN, gap_down=True), level("100-DMA", 95.0))
        names, prices, distances, multiples, statuses = self.words(chart(rungs=rungs))
        at = names.index("50\u2011DMA")
        assert (prices[at], distances[at], statuses[at]) == ("101.00", "+1.00", "✕ broken")
        assert multiples[at] == f"{rungs.levels[0].distance_atr:+.2f}"
        assert "<b>SPY</b>" in names
        assert prices[names.index("<b>SPY</b>")] == "<b>100.00</b>"

    def test_far_rungs_stand_at_the_edge_and_have_no_line(self) -> None:
        rungs = ladder(level("50-DMA", 98.0), level("200-DMA", 20.0))
        figure = chart(rungs=rungs)
        low = figure["layout"]["yaxis"]["range"][0]
        assert low > 20
        column = next(t for t in figure["data"] if t.get("mode") == "text")
        assert column["y"][column["text"].index("200\u2011DMA")] == pytest.approx(low)

    def test_a_gap_is_marked_at_the_open(self) -> None:
        gapped = ladder(level("50-DMA", 101.0, Status.BROKEN, gap_down=True))
        (mark,) = self.gaps(chart(rungs=gapped))
        assert mark["y"] == gapped.open
        (mark,) = self.gaps(chart(rungs=gapped, log=True))
        assert mark["y"] == pytest.approx(math.log10(100.5))
        assert self.gaps(chart(rungs=ladder(level("50-DMA", 99.0)))) == []

    def gaps(self, figure: dict[str, Any]) -> list[dict[str, Any]]:
        return [a for a in figure["layout"]["annotations"] if "gap under" in a["text"]]

    def test_off_the_axis_they_keep_their_order(self) -> None:
        rungs = ladder(level("50-DMA", 98.0), level("200-DMA", 30.0), level("52-week low", 20.0))
        names = next(t for t in chart(rungs=rungs)["data"] if t.get("mode") == "text")
        at = dict(zip(names["text"], names["y"], strict=True))
        low = short_name(LevelId.of_name("52-week low"))
        assert at["200\u2011DMA"] > at[low]

    def test_options_levels_fold_into_their_count(self) -> None:
        rungs = ladder(level("50-DMA", 98.0), level("call wall", 103.0), level("put wall", 95.0))
        figure = chart(rungs=rungs, options=False)
        names = self.words(figure)[0]
        assert names == ["50\u2011DMA", "<b>SPY</b>"]
        texts = [a["text"] for a in figure["layout"]["annotations"]]
        assert "2 options levels are folded" in texts

    def test_todays_loss_is_told_from_an_older_one(self) -> None:
        falling = make_bars([*([100.0] * 60), 103.0, 99.0, 98.0, 97.0], symbol="SPY")
        rungs = replace(
            ladder(level("50-DMA", 101.0, Status.BELOW), level("100-DMA", 101.0, Status.UNDER)),
            provisional=False,
        )
        statuses = self.words(chart(history_of(falling), rungs))[-1]
        day = falling.sessions[-3].astype(dt.date)
        assert f"▼ below since {day.day} {day:%b}" in statuses
        assert "▽ under" in statuses

    def test_a_cluster_is_braced_from_its_highest_to_its_lowest_word(self) -> None:
        near = [replace(level(name, at), cluster=0) for name, at in (("a", 98.0), ("b", 98.1))]
        figure = chart(rungs=ladder(*near, level("50-DMA", 90.0)))
        names = next(t for t in figure["data"] if t.get("mode") == "text")
        heights = [names["y"][names["text"].index(word)] for word in ("a", "b")]
        brace = named(figure, "confluence")
        assert (min(brace["y"]), max(brace["y"])) == (min(heights), max(heights))
        plain = chart(rungs=ladder(level("50-DMA", 90.0)))
        assert not [t for t in plain["data"] if t.get("name") == "confluence"]

    def test_an_average_keeps_its_colour_and_options_have_theirs(self) -> None:
        assert level("50-DMA", 1.0).id.style.token == "@dma50"
        assert level("call wall", 1.0).id.style.token == "@accent"
        assert level("swing low", 1.0).id.style.token == "@ink3"

    def test_a_rungs_name_is_short(self) -> None:
        assert short_name(LevelId.of_name("expected-move low (this week)")) == "exp. move low"


class TestSpread:
    @given(
        prices=st.lists(st.floats(80, 120), min_size=1, max_size=20),
        log=st.booleans(),
    )
    def test_labels_keep_order_distance_and_the_axis(self, prices: list[float], log: bool) -> None:
        span = (80.0, 120.0)
        forth = math.log if log else float
        placed = spread(prices, span, log)
        gap = (forth(span[1]) - forth(span[0])) * RUNG_GAP
        order = sorted(range(len(prices)), key=lambda i: prices[i])
        heights = [forth(placed[i]) for i in order]
        assert all(b - a >= gap - 1e-9 for a, b in itertools.pairwise(heights))
        assert heights[-1] <= forth(span[1]) + 1e-9
        assert heights[0] >= forth(span[0]) - 1e-9

    def test_what_does_not_collide_stays_at_its_price(self) -> None:
        assert spread([90.0, 100.0, 110.0], (80.0, 120.0), False) == [90.0, 100.0, 110.0]

    def test_labels_that_collide_stand_around_their_middle(self) -> None:
        placed = spread([100.0, 100.0, 100.0], (80.0, 120.0), False)
        gap = 40.0 * RUNG_GAP
        assert placed == pytest.approx([100.0 - gap, 100.0, 100.0 + gap])

    def test_more_labels_than_the_axis_holds_stay_in_it(self) -> None:
        placed = spread([100.0] * 40, (80.0, 120.0), False)
        assert min(placed) >= 80.0 - 1e-9
        assert max(placed) <= 120.0 + 1e-9
        assert placed == sorted(placed)


class TestSessions:
    def test_a_holiday_between_sessions_is_cut_out(self) -> None:
        values = chart()["layout"]["xaxis"]["rangebreaks"][1]["values"]
        assert dt.date(2025, 1, 9).isoformat() in values


class TestPhone:
    def test_the_margin_has_room_for_the_longest_name(self) -> None:
        rungs = ladder(level("prior month high", 103.0), level("50-DMA", 99.0))
        assert phone_margin(rungs, (95.0, 105.0)) >= 6 + 80, "month high: 80 px in semibold 12 px"
        assert phone_margin(rungs, (95.0, 101.0)) == 66, "above the axis it has no name there"
