"""Spark lines: a line in a small box, drawn as a mask so that it takes the page's own colours."""

from __future__ import annotations

import math
from collections.abc import Sequence
from urllib.parse import quote

from dash import html
from dash.development.base_component import Component

from components.frame.attributes import attributes

WIDTH, HEIGHT, INSET = 100, 30, 2
_STROKE = 1.5


def spark(
    values: Sequence[float], average: Sequence[float | None] = (), *, label: str = ""
) -> Component:
    """The line of ``values`` with a dot at its end, and dashed behind it their ``average``.

    Both share one scale. Width and height are the style sheet's; the stroke keeps its width.

    Args:
        values: oldest first; fewer than two draw nothing.
        average: one value beside each of ``values``, None where there is none.
        label: what it shows, for screen readers; without one it is decoration.
    """
    known = [value for value in (*values, *average) if value is not None]
    if len(values) < 2:
        return html.Div(className="spark")
    low, high = min(known), max(known)
    parts: list[Component] = []
    dashed = [(i, value) for i, value in enumerate(average) if value is not None]
    if len(dashed) > 1:
        mask = _mask(_path(dashed, len(average), low, high), "4 3")
        parts.append(html.Div(className="spark-average", style={"--line": mask}))
    line = _path(list(enumerate(values)), len(values), low, high)
    parts.append(html.Div(className="spark-line", style={"--line": _mask(line)}))
    end = (INSET + (HEIGHT - 2 * INSET) * _down(values[-1], low, high)) / HEIGHT * 100
    parts.append(html.Span(className="spark-end", style={"--y": f"{end:.1f}%"}))
    if label:
        return html.Div(parts, className="spark", role="img", **attributes(aria_label=label))
    return html.Div(parts, className="spark", **attributes(aria_hidden="true"))


def trace(points: Sequence[tuple[float, float]], low: float, high: float) -> Component:
    """A line over the whole box, from ``high`` at its top to ``low``.

    Args:
        points: (place from the left edge, of one; value) each.
    """
    written = " ".join(
        f"{WIDTH * min(1.0, max(0.0, x)):.1f},{HEIGHT * _down(value, low, high):.2f}"
        for x, value in points
        if math.isfinite(value)
    )
    return html.Div(className="spark-line", style={"--line": _mask(written)})


def _down(value: float, low: float, high: float) -> float:
    """How far ``value`` lies below the top, of one; in the middle of a flat line."""
    return 0.5 if high == low else (high - value) / (high - low)


def _path(points: Sequence[tuple[int, float]], count: int, low: float, high: float) -> str:
    """The points of a polyline inside the inset box."""
    across, down = WIDTH - 2 * INSET, HEIGHT - 2 * INSET
    written = []
    for i, value in points:
        if not math.isfinite(value):
            continue
        x = INSET + across * i / max(count - 1, 1)
        written.append(f"{x:.1f},{INSET + down * _down(value, low, high):.1f}")
    return " ".join(written)


def _mask(points: str, dashes: str = "") -> str:
    """A polyline as a CSS image; its stroke is as wide in whatever box it is stretched to."""
    dashed = f" stroke-dasharray='{dashes}'" if dashes else ""
    svg = (
        f"<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 {WIDTH} {HEIGHT}' "
        f"preserveAspectRatio='none'><polyline points='{points}' fill='none' stroke='#000' "
        f"stroke-width='{_STROKE}' stroke-linejoin='round' vector-effect='non-scaling-stroke'"
        f"{dashed}/></svg>"
    )
    return f'url("data:image/svg+xml,{quote(svg, safe=" =/:,")}")'
