"""The ladder beside the price chart: every rung at its height, its words, braced clusters."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from analytics.model.levels import LevelId
from analytics.studies.supports.levels import Level
from analytics.studies.supports.supports import SupportLadder
from components.frame import formats
from components.frame.findings import STATUS_SIGN

RUNG_GAP = 0.042
LADDER_COLUMNS = (0.05, 0.56, 0.78, 0.82)
BRACE = (0.79, 0.802)


def short_name(level: LevelId) -> str:
    """A level's name as a rung has room for it."""
    return formats.level_name(level.short_name)


def rungs(ladder: SupportLadder, span: tuple[float, float], log: bool) -> list[dict[str, Any]]:
    """Rung lines at their price, and their words beside, moved apart where they would collide.

    Traces for ``xaxis2``, from 0 to 1, that shares the price axis: prices of ``span`` are drawn.
    """
    inside = [lv for lv in ladder.levels if span[0] <= lv.price <= span[1]]
    below = [lv for lv in ladder.levels if lv.price < span[0]]
    above = [lv for lv in ladder.levels if lv.price > span[1]]
    rows: list[tuple[float, Level | None]] = [(lv.price, lv) for lv in inside]
    rows.append((ladder.price, None))
    rows += [(span[1], lv) for lv in above] + [(span[0], lv) for lv in below]
    placed = spread([price for price, _ in rows], span, log)
    traces = []
    for (price, level), at in zip(rows, placed, strict=True):
        token = "@ink" if level is None else level.id.style.token
        if span[0] < price < span[1]:
            traces.append(_rung_line(price, at, token, level is None))
    traces += _braces(rows, placed)
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


def _braces(
    rows: Sequence[tuple[float, Level | None]], placed: Sequence[float]
) -> list[dict[str, Any]]:
    """A bracket along the words of each cluster of levels."""
    heights: dict[int, list[float]] = {}
    for (_, level), at in zip(rows, placed, strict=True):
        if level is not None and level.cluster is not None:
            heights.setdefault(level.cluster, []).append(at)
    tip, back = BRACE
    return [
        {
            "type": "scatter",
            "mode": "lines",
            "meta": "ladder",
            "name": "confluence",
            "x": [tip, back, back, tip],
            "y": [min(at), min(at), max(at), max(at)],
            "xaxis": "x2",
            "line": {"color": "@ink2", "width": 1.4},
            "hoverinfo": "skip",
        }
        for at in heights.values()
    ]


def _rung_words(
    ladder: SupportLadder, rows: Sequence[tuple[float, Level | None]], placed: Sequence[float]
) -> list[dict[str, Any]]:
    columns: list[list[str]] = [[], [], [], []]
    colours, price = [], ladder.quotation.text
    for _, level in rows:
        if level is None:
            words = [
                f"<b>{ladder.symbol}</b>",
                f"<b>{ladder.quotation.text(ladder.price)}</b>",
                "",
                "",
            ]
        else:
            status = f"{STATUS_SIGN[level.status]} {level.status}" if level.status else ""
            words = [
                short_name(level.id),
                price(level.price),
                formats.pct(level.distance_pct, 1),
                status,
            ]
        for column, word in zip(columns, words, strict=True):
            column.append(word)
        colours.append("@ink" if level is None else level.id.style.token)
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

    The gap is smaller where there are more labels than the axis holds. The heights are those
    with the least sum of squared shifts: labels that collide stand around their own middle
    (isotonic regression by pooling adjacent violators; Barlow et al. 1972, ch. 1).
    """

    def forth(value: float) -> float:
        return math.log(value) if log else value

    low, high = forth(max(span[0], 1e-9)), forth(span[1])
    gap = (high - low) * min(RUNG_GAP, 1 / max(len(prices) - 1, 1))
    order = sorted(range(len(prices)), key=lambda i: prices[i])
    pools: list[tuple[float, int]] = []
    for rank, i in enumerate(order):
        mean, size = forth(max(prices[i], 1e-9)) - rank * gap, 1
        while pools and pools[-1][0] >= mean:
            before, pooled = pools.pop()
            mean, size = (before * pooled + mean * size) / (pooled + size), pooled + size
        pools.append((mean, size))
    ceiling = high - (len(prices) - 1) * gap
    bases = [min(max(mean, low), ceiling) for mean, size in pools for _ in range(size)]
    heights = [0.0] * len(prices)
    for rank, (i, base) in enumerate(zip(order, bases, strict=True)):
        heights[i] = base + rank * gap
    return [math.exp(h) if log else h for h in heights]
