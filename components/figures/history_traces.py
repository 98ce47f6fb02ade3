"""Traces of a price history: candles, averages, another symbol rebased, channel and volume."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from analytics.studies.supports.price_history import PriceHistory
from analytics.studies.supports.supports import SupportLadder
from components.figures.theme import candle_style, hover_price, level_line
from components.frame import formats


def price_trace(history: PriceHistory, days: Sequence[str]) -> list[dict[str, Any]]:
    """Candles of the days drawn; a line where there are closes only."""
    n = len(days)
    if not history.high:
        line = {"color": "@ink", "width": 1.6}
        close = list(history.close[-n:])
        return [
            {
                "type": "scatter",
                "mode": "lines",
                "name": "close",
                "meta": "price",
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


def average_lines(history: PriceHistory, days: Sequence[str]) -> list[dict[str, Any]]:
    """Each moving average, in its own colour."""
    return [
        {
            "type": "scatter",
            "mode": "lines",
            "name": series.name,
            "x": list(days),
            "y": list(series.values[-len(days) :]),
            "line": level_line(series.id),
            "hovertemplate": hover_price(history.quotation),
        }
        for series in history.averages
    ]


def rebased_line(history: PriceHistory, days: Sequence[str]) -> list[dict[str, Any]]:
    """The compared symbol, scaled to the price of its first day; empty without one."""
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
            "hovertemplate": hover_price(history.quotation),
        }
    ]


def channel_bands(
    history: PriceHistory, ladder: SupportLadder, days: Sequence[str]
) -> list[dict[str, Any]]:
    """The regression channel at Z = 0, +-1 and +-2."""
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


def volume_bars(history: PriceHistory, days: Sequence[str]) -> list[dict[str, Any]]:
    """Volume by day; empty where the source has none."""
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
