"""Hold rates as dots on their Wilson interval, each beside what chance alone gives."""

from __future__ import annotations

from collections.abc import Sequence

from analytics.studies.hold.study import HoldRate
from components.figures.theme import Figure, axis, base_layout, legend_above
from components.frame import formats


def hold_rates(*, rows: Sequence[tuple[str, HoldRate]], revision: str) -> Figure:
    """One row a class of events: rate with its interval, and a bar for the null.

    A row under ten events has no rate: its counts are written in its place.
    """
    names = [f"{name} (n = {rate.events})" for name, rate in rows]
    shown = [(n, r) for n, (_, r) in zip(names, rows, strict=True) if r.rate_pct is not None]
    refused = [(n, r) for n, (_, r) in zip(names, rows, strict=True) if r.rate_pct is None]
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
                "hovertemplate": "%{x:.0f}% of events on rebuilt paths held<extra>chance</extra>",
            },
            {
                "type": "scatter",
                "mode": "markers",
                "name": "held by the close, Wilson 95%",
                "x": [rate.rate_pct for _, rate in shown],
                "y": [name for name, _ in shown],
                "error_x": {
                    "type": "data",
                    "symmetric": False,
                    "array": [(r.wilson95_pct or (0, 0))[1] - (r.rate_pct or 0) for _, r in shown],
                    "arrayminus": [
                        (r.rate_pct or 0) - (r.wilson95_pct or (0, 0))[0] for _, r in shown
                    ],
                    "color": "@up",
                    "thickness": 1.6,
                    "width": 4,
                },
                "marker": {"size": 10, "color": "@up"},
                "customdata": [_hover_text(rate) for _, rate in shown],
                "hovertemplate": "%{customdata}<extra></extra>",
            },
            {
                "type": "scatter",
                "mode": "text",
                "x": [2] * len(refused),
                "y": [name for name, _ in refused],
                "text": [f"{r.held} of {r.events} held: too few for a rate" for _, r in refused],
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
            xaxis=axis(
                range=[0, 100],
                ticksuffix="%",
                fixedrange=True,
                title={"text": "held by the close, %", "font": {"size": 11, "color": "@ink3"}},
            ),
            yaxis=axis(
                autorange="reversed",
                fixedrange=True,
                categoryorder="array",
                categoryarray=names,
                tickfont={"size": 11, "color": "@ink"},
                showgrid=False,
            ),
            margin={"l": 8, "r": 20, "t": 28, "b": 36, "pad": 4},
        ),
    }


def _hover_text(rate: HoldRate) -> str:
    low, high = rate.wilson95_pct or (0.0, 0.0)
    p = "" if rate.p_value is None else f", p = {rate.p_value:.2f}"
    p += "" if rate.q_value is None else f", q = {rate.q_value:.2f}"
    return (
        f"{rate.held} of {rate.events} held: {formats.share(rate.rate_pct, 0)} "
        f"({low:.0f}-{high:.0f}%); chance {formats.share(rate.null_rate_pct, 0)}{p}"
    )
