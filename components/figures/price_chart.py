"""The price chart with its ladder: candles, averages and, beside them, every rung at its height."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from analytics.levels import Level
from analytics.price_history import PriceHistory
from analytics.supports import SupportLadder
from components import formats
from components.figures.theme import (
    Figure,
    base_layout,
    candle_style,
    dma_line,
    session_axis,
    value_axis,
)
from components.findings import STATUS_SIGN

CHART_END = 0.70
LADDER_START = 0.715
VOLUME_TOP = 0.13
PRICE_BOTTOM = 0.16
OFF_SCALE_PCT = 14.0
RUNG_GAP = 0.042
LADDER_COLUMNS = (0.05, 0.56, 0.78, 0.82)


def price_chart(
    *, history: PriceHistory, ladder: SupportLadder, shown: int, log: bool, channel: bool
) -> Figure:
    """Candles (a line for close-only data), volume and averages, with the ladder at their right.

    Args:
        history: the series; its last ``shown`` sessions are drawn.
        ladder: the rungs, drawn on the same price axis.
        log: logarithmic prices.
        channel: draw the regression channel at Z = 0, +-1 and +-2.
    """
    days = [day.isoformat() for day in history.sessions[-shown:]]
    count = len(days)
    span = _span(history, ladder, count)
    traces = [*_averages(history, days), *_compare(history, days), *_price(history, days)]
    if channel and ladder.channel is not None:
        traces = [*_channel(history, ladder, days), *traces]
    traces += [*_volume(history, days), *_rungs(ladder, span, log)]
    return {"data": traces, "layout": _layout(history, ladder, days, span, log)}


def _span(history: PriceHistory, ladder: SupportLadder, count: int) -> tuple[float, float]:
    """Lowest and highest price drawn: the bars, and the levels that are not far off.

    Rounded outwards to a coarse step: Plotly keeps a viewer's own pan and zoom only while
    the range it is given stays the same, and a tick may not undo them.
    """
    lows = [v for v in (history.low or history.close)[-count:] if v is not None]
    highs = [v for v in (history.high or history.close)[-count:] if v is not None]
    near = [level.price for level in ladder.levels if abs(level.distance_pct) <= OFF_SCALE_PCT]
    lowest, highest = min([*lows, *near]), max([*highs, *near])
    room = (highest - lowest) * 0.04 or highest * 0.01
    step = 10 ** math.floor(math.log10(max(highest - lowest, highest * 0.01))) / 5
    low, high = lowest - room, highest + room
    return max(math.floor(low / step) * step, low * 0.5), math.ceil(high / step) * step


def _price(history: PriceHistory, days: Sequence[str]) -> list[dict[str, Any]]:
    n = len(days)
    if not history.high:
        line = {"color": "@ink", "width": 1.6}
        close = list(history.close[-n:])
        return [
            {
                "type": "scatter",
                "mode": "lines",
                "name": "close",
                "x": days,
                "y": close,
                "line": line,
            }
        ]
    return [
        {
            "type": "candlestick",
            "name": history.symbol,
            "meta": "price",
            "x": list(days),
            "open": list(history.open[-n:]),
            "high": list(history.high[-n:]),
            "low": list(history.low[-n:]),
            "close": list(history.close[-n:]),
            **candle_style(),
        }
    ]


def _averages(history: PriceHistory, days: Sequence[str]) -> list[dict[str, Any]]:
    return [
        {
            "type": "scatter",
            "mode": "lines",
            "name": series.name,
            "x": list(days),
            "y": list(series.values[-len(days) :]),
            "line": dma_line(int(series.name.split("-")[0])),
            "hovertemplate": "%{y:,.2f}",
        }
        for series in history.averages
    ]


def _compare(history: PriceHistory, days: Sequence[str]) -> list[dict[str, Any]]:
    if not history.compare:
        return []
    shown = list(history.compare[-len(days) :])
    first = next((i for i, v in enumerate(shown) if v is not None), None)
    if first is None:
        return []
    base = shown[first] or 1.0
    scale = history.close[-len(days) :][first] / base
    return [
        {
            "type": "scatter",
            "mode": "lines",
            "name": f"{history.compare_symbol}, rebased",
            "x": list(days),
            "y": [None if v is None else v * scale for v in shown],
            "line": {"color": "@accent", "width": 1.4, "dash": "dashdot"},
            "hovertemplate": "%{y:,.2f}",
        }
    ]


def _compare_label(history: PriceHistory, days: Sequence[str], log: bool) -> list[dict[str, Any]]:
    """The compared symbol's name, just before the end of its line."""
    lines = _compare(history, days)
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
            "font": {"size": 11, "color": "@accent"},
        }
    ]


def _channel(
    history: PriceHistory, ladder: SupportLadder, days: Sequence[str]
) -> list[dict[str, Any]]:
    fit = ladder.channel
    if fit is None:
        return []
    n = min(fit.sessions, len(days))
    start, end = math.log(fit.first), math.log(fit.last)
    line = [end + (start - end) * i / (fit.sessions - 1) for i in range(n - 1, -1, -1)]
    bands = []
    for z, width in ((2, 0.8), (1, 0.8), (0, 1.2), (-1, 0.8), (-2, 0.8)):
        bands.append(
            {
                "type": "scatter",
                "mode": "lines",
                "name": f"channel Z {formats.signed(z, 0) if z else '0'}",
                "x": list(days[-n:]),
                "y": [math.exp(value) * fit.band**z for value in line],
                "line": {"color": "@channel", "width": width, "dash": "dot" if z else "solid"},
                "hoverinfo": "skip",
            }
        )
    return bands


def _volume(history: PriceHistory, days: Sequence[str]) -> list[dict[str, Any]]:
    volume = list(history.volume[-len(days) :])
    if not any(volume):
        return []
    return [
        {
            "type": "bar",
            "name": "volume",
            "x": list(days),
            "y": volume,
            "yaxis": "y2",
            "marker": {"color": "@volume", "line": {"width": 0}},
            "hovertemplate": "%{y:,.3s}",
        }
    ]


def level_token(level: Level) -> str:
    """Colour token of a level: a moving average keeps its own everywhere."""
    if level.name.endswith("-DMA"):
        return f"@dma{level.name.split('-')[0]}"
    return "@accent" if level.family == "options" else "@ink3"


def short_name(name: str) -> str:
    """A level's name as a rung has room for it."""
    return formats.level_name(name.split(" (")[0].replace("expected-move", "exp. move"))


def _rungs(ladder: SupportLadder, span: tuple[float, float], log: bool) -> list[dict[str, Any]]:
    """Rung lines at their price, and their words beside, moved apart where they would collide."""
    inside = [lv for lv in ladder.levels if span[0] <= lv.price <= span[1]]
    below = [lv for lv in ladder.levels if lv.price < span[0]]
    above = [lv for lv in ladder.levels if lv.price > span[1]]
    rows: list[tuple[float, Level | None]] = [(lv.price, lv) for lv in inside]
    rows.append((ladder.price, None))
    rows += [(span[1], lv) for lv in above] + [(span[0], lv) for lv in below]
    placed = spread([price for price, _ in rows], span, log)
    traces = []
    for (price, level), at in zip(rows, placed, strict=True):
        token = "@ink" if level is None else level_token(level)
        if span[0] < price < span[1]:
            traces.append(_rung_line(price, at, token, level is None))
    traces += _rung_words(ladder, rows, placed)
    return traces


def _rung_line(price: float, at: float, token: str, current: bool) -> dict[str, Any]:
    return {
        "type": "scatter",
        "mode": "lines",
        "meta": "ladder",
        "x": [-0.06, 0.0, LADDER_COLUMNS[0] - 0.01],
        "y": [price, price, at],
        "xaxis": "x2",
        "line": {"color": token, "width": 2.2 if current else 1.4},
        "hoverinfo": "skip",
        "cliponaxis": False,
    }


def _rung_words(
    ladder: SupportLadder, rows: Sequence[tuple[float, Level | None]], placed: Sequence[float]
) -> list[dict[str, Any]]:
    columns: list[list[str]] = [[], [], [], []]
    colours = []
    for _, level in rows:
        if level is None:
            words = [f"<b>{ladder.symbol}</b>", f"<b>{formats.price(ladder.price)}</b>", "", ""]
        else:
            status = f"{STATUS_SIGN[level.status]} {level.status}" if level.status else ""
            words = [
                short_name(level.name),
                formats.price(level.price),
                formats.pct(level.distance_pct, 1),
                status,
            ]
        for column, word in zip(columns, words, strict=True):
            column.append(word)
        colours.append("@ink" if level is None else level_token(level))
    sides = ("middle right", "middle left", "middle left", "middle right")
    return [
        {
            "type": "scatter",
            "mode": "text",
            "meta": "ladder",
            "x": [x] * len(rows),
            "y": list(placed),
            "xaxis": "x2",
            "text": column,
            "textposition": side,
            "textfont": {"size": 11, "color": colours if i == 0 else "@ink2"},
            "hoverinfo": "skip",
            "cliponaxis": False,
        }
        for i, (x, column, side) in enumerate(zip(LADDER_COLUMNS, columns, sides, strict=True))
    ]


def spread(prices: Sequence[float], span: tuple[float, float], log: bool) -> list[float]:
    """Heights for labels at ``prices``: in order, none closer than `RUNG_GAP` of the axis.

    The gap is smaller where there are more labels than the axis holds.

    Labels are first pushed up from the lowest, then, where that ran over the top, pushed
    down from the highest.
    """

    def forth(value: float) -> float:
        return math.log(value) if log else value

    low, high = forth(max(span[0], 1e-9)), forth(span[1])
    gap = (high - low) * min(RUNG_GAP, 1 / max(len(prices) - 1, 1))
    order = sorted(range(len(prices)), key=lambda i: prices[i])
    heights = [0.0] * len(prices)
    floor = low
    for i in order:
        heights[i] = max(forth(max(prices[i], 1e-9)), floor)
        floor = heights[i] + gap
    ceiling = high
    for i in reversed(order):
        heights[i] = min(heights[i], ceiling)
        ceiling = heights[i] - gap
    return [math.exp(h) if log else h for h in heights]


def _layout(
    history: PriceHistory,
    ladder: SupportLadder,
    days: Sequence[str],
    span: tuple[float, float],
    log: bool,
) -> dict[str, Any]:
    ends = [math.log10(max(edge, 1e-9)) for edge in span] if log else list(span)
    price_axis = value_axis(
        type="log" if log else "linear",
        domain=[PRICE_BOTTOM, 1],
        range=ends,
        nticks=8,
        title={"text": f"price, {history.currency}", "font": {"size": 11, "color": "@ink3"}},
    )
    return base_layout(
        f"{history.symbol}|{len(days)}|{log}",
        xaxis=session_axis(days, domain=[0, CHART_END], anchor="y2"),
        xaxis2={
            "domain": [LADDER_START, 1],
            "range": [0, 1],
            "visible": False,
            "fixedrange": True,
            "anchor": "y",
        },
        yaxis=price_axis,
        yaxis2={
            "domain": [0, VOLUME_TOP],
            "visible": False,
            "fixedrange": True,
            "anchor": "x",
        },
        shapes=_price_line(ladder),
        annotations=[
            *_gap_marker(history, ladder, days, log),
            *_compare_label(history, days, log),
        ],
        margin={"l": 8, "r": 8, "t": 10, "b": 28, "pad": 0},
        meta={"phone": {"xaxis.domain": [0, 1], "hide": "ladder"}},
    )


def _price_line(ladder: SupportLadder) -> list[dict[str, Any]]:
    """The current price, carried across to the ladder."""
    return [
        {
            "type": "line",
            "name": "price",
            "xref": "paper",
            "x0": 0,
            "x1": LADDER_START - 0.012,
            "yref": "y",
            "y0": ladder.price,
            "y1": ladder.price,
            "line": {"color": "@ink2", "width": 1, "dash": "dot"},
        }
    ]


def _gap_marker(
    history: PriceHistory, ladder: SupportLadder, days: Sequence[str], log: bool
) -> list[dict[str, Any]]:
    """An arrow at the last open when it gapped under a headline average."""
    gapped = [lv for lv in ladder.levels if lv.gap_down and lv.name.endswith("-DMA")]
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
            "ax": -40,
            "ay": 70,
            "bgcolor": "@panel",
            "xanchor": "right",
            "font": {"size": 11, "color": "@down-ink"},
        }
    ]
