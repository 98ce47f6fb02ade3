"""Hold rates as dots on their intervals beside chance, and the sessions they were counted from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from analytics.studies.hold.study import HoldEvent, HoldRate
from components.figures.rate_rows import RateRow, rate_rows
from components.figures.theme import Figure, axis, base_layout, value_axis
from components.frame import formats


def hold_rates(*, rows: Sequence[tuple[str, HoldRate]], revision: str) -> Figure:
    """One row a class of events: rate with its interval, and a mark for the null.

    A row under ten events has no rate: its counts are written in its place.
    """
    return rate_rows(
        [_row(name, rate) for name, rate in rows],
        revision=revision,
        interval="Wilson 95%",
        chance="%{x:.0f}% of events on rebuilt paths held<extra>chance</extra>",
        title="held by the close, %",
    )


def _row(name: str, rate: HoldRate) -> RateRow:
    low, high = rate.wilson95_pct or (0.0, 0.0)
    p = "" if rate.p_value is None else f", {formats.p_words('p', rate.p_value)}"
    p += "" if rate.q_value is None else f", {formats.p_words('q', rate.q_value)}"
    return RateRow(
        name=name,
        held=rate.held,
        events=rate.events,
        rate_pct=rate.rate_pct,
        low_pct=low,
        high_pct=high,
        null_rate_pct=rate.null_rate_pct,
        hover=f"{rate.held} of {rate.events} held: {formats.share(rate.rate_pct, 0)} "
        f"({low:.0f}-{high:.0f}%); chance {formats.share(rate.null_rate_pct, 0)}{p}",
    )


@dataclass(frozen=True)
class DayStick:
    """A session against its level: open, low and close, percent from it, positive above."""

    open_pct: float
    low_pct: float
    close_pct: float
    name: str


def days_like_this(*, events: Sequence[HoldEvent], today: DayStick | None, revision: str) -> Figure:
    """Each session a stick from its open over its low to its close, the level at zero.

    Args:
        events: oldest first.
        today: drawn last, in ink.
    """
    sticks = [(_stick(event), "@up" if event.held else "@down") for event in events]
    groups = [
        ("held", "@up", [(i, one) for i, (one, token) in enumerate(sticks) if token == "@up"]),
        ("broke", "@down", [(i, one) for i, (one, token) in enumerate(sticks) if token == "@down"]),
    ]
    if today is not None:
        groups.append(("today", "@ink", [(len(sticks), today)]))
    count = len(sticks) + (today is not None)
    return {
        "data": [
            trace for name, token, days in groups if days for trace in _sticks(name, token, days)
        ],
        "layout": base_layout(
            revision,
            hovermode="closest",
            dragmode=False,
            xaxis=axis(range=[-0.8, count - 0.2], visible=False, fixedrange=True),
            yaxis=value_axis(
                side="right",
                ticksuffix="%",
                zeroline=True,
                zerolinecolor="@ink2",
                fixedrange=True,
                nticks=6,
                showspikes=False,
            ),
            margin={"l": 8, "r": 8, "t": 8, "b": 8, "pad": 2},
        ),
    }


def _stick(event: HoldEvent) -> DayStick:
    opened, low, closed = (
        (price / event.level - 1) * 100 for price in (event.open, event.low, event.close)
    )
    return DayStick(opened, low, closed, formats.date(event.session))


def _sticks(name: str, token: str, days: Sequence[tuple[int, DayStick]]) -> list[dict[str, Any]]:
    """One line through all sticks of a kind, and a dot with its words at each close."""
    x: list[float | None] = []
    y: list[float | None] = []
    for i, one in days:
        x += [i - 0.32, i, None, i, i, None]
        top = max(one.open_pct, one.close_pct)
        y += [one.open_pct, one.open_pct, None, one.low_pct, top, None]
    wide = 2.4 if name == "today" else 1.4
    line = {
        "type": "scatter",
        "mode": "lines",
        "name": name,
        "x": x,
        "y": y,
        "line": {"color": token, "width": wide},
        "hoverinfo": "skip",
    }
    dots = {
        "type": "scatter",
        "mode": "markers",
        "name": name,
        "x": [i for i, _ in days],
        "y": [one.close_pct for _, one in days],
        "marker": {
            "size": 10 if name == "today" else 7,
            "color": token,
            "symbol": "x" if name == "broke" else "circle",
        },
        "customdata": [
            f"{one.name}: open {formats.pct(one.open_pct)}, low {formats.pct(one.low_pct)}, "
            f"close {formats.pct(one.close_pct)}"
            for _, one in days
        ],
        "hovertemplate": f"%{{customdata}}<extra>{name}</extra>",
    }
    return [line, dots]
