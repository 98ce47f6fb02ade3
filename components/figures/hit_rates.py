"""Hit rates of level calls: dots on their interval beside chance; counts where there are few."""

from __future__ import annotations

from collections.abc import Sequence

from analytics.watch.hit_rates import HitRate
from components.figures.theme import Figure, axis, base_layout, legend_above
from components.frame import formats


def hit_rates(*, rates: Sequence[HitRate], revision: str) -> Figure:
    """One row a rate; under ten sessions of tested calls its counts stand in its place."""
    names = [f"{formats.level_name(rate.name)} (n = {rate.tested})" for rate in rates]
    rows = list(zip(names, rates, strict=True))
    shown = [(name, rate) for name, rate in rows if rate.rate_pct is not None]
    few = [(name, rate) for name, rate in rows if rate.rate_pct is None]
    values = [rate.rate_pct or 0.0 for _, rate in shown]
    return {
        "data": [
            {
                "type": "scatter",
                "mode": "markers",
                "name": "chance alone",
                "x": [rate.null_rate_pct for _, rate in shown],
                "y": [name for name, _ in shown],
                "marker": {
                    "symbol": "line-ns",
                    "size": 16,
                    "color": "@ink3",
                    "line": {"width": 2.5, "color": "@ink3"},
                },
                "hovertemplate": "%{x:.0f}% on rebuilt courses<extra>chance</extra>",
            },
            {
                "type": "scatter",
                "mode": "markers",
                "name": "held by the close, 95% over sessions",
                "x": values,
                "y": [name for name, _ in shown],
                "error_x": {
                    "type": "data",
                    "symmetric": False,
                    "array": [
                        (r.high_pct or 0.0) - v for v, (_, r) in zip(values, shown, strict=True)
                    ],
                    "arrayminus": [
                        v - (r.low_pct or 0.0) for v, (_, r) in zip(values, shown, strict=True)
                    ],
                    "color": "@up",
                    "thickness": 1.6,
                    "width": 4,
                },
                "marker": {"size": 10, "color": "@up"},
                "customdata": [
                    f"{r.held} of {r.tested} held: {formats.share(r.rate_pct, 0)} "
                    f"({r.low_pct:.0f}\u2013{r.high_pct:.0f}%, {r.sessions} sessions); "
                    f"chance {formats.share(r.null_rate_pct, 0)}"
                    for _, r in shown
                ],
                "hovertemplate": "%{customdata}<extra></extra>",
            },
            {
                "type": "scatter",
                "mode": "text",
                "x": [2] * len(few),
                "y": [name for name, _ in few],
                "text": [f"{r.held} of {r.tested} held: too few for a rate" for _, r in few],
                "textposition": "middle right",
                "textfont": {"size": 11, "color": "@ink3"},
                "hoverinfo": "skip",
                "showlegend": False,
            },
        ],
        "layout": base_layout(
            revision,
            hovermode="closest",
            dragmode=False,
            showlegend=True,
            legend=legend_above(),
            xaxis=axis(range=[0, 100], ticksuffix="%", fixedrange=True),
            yaxis=axis(
                autorange="reversed",
                fixedrange=True,
                categoryorder="array",
                categoryarray=names,
                tickfont={"size": 11, "color": "@ink"},
                showgrid=False,
            ),
            margin={"l": 8, "r": 20, "t": 28, "b": 28, "pad": 4},
        ),
    }
