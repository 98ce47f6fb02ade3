"""The axis of strikes: how far around spot it opens, and the levels marked across it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from analytics.options.levels import OptionLevels
from components.figures.theme import axis, base_layout, vertical_line
from components.frame import formats

NEAREST, FARTHEST = 0.06, 0.25
DESK_LABEL, PHONE_LABEL = 0.16, 0.36
"""Width of a mark's name as a part of the plot's."""
MONTH_ROOT = (30 / 365) ** 0.5

Mark = tuple[float, str, str, str]
"""Strike, name, colour token and dash of a line across the strikes."""
REACH_ON = 1.5
"""A level up to so many times as far from spot as the axis reaches has the axis reach it."""


def strike_layout(
    revision: str,
    *,
    strikes: Sequence[float],
    spot: float,
    levels: OptionLevels,
    iv30: float | None,
    unit: str,
    ticks: Mapping[str, Any],
    **more: Any,
) -> dict[str, Any]:
    """Layout of bars by strike, with spot, walls and flip marked.

    Args:
        strikes: ascending.
        iv30: sets how far around spot the view opens: about two monthly sigmas.
        unit: of the vertical axis; ``ticks`` are its own settings.
        more: of the layout.
    """
    reach = min(max(2.2 * (iv30 or 0.4) * MONTH_ROOT, NEAREST), FARTHEST)
    marks = strike_marks(spot, levels)
    near = [s for s in strikes if abs(s / spot - 1) <= reach] or list(strikes)
    low, high = with_marks(min(near), max(near), spot, marks)
    marks = [pinned(mark, low, high) for mark in marks]
    phone: dict[str, Any] = {"yaxis.title.text": ""}
    if "showlegend" in more:
        phone["showlegend"] = False
    return base_layout(
        revision,
        bargap=0.15,
        xaxis=axis(
            title={"text": "strike, $", "font": {"size": 12, "color": "@ink3"}},
            range=[low, high],
            showgrid=False,
            hoverformat=",.2f",
        ),
        yaxis=axis(
            title={"text": unit, "font": {"size": 12, "color": "@ink3"}},
            zeroline=True,
            zerolinecolor="@zero",
            **ticks,
        ),
        shapes=[vertical_line(x, token, dash) for x, _, token, dash in marks],
        annotations=mark_labels(marks, low, high),
        meta={"phone": phone | phone_rows(marks, low, high)},
        margin={"l": 8, "r": 12, "t": 62, "b": 38, "pad": 2},
        **more,
    )


def strike_marks(spot: float, levels: OptionLevels) -> list[Mark]:
    """(price, name, token, dash) of spot and the levels that exist."""
    marks = [(spot, f"spot {formats.price(spot)}", "@ink", "solid")]
    for value, name, dash in (
        (levels.put_wall.strike, "put wall", "dash"),
        (levels.call_wall.strike, "call wall", "dash"),
        (levels.gamma_flip.nearest, "flip", "dot"),
    ):
        if value is not None:
            marks.append((value, f"{name} {formats.price(value)}", "@accent", dash))
    return marks


def with_marks(low: float, high: float, spot: float, marks: Sequence[Mark]) -> tuple[float, float]:
    """The axis widened to the marks that lie at most half as far again from spot as its end."""
    least, most = spot - REACH_ON * (spot - low), spot + REACH_ON * (high - spot)
    within = [x for x, *_ in marks if least <= x <= most]
    return min([low, *within]), max([high, *within])


def pinned(mark: Mark, low: float, high: float) -> Mark:
    """A mark beyond the axis stands at its end, with an arrow to where it lies."""
    x, name, token, dash = mark
    if x < low:
        return low, f"\u2190 {name}", token, dash
    if x > high:
        return high, f"{name} \u2192", token, dash
    return mark


def _centre(x: float, low: float, high: float, width: float) -> float:
    """Where a name ``width`` wide is centred: at its mark, but wholly between the axis's ends."""
    return max(low + width / 2, min(high - width / 2, x))


def label_rows(marks: Sequence[Mark], low: float, high: float, width: float) -> list[int]:
    """The lowest line above the plot on which each mark's name, ``width`` wide, touches none."""
    rows: list[int] = []
    ends: list[float] = []
    for x in (_centre(x, low, high, width) for x, *_ in sorted(marks)):
        row = next((i for i, end in enumerate(ends) if x - end >= width), len(ends))
        ends[row : row + 1] = [x]
        rows.append(row)
    return rows


def phone_rows(marks: Sequence[Mark], low: float, high: float) -> dict[str, float]:
    """Where the names stand on a phone, which has room for two beside each other."""
    rows = label_rows(marks, low, high, (high - low) * PHONE_LABEL)
    return {f"annotations.{i}.yshift": 2 + 14 * row for i, row in enumerate(rows)}


def mark_labels(marks: Sequence[Mark], low: float, high: float) -> list[dict[str, Any]]:
    """Names above the plot, each on a line of its own where two would touch."""
    labels = []
    width = (high - low) * DESK_LABEL
    for (x, text, token, _), row in zip(
        sorted(marks), label_rows(marks, low, high, width), strict=True
    ):
        labels.append(
            {
                "x": _centre(x, low, high, width),
                "y": 1.0,
                "yref": "paper",
                "yanchor": "bottom",
                "yshift": 2 + 14 * row,
                "text": text,
                "showarrow": False,
                "font": {"size": 12, "color": token},
                "bgcolor": "@panel",
            }
        )
    return labels
