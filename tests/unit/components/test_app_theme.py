from __future__ import annotations

import re
from pathlib import Path
from typing import Any, ClassVar

import pytest

from analytics.model.levels import dma
from components.figures import theme

CSS = (Path(__file__).parents[3] / "assets" / "css" / "1-tokens.css").read_text(encoding="utf-8")


def css_palette(selector: str) -> dict[str, str]:
    block = CSS.split(selector + " {", 1)[1].split("}", 1)[0]
    return dict(re.findall(r"--([\w-]+): ([^;]+);", block))


def luminance(colour: str) -> float:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


SHEETS = sorted((Path(__file__).parents[3] / "assets" / "css").glob("*.css"))
SIZES = {f"var(--t{size})" for size in (12, 13, 15, 20, 28, 40)}
OWN_SCALE = ("5-presenter.css", "2-frame.css")  # the stage, and the sizes of html itself


def declared(name: str, *but: str) -> set[str]:
    """All values of a CSS property, in the sheets not named."""
    texts = [sheet.read_text(encoding="utf-8") for sheet in SHEETS if sheet.name not in but]
    return {value for text in texts for value in re.findall(rf"\b{name}: ([^;]+);", text)}


class TestType:
    def test_six_sizes_and_two_weights_are_all(self) -> None:
        assert declared("font-size", *OWN_SCALE) <= SIZES | {"inherit", "0"}
        html = {"14px", "15px", "15.5px"}
        assert declared("font-size", "5-presenter.css") <= SIZES | {"inherit", "0"} | html
        assert declared("font-weight") == {"400", "600"}

    def test_they_are_whole_pixels_on_a_desk(self) -> None:
        tokens = re.findall(r"--t(\d+): ([\d.]+)rem", CSS)
        assert {int(name): round(14 * float(rem)) for name, rem in tokens} == {
            size: size for size in (12, 13, 15, 20, 28, 40)
        }


class TestPalettes:
    def test_the_style_sheet_and_the_figures_use_the_same_colours(self) -> None:
        assert css_palette(":root") == theme.LIGHT
        assert css_palette(':root[data-theme="dark"]') == theme.DARK

    @pytest.mark.parametrize("name", ["light", "dark"])
    @pytest.mark.parametrize("token", ["ink", "ink2", "ink3", "up-ink", "down-ink", "warn"])
    def test_text_stands_out_from_its_ground(self, name: theme.Theme, token: str) -> None:
        palette = theme.PALETTES[name]
        assert contrast(palette[token], palette["panel"]) >= 4.5
        assert contrast(palette[token], palette["paper"]) >= 4.5

    @pytest.mark.parametrize("name", ["light", "dark"])
    @pytest.mark.parametrize(
        "token", ["up", "down", "accent", "dma20", "dma50", "dma100", "dma200"]
    )
    def test_lines_stand_out_from_the_panel(self, name: theme.Theme, token: str) -> None:
        palette = theme.PALETTES[name]
        assert contrast(palette[token], palette["panel"]) >= 3


class TestThemed:
    FIGURE: ClassVar[dict[str, Any]] = {
        "data": [
            {"type": "candlestick", "x": ["2025-01-24"], "open": [1.0], "high": [2.0]}
            | {"low": [0.5], "close": [1.5]}
            | theme.candle_style(),
            {"type": "scatter", "x": ["2025-01-24"], "y": [1.0], "text": ["@up"]}
            | {"line": theme.level_line(dma(50))},
        ],
        "layout": theme.base_layout(
            "SPY", xaxis=theme.session_axis(["2025-01-23", "2025-01-24"]), yaxis=theme.value_axis()
        ),
    }

    @pytest.mark.parametrize("name", ["light", "dark"])
    def test_no_token_is_left_and_plotly_accepts_the_figure(self, name: theme.Theme) -> None:
        painted = theme.themed(self.FIGURE, name)
        assert painted["data"][1]["line"]["color"] == theme.PALETTES[name]["dma50"]
        assert painted["data"][1]["text"] == ["@up"], "data is never searched"

    def test_an_unknown_token_is_an_error(self) -> None:
        with pytest.raises(KeyError):
            theme.themed({"data": [], "layout": {"paper_bgcolor": "@nothing"}}, "light")

    def test_an_unknown_attribute_is_an_error(self) -> None:
        with pytest.raises(ValueError, match="nonsense"):
            theme.themed({"data": [], "layout": {"nonsense": 1}}, "light")


class TestAxes:
    def test_closures_between_the_sessions_are_cut_out(self) -> None:
        axis = theme.session_axis(["2025-01-08", "2025-01-10", "2025-01-13"])
        assert axis["rangebreaks"] == [
            {"bounds": ["sat", "mon"]},
            {"values": ["2025-01-09"]},
        ]

    def test_the_range_leaves_room_for_the_first_and_the_last_bar(self) -> None:
        axis = theme.session_axis(["2025-01-27", "2025-01-31"])
        assert axis["range"] == ["2025-01-24 08:00", "2025-01-31 16:00"]


class TestEndLabels:
    def test_labels_keep_their_order_and_their_distance(self) -> None:
        labels = theme.end_labels(
            [("b", 10.1, "@dma50"), ("a", 10.0, "@dma100"), ("c", 20.0, "@dma200")], least_gap=1.0
        )
        assert [label["text"] for label in labels] == ["a", "b", "c"]
        assert [label["y"] for label in labels] == [10.0, 11.0, 20.0]
