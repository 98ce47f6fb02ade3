"""Option figures by strike: volume and exposure, the gamma profile, the strike-expiry matrix."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from analytics.options.levels import OptionLevels
from analytics.options.levels_question import ExpiryExposure, OptionsLevelsView
from analytics.options.question import StrikeRow
from analytics.options.surface_question import StrikeExpiryMatrix
from components.figures.theme import Figure, axis, base_layout, legend_above, vertical_line
from components.frame import formats

NEAREST, FARTHEST = 0.06, 0.25
DESK_LABEL, PHONE_LABEL = 0.16, 0.36
"""Width of a mark's name as a part of the plot's."""
MONTH_ROOT = (30 / 365) ** 0.5

Mark = tuple[float, str, str, str]
"""Strike, name, colour token and dash of a line across the strikes."""
REACH_ON = 1.5
"""A level up to so many times as far from spot as the axis reaches has the axis reach it."""


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
    low, high = with_marks(min(near), max(near), spot, marks)
    marks = [pinned(mark, low, high) for mark in marks]
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
            legend=legend_above() | {"x": 1, "xanchor": "right"},
            xaxis=axis(
                title={"text": "strike, $", "font": {"size": 11, "color": "@ink3"}},
                range=[low, high],
                showgrid=False,
                hoverformat=",.2f",
            ),
            yaxis=axis(
                title={"text": unit, "font": {"size": 11, "color": "@ink3"}},
                zeroline=True,
                zerolinecolor="@zero",
                **_size_ticks([*calls, *puts]),
            ),
            shapes=[vertical_line(x, token, dash) for x, _, token, dash in marks],
            annotations=_mark_labels(marks, low, high),
            meta={
                "phone": {"yaxis.title.text": "", "showlegend": False}
                | _phone_rows(marks, low, high)
            },
            margin={"l": 8, "r": 12, "t": 62, "b": 38, "pad": 2},
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


def strike_marks(spot: float, levels: OptionLevels) -> list[Mark]:
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


def with_marks(low: float, high: float, spot: float, marks: Sequence[Mark]) -> tuple[float, float]:
    """The axis widened to the marks that lie at most half as far again from spot as its end."""
    least, most = spot - REACH_ON * (spot - low), spot + REACH_ON * (high - spot)
    within = [x for x, *_ in marks if least <= x <= most]
    return min([low, *within]), max([high, *within])


def pinned(mark: Mark, low: float, high: float) -> Mark:
    """A mark beyond the axis stands at its end, with an arrow to where it lies."""
    x, name, token, dash = mark
    if x < low:
        return low, f"\u2190 {name}", token, dash
    if x > high:
        return high, f"{name} \u2192", token, dash
    return mark


def _centre(x: float, low: float, high: float, width: float) -> float:
    """Where a name ``width`` wide is centred: at its mark, but wholly between the axis's ends."""
    return max(low + width / 2, min(high - width / 2, x))


def _rows(marks: Sequence[Mark], low: float, high: float, width: float) -> list[int]:
    """The lowest line above the plot on which each mark's name, ``width`` wide, touches none."""
    rows: list[int] = []
    ends: list[float] = []
    for x in (_centre(x, low, high, width) for x, *_ in sorted(marks)):
        row = next((i for i, end in enumerate(ends) if x - end >= width), len(ends))
        ends[row : row + 1] = [x]
        rows.append(row)
    return rows


def _phone_rows(marks: Sequence[Mark], low: float, high: float) -> dict[str, float]:
    """Where the names stand on a phone, which has room for two beside each other."""
    rows = _rows(marks, low, high, (high - low) * PHONE_LABEL)
    return {f"annotations.{i}.yshift": 2 + 14 * row for i, row in enumerate(rows)}


def _mark_labels(marks: Sequence[Mark], low: float, high: float) -> list[dict[str, Any]]:
    """Names above the plot, each on a line of its own where two would touch."""
    labels = []
    width = (high - low) * DESK_LABEL
    for (x, text, token, _), row in zip(sorted(marks), _rows(marks, low, high, width), strict=True):
        labels.append(
            {
                "x": _centre(x, low, high, width),
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
                title={"text": "net GEX, $ per 1%", "font": {"size": 11, "color": "@ink3"}},
                zeroline=True,
                zerolinecolor="@zero",
                exponentformat="B",
            ),
            shapes=[vertical_line(x, token, dash) for x, _, token, dash in marks],
            annotations=_mark_labels(marks, profile.spots[0], profile.spots[-1]),
            meta={"phone": _phone_rows(marks, profile.spots[0], profile.spots[-1])},
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
    """One signed bar a strike, above zero and below it told apart, with the levels marked.

    Args:
        strikes: ascending; ``values`` at each, signed.
        unit: of the vertical axis.
        iv30: sets how far around spot the view opens, as in `strike_bars`.
    """
    reach = min(max(2.2 * (iv30 or 0.4) * MONTH_ROOT, NEAREST), FARTHEST)
    marks = strike_marks(spot, levels)
    near = [s for s in strikes if abs(s / spot - 1) <= reach] or list(strikes)
    low, high = with_marks(min(near), max(near), spot, marks)
    marks = [pinned(mark, low, high) for mark in marks]
    return {
        "data": [_signed_bars("net", list(strikes), values)],
        "layout": base_layout(
            revision,
            bargap=0.15,
            xaxis=axis(
                title={"text": "strike, $", "font": {"size": 11, "color": "@ink3"}},
                range=[low, high],
                showgrid=False,
                hoverformat=",.2f",
            ),
            yaxis=axis(
                title={"text": unit, "font": {"size": 11, "color": "@ink3"}},
                zeroline=True,
                zerolinecolor="@zero",
                exponentformat="B",
            ),
            shapes=[vertical_line(x, token, dash) for x, _, token, dash in marks],
            annotations=_mark_labels(marks, low, high),
            meta={"phone": {"yaxis.title.text": ""} | _phone_rows(marks, low, high)},
            margin={"l": 8, "r": 12, "t": 62, "b": 38, "pad": 2},
        ),
    }


def net_by_expiry(
    *, rows: Sequence[ExpiryExposure], values: Sequence[float], unit: str, name: str
) -> Figure:
    """One signed bar an expiry."""
    return {
        "data": [_signed_bars(name, [f"{row.expiry:%-d %b %y}" for row in rows], values)],
        "layout": base_layout(
            f"{name}-expiry",
            dragmode=False,
            xaxis=axis(type="category", showgrid=False, fixedrange=True, nticks=8, tickangle=0),
            yaxis=axis(
                title={"text": unit, "font": {"size": 11, "color": "@ink3"}},
                zeroline=True,
                zerolinecolor="@zero",
                fixedrange=True,
                exponentformat="B",
            ),
            margin={"l": 8, "r": 8, "t": 28, "b": 30, "pad": 2},
            meta={"phone": {"xaxis.nticks": 4, "yaxis.title.text": ""}},
        ),
    }


def _signed_bars(name: str, x: Sequence[Any], values: Sequence[float]) -> dict[str, Any]:
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


def gex_by_expiry(*, rows: Sequence[ExpiryExposure], unit: str) -> Figure:
    """Calls' and puts' GEX by expiry, stacked by sign, with the net on top."""
    names = [f"{row.expiry:%-d %b %y}" for row in rows]
    sides = (("calls", "call_gex_usd_per_pct", "@up"), ("puts", "put_gex_usd_per_pct", "@down"))
    data: list[dict[str, Any]] = [
        {
            "type": "bar",
            "name": title,
            "x": names,
            "y": [getattr(row, key) for row in rows],
            "marker": {"color": token, "line": {"width": 0}},
            "hovertemplate": "%{y:,.4s}",
        }
        for title, key, token in sides
    ]
    data.append(
        {
            "type": "scatter",
            "mode": "markers",
            "name": "net",
            "x": names,
            "y": [row.net_gex_usd_per_pct for row in rows],
            "marker": {"size": 7, "symbol": "diamond", "color": "@ink"},
            "hovertemplate": "%{y:,.4s}",
        }
    )
    return {
        "data": data,
        "layout": base_layout(
            "gex-expiry",
            barmode="relative",
            showlegend=True,
            legend=legend_above(),
            dragmode=False,
            xaxis=axis(type="category", showgrid=False, fixedrange=True, nticks=8, tickangle=0),
            yaxis=axis(
                title={"text": unit, "font": {"size": 11, "color": "@ink3"}},
                zeroline=True,
                zerolinecolor="@zero",
                fixedrange=True,
                exponentformat="B",
            ),
            margin={"l": 8, "r": 8, "t": 28, "b": 30, "pad": 2},
            meta={"phone": {"xaxis.nticks": 4, "yaxis.title.text": ""}},
        ),
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
            meta={"phone": {"xaxis.nticks": 4}},
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
