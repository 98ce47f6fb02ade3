"""Ranked horizontal bars: one row a symbol, the value written at the bar's end."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from components.figures.theme import Figure, axis, base_layout


@dataclass(frozen=True)
class Bar:
    """One row: its name, value, the value as written, a hover text, and a colour token.

    ``link`` is the address its name leads to, within the app.
    """

    name: str
    value: float
    text: str
    hover: str
    token: str
    link: str = ""


def ranked_bars(*, bars: Sequence[Bar], unit: str, revision: str) -> Figure:
    """Bars in the order given, the first on top, around a zero line.

    Args:
        unit: the axis title, with the unit.
        revision: see `base_layout`.
    """
    names = [bar.name for bar in bars]
    return {
        "data": [
            {
                "type": "bar",
                "orientation": "h",
                "y": names,
                "x": [bar.value for bar in bars],
                "text": [bar.text for bar in bars],
                "textposition": "outside",
                "textfont": {"size": 12, "color": "@ink2"},
                "constraintext": "none",  # else letters shrink to the bar's height
                "cliponaxis": False,
                # not %{y}: the linked name would catch the pointer and take its own label away
                "customdata": [f"{bar.name}: {bar.hover}" for bar in bars],
                "hovertemplate": "%{customdata}<extra></extra>",
                "marker": {"color": [bar.token for bar in bars], "line": {"width": 0}},
            }
        ],
        "layout": base_layout(
            revision,
            hovermode="closest",
            dragmode=False,
            bargap=0.34,
            xaxis=axis(
                title={"text": unit, "font": {"size": 12, "color": "@ink3"}, "standoff": 6},
                zeroline=True,
                zerolinecolor="@zero",
                fixedrange=True,
                range=_range([bar.value for bar in bars]),
            ),
            yaxis=axis(
                autorange="reversed",
                showgrid=False,
                fixedrange=True,
                tickmode="array",
                tickvals=names,
                ticktext=[_linked(bar) for bar in bars],
                tickfont={"size": 12, "color": "@ink"},
            ),
            margin={"l": 8, "r": 30, "t": 6, "b": 42, "pad": 4},
            meta={
                "phone": {
                    "xaxis.range": _range([bar.value for bar in bars], room=0.3),
                    "xaxis.nticks": 4,
                    "xaxis.tickangle": 0,
                    # The axis is short beside its names: the unit alone has room under it.
                    "xaxis.title.text": unit.split(",")[0],
                    "yaxis.ticktext": [
                        _linked(replace(bar, name=bar.name.split(",")[0])) for bar in bars
                    ],
                }
            },
        ),
    }


def _linked(bar: Bar) -> str:
    if not bar.link:
        return bar.name
    return f'<a href="{bar.link}" target="_self" style="color:inherit">{bar.name}</a>'


def _range(values: Sequence[float], room: float = 0.2) -> list[float]:
    """From zero or the lowest to zero or the highest, with ``room`` of it for the texts."""
    low, high = min([*values, 0.0]), max([*values, 0.0])
    space = (high - low) * room or 1.0
    return [low - (space if low < 0 else 0.0), high + (space if high > 0 else 0.0)]
