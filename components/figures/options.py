"""Option figures: bullish shares, strikes, exposures, put/call, smiles, term structure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from analytics.options.levels import OptionLevels
from analytics.options.levels_question import OptionsLevelsView
from analytics.options.question import ExpiryPutCall, StrikeRow
from analytics.options.sentiment import MethodShare
from analytics.options.surface import Smile, TermPoint
from analytics.options.surface_question import StrikeExpiryMatrix
from components import formats
from components.figures.theme import Figure, axis, base_layout

METHOD_NAMES = {
    "call-share": "Call share",
    "quote": "Quote",
    "quote-strict": "Quote, strict",
    "residual": "Residual",
}
METHOD_MARKS = {
    "call-share": ("circle", "@c1"),
    "quote": ("diamond", "@c2"),
    "quote-strict": ("diamond-open", "@c2"),
    "residual": ("square", "@c3"),
}
NEAREST, FARTHEST = 0.06, 0.25
MONTH_ROOT = (30 / 365) ** 0.5
MOST_SMILES = 6


def bullish_dots(
    *, shares: Mapping[str, Mapping[str, MethodShare]], names: Mapping[str, str], weighted: bool
) -> Figure:
    """One row a bucket, one mark a method, on one axis from 0 to 100% bullish."""
    data: list[dict[str, Any]] = []
    rows = list(names.values())
    for method, title in METHOD_NAMES.items():
        mark, token = METHOD_MARKS[method]
        points = [(names[key], shares[key][method]) for key in names if method in shares[key]]
        values = [share_of(share, weighted) for _, share in points]
        kept = [
            (row, share, v) for (row, share), v in zip(points, values, strict=True) if v is not None
        ]
        data.append(
            {
                "type": "scatter",
                "mode": "markers",
                "name": title,
                "y": [row for row, _, _ in kept],
                "x": [value for _, _, value in kept],
                "marker": {
                    "symbol": mark,
                    "size": 12,
                    "color": token,
                    "line": {"width": 2, "color": token},
                },
                "customdata": [
                    f"{formats.share(value)} bullish, "
                    f"{formats.share(coverage_of(share, weighted))} of volume"
                    for _, share, value in kept
                ],
                "hovertemplate": "%{customdata}<extra>" + title + "</extra>",
            }
        )
    return {
        "data": data,
        "layout": base_layout(
            f"bullish|{weighted}",
            hovermode="closest",
            dragmode=False,
            showlegend=True,
            legend=_legend(),
            xaxis=axis(
                range=[0, 100],
                fixedrange=True,
                ticksuffix="%",
                tickvals=[0, 25, 50, 75, 100],
                title={
                    "text": "bullish share of classified volume",
                    "font": {"size": 11, "color": "@ink3"},
                },
            ),
            yaxis=axis(
                autorange="reversed",
                fixedrange=True,
                categoryorder="array",
                categoryarray=rows,
                tickfont={"size": 12, "color": "@ink"},
                range=[len(rows) - 0.5, -0.5],
            ),
            shapes=[_vertical(50, "@zero", "solid", xref="x")],
            margin={"l": 8, "r": 20, "t": 28, "b": 36, "pad": 4},
        ),
    }


def share_of(share: MethodShare, weighted: bool) -> float | None:
    """The share drawn: plain, or delta-weighted."""
    return share.delta_weighted_pct if weighted else share.share_pct


def coverage_of(share: MethodShare, weighted: bool) -> float | None:
    """What part of the volume the share drawn rests on."""
    return share.delta_weighted_coverage_pct if weighted else share.coverage_pct


def _legend() -> dict[str, Any]:
    return {
        "orientation": "h",
        "x": 0,
        "y": 1.0,
        "yanchor": "bottom",
        "font": {"size": 11, "color": "@ink2"},
        "itemclick": False,
        "itemdoubleclick": False,
    }


def _vertical(
    x: float, token: str, dash: str, xref: str = "x", width: float = 1.2
) -> dict[str, Any]:
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


def strike_bars(
    *,
    strikes: Sequence[float],
    calls: Sequence[float],
    puts: Sequence[float],
    spot: float,
    unit: str,
    levels: OptionLevels,
    iv30: float | None,
    revision: str,
) -> Figure:
    """Calls up and puts down by strike, with spot, walls and flip marked.

    Args:
        strikes: ascending; ``calls`` and ``puts`` are positive magnitudes at each.
        unit: of the vertical axis.
        iv30: sets how far around spot the view opens: about two monthly sigmas.
    """
    reach = min(max(2.2 * (iv30 or 0.4) * MONTH_ROOT, NEAREST), FARTHEST)
    marks = strike_marks(spot, levels)
    near = [s for s in strikes if abs(s / spot - 1) <= reach] or list(strikes)
    return {
        "data": [
            {
                "type": "bar",
                "name": "calls",
                "x": list(strikes),
                "y": list(calls),
                "marker": {"color": "@up", "line": {"width": 0}},
                "hovertemplate": "%{y:,.4s}",
            },
            {
                "type": "bar",
                "name": "puts",
                "x": list(strikes),
                "y": [-value for value in puts],
                "marker": {"color": "@down", "line": {"width": 0}},
                "customdata": list(puts),
                "hovertemplate": "%{customdata:,.4s}",
            },
        ],
        "layout": base_layout(
            revision,
            barmode="relative",
            bargap=0.15,
            showlegend=True,
            legend=_legend() | {"x": 1, "xanchor": "right"},
            xaxis=axis(
                title={"text": "strike, $", "font": {"size": 11, "color": "@ink3"}},
                range=[min(near), max(near)],
                showgrid=False,
                hoverformat=",.2f",
            ),
            yaxis=axis(
                title={"text": unit, "font": {"size": 11, "color": "@ink3"}},
                zeroline=True,
                zerolinecolor="@zero",
                exponentformat="B",
            ),
            shapes=[_vertical(x, token, dash) for x, _, token, dash in marks],
            annotations=_mark_labels(marks, max(near) - min(near)),
            margin={"l": 8, "r": 12, "t": 62, "b": 38, "pad": 2},
        ),
    }


def strike_marks(spot: float, levels: OptionLevels) -> list[tuple[float, str, str, str]]:
    """(price, name, token, dash) of spot and the levels that exist."""
    marks = [(spot, f"spot {formats.price(spot)}", "@ink", "solid")]
    for value, name, dash in (
        (levels.put_wall.strike, "put wall", "dash"),
        (levels.call_wall.strike, "call wall", "dash"),
        (levels.gamma_flip.nearest, "flip", "dot"),
    ):
        if value is not None:
            marks.append((value, f"{name} {formats.price(value)}", "@accent", dash))
    return marks


def _mark_labels(marks: Sequence[tuple[float, str, str, str]], span: float) -> list[dict[str, Any]]:
    """Names above the plot, each on a line of its own where two would touch."""
    labels = []
    row, last = 0, float("-inf")
    for x, text, token, _ in sorted(marks):
        row = (row + 1) % 4 if x - last < span * 0.16 else 0
        last = x
        labels.append(
            {
                "x": x,
                "y": 1.0,
                "yref": "paper",
                "yanchor": "bottom",
                "yshift": 2 + 14 * row,
                "text": text,
                "showarrow": False,
                "font": {"size": 11, "color": token},
                "bgcolor": "@panel",
            }
        )
    return labels


def gamma_profile(*, view: OptionsLevelsView) -> Figure:
    """Total GEX against the spot price, with the flips and today's spot."""
    profile = view.profile
    if profile is None:
        return {"data": [], "layout": base_layout("profile")}
    marks = [(view.spot, f"spot {formats.price(view.spot)}", "@ink", "solid")]
    marks += [(x, f"flip {formats.price(x)}", "@accent", "dot") for x in view.levels.gamma_flip.all]
    return {
        "data": [
            {
                "type": "scatter",
                "mode": "lines",
                "name": "net GEX",
                "x": list(profile.spots),
                "y": list(profile.gex_usd_per_pct),
                "line": {"color": "@ink", "width": 1.8},
                "fill": "tozeroy",
                "fillcolor": "@accent-soft",
                "hovertemplate": "%{y:,.4s} $ per 1%",
            }
        ],
        "layout": base_layout(
            "profile",
            xaxis=axis(
                title={"text": "spot, $", "font": {"size": 11, "color": "@ink3"}},
                showgrid=False,
                hoverformat=",.2f",
                showspikes=True,
            ),
            yaxis=axis(
                title={"text": view.units.gex, "font": {"size": 11, "color": "@ink3"}},
                zeroline=True,
                zerolinecolor="@zero",
                exponentformat="B",
            ),
            shapes=[_vertical(x, token, dash) for x, _, token, dash in marks],
            annotations=_mark_labels(marks, profile.spots[-1] - profile.spots[0]),
            margin={"l": 8, "r": 12, "t": 46, "b": 38, "pad": 2},
        ),
    }


def put_call_bars(*, rows: Sequence[ExpiryPutCall]) -> Figure:
    """Put/call by volume and by open interest, expiry by expiry."""
    names = [f"{row.expiry:%-d %b %y}" for row in rows]
    ratio = [("volume", "volume", "@c5"), ("open interest", "open_interest", "@muted")]
    return {
        "data": [
            {
                "type": "bar",
                "name": title,
                "x": names,
                "y": [getattr(row, key) for row in rows],
                "marker": {"color": token, "line": {"width": 0}},
                "hovertemplate": "%{y:.2f}",
            }
            for title, key, token in ratio
        ],
        "layout": base_layout(
            "put-call",
            barmode="group",
            showlegend=True,
            legend=_legend(),
            dragmode=False,
            xaxis=axis(type="category", showgrid=False, fixedrange=True, nticks=10, tickangle=0),
            yaxis=axis(
                title={"text": "puts / calls", "font": {"size": 11, "color": "@ink3"}},
                fixedrange=True,
                rangemode="tozero",
            ),
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
            margin={"l": 8, "r": 8, "t": 28, "b": 30, "pad": 2},
        ),
    }


def term_structure(*, points: Sequence[TermPoint], iv30: float | None) -> Figure:
    """At-the-money implied volatility by days to expiry, with IV30 marked."""
    known = [point for point in points if point.atm_iv is not None]
    data: list[dict[str, Any]] = [
        {
            "type": "scatter",
            "mode": "lines+markers",
            "name": "ATM IV",
            "x": [point.days for point in known],
            "y": [(point.atm_iv or 0) * 100 for point in known],
            "line": {"color": "@c5", "width": 1.6},
            "marker": {"size": 6, "color": "@c5"},
            "customdata": [f"{point.expiry:%-d %b %Y}" for point in known],
            "hovertemplate": "%{customdata}: %{y:.1f}%<extra></extra>",
        }
    ]
    if iv30 is not None:
        data.append(
            {
                "type": "scatter",
                "mode": "markers+text",
                "name": "IV30",
                "x": [30],
                "y": [iv30 * 100],
                "text": [f"IV30 {iv30 * 100:.1f}%"],
                "textposition": "top right",
                "textfont": {"size": 11, "color": "@ink"},
                "marker": {"size": 9, "symbol": "x", "color": "@ink"},
                "hoverinfo": "skip",
            }
        )
    return {
        "data": data,
        "layout": base_layout(
            "term",
            hovermode="closest",
            xaxis=axis(
                title={"text": "calendar days to expiry", "font": {"size": 11, "color": "@ink3"}}
            ),
            yaxis=axis(
                title={
                    "text": "implied volatility, % a year",
                    "font": {"size": 11, "color": "@ink3"},
                }
            ),
            margin={"l": 8, "r": 16, "t": 10, "b": 38, "pad": 2},
        ),
    }


def smiles(*, curves: Sequence[Smile], spot: float) -> Figure:
    """Implied volatility by strike for the nearest expiries, each named at its right end."""
    shown = curves[:MOST_SMILES]
    data = []
    for i, curve in enumerate(shown):
        near = [
            (k, v) for k, v in zip(curve.strikes, curve.iv, strict=True) if abs(k / spot - 1) <= 0.3
        ]
        data.append(
            {
                "type": "scatter",
                "mode": "lines",
                "name": f"{curve.expiry:%-d %b %y}",
                "x": [k for k, _ in near],
                "y": [v * 100 for _, v in near],
                "line": {"color": f"@c{i % 8 + 1}", "width": 1.5},
                "hovertemplate": "%{y:.1f}%",
            }
        )
    return {
        "data": data,
        "layout": base_layout(
            "smile",
            showlegend=True,
            legend=_legend(),
            xaxis=axis(
                title={"text": "strike, $", "font": {"size": 11, "color": "@ink3"}},
                hoverformat=",.2f",
                showspikes=True,
                showgrid=False,
            ),
            yaxis=axis(
                title={
                    "text": "implied volatility, % a year",
                    "font": {"size": 11, "color": "@ink3"},
                }
            ),
            shapes=[_vertical(spot, "@ink", "solid")],
            margin={"l": 8, "r": 12, "t": 30, "b": 38, "pad": 2},
        ),
    }


def matrix_heatmap(*, matrix: StrikeExpiryMatrix, measure: str, spot: float) -> Figure:
    """Strike by expiry: open interest, volume or net GEX."""
    values = {
        "volume": (matrix.volume, "contracts"),
        "open-interest": (matrix.open_interest, "contracts"),
        "gex": (matrix.net_gex_usd_per_pct, "$ per 1% move"),
    }
    cells, unit = values[measure]
    signed = measure == "gex"
    scale: dict[str, Any] = (
        {"colorscale": [[0, "@down"], [0.5, "@panel"], [1, "@up"]], "zmid": 0}
        if signed
        else {"colorscale": [[0, "@panel"], [1, "@c5"]], "zmin": 0}
    )
    return {
        "data": [
            {
                "type": "heatmap",
                "x": [f"{day:%-d %b %y}" for day in matrix.expiries],
                "y": list(matrix.strikes),
                "z": [list(row) for row in cells] if cells else [],
                "xgap": 1,
                "ygap": 0.5,
                "hovertemplate": "%{x}, strike %{y}: %{z:,.4s} " + unit + "<extra></extra>",
                "colorbar": {
                    "thickness": 8,
                    "outlinewidth": 0,
                    "exponentformat": "B",
                    "tickfont": {"size": 10, "color": "@ink3"},
                    "title": {"text": unit, "side": "right", "font": {"size": 11}},
                },
                **scale,
            }
        ],
        "layout": base_layout(
            f"matrix|{measure}",
            hovermode="closest",
            dragmode=False,
            xaxis=axis(type="category", showgrid=False, fixedrange=True, nticks=8, tickangle=0),
            yaxis=axis(
                title={"text": "strike, $", "font": {"size": 11, "color": "@ink3"}},
                showgrid=False,
                fixedrange=True,
            ),
            shapes=[
                {
                    "type": "line",
                    "xref": "paper",
                    "x0": 0,
                    "x1": 1,
                    "y0": spot,
                    "y1": spot,
                    "line": {"color": "@ink", "width": 1, "dash": "dot"},
                }
            ],
            margin={"l": 8, "r": 8, "t": 8, "b": 30, "pad": 2},
        ),
    }


def strike_values(
    rows: Sequence[StrikeRow], measure: str
) -> tuple[list[float], list[float], list[float]]:
    """(strikes, calls, puts) of volume or open interest."""
    strikes = [row.strike for row in rows]
    if measure == "open-interest":
        calls = [float(row.call_open_interest or 0) for row in rows]
        return strikes, calls, [float(row.put_open_interest or 0) for row in rows]
    return strikes, [float(r.call_volume) for r in rows], [float(r.put_volume) for r in rows]
