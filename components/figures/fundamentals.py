"""Revenue by quarter with the gross margin over it, and two groups' price to sales."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from analytics.studies.valuation.fundamentals import QuarterRow
from analytics.studies.valuation.group_valuation import QuarterEndPs
from components.figures.theme import Figure, axis, base_layout, legend_above, value_axis


def revenue_and_margin(*, quarters: Sequence[QuarterRow], currency: str, revision: str) -> Figure:
    """Bars of revenue, billions, and a line of the gross margin on an axis of its own."""
    names = [f"{row.period_end:%b %Y}" for row in quarters]
    return {
        "data": [
            {
                "type": "bar",
                "name": "revenue",
                "x": names,
                "y": [row.revenue_musd / 1000 for row in quarters],
                "text": [f"{row.revenue_musd / 1000:.2f}" for row in quarters],
                "textposition": "outside",
                "textfont": {"size": 12, "color": "@ink2"},
                "cliponaxis": False,
                "marker": {"color": "@series", "line": {"width": 0}},
                "hovertemplate": "%{y:.2f} bn",
            },
            {
                "type": "scatter",
                "mode": "lines+markers",
                "name": "gross margin",
                "x": names,
                "y": [row.gross_margin_pct for row in quarters],
                "yaxis": "y2",
                "line": {"color": "@ink", "width": 2},
                "marker": {"size": 7, "color": "@ink"},
                "hovertemplate": "%{y:.1f}%",
            },
        ],
        "layout": base_layout(
            revision,
            dragmode=False,
            showlegend=True,
            legend=legend_above(),
            xaxis=axis(type="category", showgrid=False, fixedrange=True),
            yaxis=value_axis(
                title={"text": f"revenue, bn {currency}", "font": {"size": 12, "color": "@ink3"}},
                rangemode="tozero",
                fixedrange=True,
            ),
            yaxis2=axis(
                overlaying="y",
                side="right",
                range=[0, 100],
                tickmode="array",
                tickvals=[0, 25, 50, 75, 100],
                ticksuffix="%",
                showgrid=False,
                fixedrange=True,
                title={"text": "gross margin", "font": {"size": 12, "color": "@ink3"}},
            ),
            margin={"l": 8, "r": 8, "t": 30, "b": 28, "pad": 2},
        ),
    }


def buybacks(*, quarters: Sequence[QuarterRow], currency: str, revision: str) -> Figure:
    """Bars of what was paid for own shares by quarter, billions; a gap where it is not stated."""
    amounts = [row.repurchases_musd for row in quarters]
    return {
        "data": [
            {
                "type": "bar",
                "name": "buy-backs",
                "x": [f"{row.period_end:%b %Y}" for row in quarters],
                "y": [None if one is None else one / 1000 for one in amounts],
                "text": ["" if one is None else f"{one / 1000:.1f}" for one in amounts],
                "textposition": "outside",
                "textfont": {"size": 12, "color": "@ink2"},
                "cliponaxis": False,
                "marker": {"color": "@series", "line": {"width": 0}},
                "hovertemplate": "%{y:.2f} bn",
            }
        ],
        "layout": base_layout(
            revision,
            dragmode=False,
            showlegend=False,
            xaxis=axis(type="category", showgrid=False, fixedrange=True),
            yaxis=value_axis(
                title={"text": f"buy-backs, bn {currency}", "font": {"size": 12, "color": "@ink3"}},
                rangemode="tozero",
                fixedrange=True,
            ),
            margin={"l": 8, "r": 8, "t": 18, "b": 28, "pad": 2},
        ),
    }


def groups_over_time(*, history: Sequence[QuarterEndPs], first: str, second: str) -> Figure:
    """Price to sales of both groups at past quarter ends."""
    days = [row.session.isoformat() for row in history]
    sides: tuple[tuple[str, str, str, str], ...] = (
        (first, "first_price_to_sales", "@series", "solid"),
        (second, "second_price_to_sales", "@ink2", "dash"),
    )
    data: list[dict[str, Any]] = [
        {
            "type": "scatter",
            "mode": "lines+markers",
            "name": title,
            "x": days,
            "y": [getattr(row, key) for row in history],
            "line": {"color": token, "width": 1.8, "dash": dash},
            "marker": {"size": 7, "color": token},
            "hovertemplate": "%{y:.2f}",
        }
        for title, key, token, dash in sides
    ]
    return {
        "data": data,
        "layout": base_layout(
            "group-ps",
            showlegend=True,
            legend=legend_above(),
            xaxis=axis(type="date", showgrid=False, hoverformat="%-d %b %Y"),
            yaxis=value_axis(
                title={"text": "price / sales (TTM)", "font": {"size": 12, "color": "@ink3"}},
                rangemode="tozero",
            ),
            margin={"l": 8, "r": 12, "t": 30, "b": 28, "pad": 2},
        ),
    }
