"""The hold study over many symbols, as far as its scan has come."""

from __future__ import annotations

from typing import Any

from dash import html
from dash.development.base_component import Component

from analytics.indicators.multiple_tests import CLAIM_AT
from analytics.runtime.hold_scan import PATHS, ScanProgress
from analytics.studies.hold.levels import id_of
from analytics.studies.hold.study import STUDY_PATHS
from analytics.studies.hold.universe import HoldUniverse, HoldUniverseRow
from components.frame import formats, panels, widgets
from components.frame.widgets import Column
from components.pages.supports.state import SupportsState

POOL_COLUMNS = (
    Column("symbol", "Symbol", "node"),
    Column("touches", "Touches", "count"),
    Column("rate", "Held %", "share"),
    Column("null", "Chance %", "share"),
    Column("p", "p", "p"),
    Column("q", widgets.term("q-value", "q"), "p"),
    Column("gaps", "Gap-downs", "count"),
    Column("gap_rate", "Held %", "share"),
    Column("gap_null", "Chance %", "share"),
    Column("gap_q", "q", "p"),
)
ASK_AGAIN_SECONDS = 1.0


def show_pool(state: SupportsState, progress: ScanProgress) -> panels.View:
    """The same study over many symbols, as far as it has come."""
    if progress.total == 0:
        return panels.View(
            title="The same study over many symbols",
            body=html.P(
                "Choose a universe: the study runs in the background, and goes on where it was "
                "when you come back.",
                className="lead",
            ),
        )
    found = progress.result
    title = _pool_title(state, progress)
    body: list[Component] = []
    if progress.running:
        share = 100 * progress.done / progress.total
        body.append(
            html.Div(
                html.Div(style={"width": f"{share:.1f}%"}), className="meter", role="progressbar"
            )
        )
        body.append(
            html.P(
                f"{progress.done} of {progress.total} symbols. Choose None to cancel.",
                className="lead",
            )
        )
    if found is not None:
        rows = [_pool_row(row) for row in found.rows]
        table = widgets.table(POOL_COLUMNS, rows, caption="The hold study by symbol", sortable=True)
        body.append(html.Div(table, className="tall-list"))
    missing = "" if found is None else _unstudied(found)
    return panels.View(
        title=title,
        summary=f"{title}.",
        basis=f"{progress.name}, all sessions the source has",
        body=body,
        data=None if found is None else _pool_data(found),
        note=(
            "q: Benjamini-Hochberg over every rate of the table. The pooled rate has no p-value: "
            "the symbols move together, which chance on each alone does not know. Chance is of "
            f"{formats.count(PATHS)} paths a symbol; the study of one draws "
            f"{formats.count(STUDY_PATHS)}, which can make a point of difference.{missing}"
        ),
        again=ASK_AGAIN_SECONDS if progress.running else None,
    )


def _pool_title(state: SupportsState, progress: ScanProgress) -> str:
    level = formats.level_name(id_of(state.hold_level).name)
    if progress.result is None:
        return f"Studying {progress.total} symbols at their {level}"
    rate = progress.result.touches
    if rate.rate_pct is None:
        return f"{rate.events} touches of the {level} so far: too few for a rate"
    known = [row.touch_q for row in progress.result.rows if row.touch_q is not None]
    sure = sum(q <= CLAIM_AT for q in known)
    verdict = (
        f"{sure} of {len(known)} held more often than chance explains"
        if sure
        else f"chance may explain each of {len(known)}"
    )
    return (
        f"Over {len(progress.result.rows)} symbols the {level} held "
        f"{formats.share(rate.rate_pct, 0)} of touches "
        f"(chance {formats.share(rate.null_rate_pct, 0)}); {verdict}"
    )


def _unstudied(found: HoldUniverse) -> str:
    if not found.missing:
        return ""
    first = next(iter(found.missing.values()))
    return f" {len(found.missing)} symbols could not be studied ({first})"


def _pool_row(row: HoldUniverseRow) -> dict[str, Any]:
    return {
        "symbol": html.A(row.symbol, href=f"/supports?symbol={row.symbol}"),
        "touches": row.touches.events,
        "rate": row.touches.rate_pct,
        "null": row.touches.null_rate_pct if row.touches.rate_pct is not None else None,
        "p": row.touches.p_value,
        "q": row.touch_q,
        "gaps": row.gap_downs.events,
        "gap_rate": row.gap_downs.rate_pct,
        "gap_null": row.gap_downs.null_rate_pct if row.gap_downs.rate_pct is not None else None,
        "gap_q": row.gap_q,
    }


def _pool_data(found: HoldUniverse) -> panels.Data:
    return panels.Data(
        (
            ("Symbol", "text"),
            ("Touches", "count"),
            ("Held", "count"),
            ("Held %", "share"),
            ("Chance %", "share"),
            ("p", "p"),
            ("q", "p"),
            ("Gap-downs", "count"),
            ("Gap-downs held", "count"),
            ("Gap-down q", "ratio"),
        ),
        [
            (
                row.symbol,
                row.touches.events,
                row.touches.held,
                row.touches.rate_pct,
                row.touches.null_rate_pct,
                row.touches.p_value,
                row.touch_q,
                row.gap_downs.events,
                row.gap_downs.held,
                row.gap_q,
            )
            for row in found.rows
        ],
    )
