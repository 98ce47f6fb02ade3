"""The price chart with its ladder: candles, averages and, beside them, every rung at its height."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from analytics.model.levels import DMA, LevelGroup, LevelId
from analytics.model.vocabulary import Event
from analytics.studies.supports.how_likely import level_in_question
from analytics.studies.supports.levels import Level
from analytics.studies.supports.price_history import PriceHistory
from analytics.studies.supports.supports import SupportLadder
from analytics.watch.day_log import LevelLog
from components.figures.day import session_minutes_axis, session_traces
from components.figures.event_marks import MARKS_AXIS, event_marks, marks_axis
from components.figures.history_traces import (
    average_lines,
    channel_bands,
    price_trace,
    rebased_line,
    volume_bars,
)
from components.figures.ladder import below_since, column_heads, rungs, short_name
from components.figures.theme import (
    Figure,
    base_layout,
    end_labels,
    ink,
    level_across,
    price_axis,
    session_axis,
)
from components.frame import formats

CHART_END = 0.66
DAILY_END, TODAY_START = 0.315, 0.33
"""Where the minutes of the session stand between the daily chart and the ladder."""

LADDER_START = 0.715
LADDER_NEEDS = 1100
"""Width of the whole chart, px, under which the ladder's columns would run into each other."""
AXIS_AT = 0.662
VOLUME_TOP = 0.13
PRICE_BOTTOM = 0.16
OFF_SCALE_PCT = 14.0
ACROSS = {"xref": "x domain", "x0": 0, "x1": 1, "yref": "y"}
PHONE_LABELS = 66
PHONE_LETTER = 8.6
"""Pixels of a letter of a semibold name, 12 px high, at the most on average."""
DAYS_IN_A_LINE = 63
"""Sessions up to which the axis names days, in one line; more are named by month over year."""

NEAR_ATR = 2.0
NEAR_SESSIONS = 6


@dataclass(frozen=True)
class Today:
    """The session by the minute, for the middle of the chart.

    Attributes:
        asked: the level in question; ``atr`` the average true range that its band is of.
    """

    log: LevelLog
    asked: LevelId
    atr: float | None


def price_chart(
    *,
    history: PriceHistory,
    ladder: SupportLadder,
    shown: int,
    log: bool,
    channel: bool,
    events: Sequence[Event] | None = None,
    today: Today | None = None,
    near: bool = False,
    options: bool = True,
) -> Figure:
    """Candles (a line for close-only data), volume and averages, with the ladder at their right.

    One price axis: with ``today`` a level is one line from the daily chart through the session's
    minutes to its rung.

    Args:
        history: the series; its last ``shown`` sessions are drawn.
        ladder: the rungs, drawn on the same price axis.
        log: logarithmic prices.
        channel: draw the regression channel at Z = 0, +-1 and +-2.
        events: marked between prices and volume; None leaves the row out.
        today: the session by the minute, drawn between the candles and the ladder.
        near: draw `NEAR_ATR` to either side of the level in question, not every level.
        options: draw the rungs of options levels; without them their count is written.
    """
    days = [day.isoformat() for day in history.sessions[-shown:]]
    count = len(days)
    compare = rebased_line(history, days)
    span = _near(history, ladder, today) if near else None
    span = span or _span(history, ladder, count, compare)
    shown_rungs = ladder if options else without_options(ladder)
    traces = [*average_lines(history, days), *compare, *price_trace(history, days)]
    if channel and ladder.channel is not None:
        traces = [*channel_bands(history, ladder, days), *traces]
    since = below_since(history, ladder)
    traces += [*volume_bars(history, days), *rungs(shown_rungs, span, log, since)]
    layout = _layout(history, shown_rungs, days, span, log)
    if len(shown_rungs.levels) < len(ladder.levels):
        layout["annotations"].append(_folded(len(ladder.levels) - len(shown_rungs.levels)))
    if today is not None:
        traces += _today(layout, today, span)
    if events is not None:
        traces += event_marks(events=events, days=days)
        _make_room(layout, history.symbol)
    return {"data": traces, "layout": layout}


def _near(
    history: PriceHistory, ladder: SupportLadder, today: Today | None
) -> tuple[float, float] | None:
    """Prices round the level in question, which stands all day, and those of the newest days.

    A tick moves neither, as long as the price stays among them.
    """
    level = next((lv for lv in ladder.levels if lv.id == level_in_question(ladder)), None)
    if level is None or not ladder.atr:
        return None
    reach = NEAR_ATR * ladder.atr
    seen = [ladder.price, *(today.log.prices if today is not None else ())]
    for series in (history.high or history.close, history.low or history.close):
        seen += [value for value in series[-NEAR_SESSIONS:] if value is not None]
    low = min(level.price - reach, *seen)
    high = max(level.price + reach, *seen)
    return _outwards(low, high, (high - low) * 0.03)


def without_options(ladder: SupportLadder) -> SupportLadder:
    """The ladder of averages and price structure."""
    bare = tuple(level for level in ladder.levels if level.family != LevelGroup.OPTIONS)
    return replace(ladder, levels=bare)


def _folded(count: int) -> dict[str, Any]:
    """How many options levels there are that are not drawn."""
    what = "level is" if count == 1 else "levels are"
    return {
        "text": f"{count} options {what} folded",
        "x": 1,
        "xref": "paper",
        "xanchor": "right",
        "y": 0,
        "yref": "paper",
        "yanchor": "bottom",
        "showarrow": False,
        "font": {"size": 12, "color": "@ink3"},
    }


def _today(layout: dict[str, Any], today: Today, span: tuple[float, float]) -> list[dict[str, Any]]:
    """The session's minutes on the same prices, in an axis of their own beside the days."""
    layout["xaxis"]["domain"] = [0, DAILY_END]
    layout["xaxis3"] = session_minutes_axis(
        today.log, domain=[TODAY_START, CHART_END], anchor="y", automargin=False
    )
    layout["annotations"] += [
        {
            "text": text,
            "x": x,
            "xref": "paper",
            "xanchor": "left",
            "y": 1,
            "yref": "paper",
            "yanchor": "bottom",
            "yshift": 4,
            "showarrow": False,
            "font": {"size": 12, "color": "@ink3"},
        }
        for text, x in (("Daily", 0.0), ("Today by the minute", TODAY_START))
    ]
    # a phone has no minutes beside the days, nor the lines through them
    layout["meta"]["phone"]["shapes"] = list(layout["shapes"])
    through = [shape for shape in layout["shapes"] if shape["name"] != "price"]
    layout["shapes"] += [shape | {"xref": "x3 domain"} for shape in through]
    traces = session_traces(today.log, span, asked=today.asked, atr=today.atr)
    return [trace | {"xaxis": "x3", "meta": "ladder"} for trace in traces]


def _make_room(layout: dict[str, Any], symbol: str) -> None:
    """A row for the marks under the prices; the browser learns whose own events to add."""
    foot = layout["yaxis"]["domain"][0] or PRICE_BOTTOM - VOLUME_TOP
    layout["yaxis"]["domain"] = [foot, 1]
    layout[MARKS_AXIS] = marks_axis((max(0.0, foot - (PRICE_BOTTOM - VOLUME_TOP)), foot))
    layout["hoversubplots"] = "axis"  # the pointer over a price tells the day's events too
    layout["meta"] |= {"symbol": symbol}


def _span(
    history: PriceHistory, ladder: SupportLadder, count: int, compare: Sequence[dict[str, Any]]
) -> tuple[float, float]:
    """Lowest and highest price drawn: bars, comparison, and the levels that are not far off.

    Rounded outwards to a coarse step: Plotly keeps a viewer's own pan and zoom only while
    the range it is given stays the same, and a tick may not undo them.
    """
    lows = [v for v in (history.low or history.close)[-count:] if v is not None]
    highs = [v for v in (history.high or history.close)[-count:] if v is not None]
    near = [level.price for level in ladder.levels if abs(level.distance_pct) <= OFF_SCALE_PCT]
    other = [value for line in compare for value in line["y"] if value is not None]
    lowest, highest = min([*lows, *near, *other]), max([*highs, *near, *other])
    return _outwards(lowest, highest, (highest - lowest) * 0.04 or highest * 0.01)


def _outwards(lowest: float, highest: float, room: float) -> tuple[float, float]:
    step = 10 ** math.floor(math.log10(max(highest - lowest, highest * 0.01))) / 5
    low, high = lowest - room, highest + room
    return max(math.floor(low / step) * step, low * 0.5), math.ceil(high / step) * step


def _compare_label(history: PriceHistory, days: Sequence[str], log: bool) -> list[dict[str, Any]]:
    """The compared symbol's name, just before the end of its line."""
    lines = rebased_line(history, days)
    known = [(x, y) for line in lines for x, y in zip(line["x"], line["y"], strict=True) if y]
    if not known:
        return []
    x, y = known[-1]
    return [
        {
            "x": x,
            "y": math.log10(y) if log else y,
            "xref": "x",
            "yref": "y",
            "text": lines[0]["name"],
            "showarrow": False,
            "xanchor": "right",
            "yanchor": "bottom",
            "xshift": -6,
            "bgcolor": "@panel",
            "font": {"size": 12, "color": "@accent"},
        }
    ]


def _layout(
    history: PriceHistory,
    ladder: SupportLadder,
    days: Sequence[str],
    span: tuple[float, float],
    log: bool,
) -> dict[str, Any]:
    ends = [math.log10(max(edge, 1e-9)) for edge in span] if log else list(span)
    words = [*_gap_marker(history, ladder, days, log), *_compare_label(history, days, log)]
    prices = price_axis(
        history.quotation,
        type="log" if log else "linear",
        domain=[PRICE_BOTTOM if any(history.volume[-len(days) :]) else 0, 1],
        range=ends,
        nticks=8,
        side="right",
        anchor="free",
        position=AXIS_AT,
        automargin=False,
    )
    return base_layout(
        f"{history.symbol}|{len(days)}|{log}",
        xaxis=session_axis(days, domain=[0, CHART_END], anchor="y2", automargin=False),
        xaxis2={
            "domain": [LADDER_START, 1],
            "range": [0, 1],
            "visible": False,
            "fixedrange": True,
            "anchor": "y",
        },
        yaxis=prices,
        yaxis2={
            "domain": [0, VOLUME_TOP],
            "visible": False,
            "fixedrange": True,
            "anchor": "x",
        },
        shapes=[*_structure_lines(ladder, span), *_price_line(ladder)],
        annotations=[*words, *column_heads(LADDER_START), _price_tag(ladder, log)],
        # fixed: an automatic margin draws the whole chart twice at each zoom
        margin={"l": 8, "r": 8, "t": 26, "b": 28 if len(days) <= DAYS_IN_A_LINE else 40, "pad": 0},
        meta={
            "phone": {
                "below": LADDER_NEEDS,
                "xaxis.domain": [0, 1],
                # its ticks on the left: at the right end the lines' own names stand
                "yaxis.anchor": "x",
                "yaxis.side": "left",
                "yaxis.automargin": True,
                "margin.r": phone_margin(ladder, span),
                "margin.b": 42,
                "annotations": [*words, *_phone_labels(ladder, span, log)],
                "hide": "ladder",
            }
        },
    )


def _price_tag(ladder: SupportLadder, log: bool) -> dict[str, Any]:
    """The last price on the axis, light on dark."""
    return {
        "name": "price",
        "text": f"<b>{ladder.quotation.text(ladder.price)}</b>",
        "x": AXIS_AT,
        "xref": "paper",
        "xanchor": "left",
        "y": math.log10(ladder.price) if log else ladder.price,
        "yref": "y",
        "yanchor": "middle",
        "showarrow": False,
        "bgcolor": "@ink",
        "borderpad": 2,
        "font": {"size": 12, "color": "@panel"},
    }


def _price_line(ladder: SupportLadder) -> list[dict[str, Any]]:
    """The current price, carried across to the ladder."""
    return [
        {
            "type": "line",
            "name": "price",
            **ACROSS,
            "y0": ladder.price,
            "y1": ladder.price,
            "line": {"color": "@ink2", "width": 1, "dash": "dot"},
        }
    ]


def _structure_lines(ladder: SupportLadder, span: tuple[float, float]) -> list[dict[str, Any]]:
    """Swing low, 52-week low and own levels across the chart: unlike an average without a curve."""
    return [
        level_across(level.id, level.price)
        for level in ladder.levels
        if level.id.declared.drawn == "line" and span[0] <= level.price <= span[1]
    ]


def _named_on_phone(ladder: SupportLadder, span: tuple[float, float]) -> list[Level]:
    return [
        level
        for level in ladder.levels
        if level.id.declared.drawn != "rung" and span[0] <= level.price <= span[1]
    ]


def phone_margin(ladder: SupportLadder, span: tuple[float, float]) -> int:
    """Pixels right of a phone's chart, so that the longest name at a line's end is whole."""
    names = [short_name(level.id) for level in _named_on_phone(ladder, span)]
    return max([PHONE_LABELS, *(8 + math.ceil(PHONE_LETTER * len(name)) for name in names)])


def _phone_labels(
    ladder: SupportLadder, span: tuple[float, float], log: bool
) -> list[dict[str, Any]]:
    """Names at the lines' ends, where a narrow screen has no ladder beside the chart."""

    def at(price: float) -> float:
        return math.log10(max(price, 1e-9)) if log else price

    labels = [
        (short_name(level.id), at(level.price), ink(level.id))
        for level in _named_on_phone(ladder, span)
    ]
    return end_labels(labels, least_gap=(at(span[1]) - at(span[0])) * 0.05)


def _gap_marker(
    history: PriceHistory, ladder: SupportLadder, days: Sequence[str], log: bool
) -> list[dict[str, Any]]:
    """An arrow at the last open when it gapped under a headline average."""
    gapped = [lv for lv in ladder.levels if lv.gap_down and lv.id.family == DMA.key]
    if not gapped or ladder.open is None:
        return []
    return [
        {
            "x": days[-1],
            "y": math.log10(ladder.open) if log else ladder.open,
            "xref": "x",
            "yref": "y",
            "text": f"gap under {formats.level_name(gapped[0].name)}",
            "showarrow": True,
            "arrowhead": 0,
            "arrowwidth": 1,
            "arrowcolor": "@down",
            "ax": 0,
            "ay": -34,
            "bgcolor": "@panel",
            "xanchor": "right",
            "font": {"size": 12, "color": "@down-ink"},
        }
    ]
