"""The ladder beside the price chart: every rung at its height, its words, braced clusters."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Mapping, Sequence
from typing import Any

from analytics.model.levels import ANCHORED_VWAP, LevelId
from analytics.model.quotation import Quotation
from analytics.model.status import Status
from analytics.studies.supports.levels import Level
from analytics.studies.supports.price_history import PriceHistory
from analytics.studies.supports.supports import SupportLadder
from components.figures.theme import ink
from components.frame import formats
from components.frame.findings import STATUS_SIGN, status_words

RUNG_GAP = 0.045
LADDER_COLUMNS = (0.05, 0.42, 0.545, 0.672, 0.7)
BRACE = (0.677, 0.688)
HEADS = ("Level", "Price", "to %", "ATR", "Status")
_SIDES = ("middle right", "middle left", "middle left", "middle left", "middle right")


def short_name(level: LevelId) -> str:
    """A level's name as a rung has room for it: an anchor that has a name goes without its day."""
    name = level.short_name
    if level.family == ANCHORED_VWAP.key:
        words = name.replace("52-week", "52w").split()
        name = " ".join(words[:-1] if len(words) > 2 and words[-1][0].isdigit() else words)
    return formats.level_name(name)


def column_heads(start: float) -> list[dict[str, Any]]:
    """The heads of the ladder's columns, over a ladder that begins at ``start`` of the paper."""
    return [
        {
            "text": head,
            "x": start + (1 - start) * x,
            "xref": "paper",
            "xanchor": "left" if side.endswith("right") else "right",
            "y": 1,
            "yref": "paper",
            "yanchor": "bottom",
            "yshift": 4,
            "showarrow": False,
            "font": {"size": 12, "color": "@ink3"},
        }
        for head, x, side in zip(HEADS, LADDER_COLUMNS, _SIDES, strict=True)
    ]


def below_since(history: PriceHistory, ladder: SupportLadder) -> dict[LevelId, dt.date]:
    """The first session of the closes in a row under each average that the price is below."""
    found: dict[LevelId, dt.date] = {}
    below = {level.id for level in ladder.levels if level.status is Status.BELOW}
    count = len(history.sessions) - ladder.provisional
    for series in history.averages:
        if series.id not in below:
            continue
        for i in range(count - 1, -1, -1):
            average = series.values[i]
            if average is None or history.close[i] >= average:
                break
            found[series.id] = history.sessions[i]
    return found


def rungs(
    ladder: SupportLadder,
    span: tuple[float, float],
    log: bool,
    since: Mapping[LevelId, dt.date] | None = None,
) -> list[dict[str, Any]]:
    """Rung lines at their price, and their words beside, moved apart where they would collide.

    Traces for ``xaxis2``, from 0 to 1, that shares the price axis: prices of ``span`` are drawn.

    Args:
        since: see `below_since`.
    """
    inside = [lv for lv in ladder.levels if span[0] <= lv.price <= span[1]]
    below = [lv for lv in ladder.levels if lv.price < span[0]]
    above = [lv for lv in ladder.levels if lv.price > span[1]]
    rows: list[tuple[float, Level | None]] = [(lv.price, lv) for lv in inside]
    rows.append((ladder.price, None))
    # off the axis they stand in their order, so the nearest to the axis comes first
    rows += [(span[1], lv) for lv in reversed(above)] + [(span[0], lv) for lv in reversed(below)]
    placed = spread([price for price, _ in rows], span, log)
    traces = []
    for (price, level), at in zip(rows, placed, strict=True):
        token = "@ink" if level is None else level.id.style.token
        if span[0] < price < span[1]:
            traces.append(_rung_line(price, at, token, level is None))
    traces += _braces(rows, placed)
    traces += _rung_words(ladder, rows, placed, since or {})
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


def _status_words(level: Level, quotation: Quotation, since: Mapping[LevelId, dt.date]) -> str:
    """The status as the table has it, and since when an old loss lasts."""
    status = level.status
    if status is Status.BELOW and level.id in since:
        day = since[level.id]
        return f"{STATUS_SIGN[status]} below since {day.day} {day:%b}"
    return status_words(level, quotation)


def _rung_words(
    ladder: SupportLadder,
    rows: Sequence[tuple[float, Level | None]],
    placed: Sequence[float],
    since: Mapping[LevelId, dt.date],
) -> list[dict[str, Any]]:
    columns: list[list[str]] = [[] for _ in HEADS]
    colours, price = [], ladder.quotation.text
    for _, level in rows:
        if level is None:
            bare = "\u00a0"  # Plotly loses a text beside one that is empty, when rows are added
            words = [f"<b>{ladder.symbol}</b>", f"<b>{price(ladder.price)}</b>", *[bare] * 3]
        else:
            words = [
                short_name(level.id),
                price(level.price),
                formats.signed(level.distance_pct),
                formats.signed(level.distance_atr),
                _status_words(level, ladder.quotation, since),
            ]
        for column, word in zip(columns, words, strict=True):
            column.append(word)
        colours.append("@ink" if level is None else ink(level.id))
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
            "textfont": {"size": 12, "color": colours if i == 0 else "@ink"},
            "hoverinfo": "skip",
            "cliponaxis": False,
        }
        for i, (x, column, side) in enumerate(zip(LADDER_COLUMNS, columns, _SIDES, strict=True))
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
