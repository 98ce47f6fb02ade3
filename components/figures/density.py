"""Figure of the close that options price: the density of one horizon, the supports marked."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from analytics.studies.supports.odds import Band, CloseDensity
from components.figures.theme import Figure, axis, base_layout, vertical_line
from components.frame import formats


def close_density(*, density: CloseDensity, spot: float) -> Figure:
    """The density by price, the part below the price shaded, each average named in its band.

    Args:
        density: with prices; its densities are per dollar, drawn as percent a dollar.
        spot: the price the odds run from, dollars.
    """
    percent = [100 * value for value in density.density_per_dollar]
    below = [
        value if price <= spot else None
        for price, value in zip(density.prices, percent, strict=True)
    ]
    top = max(percent)
    edges = [band for band in density.bands if band.high is not None]
    return {
        "data": [
            {
                "type": "scatter",
                "mode": "lines",
                "name": "below the price",
                "x": list(density.prices),
                "y": below,
                "fill": "tozeroy",
                "fillcolor": "@down-soft",
                "line": {"width": 0},
                "hoverinfo": "skip",
            },
            {
                "type": "scatter",
                "mode": "lines",
                "name": "density",
                "x": list(density.prices),
                "y": percent,
                "line": {"color": "@series", "width": 1.8},
                "customdata": [
                    f"{formats.share(value)} close below" for value in density.below_pct
                ],
                "hovertemplate": "%{x:,.2f}: %{customdata}<extra></extra>",
            },
        ],
        "layout": base_layout(
            f"density|{density.ends}",
            hovermode="closest",
            dragmode=False,
            xaxis=axis(
                title={"text": "price at the close, $", "font": {"size": 12, "color": "@ink3"}},
                range=[density.prices[0], density.prices[-1]],
                fixedrange=True,
                showgrid=False,
                hoverformat=",.2f",
            ),
            yaxis=axis(
                title={"text": "percent a dollar", "font": {"size": 12, "color": "@ink3"}},
                range=[0, 1.28 * top],
                fixedrange=True,
            ),
            shapes=[
                vertical_line(spot, "@ink", "solid"),
                *(vertical_line(band.high or 0.0, "@accent", "dash") for band in edges),
            ],
            annotations=[
                *_names(edges, top),
                *_shares(density, top),
                _label(spot, 1.22 * top, f"price {formats.price(spot)}", "left"),
            ],
            margin={"l": 8, "r": 12, "t": 10, "b": 38, "pad": 2},
            meta={"phone": {"yaxis.title.text": ""}},
        ),
    }


def _names(edges: Sequence[Band], top: float) -> list[dict[str, Any]]:
    """Each average's name at its line, one under the other where they stand close."""
    return [
        _label(
            band.high or 0.0,
            top * (1.22 - 0.1 * (len(edges) - 1 - i)),
            f"{formats.level_name(band.below_name or '')} {formats.price(band.high)}",
            "right",
        )
        for i, band in enumerate(edges)
    ]


def _shares(density: CloseDensity, top: float) -> list[dict[str, Any]]:
    """The probability of each band, in its middle, where there is room for it."""
    first, last = density.prices[0], density.prices[-1]
    found = []
    for band in density.bands:
        low = first if band.low is None else max(band.low, first)
        high = last if band.high is None else min(band.high, last)
        if high - low > 0.06 * (last - first):
            share = formats.share(band.probability_pct, 0)
            found.append(_label((low + high) / 2, 0.14 * top, share, "center"))
    return found


def _label(x: float, y: float, text: str, side: str) -> dict[str, Any]:
    return {
        "x": x,
        "y": y,
        "text": text,
        "showarrow": False,
        "xanchor": side,
        "xshift": {"left": 4, "right": -4, "center": 0}[side],
        "font": {"size": 12, "color": "@ink"},
    }
