"""A session by the minute with its levels, and marks where they were touched, lost or regained."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

from analytics.model import sessions
from analytics.model.level_calls import Happening
from analytics.model.quotation import Quotation
from analytics.model.sessions import NEW_YORK
from analytics.watch.day_log import LevelLog, LogLine
from components.figures.theme import (
    Figure,
    axis,
    base_layout,
    end_labels,
    hover_price,
    level_line,
    price_axis,
)
from components.frame import formats

MARK: dict[Happening, tuple[str, str]] = {
    Happening.OPENED_UNDER: ("triangle-down", "@down"),
    Happening.BROKE: ("triangle-down", "@down"),
    Happening.OPENED_OVER: ("triangle-up", "@up"),
    Happening.RECLAIMED: ("triangle-up", "@up"),
    Happening.TOUCHED: ("circle-open", "@ink"),
    Happening.RESUMED: ("x-thin-open", "@ink3"),
}
"""Shape and colour of a line of the log: the shape alone tells the direction."""

_REACH = 0.35


def day_chart(*, log: LevelLog) -> Figure:
    """The minutes of ``log`` from bell to bell; levels within reach of the day's range."""
    low, high = min(log.prices), max(log.prices)
    reach = (high - low) * _REACH or high * 0.002
    levels = [level for level in log.levels if low - reach <= level.price <= high + reach]
    first, last = (
        _local(sessions.session_open(log.session)),
        _local(sessions.session_close(log.session)),
    )
    heights = [low, high, *(level.price for level in levels)]
    span = min(heights), max(heights)
    pad = (span[1] - span[0]) * 0.08 or high * 0.001
    data: list[dict[str, Any]] = [
        {
            "type": "scatter",
            "mode": "lines",
            "name": log.symbol,
            "x": [_local(time) for time in log.times],
            "y": list(log.prices),
            "line": {"color": "@ink", "width": 1.4},
            "hovertemplate": hover_price(log.quotation),
        }
    ]
    data += [
        {
            "type": "scatter",
            "mode": "lines",
            "name": formats.level_name(level.name),
            "x": [first, last],
            "y": [level.price, level.price],
            "line": level_line(level.id),
            "hoverinfo": "skip",
        }
        for level in levels
    ]
    shown = {level.id for level in levels}
    data += _marks([line for line in log.lines if line.level_id in shown], log.quotation)
    labels = [
        (
            f"{formats.level_name(lv.name)} {log.quotation.text(lv.price)}",
            lv.price,
            lv.id.style.token,
        )
        for lv in levels
    ]
    return {
        "data": data,
        "layout": base_layout(
            f"{log.symbol}|{log.session}",
            xaxis=axis(
                type="date",
                range=[first, last],
                showgrid=False,
                showspikes=True,
                tickformat="%H:%M",
                hoverformat="%H:%M",
            ),
            yaxis=price_axis(log.quotation, range=[span[0] - 2 * pad, span[1] + pad]),
            annotations=end_labels(labels, least_gap=(span[1] - span[0] + 2 * pad) * 0.07),
            margin={"l": 8, "r": 108, "t": 8, "b": 28, "pad": 0},
        ),
    }


def _marks(lines: Sequence[LogLine], quotation: Quotation) -> list[dict[str, Any]]:
    if not lines:
        return []
    return [
        {
            "type": "scatter",
            "mode": "markers",
            "name": "the log",
            "x": [_local(line.at) for line in lines],
            "y": [line.price for line in lines],
            "marker": {
                "size": 11,
                "symbol": [MARK[line.happening][0] for line in lines],
                "color": [MARK[line.happening][1] for line in lines],
                "line": {"width": 1.2, "color": "@panel"},
            },
            "customdata": [
                f"{formats.clock(line.at)} {line.happening} the "
                f"{formats.level_name(line.level)} at {quotation.text(line.price)}"
                for line in lines
            ],
            "hovertemplate": "%{customdata}<extra></extra>",
            "cliponaxis": False,
        }
    ]


def _local(time: dt.datetime) -> str:
    """New York's wall clock, as the axis writes it."""
    return time.astimezone(NEW_YORK).strftime("%Y-%m-%d %H:%M:%S")
