"""Rates by row: dots on their interval beside chance, counts where a rate would say too much."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from components.figures.theme import Figure, axis, base_layout, legend_above

SMALL = {"size": 12, "color": "@ink3"}


@dataclass(frozen=True)
class RateRow:
    """One row of the figure, percent.

    Attributes:
        rate_pct: None where there are too few events; ``low_pct`` and ``high_pct`` its interval.
        null_rate_pct: what chance gives, or None.
        hover: text at the dot.
    """

    name: str
    held: int
    events: int
    rate_pct: float | None
    low_pct: float | None
    high_pct: float | None
    null_rate_pct: float | None
    hover: str

    @property
    def label(self) -> str:
        """Beside the axis."""
        return f"{self.name} (n = {self.events})"


def rate_rows(
    rows: Sequence[RateRow], *, revision: str, interval: str, chance: str, title: str = ""
) -> Figure:
    """The figure; a row without a rate has its counts written in its place.

    Args:
        interval: how the dots' interval is made, for the legend.
        chance: hover text at the mark of chance.
        title: of the axis.
    """
    named = {"title": {"text": title, "font": SMALL}} if title else {}
    shown = [row for row in rows if row.rate_pct is not None]
    few = [row for row in rows if row.rate_pct is None]
    short = [f"{row.name} ({row.events})" for row in rows]
    return {
        "data": [_chance(shown, chance), _dots(shown, interval), _counts(few)],
        "layout": base_layout(
            revision,
            hovermode="closest",
            dragmode=False,
            showlegend=True,
            legend=legend_above(),
            xaxis=axis(range=[0, 100], ticksuffix="%", fixedrange=True, **named),
            yaxis=axis(
                autorange="reversed",
                fixedrange=True,
                categoryorder="array",
                categoryarray=[row.label for row in rows],
                tickfont={"size": 12, "color": "@ink"},
                tickmode="array",
                tickvals=[row.label for row in rows],
                showgrid=False,
            ),
            margin={"l": 8, "r": 20, "t": 28, "b": 36 if title else 28, "pad": 4},
            meta={
                "phone": {
                    # Names take most of the width there; the legend says what the dots are.
                    "xaxis.nticks": 3,
                    "xaxis.tickangle": 0,
                    "xaxis.title.text": "",
                    "yaxis.tickfont.size": 10,
                    "yaxis.ticktext": short,
                    # Plotly gives names at most half of the width, and cuts what is longer.
                    "yaxis.automargin": False,
                    "margin.l": 10 + round(4.9 * max(map(len, short), default=0)),
                    "legend.font.size": 10,
                    "legend.xref": "container",
                    "margin.b": 24,
                }
            },
        ),
    }


def _chance(rows: Sequence[RateRow], hover: str) -> dict[str, Any]:
    return {
        "type": "scatter",
        "mode": "markers",
        "name": "chance alone",
        "x": [row.null_rate_pct for row in rows],
        "y": [row.label for row in rows],
        "marker": {
            "symbol": "line-ns",
            "size": 16,
            "color": "@ink3",
            "line": {"width": 2.5, "color": "@ink3"},
        },
        "hovertemplate": hover,
    }


def _dots(rows: Sequence[RateRow], interval: str) -> dict[str, Any]:
    values = [row.rate_pct or 0.0 for row in rows]
    above = [(row.high_pct or 0.0) - value for row, value in zip(rows, values, strict=True)]
    below = [value - (row.low_pct or 0.0) for row, value in zip(rows, values, strict=True)]
    return {
        "type": "scatter",
        "mode": "markers",
        "name": f"held by the close, {interval}",
        "x": values,
        "y": [row.label for row in rows],
        "error_x": {
            "type": "data",
            "symmetric": False,
            "array": above,
            "arrayminus": below,
            "color": "@series",
            "thickness": 1.6,
            "width": 4,
        },
        "marker": {"size": 10, "color": "@series"},
        "customdata": [row.hover for row in rows],
        "hovertemplate": "%{customdata}<extra></extra>",
    }


def _counts(rows: Sequence[RateRow]) -> dict[str, Any]:
    return {
        "type": "scatter",
        "mode": "text",
        "x": [2] * len(rows),
        "y": [row.label for row in rows],
        "text": [f"{row.held} of {row.events} held" for row in rows],
        "textposition": "middle right",
        "textfont": SMALL,
        "hoverinfo": "skip",
        "showlegend": False,
    }
