"""Lines over sessions, marked points on them, and rotation tails."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from analytics.studies.sectors.rotation import RotationMember
from components.figures.theme import (
    TOOLS_HEIGHT,
    Figure,
    axis,
    base_layout,
    end_labels,
    value_axis,
)

LONGEST_ON_PHONE = 26
"""Characters of a value axis' title there."""


@dataclass(frozen=True)
class Line:
    """One line: its name, values by day, colour token and dash."""

    name: str
    days: Sequence[dt.date]
    values: Sequence[float | None]
    token: str
    dash: str = "solid"
    width: float = 1.5


@dataclass(frozen=True)
class Marks:
    """Points put on a line, with a hover text each."""

    name: str
    days: Sequence[dt.date]
    values: Sequence[float]
    token: str
    symbol: str = "circle"
    texts: Sequence[str] = field(default=())


def line_chart(
    *,
    lines: Sequence[Line],
    unit: str,
    revision: str,
    marks: Sequence[Marks] = (),
    bounds: tuple[float, float] | None = None,
    level: float | None = None,
) -> Figure:
    """Lines named at their right ends.

    Args:
        unit: title of the value axis.
        revision: see `base_layout`.
        marks: points drawn over the lines.
        bounds: fixed range of the value axis.
        level: a value worth a line of its own (50 of 100, zero).
    """
    data: list[dict[str, Any]] = [
        {
            "type": "scatter",
            "mode": "lines",
            "name": line.name,
            "x": [day.isoformat() for day in line.days],
            "y": list(line.values),
            "line": {"color": line.token, "width": line.width, "dash": line.dash},
            "hovertemplate": "%{y:.1f}",
        }
        for line in lines
    ]
    data += [
        {
            "type": "scatter",
            "mode": "markers",
            "name": one.name,
            "x": [day.isoformat() for day in one.days],
            "y": list(one.values),
            "marker": {"size": 8, "symbol": one.symbol, "color": one.token},
            "customdata": list(one.texts) or [one.name] * len(one.days),
            "hovertemplate": "%{customdata}<extra></extra>",
        }
        for one in marks
    ]
    ends = [(line.name, _last(line.values), line.token) for line in lines]
    known = [(name, value, token) for name, value, token in ends if value is not None]
    low, high = bounds or _extent(lines)
    return {
        "data": data,
        "layout": base_layout(
            revision,
            xaxis=axis(type="date", showgrid=False, showspikes=True, hoverformat="%a %-d %b %Y"),
            yaxis=value_axis(
                title={"text": unit, "font": {"size": 12, "color": "@ink3"}},
                hoverformat=".1f",
                # absent, not None: Plotly walks into what is there when the chart is resized
                **({"range": [low, high]} if bounds else {}),
            ),
            annotations=end_labels(known, least_gap=(high - low) * 0.06),
            shapes=[] if level is None else [_level_line(level)],
            margin={"l": 8, "r": _room_for(known), "t": TOOLS_HEIGHT, "b": 28, "pad": 2},
            meta={"phone": {"yaxis.title.text": _short_unit(unit), "xaxis.nticks": 3}},
        ),
    }


def _short_unit(unit: str) -> str:
    """A long title without what it begins with: a narrow chart is too low for the whole."""
    return unit if len(unit) <= LONGEST_ON_PHONE else unit.rpartition(", ")[2]


def _room_for(ends: Sequence[tuple[str, float, str]]) -> int:
    """Width of the lines' names at their right, px."""
    longest = max((len(name) for name, _, _ in ends), default=0)
    return max(84, 8 * longest + 12)


def _last(values: Sequence[float | None]) -> float | None:
    return next((value for value in reversed(values) if value is not None), None)


def _extent(lines: Sequence[Line]) -> tuple[float, float]:
    known = [value for line in lines for value in line.values if value is not None]
    return (min(known), max(known)) if known else (0.0, 1.0)


def _level_line(y: float) -> dict[str, Any]:
    return {
        "type": "line",
        "xref": "paper",
        "x0": 0,
        "x1": 1,
        "y0": y,
        "y1": y,
        "line": {"color": "@zero", "width": 1, "dash": "dot"},
    }


def rotation_tails(*, members: Sequence[RotationMember], revision: str) -> Figure:
    """Ratio against momentum, each member with its tail; 100 parts the four quadrants."""
    data: list[dict[str, Any]] = []
    for i, member in enumerate(members):
        token = f"@c{i % 8 + 1}"
        data.append(
            {
                "type": "scatter",
                "mode": "lines+markers",
                "name": member.symbol,
                "x": [point.ratio for point in member.tail],
                "y": [point.momentum for point in member.tail],
                "line": {"color": token, "width": 1.2},
                "marker": {
                    "color": token,
                    "size": [4] * (len(member.tail) - 1) + [10],
                    "symbol": "circle",
                },
                "customdata": [f"{point.session:%-d %b %Y}" for point in member.tail],
                "hovertemplate": (
                    "%{customdata}: ratio %{x:.2f}, momentum %{y:.2f}"
                    f"<extra>{member.symbol} {member.quadrant}</extra>"
                ),
            }
        )
    reach = max(
        (
            max(abs(point.ratio - 100), abs(point.momentum - 100))
            for member in members
            for point in member.tail
        ),
        default=1.0,
    )
    ends = [100 - reach * 1.12, 100 + reach * 1.12]
    return {
        "data": data,
        "frames": _frames(members, data),
        "layout": base_layout(
            revision,
            hovermode="closest",
            dragmode="pan",
            xaxis=axis(
                range=ends,
                title={"text": "relative strength ratio", "font": {"size": 12, "color": "@ink3"}},
            ),
            yaxis=axis(
                range=ends,
                title={"text": "momentum of the ratio", "font": {"size": 12, "color": "@ink3"}},
            ),
            shapes=[_level_line(100), _cross(100)],
            annotations=[*_corners(), *_heads(members)],
            updatemenus=[_play()],
            # over the plot on a phone: within it the button covers a name
            meta={"phone": {"updatemenus.0.yanchor": "bottom", "margin.t": 44}},
            margin={"l": 8, "r": 12, "t": 8, "b": 36, "pad": 2},
        ),
    }


def _frames(
    members: Sequence[RotationMember], data: Sequence[dict[str, Any]]
) -> list[dict[str, Any]]:
    """One frame a step: every tail as far as it had come; the last is the whole chart."""
    steps = max((len(member.tail) for member in members), default=0)
    return [
        {
            "name": str(step),
            "data": [
                {
                    "x": trace["x"][: max(step - (steps - len(trace["x"])), 1)],
                    "y": trace["y"][: max(step - (steps - len(trace["y"])), 1)],
                }
                for trace in data
            ],
        }
        for step in range(1, steps + 1)
    ]


def _play() -> dict[str, Any]:
    speed = {"frame": {"duration": 600, "redraw": False}, "transition": {"duration": 400}}
    return {
        "type": "buttons",
        "x": 1,
        "xanchor": "right",
        "y": 1.0,
        "yanchor": "top",
        "pad": {"r": 70, "t": 2},
        "showactive": False,
        "bgcolor": "@raise",
        "bordercolor": "@rule",
        "font": {"size": 12, "color": "@ink2"},
        "buttons": [{"label": "▶ Play", "method": "animate", "args": [None, speed]}],
    }


def _cross(x: float) -> dict[str, Any]:
    return {
        "type": "line",
        "yref": "paper",
        "y0": 0,
        "y1": 1,
        "x0": x,
        "x1": x,
        "line": {"color": "@zero", "width": 1, "dash": "dot"},
    }


def _corners() -> list[dict[str, Any]]:
    places = (("improving", 0, 1), ("leading", 1, 1), ("lagging", 0, 0), ("weakening", 1, 0))
    return [
        {
            "text": name,
            "x": x,
            "y": y,
            "xref": "paper",
            "yref": "paper",
            "xanchor": "right" if x else "left",
            "yanchor": "top" if y else "bottom",
            "xshift": -6 if x else 6,
            "yshift": 0 if y else 16,
            "showarrow": False,
            "font": {"size": 12, "color": "@ink3"},
        }
        for name, x, y in places
    ]


def _heads(members: Sequence[RotationMember]) -> list[dict[str, Any]]:
    return [
        {
            "text": member.symbol,
            "x": member.ratio,
            "y": member.momentum,
            "xanchor": "left",
            "yanchor": "middle",
            "xshift": 8,
            "showarrow": False,
            "font": {"size": 12, "color": f"@c{i % 8 + 1}"},
        }
        for i, member in enumerate(members)
    ]
