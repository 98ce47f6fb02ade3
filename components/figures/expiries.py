"""Option figures by expiry: put/call, and exposure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from analytics.options.levels_question import ExpiryExposure
from analytics.options.view import ExpiryPutCall
from components.figures.strikes import signed_bars
from components.figures.theme import Figure, axis, base_layout, legend_above

SIZES = {"zeroline": True, "zerolinecolor": "@zero", "exponentformat": "B"}


def put_call_bars(*, rows: Sequence[ExpiryPutCall]) -> Figure:
    """Put/call by volume and by open interest, expiry by expiry."""
    ratios = (("volume", "volume", "@series"), ("open interest", "open_interest", "@muted"))
    return {
        "data": [_bars(*ratio, rows, "%{y:.2f}") for ratio in ratios],
        "layout": _layout(
            "put-call",
            unit="puts / calls",
            labels=5,
            values={"rangemode": "tozero"},
            unit_on_phone=True,
            barmode="group",
            showlegend=True,
            legend=legend_above(),
            shapes=[
                {
                    "type": "line",
                    "xref": "paper",
                    "x0": 0,
                    "x1": 1,
                    "y0": 1,
                    "y1": 1,
                    "line": {"color": "@zero", "width": 1, "dash": "dot"},
                }
            ],
        ),
    }


def gex_by_expiry(*, rows: Sequence[ExpiryExposure], unit: str) -> Figure:
    """Calls' and puts' GEX by expiry, stacked by sign, with the net on top."""
    sides = (
        ("calls", "call_gex_usd_per_pct", "@series"),
        ("puts", "put_gex_usd_per_pct", "@benchmark"),
    )
    net = {
        "type": "scatter",
        "mode": "markers",
        "name": "net",
        "x": _names(rows),
        "y": [row.net_gex_usd_per_pct for row in rows],
        "marker": {"size": 7, "symbol": "diamond", "color": "@ink"},
        "hovertemplate": "%{y:,.4s}",
    }
    return {
        "data": [*(_bars(*side, rows, "%{y:,.4s}") for side in sides), net],
        "layout": _layout(
            "gex-expiry",
            unit=unit,
            values=SIZES,
            barmode="relative",
            showlegend=True,
            legend=legend_above(),
        ),
    }


def net_by_expiry(
    *, rows: Sequence[ExpiryExposure], values: Sequence[float], unit: str, name: str
) -> Figure:
    """One signed bar an expiry."""
    return {
        "data": [signed_bars(name, _names(rows), values)],
        "layout": _layout(f"{name}-expiry", unit=unit, values=SIZES),
    }


def _names(rows: Sequence[ExpiryPutCall] | Sequence[ExpiryExposure]) -> list[str]:
    return [f"{row.expiry:%-d %b %y}" for row in rows]


def _bars(
    title: str,
    field: str,
    token: str,
    rows: Sequence[ExpiryPutCall] | Sequence[ExpiryExposure],
    hover: str,
) -> dict[str, Any]:
    return {
        "type": "bar",
        "name": title,
        "x": _names(rows),
        "y": [getattr(row, field) for row in rows],
        "marker": {"color": token, "line": {"width": 0}},
        "hovertemplate": hover,
    }


def _layout(
    revision: str,
    *,
    unit: str,
    values: dict[str, Any],
    labels: int = 8,
    unit_on_phone: bool = False,
    **more: Any,
) -> dict[str, Any]:
    """Layout of bars by expiry: ``labels`` of them named at most, ``values`` up the side."""
    phone = {"xaxis.nticks": 3} | ({} if unit_on_phone else {"yaxis.title.text": ""})
    return base_layout(
        revision,
        dragmode=False,
        xaxis=axis(type="category", showgrid=False, fixedrange=True, nticks=labels, tickangle=0),
        yaxis=axis(
            title={"text": unit, "font": {"size": 12, "color": "@ink3"}},
            fixedrange=True,
            **values,
        ),
        margin={"l": 8, "r": 8, "t": 28, "b": 30, "pad": 2},
        meta={"phone": phone},
        **more,
    )
