"""The call ledger, drawn: every call with what the close made of it, and the hit rates."""

from __future__ import annotations

import datetime as dt
from typing import Any

from dash import html

from analytics.model.vocabulary import Moment
from analytics.watch.ledger import CallLedger, HitRate, LedgerRow
from components.figures.hit_rates import hit_rates
from components.frame import formats, panels, widgets
from components.frame.findings import STATUS_KIND, STATUS_SIGN
from components.frame.widgets import Column
from components.pages.ledger.state import LedgerState

MAX_ROWS = 300
NO_CALLS = (
    "Calls of the 20, 50, 100 and 200\u2011DMA are made while the live feed runs, before or during "
    "a session, and scored at its close; none is kept that fits."
)
COLUMNS = (
    Column("session", "Session"),
    Column("symbol", "Symbol", "node"),
    Column("level", "Level"),
    Column("price", widgets.term("level-call", "Called at"), "price"),
    Column("previous_close", "Close before", "price"),
    Column("open", "Open", "price"),
    Column("low", "Low", "price"),
    Column("close", "Close", "price"),
    Column("close_distance_pct", "Over level %", "pct", colour=True),
    Column("status", widgets.term("status", "Outcome"), "node"),
)


def ledger_title(state: LedgerState, ledger: CallLedger) -> str:
    """How many of the tested calls held, or when the first are decided."""
    one = f"{formats.level_name(state.at_level.name)} call" if state.at_level else "level call"
    what = f"{one}s"
    tested, gaps = ledger.overall, ledger.gap_downs
    if tested.tested and tested.rate_pct is None and gaps.tested:
        calls = one if tested.tested == 1 else what
        fell = "gap-down" if gaps.tested == 1 else "gap-downs"
        first = f"Of {tested.tested} tested {calls} {tested.held} held"
        return f"{first}, of {gaps.tested} {fell} {gaps.held}"
    if tested.tested:
        return (
            f"Of {tested.tested} tested {one if tested.tested == 1 else what} {_rate_text(tested)}"
        )
    if gaps.tested:
        calls = one if gaps.tested == 1 else what
        return f"Of {gaps.tested} {calls} gapped under at the open {_rate_text(gaps)}"
    if ledger.open < len(ledger.rows):
        scored = len(ledger.rows) - ledger.open
        return f"{scored} {what} are scored, and no level was tested"
    if ledger.undecided and ledger.decides_at is not None:
        count = (
            "1 call of today is"
            if ledger.undecided == 1
            else f"{ledger.undecided} calls of today are"
        )
        return f"No call is scored yet: {count} decided at {formats.clock(ledger.decides_at)}"
    return f"No call is scored yet: {ledger.open} wait for the final bar of their session"


def _rate_text(rate: HitRate) -> str:
    if rate.rate_pct is None or rate.low_pct is None or rate.high_pct is None:
        return f"{rate.held} held (too few for a rate)"
    low, high = round(rate.low_pct), round(rate.high_pct)
    return f"{rate.held} held ({formats.share(rate.rate_pct, 0)}, {low}\u2013{high}%)"


def show_calls(state: LedgerState, ledger: CallLedger, moment: Moment) -> panels.View:
    """The calls, newest session first."""
    if not ledger.rows:
        return panels.nothing("No call to show", NO_CALLS)
    rows = [_row(row, moment.time) for row in ledger.rows[:MAX_ROWS]]
    left = len(ledger.rows) - len(rows)
    more = f"The newest {MAX_ROWS} are shown, the CSV has all {len(ledger.rows)}. " if left else ""
    return panels.View(
        title=ledger_title(state, ledger),
        summary=f"{ledger_title(state, ledger)}. {_counts(ledger)}",
        basis=_counts(ledger),
        body=widgets.table(
            COLUMNS, rows, caption="Level calls, newest first", sortable=True, class_name="ledger"
        ),
        data=_data(ledger),
        note=f"{more}An open call shows where it stands now; only the close decides it.",
    )


def _counts(ledger: CallLedger) -> str:
    days = "1 session" if ledger.sessions == 1 else f"{ledger.sessions} sessions"
    calls = "1 call" if len(ledger.rows) == 1 else f"{len(ledger.rows)} calls"
    opened = f", {ledger.open} open" if ledger.open else ""
    return f"{calls} of {days} since {formats.date(ledger.since)}{opened}"


def _row(row: LedgerRow, now: dt.datetime) -> dict[str, Any]:
    day = row.session if row.status is not None else None
    link = widgets.supports_link(row.symbol, day)
    return {
        "session": formats.short_date(row.session),
        "symbol": html.A(row.symbol, href=link),
        "level": formats.level_name(row.level),
        "price": row.price,
        "previous_close": row.previous_close,
        "open": row.open,
        "low": row.low,
        "close": row.close,
        "close_distance_pct": row.close_distance_pct,
        "status": _status(row, waits=row.status is None and row.decided_at > now),
        "_class": "" if row.status is not None else "is-open",
        "_quotation": row.quotation,
    }


def _status(row: LedgerRow, *, waits: bool) -> Any:
    """The outcome; of a call that waits for its close where it stands, following the feed."""
    status = row.status or row.provisional
    live = f"{row.symbol}.status:{row.level}" if waits else ""
    if status is None:
        said = widgets.chip("\u2013", live=live) if waits else html.Span("no final bar yet")
        return html.Span([said, html.Small("open")], className="chips")
    chips = [widgets.chip(f"{STATUS_SIGN[status]} {status}", STATUS_KIND[status], live=live)]
    if row.gap_down:
        chips.append(widgets.chip("gap-down", "down"))
    if row.status is None:
        chips.append(html.Small("open"))
    return html.Span(chips, className="chips")


def _data(ledger: CallLedger) -> panels.Data:
    return panels.Data(
        (
            ("Session", "date"),
            ("Symbol", "text"),
            ("Level", "text"),
            ("Called at", "price"),
            ("Close before", "price"),
            ("Open", "price"),
            ("Low", "price"),
            ("Close", "price"),
            ("Close over level %", "pct"),
            ("Outcome", "text"),
            ("Gap-down", "text"),
            ("Made (UTC)", "text"),
        ),
        [
            (
                row.session.isoformat(),
                row.symbol,
                row.level,
                row.price,
                row.previous_close,
                row.open,
                row.low,
                row.close,
                row.close_distance_pct,
                row.status if row.status is not None else "open",
                None if row.gap_down is None else ("yes" if row.gap_down else "no"),
                row.called_at.isoformat(timespec="seconds"),
            )
            for row in ledger.rows
        ],
        quotation=[row.quotation for row in ledger.rows],
    )


def show_rates(state: LedgerState, ledger: CallLedger) -> panels.View:
    """How often tested levels held: all, by level, by symbol; gap-downs apart."""
    rates = [rate for rate in (ledger.overall,) if rate.tested]
    rates += [*ledger.by_level, *ledger.by_symbol]
    rates += [ledger.gap_downs] if ledger.gap_downs.tested else []
    if not rates:
        return panels.nothing(
            "No hit rate yet",
            "A rate counts calls that the close has decided and whose level was touched: held "
            "or broken. There is no such call yet.",
        )
    return panels.View(
        title=_rates_title(ledger),
        basis="Held / (held + broken), by the close",
        figure=hit_rates(rates=rates, revision="hit-rates"),
        data=panels.Data(
            (
                ("Calls", "text"),
                ("Held", "count"),
                ("Broken", "count"),
                ("Held %", "share"),
                ("Low %", "share"),
                ("High %", "share"),
            ),
            [(r.name, r.held, r.broken, r.rate_pct, r.low_pct, r.high_pct) for r in rates],
        ),
        note=(
            "Bars: Wilson 95%. Under ten tested calls only the counts are given. Calls whose day "
            "opened at or under the level stand apart as gap-downs."
        ),
    )


def _rates_title(ledger: CallLedger) -> str:
    best = max(
        (rate for rate in ledger.by_level if rate.rate_pct is not None),
        key=lambda rate: rate.rate_pct or 0.0,
        default=None,
    )
    if best is not None:
        return (
            f"The {formats.level_name(best.name)} held most often: "
            f"{formats.share(best.rate_pct, 0)} of {best.tested}"
        )
    return "Too few tested calls for a rate: the counts so far"
