"""Sector figures: ranked dots, heatmap over time, and underwater curves side by side."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from analytics.studies.sectors.sectors import SectorRow, SectorSeries
from components.figures.theme import (
    Figure,
    axis,
    base_layout,
    legend_above,
    session_axis,
    value_axis,
)
from components.frame import formats

Measure = Literal["drawdown", "dma50"]

COLUMNS = 4
PHONE_COLUMNS = 2
HEAT_STEPS = 130

_DOTS: tuple[tuple[str, str, str, str], ...] = (
    ("drawdown_pct", "drawdown", "circle", "@down"),
    ("dma50_distance_pct", "50-DMA", "diamond", "@dma50"),
    ("dma100_distance_pct", "100-DMA", "square", "@dma100"),
)
_DOT_UNIT = "average \u00f7 close \u2212 1, close \u00f7 high \u2212 1 (drawdown), %"


def label(symbol: str, name: str) -> str:
    """``XLK Technology``."""
    return f"{symbol} {name}" if name and len(name) < 16 else symbol


def ranked_dots(*, rows: Sequence[SectorRow], benchmark: SectorRow | None) -> Figure:
    """Drawdown and distances of every sector on one percent axis, deepest drawdown on top."""
    shown = [*rows, *([benchmark] if benchmark else [])]
    names = [label(row.symbol, row.name) for row in shown]
    data: list[dict[str, Any]] = []
    for key, text, mark, token in _DOTS:
        values = [getattr(row, key) for row in shown]
        data.append(
            {
                "type": "scatter",
                "mode": "markers",
                "name": text,
                "x": values,
                "y": names,
                "marker": {
                    "symbol": mark,
                    "size": 9,
                    "color": "@panel" if mark == "square" else token,
                    "line": {"width": 1.6, "color": token},
                },
                "customdata": [_placed(text, row, getattr(row, key)) for row in shown],
                "hovertemplate": "%{customdata}<extra>%{y}</extra>",
            }
        )
    names_axis = axis(
        autorange="reversed",
        fixedrange=True,
        tickmode="array",
        tickvals=names,
        ticktext=[
            f"<b>{name}</b>" if row is benchmark else name for name, row in _pairs(names, shown)
        ],
        showgrid=False,
        tickfont={"size": 12, "color": "@ink"},
    )
    return {
        "data": data,
        "layout": base_layout(
            "sector-dots",
            hovermode="closest",
            dragmode=False,
            showlegend=True,
            legend=legend_above(),
            xaxis=axis(
                title={"text": _DOT_UNIT, "font": {"size": 12, "color": "@ink3"}},
                zeroline=True,
                zerolinecolor="@zero",
                fixedrange=True,
                ticksuffix="%",
            ),
            yaxis=names_axis,
            shapes=[line for name, row in _pairs(names, shown) for line in _reach(name, row)],
            meta={"phone": {"xaxis.title.text": "distance, %", "legend.font.size": 10}},
            margin={"l": 8, "r": 16, "t": 30, "b": 36, "pad": 4},
        ),
    }


def _placed(text: str, row: SectorRow, value: float | None) -> str:
    """Where a mark lies, in words: ``50-DMA 2.16% below the price``."""
    if value is None:
        return ""
    size = formats.pct(abs(value), sign=False)
    if text == "drawdown":
        high = f"its high of {formats.short_date(row.high_date)} ({row.high_sessions} sessions)"
        return f"{size} below {high}" if value < 0 else f"at {high}"
    return f"{text} {size} {'below' if value < 0 else 'above'} the price"


def _reach(name: str, row: SectorRow) -> list[dict[str, Any]]:
    """A quiet line through the marks of one row, so that the eye keeps to it."""
    values = [getattr(row, key) for key, *_ in _DOTS if getattr(row, key) is not None]
    if len(values) < 2:
        return []
    return [
        {
            "type": "line",
            "layer": "below",
            "x0": min(values),
            "x1": max(values),
            "y0": name,
            "y1": name,
            "line": {"color": "@muted", "width": 2},
        }
    ]


def _pairs(names: Sequence[str], rows: Sequence[Any]) -> list[tuple[str, Any]]:
    return list(zip(names, rows, strict=True))


def heatmap(*, series: Sequence[SectorSeries], measure: Measure) -> Figure:
    """Sector by time: drawdown from the rolling high, or distance to the 50-DMA.

    At most `HEAT_STEPS` columns: every k-th session and always the last.
    """
    dates = max((one.sessions for one in series), key=len)
    step = max(1, -(-len(dates) // HEAT_STEPS))
    labelled = list(range(len(dates) - 1, -1, -step))[::-1]
    days = [dates[i] for i in labelled]
    key = "drawdown_pct" if measure == "drawdown" else "dma50_distance_pct"
    rows = []
    for one in series:
        known = dict(zip(one.sessions, getattr(one, key), strict=True))
        rows.append([known.get(day) for day in days])
    names = [label(one.symbol, one.name) for one in series]
    falling = [[0.0, "@down"], [1.0, "@panel"]]
    signed = [[0.0, "@up"], [0.5, "@panel"], [1.0, "@down"]]
    ticks = days[:: max(1, len(days) // 5)]
    unit = "% from the high" if measure == "drawdown" else "% to the 50-DMA"
    scale: dict[str, Any] = (
        {"colorscale": falling, "zmax": 0.0}
        if measure == "drawdown"
        else {"colorscale": signed, "zmid": 0.0}
    )
    return {
        "data": [
            {
                "type": "heatmap",
                "x": [day.isoformat() for day in days],
                "y": names,
                "z": rows,
                "xgap": 0,
                "ygap": 2,
                "hovertemplate": "%{y}, %{x|%-d %b %Y}: %{z:.2f}%<extra></extra>",
                "colorbar": {
                    "thickness": 8,
                    "len": 0.9,
                    "outlinewidth": 0,
                    "tickfont": {"size": 10, "color": "@ink3"},
                    "title": {"text": unit, "side": "right", "font": {"size": 12}},
                },
                **scale,
            }
        ],
        "layout": base_layout(
            f"heat|{measure}",
            hovermode="closest",
            dragmode=False,
            xaxis=axis(
                type="category",
                showgrid=False,
                fixedrange=True,
                tickmode="array",
                tickvals=[day.isoformat() for day in ticks],
                ticktext=[f"{day:%b %y}" for day in ticks],
                tickangle=0,
            ),
            meta={
                "phone": {
                    "xaxis.tickvals": [days[0].isoformat(), days[-1].isoformat()],
                    "xaxis.ticktext": [f"{days[0]:%b %y}", f"{days[-1]:%b %y}"],
                }
            },
            yaxis=axis(
                autorange="reversed",
                showgrid=False,
                fixedrange=True,
                tickfont={"size": 12, "color": "@ink"},
            ),
            margin={"l": 8, "r": 8, "t": 6, "b": 30, "pad": 4},
        ),
    }


def underwater(*, series: Sequence[SectorSeries]) -> Figure:
    """One small chart a member, the same y axis in all: the fall from the running maximum."""
    deepest = min([-1.0, *(min(one.underwater_pct) for one in series)])
    data: list[dict[str, Any]] = []
    layout: dict[str, Any] = {}
    phone: dict[str, Any] = {}
    titles = []
    for i, one in enumerate(series):
        n = "" if i == 0 else str(i + 1)
        days = [day.isoformat() for day in one.sessions]
        is_benchmark = i == 0
        data.append(
            {
                "type": "scatter",
                "mode": "lines",
                "name": one.symbol,
                "x": days,
                "y": list(one.underwater_pct),
                "xaxis": f"x{n}",
                "yaxis": f"y{n}",
                "fill": "tozeroy",
                "fillcolor": "@down-soft",
                "line": {"color": "@ink2" if is_benchmark else "@down", "width": 1.2},
                "hovertemplate": "%{y:.2f}%<extra>" + one.symbol + "</extra>",
            }
        )
        box = _box(i, len(series), COLUMNS)
        narrow = _box(i, len(series), PHONE_COLUMNS)
        phone |= {
            f"xaxis{n}.domain": narrow.x,
            f"yaxis{n}.domain": narrow.y,
            f"xaxis{n}.showticklabels": narrow.last,
            f"yaxis{n}.showticklabels": narrow.first,
            f"annotations.{i}.x": narrow.x[0],
            f"annotations.{i}.y": narrow.y[1],
            f"annotations.{i}.text": f"<b>{one.symbol}</b> {_now(one)}",
        }
        layout[f"xaxis{n}"] = session_axis(
            days,
            domain=box.x,
            anchor=f"y{n}",
            showticklabels=box.last,
            nticks=4,
            showspikes=False,
        )
        layout[f"yaxis{n}"] = value_axis(
            domain=box.y,
            anchor=f"x{n}",
            range=[deepest * 1.05, 0],
            showticklabels=box.first,
            ticksuffix="%",
            nticks=4,
            fixedrange=True,
            showspikes=False,
        )
        titles.append(_small_title(one, box.x[0], box.y[1]))
    return {
        "data": data,
        "layout": base_layout(
            f"underwater|{series[0].sessions[0] if series else ''}",
            hovermode="x",
            dragmode=False,
            annotations=titles,
            meta={"phone": phone},
            margin={"l": 8, "r": 8, "t": 8, "b": 28, "pad": 0},
            **layout,
        ),
    }


@dataclass(frozen=True)
class _Box:
    """Where a small chart stands, and whether it carries the tick labels of its axes."""

    x: list[float]
    y: list[float]
    first: bool
    last: bool


def _box(i: int, count: int, columns: int) -> _Box:
    rows = -(-count // columns)
    column, row = i % columns, i // columns
    return _Box(
        x=[column / columns, (column + 1) / columns - 0.018],
        y=[1 - (row + 1) / rows + 0.14 / rows, 1 - row / rows - 0.12 / rows],
        first=column == 0,
        last=i + columns >= count,
    )


def _now(one: SectorSeries) -> str:
    return formats.pct(one.underwater_pct[-1], 1)


def _small_title(one: SectorSeries, left: float, top: float) -> dict[str, Any]:
    worst = formats.pct(min(one.underwater_pct), 1)
    return {
        "text": f"<b>{label(one.symbol, one.name)}</b>  {_now(one)}, worst {worst}",
        "x": left,
        "y": top,
        "xref": "paper",
        "yref": "paper",
        "xanchor": "left",
        "yanchor": "bottom",
        "showarrow": False,
        "font": {"size": 12, "color": "@ink2"},
    }
