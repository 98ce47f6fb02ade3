"""A session by the minute with its levels, and marks where they were touched, lost or regained."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

from analytics.model import sessions
from analytics.model.level_calls import Happening
from analytics.model.levels import LevelId
from analytics.model.quotation import Quotation
from analytics.model.sessions import NEW_YORK
from analytics.studies.supports.levels import Level
from analytics.watch.day_log import DayLevel, LevelLog, LogLine
from components.figures.theme import (
    TOOLS_HEIGHT,
    Figure,
    axis,
    base_layout,
    end_labels,
    hover_price,
    ink,
    level_across,
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

BAND_ATR = 0.05
"""The reach in which a crossing is not yet one: `analytics.watch.crossings`."""

_REACH = 0.35
_ASKED_WITHIN = 0.04
_WORD_WIDE = dt.timedelta(minutes=90)
"""The level in question is drawn up to so far from the price, as a fraction of it."""


def day_chart(
    *,
    log: LevelLog,
    asked: LevelId | None = None,
    atr: float | None = None,
    own: Sequence[Level] = (),
) -> Figure:
    """The minutes of ``log`` from bell to bell; levels within reach of the day's range.

    Args:
        asked: the level in question: always within the range drawn, with the band round it in
            which a crossing is not yet one.
        atr: average true range, in price units, that the band is measured in.
        own: levels of the viewer's; those on the axis are drawn.
    """
    levels = _levels_within(log, asked)
    heights = [*log.prices, *(level.price for level in levels)]
    span = min(heights), max(heights)
    pad = (span[1] - span[0]) * 0.08 or span[1] * 0.001
    ends = (span[0] - 2 * pad, span[1] + pad)
    labels = [
        (f"{formats.level_name(lv.name)} {log.quotation.text(lv.price)}", lv.price, ink(lv.id))
        for lv in levels
    ]
    drawn = [level for level in own if ends[0] <= level.price <= ends[1]]
    labels += [
        (f"{lv.id.short_name} {log.quotation.text(lv.price)}", lv.price, ink(lv.id)) for lv in drawn
    ]
    if log.final:
        labels.append((f"<b>{log.quotation.text(log.prices[-1])}</b>", log.prices[-1], "@ink"))
    return {
        "data": session_traces(log, ends, asked=asked, atr=atr),
        "layout": base_layout(
            f"{log.symbol}|{log.session}",
            xaxis=session_minutes_axis(log),
            yaxis=price_axis(log.quotation, range=list(ends), nticks=5),
            shapes=[level_across(level.id, level.price) for level in drawn],
            annotations=[
                *end_labels(labels, least_gap=(ends[1] - ends[0]) * 0.075),
                *([] if log.final else [_price_tag(log)]),
                *_gap_word(log, ends),
            ],
            margin={"l": 8, "r": 116, "t": TOOLS_HEIGHT, "b": 24, "pad": 0},
        ),
    }


def session_minutes_axis(log: LevelLog, **changes: Any) -> dict[str, Any]:
    """The session from bell to bell, whatever of it is over."""
    base: dict[str, Any] = {
        "type": "date",
        "range": list(_bells(log)),
        "showgrid": False,
        "showspikes": True,
        "nticks": 5,
        "tickformat": "%H:%M",
        "hoverformat": "%H:%M",
    }
    return axis(**(base | changes))


def session_traces(
    log: LevelLog,
    ends: tuple[float, float],
    *,
    asked: LevelId | None = None,
    atr: float | None = None,
) -> list[dict[str, Any]]:
    """What is drawn of the session between the prices ``ends``: see `day_chart`."""
    first, last = _bells(log)
    levels = [level for level in log.levels if ends[0] <= level.price <= ends[1]]
    shown = {level.id for level in levels}
    band = next((level for level in levels if level.id == asked), None)
    return [
        *(_band(band.price, atr, first, last) if band is not None and atr else []),
        *_time_left(log, last, ends),
        *_opening_gap(log, first, ends),
        *(_level(level, first, last) for level in levels),
        _minutes(log),
        *_marks([line for line in log.lines if line.level_id in shown], log.quotation),
    ]


def _bells(log: LevelLog) -> tuple[str, str]:
    return (
        _local(sessions.session_open(log.session)),
        _local(sessions.session_close(log.session)),
    )


def _levels_within(log: LevelLog, asked: LevelId | None) -> list[DayLevel]:
    """The levels within reach of the day's range; the one in question from further away."""
    low, high = min(log.prices), max(log.prices)
    reach = (high - low) * _REACH or high * 0.002
    return [
        level
        for level in log.levels
        if low - reach <= level.price <= high + reach
        or (level.id == asked and abs(level.price / log.prices[-1] - 1) <= _ASKED_WITHIN)
    ]


def _minutes(log: LevelLog) -> dict[str, Any]:
    return {
        "type": "scatter",
        "mode": "lines",
        "name": log.symbol,
        "x": [_local(time) for time in log.times],
        "y": list(log.prices),
        "line": {"color": "@ink", "width": 1.6},
        "hovertemplate": hover_price(log.quotation),
    }


def _level(level: DayLevel, first: str, last: str) -> dict[str, Any]:
    return {
        "type": "scatter",
        "mode": "lines",
        "name": formats.level_name(level.name),
        "x": [first, last],
        "y": [level.price, level.price],
        "line": level_line(level.id),
        "hoverinfo": "skip",
    }


def _time_left(log: LevelLog, last: str, ends: tuple[float, float]) -> list[dict[str, Any]]:
    """The rest of the session, hatched: the close that decides has not been."""
    now = _local(log.times[-1])
    if log.final or now >= last:
        return []
    return [
        {
            "type": "scatter",
            "mode": "none",
            "name": "time left",
            "x": [now, last, last, now],
            "y": [ends[0], ends[0], ends[1], ends[1]],
            "fill": "toself",
            "fillcolor": "rgba(0,0,0,0)",
            "fillpattern": {
                "shape": "/",
                "fgcolor": "@rule",
                "bgcolor": "rgba(0,0,0,0)",
                "size": 7,
                "solidity": 0.2,
            },
            "hoverinfo": "skip",
        }
    ]


def _band(level: float, atr: float, first: str, last: str) -> list[dict[str, Any]]:
    """So far round a level a price is at it: nearer crossings are not written."""
    low, high = level - BAND_ATR * atr, level + BAND_ATR * atr
    return [
        {
            "type": "scatter",
            "mode": "none",
            "name": "at the level",
            "x": [first, last, last, first],
            "y": [low, low, high, high],
            "fill": "toself",
            "fillcolor": "@raise",
            "hoverinfo": "skip",
        }
    ]


def _opening_gap(log: LevelLog, first: str, ends: tuple[float, float]) -> list[dict[str, Any]]:
    """A bar at the bell from the prior close to the first price."""
    gap = _gap(log)
    if gap is None:
        return []
    before, opened = gap
    edge = max(ends[0], min(ends[1], before))
    return [
        {
            "type": "scatter",
            "mode": "lines",
            "name": "opening gap",
            "x": [first, first],
            "y": [edge, opened],
            "line": {"color": "@ink3", "width": 3},
            "hoverinfo": "skip",
            "cliponaxis": False,
        }
    ]


def _gap(log: LevelLog) -> tuple[float, float] | None:
    """The prior close and the first price, where they lie apart."""
    before, opened = log.previous_close, log.prices[0]
    if before is None or abs(opened / before - 1) < 0.001:
        return None
    return before, opened


def _gap_word(log: LevelLog, ends: tuple[float, float]) -> list[dict[str, Any]]:
    gap = _gap(log)
    if gap is None:
        return []
    before, opened = gap
    # Under or over the first prices, wherever they leave more room.
    early = [
        price for time, price in zip(log.times, log.prices, strict=True) if _is_early(log, time)
    ]
    under = min(early) - ends[0] > ends[1] - max(early)
    return [
        {
            "text": f"gap {formats.pct((opened / before - 1) * 100)}",
            "x": _bells(log)[0],
            "y": ends[0] if under else ends[1],
            "xanchor": "left",
            "yanchor": "bottom" if under else "top",
            "xshift": 6,
            "showarrow": False,
            "font": {"size": 12, "color": "@ink2"},
            "bgcolor": "@panel",
        }
    ]


def _is_early(log: LevelLog, time: dt.datetime) -> bool:
    """Whether a minute is drawn over the width of a word at the bell."""
    return time - log.times[0] <= _WORD_WIDE


def _price_tag(log: LevelLog) -> dict[str, Any]:
    """The last price at the right edge, light on dark, at its height."""
    return {
        "name": "price",
        "text": f"<b>{log.quotation.text(log.prices[-1])}</b>",
        "x": _local(log.times[-1]),
        "y": log.prices[-1],
        "xanchor": "left",
        "yanchor": "middle",
        "xshift": 6,
        "showarrow": False,
        "bgcolor": "@ink",
        "borderpad": 2,
        "font": {"size": 12, "color": "@panel"},
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
                "size": 12,
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
