"""The one look of every figure: colour tokens, both palettes, and the shared layout.

Figures are plain dicts whose colours are *tokens* ("@up"). The browser paints them from the
palette of the theme in use, so that a change of theme asks nothing of the server; `themed`
does the same in Python for exports and tests. The palettes are also the CSS variables of
``assets/css/1-tokens.css``; a test keeps the two equal.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

import numpy as np
import plotly.graph_objects as go

from analytics.model.levels import OWN, LevelId
from analytics.model.quotation import Quotation

Theme = Literal["light", "dark"]
Figure = dict[str, Any]

LIGHT: dict[str, str] = {
    "paper": "#f6f5f1",  # the page
    "panel": "#fdfcfa",  # a panel, and a figure's ground
    "raise": "#efede7",  # a control, a hovered row
    "ink": "#1b1d21",
    "ink2": "#4e535b",
    "ink3": "#5f646d",
    "rule": "#dcd9d1",
    "grid": "#e9e6df",
    "zero": "#a9a59b",
    "up": "#0072b2",
    "down": "#d55e00",
    "up-ink": "#00619a",  # the pair as text: 4.5:1 on a panel
    "down-ink": "#a54500",
    "up-soft": "rgba(0, 114, 178, 0.14)",
    "down-soft": "rgba(213, 94, 0, 0.14)",
    "accent": "#7a3e9d",
    "accent-soft": "rgba(122, 62, 157, 0.12)",
    "warn": "#b3261e",
    "warn-soft": "rgba(179, 38, 30, 0.1)",
    "dma20": "#8a8f98",
    "dma50": "#b8860b",
    "dma100": "#1a8a72",
    "dma200": "#a13d63",
    "dma20-ink": "#5d626b",  # the averages as text: 4.5:1 on a panel and on the page
    "dma50-ink": "#7d5a00",
    "dma100-ink": "#0f6a57",
    "dma200-ink": "#96365a",
    "series": "#5b6b82",  # a figure without a direction: breadth, revenue, calls
    "channel": "#7f8fa6",
    "volume": "#c3c6cb",
    "benchmark": "#7d828b",
    "muted": "#b9bcc2",
    "c1": "#0072b2",
    "c2": "#b8860b",
    "c3": "#1a8a72",
    "c4": "#a13d63",
    "c5": "#7a3e9d",
    "c6": "#d55e00",
    "c7": "#5b6b82",
    "c8": "#6a7f1f",
}

DARK: dict[str, str] = {
    "paper": "#0f1215",
    "panel": "#15191d",
    "raise": "#20262c",
    "ink": "#e8e6e1",
    "ink2": "#b3b6ba",
    "ink3": "#9ba1a9",
    "rule": "#2b3239",
    "grid": "#222930",
    "zero": "#59626c",
    "up": "#56b4e9",
    "down": "#e69f00",
    "up-ink": "#6cbdeb",
    "down-ink": "#eaa81c",
    "up-soft": "rgba(86, 180, 233, 0.18)",
    "down-soft": "rgba(230, 159, 0, 0.18)",
    "accent": "#c79bea",
    "accent-soft": "rgba(199, 155, 234, 0.16)",
    "warn": "#ff8a7a",
    "warn-soft": "rgba(255, 138, 122, 0.13)",
    "dma20": "#8b949e",
    "dma50": "#e6cf6b",
    "dma100": "#4fc3a1",
    "dma200": "#e58fb1",
    "dma20-ink": "#a3abb4",
    "dma50-ink": "#e6cf6b",
    "dma100-ink": "#4fc3a1",
    "dma200-ink": "#e58fb1",
    "series": "#9db0c9",
    "channel": "#8da0ba",
    "volume": "#3c454e",
    "benchmark": "#99a1aa",
    "muted": "#555e68",
    "c1": "#56b4e9",
    "c2": "#e6cf6b",
    "c3": "#4fc3a1",
    "c4": "#e58fb1",
    "c5": "#c79bea",
    "c6": "#e69f00",
    "c7": "#9db0c9",
    "c8": "#b5c95a",
}

PALETTES: dict[Theme, dict[str, str]] = {"light": LIGHT, "dark": DARK}

FONT = 'system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif'

_UNTOUCHED = frozenset(
    {"x", "y", "z", "open", "high", "low", "close", "customdata", "text", "hovertext", "ids"}
)
"""Arrays of data: never searched for tokens, here or in the browser."""


def level_line(level: LevelId) -> dict[str, Any]:
    """The ``line`` of a level: it keeps its colour and its dash on every page."""
    style = level.style
    return {"color": style.token, "dash": style.dash, "width": style.width}


def level_across(level: LevelId, price: float, xref: str = "x domain") -> dict[str, Any]:
    """A shape: a level without a curve, across a plot at its price."""
    return {
        "type": "line",
        "name": level.name,
        "xref": xref,
        "x0": 0,
        "x1": 1,
        "yref": "y",
        "y0": price,
        "y1": price,
        "layer": "above" if level.family == OWN.key else "below",  # a grid line hides it else
        "line": level_line(level),
    }


def ink(level: LevelId) -> str:
    """Colour token of a level's name: as its line, dark enough to read."""
    token = level.style.token
    return f"{token}-ink" if f"{token[1:]}-ink" in LIGHT else token


def candle_style() -> dict[str, Any]:
    """Up and down of a candlestick: hollow up, filled down, so that fill doubles colour."""
    return {
        "increasing": {"line": {"color": "@up", "width": 1}, "fillcolor": "@panel"},
        "decreasing": {"line": {"color": "@down", "width": 1}, "fillcolor": "@down"},
    }


def axis(**changes: Any) -> dict[str, Any]:
    """A quiet axis: light grid, no frame, a thin spike under the pointer."""
    base: dict[str, Any] = {
        "gridcolor": "@grid",
        "linecolor": "@rule",
        "zeroline": False,
        "showline": False,
        "ticks": "",
        "tickfont": {"size": 12, "color": "@ink3"},
        "title": {"font": {"size": 12, "color": "@ink3"}, "standoff": 8},
        "spikecolor": "@zero",
        "spikethickness": 1,
        "spikedash": "dot",
        "spikemode": "toaxis",
        "spikesnap": "cursor",
        "automargin": True,
    }
    return base | changes


_WEEKDAYS, _ALL_DAYS = "1111100", "1111111"


def session_axis(sessions: Sequence[str] = (), **changes: Any) -> dict[str, Any]:
    """A date axis without gaps at the exchange's closures; at weekends only where none trades.

    Args:
        sessions: the ISO dates drawn, ascending; they fix the range, and weekdays missing
            between them are cut out.
        changes: axis keys to set or replace.
    """
    extent: dict[str, Any] = {}
    week = _ALL_DAYS if _trade_at_weekends(sessions) else _WEEKDAYS
    breaks: list[dict[str, Any]] = [] if week is _ALL_DAYS else [{"bounds": ["sat", "mon"]}]
    if sessions:
        if closures := _closures(sessions, week):
            breaks.append({"values": closures})
        extent["range"] = _padded(sessions[0], sessions[-1], week)
    base: dict[str, Any] = {
        "type": "date",
        "rangebreaks": breaks,
        "rangeslider": {"visible": False},
        "showgrid": False,
        "showspikes": True,
        "showline": True,
        "hoverformat": "%a %-d %b %Y",
        "tickformatstops": [
            {"dtickrange": [None, 86_400_000 * 20], "value": "%-d %b"},
            {"dtickrange": [86_400_000 * 20, "M6"], "value": "%b\n%Y"},
            {"dtickrange": ["M6", None], "value": "%Y"},
        ],
    }
    return axis(**(base | extent | changes))


def _trade_at_weekends(sessions: Sequence[str]) -> bool:
    """Whether a bar drawn is of a Saturday or Sunday: a market around the clock."""
    return not np.is_busday(np.asarray(sessions, dtype="datetime64[D]")).all()


def _closures(sessions: Sequence[str], week: str) -> list[str]:
    days = np.asarray(sessions, dtype="datetime64[D]")
    between = np.arange(days[0], days[-1])
    between = between[np.is_busday(between, weekmask=week)]
    return [str(day) for day in between[~np.isin(between, days)]]


def _padded(first: str, last: str, week: str) -> list[str]:
    """Most of a session before the first bar and after the last, outside any weekend."""
    day_before = np.busday_offset(np.datetime64(first, "D"), -1, weekmask=week)
    before = day_before.astype("datetime64[h]") + np.timedelta64(8, "h")
    after = np.datetime64(last, "h") + np.timedelta64(16, "h")
    return [f"{edge}:00".replace("T", " ") for edge in (before, after)]


def value_axis(**changes: Any) -> dict[str, Any]:
    """A price or percent axis; on the left, for lines carry their names at the right end."""
    return axis(**({"side": "left", "showspikes": True, "hoverformat": ",.2f"} | changes))


def price_axis(quotation: Quotation, **changes: Any) -> dict[str, Any]:
    """A `value_axis` of an instrument's prices: its readout in their decimals."""
    return value_axis(
        **({"hoverformat": f",.{quotation.decimals}f", "exponentformat": "none"} | changes)
    )


def hover_price(quotation: Quotation) -> str:
    """The hover template of a series of an instrument's prices."""
    return f"{quotation.prefix}%{{y:,.{quotation.decimals}f}}{quotation.suffix}"


def base_layout(revision: str, **changes: Any) -> dict[str, Any]:
    """The layout every figure starts from.

    Args:
        revision: ``uirevision``; keep it equal while zoom and hover are to survive an update
            (symbol and range, say).
        changes: top-level keys to set or replace.
    """
    base: dict[str, Any] = {
        "font": {"family": FONT, "size": 12, "color": "@ink2"},
        "paper_bgcolor": "rgba(0, 0, 0, 0)",
        "plot_bgcolor": "rgba(0, 0, 0, 0)",
        "margin": {"l": 8, "r": 8, "t": 8, "b": 28, "pad": 0},
        "showlegend": False,
        "hovermode": "x unified",
        "hoverlabel": {
            "bgcolor": "@panel",
            "bordercolor": "@rule",
            "font": {"size": 12, "color": "@ink"},
        },
        "hoverdistance": 40,
        "spikedistance": -1,
        "dragmode": "pan",
        "uirevision": revision,
        "bargap": 0.25,
        "separators": ".\u2009",
        "modebar": {"bgcolor": "rgba(0, 0, 0, 0)", "color": "@ink3", "activecolor": "@ink"},
        "colorway": ["@c1", "@c2", "@c3", "@c4", "@c5", "@c6", "@c7", "@c8"],
    }
    return base | changes


TOOLS_HEIGHT = 28
"""Room above a plot for Plotly's tools, px: else they cover a name at a line's end there."""


def legend_above() -> dict[str, Any]:
    """A legend in a row above the plot, that a click does not change."""
    return {
        "orientation": "h",
        "x": 0,
        "y": 1.0,
        "yanchor": "bottom",
        "font": {"size": 12, "color": "@ink2"},
        "itemclick": False,
        "itemdoubleclick": False,
    }


def vertical_line(
    x: float, token: str, dash: str, xref: str = "x", width: float = 1.2
) -> dict[str, Any]:
    """A line from the bottom to the top of the plot at ``x``."""
    return {
        "type": "line",
        "xref": xref,
        "x0": x,
        "x1": x,
        "yref": "paper",
        "y0": 0,
        "y1": 1,
        "line": {"color": token, "width": width, "dash": dash},
    }


def end_labels(
    labels: Sequence[tuple[str, float, str]], *, least_gap: float, yref: str = "y"
) -> list[dict[str, Any]]:
    """Annotations at the right end of lines, moved apart so that none covers another.

    Args:
        labels: (text, y value, colour token) each.
        least_gap: smallest distance between two labels, in units of the axis: about 0.045 of
            its span for a chart 400 px high.
        yref: the axis they stand at; the figure needs a right margin for them.
    """
    placed: list[dict[str, Any]] = []
    below = float("-inf")
    for text, y, token in sorted(labels, key=lambda label: label[1]):
        at = max(y, below + least_gap)
        below = at
        placed.append(
            {
                "text": text,
                "x": 1,
                "xref": "paper",
                "xanchor": "left",
                "xshift": 6,
                "y": at,
                "yref": yref,
                "yanchor": "middle",
                "showarrow": False,
                "align": "left",
                "font": {"size": 12, "color": token, "weight": 600},
            }
        )
    return placed


def themed(figure: Figure, theme: Theme) -> Figure:
    """The figure with its tokens painted, validated by Plotly: for exports and tests.

    Raises:
        ValueError: for an attribute or a value that Plotly does not know.
        KeyError: for a token that is not in the palette.
    """
    painted: dict[str, Any] = _paint(figure, PALETTES[theme])
    go.Figure(painted)
    return painted


def _paint(node: Any, palette: dict[str, str]) -> Any:
    if isinstance(node, str):
        return palette[node[1:]] if node.startswith("@") else node
    if isinstance(node, dict):
        return {
            key: value if key in _UNTOUCHED and isinstance(value, list) else _paint(value, palette)
            for key, value in node.items()
        }
    if isinstance(node, list | tuple):
        return [_paint(item, palette) for item in node]
    return node
