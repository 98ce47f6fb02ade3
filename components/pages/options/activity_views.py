"""The Options page's strike-expiry matrix and unusual activity."""

from __future__ import annotations

from typing import Any

from dash import html

from analytics.options.surface_question import OptionsSurfaceView
from components.figures import strikes as figures
from components.frame import formats, panels, widgets
from components.frame.widgets import Column
from components.pages.options.exposure_views import MEASURE_NAMES
from components.pages.options.state import OptionsState


def show_matrix(state: OptionsState, view: OptionsSurfaceView) -> panels.View:
    """Strike by expiry."""
    matrix = view.matrix
    if not matrix.expiries or not matrix.strikes:
        reason = view.selection.reason or "No strike has volume or open interest."
        return panels.nothing("Nothing to draw", reason)
    name = MEASURE_NAMES[state.measure]
    top = _peak(view, state.measure)
    if top is None:
        title = f"n/a (no {name} in the expiries shown)"
        return panels.nothing(title, f"No {name} in the expiries shown.")
    strike, expiry = top
    title = f"Most {name} sits at {formats.price(strike)}, {expiry}"
    left = (
        f" {matrix.strikes_left_out} farther strikes are left out."
        if (matrix.strikes_left_out)
        else ""
    )
    return panels.View(
        title=title,
        summary=f"{title}.",
        basis=f"{view.selection.text}; strikes nearest to spot",
        figure=figures.matrix_heatmap(matrix=matrix, measure=state.measure, spot=view.spot),
        data=panels.Data(
            (("Strike $", "price"), *((f"{day:%-d %b %Y}", "count") for day in matrix.expiries)),
            [(k, *row) for k, row in zip(matrix.strikes, _cells(view, state.measure), strict=True)],
        ),
        note=f"The dotted line is the spot price.{left} {view.open_interest_label}.",
    )


def _cells(view: OptionsSurfaceView, measure: str) -> Any:
    matrix = view.matrix
    return {
        "volume": matrix.volume,
        "open-interest": matrix.open_interest,
        "gex": matrix.net_gex_usd_per_pct,
        "vanna": matrix.net_vanna_usd_per_point,
        "charm": matrix.net_charm_usd_per_day,
    }[measure]


def _peak(view: OptionsSurfaceView, measure: str) -> tuple[float, str] | None:
    best: tuple[float, float, str] | None = None
    for strike, row in zip(view.matrix.strikes, _cells(view, measure), strict=True):
        for day, value in zip(view.matrix.expiries, row, strict=True):
            if value is not None and (best is None or abs(value) > best[0]):
                best = (abs(value), strike, f"{day:%-d %b %Y}")
    return None if best is None or best[0] == 0 else (best[1], best[2])


UNUSUAL_COLUMNS = (
    Column("contract", "Contract", "text"),
    Column("volume", "Volume", "count"),
    Column("interest", "OI", "count"),
    Column("ratio", "V/OI", "ratio"),
    Column("premium", "Premium $", "compact"),
    Column("lean", "Quote leans", "text"),
)


def show_unusual(state: OptionsState, view: OptionsSurfaceView) -> panels.View:
    """Contracts that traded far more than was open."""
    unusual = view.unusual
    rows = [
        {
            "contract": f"{row.expiry:%-d %b %Y} {row.strike:g} {row.side}",
            "volume": row.volume,
            "interest": row.open_interest,
            "ratio": row.volume_to_open_interest,
            "premium": row.premium_usd,
            "lean": row.lean,
        }
        for row in unusual.rows
    ]
    title = (
        f"{formats.count(unusual.total)} contract{'' if unusual.total == 1 else 's'} "
        "traded 1.25 times the open interest or more"
        if unusual.total
        else "No contract of the expiries shown traded 1.25 times its open interest"
    )
    table = widgets.table(UNUSUAL_COLUMNS, rows, caption="Unusual activity", sortable=True)
    return panels.View(
        title=title,
        basis=view.selection.text,
        body=html.Div(table, className="tall-list") if rows else widgets.absence_note(title + "."),
        data=panels.Data(
            (
                ("Expiry", "date"),
                ("Strike $", "price"),
                ("Side", "text"),
                ("Volume", "count"),
                ("Open interest", "count"),
                ("Volume / OI", "ratio"),
                ("Premium $", "count"),
                ("Quote leans", "text"),
            ),
            [
                (
                    row.expiry.isoformat(),
                    row.strike,
                    row.side,
                    row.volume,
                    row.open_interest,
                    row.volume_to_open_interest,
                    row.premium_usd,
                    row.lean,
                )
                for row in unusual.rows
            ],
        ),
        note=unusual.rule,
    )
