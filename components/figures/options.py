"""Option figures: bullish shares, smiles, term structure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from analytics.options.sentiment import MethodShare
from analytics.options.surface import Smile, TermPoint
from components.figures.theme import Figure, axis, base_layout, legend_above, vertical_line
from components.frame import formats

METHOD_NAMES = {
    "call-share": "Call share",
    "quote": "Quote",
    "quote-strict": "Quote, strict",
    "residual": "Residual",
}
METHOD_MARKS = {
    "call-share": ("circle", "@ink"),
    "quote": ("diamond", "@series"),
    "quote-strict": ("diamond-open", "@series"),
    "residual": ("square", "@benchmark"),
}
MAX_SMILES = 6
SMILE_SIGMAS, SMILE_NEAREST, SMILE_FARTHEST = 3.5, 0.01, 0.3


def bullish_dots(
    *, shares: Mapping[str, Mapping[str, MethodShare]], names: Mapping[str, str], weighted: bool
) -> Figure:
    """One row a bucket, one mark a method, on one axis from 0 to 100% bullish."""
    rows = list(names.values())
    data = [_method_dots(method, shares, names, weighted) for method in METHOD_NAMES]
    return {
        "data": data,
        "layout": base_layout(
            f"bullish|{weighted}",
            hovermode="closest",
            dragmode=False,
            showlegend=True,
            legend=legend_above(),
            xaxis=axis(
                range=[0, 100],
                fixedrange=True,
                tickvals=[0, 25, 50, 75, 100],
                title={
                    "text": "bullish share of classified volume, %",
                    "font": {"size": 12, "color": "@ink3"},
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
            shapes=[vertical_line(50, "@zero", "solid", xref="x")],
            meta={
                "phone": {
                    "margin.t": 46,
                    "legend.font.size": 10,
                    "yaxis.tickmode": "array",
                    "yaxis.tickvals": rows,
                    "yaxis.ticktext": [row.split(" (")[-1].rstrip(")") for row in rows],
                }
            },
            margin={"l": 8, "r": 20, "t": 28, "b": 36, "pad": 4},
        ),
    }


def _method_dots(
    method: str,
    shares: Mapping[str, Mapping[str, MethodShare]],
    names: Mapping[str, str],
    weighted: bool,
) -> dict[str, Any]:
    """The marks of one method, where it has a share."""
    mark, token = METHOD_MARKS[method]
    points = [(names[key], shares[key][method]) for key in names if method in shares[key]]
    known = [
        (row, share, value)
        for row, share in points
        if (value := share_of(share, weighted)) is not None
    ]
    return {
        "type": "scatter",
        "mode": "markers",
        "name": METHOD_NAMES[method],
        "y": [row for row, _, _ in known],
        "x": [value for _, _, value in known],
        "marker": {
            "symbol": mark,
            "size": 12,
            "color": token,
            "line": {"width": 2, "color": token},
        },
        "customdata": [
            f"{formats.share(value)} bullish, "
            f"{formats.share(coverage_of(share, weighted))} of volume"
            for _, share, value in known
        ],
        "hovertemplate": "%{customdata}<extra>" + METHOD_NAMES[method] + "</extra>",
    }


def share_of(share: MethodShare, weighted: bool) -> float | None:
    """The share drawn: plain, or delta-weighted."""
    return share.delta_weighted_pct if weighted else share.share_pct


def coverage_of(share: MethodShare, weighted: bool) -> float | None:
    """What part of the volume the share drawn rests on."""
    return share.delta_weighted_coverage_pct if weighted else share.coverage_pct


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
            "line": {"color": "@series", "width": 1.6},
            "marker": {"size": 6, "color": "@series"},
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
                "textposition": "bottom right" if _rises(known) else "top right",
                "textfont": {"size": 12, "color": "@ink"},
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
                title={"text": "calendar days to expiry", "font": {"size": 12, "color": "@ink3"}}
            ),
            yaxis=axis(
                title={
                    "text": "implied volatility, % a year",
                    "font": {"size": 12, "color": "@ink3"},
                }
            ),
            margin={"l": 8, "r": 16, "t": 10, "b": 38, "pad": 2},
        ),
    }


def _rises(points: Sequence[TermPoint]) -> bool:
    """Whether the curve ends above its start, so that there is room under it."""
    return bool(points) and (points[-1].atm_iv or 0) >= (points[0].atm_iv or 0)


def smile_reach(curve: Smile) -> float:
    """How far from spot a smile is drawn, as a share of it: so many sigmas to its expiry.

    Farther strikes of an expiry that is days away have IVs in the hundreds of percent, which
    would press every other smile flat.
    """
    sigma: float = (curve.atm_iv or 0.4) * (max(curve.days, 0.5) / 365) ** 0.5
    return min(max(SMILE_SIGMAS * sigma, SMILE_NEAREST), SMILE_FARTHEST)


def _smile_line(curve: Smile, place: int, spot: float) -> dict[str, Any]:
    """The fit, or where there is none the strikes' own volatilities, as far as it is drawn."""
    reach = smile_reach(curve)
    points = zip(curve.fit_strikes or curve.strikes, curve.fit_iv or curve.iv, strict=True)
    near = [(k, v) for k, v in points if abs(k / spot - 1) <= reach]
    morning = " AM" if curve.settlement == "AM" else ""
    return {
        "type": "scatter",
        "mode": "lines",
        "name": f"{curve.expiry:%-d %b %Y}{morning}",
        "x": [k for k, _ in near],
        "y": [v * 100 for _, v in near],
        "line": {"color": f"@c{place % 8 + 1}", "width": 1.5},
        "hovertemplate": "%{y:.1f}%",
    }


def _quote_bars(curve: Smile, spot: float) -> dict[str, Any]:
    """Bid to ask of each quote that the fit goes through, in implied volatility."""
    reach = smile_reach(curve)
    near = [
        (k, 100 * v, half)
        for k, v, half in zip(curve.strikes, curve.iv, curve.half_spread_points, strict=True)
        if half is not None and abs(k / spot - 1) <= reach
    ]
    return {
        "type": "scatter",
        "mode": "markers",
        "name": f"quotes of {curve.expiry:%-d %b}",
        "x": [k for k, _, _ in near],
        "y": [v for _, v, _ in near],
        "error_y": {
            "type": "data",
            "array": [half for _, _, half in near],
            "thickness": 1,
            "width": 0,
            "color": "@muted",
        },
        "marker": {"size": 4, "color": "@ink3"},
        "hovertemplate": "%{x:,.2f}: %{y:.1f}%<extra></extra>",
    }


def smiles(*, curves: Sequence[Smile], spot: float) -> Figure:
    """The fitted smiles of the nearest expiries, the first one's over its quotes."""
    shown = curves[:MAX_SMILES]
    data = [_smile_line(curve, i, spot) for i, curve in enumerate(shown)]
    if shown and shown[0].fit_strikes:
        data.append(_quote_bars(shown[0], spot))
    return {
        "data": data,
        "layout": base_layout(
            "smile",
            showlegend=True,
            legend=legend_above(),
            xaxis=axis(
                title={"text": "strike, $", "font": {"size": 12, "color": "@ink3"}},
                hoverformat=",.2f",
                showspikes=True,
                showgrid=False,
            ),
            yaxis=axis(
                title={
                    "text": "implied volatility, % a year",
                    "font": {"size": 12, "color": "@ink3"},
                }
            ),
            shapes=[vertical_line(spot, "@ink", "solid")],
            margin={"l": 8, "r": 12, "t": 30, "b": 38, "pad": 2},
        ),
    }
