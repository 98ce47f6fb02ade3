"""Option figures by strike: volume and exposure, the gamma profile, the strike-expiry matrix."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from analytics.options.levels import OptionLevels
from analytics.options.levels_question import OptionsLevelsView
from analytics.options.surface_question import StrikeExpiryMatrix
from analytics.options.view import StrikeRow
from components.figures.strike_axis import mark_labels, phone_rows, strike_layout
from components.figures.theme import Figure, axis, base_layout, legend_above, vertical_line
from components.frame import formats

AT_THE_TOP = {"x": 1, "xanchor": "right", "y": 1, "yanchor": "top", "yref": "container"}
"""Of the whole chart: right over the plot stand the levels' names."""


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
        iv30: sets how far around spot the view opens, as in `strike_layout`.
    """
    return {
        "data": [
            {
                "type": "bar",
                "name": "calls",
                "x": list(strikes),
                "y": list(calls),
                "marker": {"color": "@series", "line": {"width": 0}},
                "hovertemplate": "%{y:,.4s}",
            },
            {
                "type": "bar",
                "name": "puts",
                "x": list(strikes),
                "y": [-value for value in puts],
                "marker": {"color": "@benchmark", "line": {"width": 0}},
                "customdata": list(puts),
                "hovertemplate": "%{customdata:,.4s}",
            },
        ],
        "layout": strike_layout(
            revision,
            strikes=strikes,
            spot=spot,
            levels=levels,
            iv30=iv30,
            unit=unit,
            ticks=_size_ticks([*calls, *puts]),
            barmode="relative",
            showlegend=True,
            legend=legend_above() | AT_THE_TOP,
        ),
    }


def _size_ticks(sizes: Sequence[float]) -> dict[str, Any]:
    """Ticks either side of zero that read as sizes: puts hang below, but none is negative."""
    top = max(sizes, default=0.0)
    if not top > 0:
        return {"tickvals": [0], "ticktext": ["0"]}
    step = 10.0 ** math.floor(math.log10(top))
    step = next(step * part for part in (0.2, 0.5, 1.0, 2.0) if top / (step * part) <= 5)
    ticks = [step * i for i in range(-int(top / step), int(top / step) + 1)]
    return {"tickvals": ticks, "ticktext": [_short(abs(tick)) for tick in ticks]}


def _short(size: float) -> str:
    """``200k``, ``1.5M``, ``20bn``: a tick has room for no more."""
    for factor, unit in ((1e9, "bn"), (1e6, "M"), (1e3, "k")):
        if size >= factor:
            return f"{size / factor:g}{unit}"
    return f"{size:g}"


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
                title={"text": "spot, $", "font": {"size": 12, "color": "@ink3"}},
                showgrid=False,
                hoverformat=",.2f",
                showspikes=True,
            ),
            yaxis=axis(
                title={"text": "net GEX, $ per 1%", "font": {"size": 12, "color": "@ink3"}},
                zeroline=True,
                zerolinecolor="@zero",
                exponentformat="B",
            ),
            shapes=[vertical_line(x, token, dash) for x, _, token, dash in marks],
            annotations=mark_labels(marks, profile.spots[0], profile.spots[-1]),
            meta={"phone": phone_rows(marks, profile.spots[0], profile.spots[-1])},
            margin={"l": 8, "r": 12, "t": 46, "b": 38, "pad": 2},
        ),
    }


def net_by_strike(
    *,
    strikes: Sequence[float],
    values: Sequence[float],
    spot: float,
    unit: str,
    levels: OptionLevels,
    iv30: float | None,
    revision: str,
) -> Figure:
    """One signed bar a strike, in one colour above zero and another below, with the levels marked.

    Args:
        strikes: ascending; ``values`` at each, signed.
        unit: of the vertical axis.
        iv30: sets how far around spot the view opens, as in `strike_layout`.
    """
    return {
        "data": [signed_bars("net", strikes, values)],
        "layout": strike_layout(
            revision,
            strikes=strikes,
            spot=spot,
            levels=levels,
            iv30=iv30,
            unit=unit,
            ticks={"exponentformat": "B"},
        ),
    }


def signed_bars(name: str, x: Sequence[Any], values: Sequence[float]) -> dict[str, Any]:
    """Bars above zero in one colour of the pair, below it in the other."""
    return {
        "type": "bar",
        "name": name,
        "x": list(x),
        "y": list(values),
        "marker": {
            "color": ["@up" if value >= 0 else "@down" for value in values],
            "line": {"width": 0},
        },
        "hovertemplate": "%{y:,.4s}",
    }


def matrix_heatmap(*, matrix: StrikeExpiryMatrix, measure: str, spot: float) -> Figure:
    """Strike by expiry: open interest, volume, or net GEX, vanna or charm."""
    values = {
        "volume": (matrix.volume, "contracts"),
        "open-interest": (matrix.open_interest, "contracts"),
        "gex": (matrix.net_gex_usd_per_pct, "$ per 1% move"),
        "vanna": (matrix.net_vanna_usd_per_point, "$ of delta per vol point"),
        "charm": (matrix.net_charm_usd_per_day, "$ of delta per day"),
    }
    cells, unit = values[measure]
    signed = measure in ("gex", "vanna", "charm")
    scale: dict[str, Any] = (
        {"colorscale": [[0, "@down"], [0.5, "@panel"], [1, "@up"]], "zmid": 0}
        if signed
        else {"colorscale": [[0, "@panel"], [1, "@series"]], "zmin": 0}
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
                    "title": {"text": unit, "side": "right", "font": {"size": 12}},
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
                title={"text": "strike, $", "font": {"size": 12, "color": "@ink3"}},
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
            meta={"phone": {"xaxis.nticks": 3}},
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
