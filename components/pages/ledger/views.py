"""The call ledger, drawn: every call with what the close made of it, and the hit rates."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from dash import html
from dash.development.base_component import Component

from analytics.model.question import Answer
from analytics.model.vocabulary import Moment
from analytics.watch.hit_rates import HitRate
from analytics.watch.ledger import CallLedger, LedgerRow, PastLedger
from components.figures.hit_rates import hit_rates
from components.frame import formats, panels, widgets
from components.frame.findings import STATUS_KIND, STATUS_SIGN, joined
from components.frame.widgets import Column
from components.pages.ledger.state import LedgerState

MAX_ROWS = 60
NO_CALLS = (
    "Calls of the 20, 50, 100 and 200\u2011DMA are made while the live feed runs, before or during "
    "a session, and scored at its close; none is kept that fits. Those of past sessions, "
    "reconstructed from bars, stand below."
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
    Column("origin", widgets.term("reconstructed-call", "Called")),
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


def past_title(state: LedgerState, past: PastLedger) -> str:
    """How many of the reconstructed tests held, beside chance."""
    level = f"{formats.level_name(state.at_level.name)} " if state.at_level else ""
    rate = past.overall
    what = f"{level}{'test' if rate.tested == 1 else 'tests'}"
    opening = (
        f"Reconstructed from {past.sessions} sessions: of {rate.tested} {what} {_rate_text(rate)}"
    )
    if rate.rate_pct is None or rate.null_rate_pct is None:
        return opening
    return f"{opening}, chance {formats.share(rate.null_rate_pct, 0)}: {verdict(rate)}"


def verdict(rate: HitRate) -> str:
    """What may be said of a rate against chance."""
    if rate.beats_chance:
        return f"more often than chance ({formats.p_words('q', rate.q_value)})"
    p = "" if rate.p_value is None else f" ({formats.p_words('p', rate.p_value)})"
    return f"chance may explain it{p}"


def show_calls(state: LedgerState, ledger: CallLedger, moment: Moment) -> panels.View:
    """The calls made live, newest session first."""
    if not ledger.rows:
        return panels.nothing("No call made live", NO_CALLS)
    title = ledger_title(state, ledger)
    return panels.View(
        title=title,
        summary=f"{title}. {_counts(ledger)}",
        basis=_counts(ledger),
        body=_table(ledger.rows, moment, "Level calls, newest first"),
        data=_data(ledger.rows),
        note=(
            f"{_cut(ledger.rows)}An open call shows where it stands now; only the close decides it."
        ),
    )


def show_past(state: LedgerState, ledger: CallLedger, moment: Moment) -> panels.View:
    """The calls reconstructed from bars, newest session first."""
    past = ledger.past
    if past is None or not past.rows:
        missing = " ".join(past.missing.values()) if past is not None else ""
        return panels.nothing("No call to reconstruct", missing or "No session fits.")
    title = past_title(state, past)
    return panels.View(
        title=title,
        summary=f"{title}.",
        basis=f"{len(past.rows)} calls reconstructed since {formats.date(past.since)}",
        body=_table(past.rows, moment, "Reconstructed calls, newest first"),
        data=_data(past.rows),
        note=(
            f"{_cut(past.rows)}A reconstructed call is what the bars before its session give; "
            f"nobody made it. {_walls(past)}"
        ),
    )


def _table(rows: Sequence[LedgerRow], moment: Moment, caption: str) -> Component:
    """The newest calls, in a list of limited height whose heads stay."""
    table = widgets.table(
        COLUMNS,
        [_row(row, moment.time) for row in rows[:MAX_ROWS]],
        caption=caption,
        sortable=True,
        class_name="ledger",
    )
    return html.Div(table, className="tall-list")


def _cut(rows: Sequence[LedgerRow]) -> str:
    if len(rows) <= MAX_ROWS:
        return ""
    return f"The newest {MAX_ROWS} are shown, the CSV has all {len(rows)}. "


def _counts(ledger: CallLedger) -> str:
    days = "1 session" if ledger.sessions == 1 else f"{ledger.sessions} sessions"
    calls = "1 call" if len(ledger.rows) == 1 else f"{len(ledger.rows)} calls"
    opened = f", {ledger.open} open" if ledger.open else ""
    return f"{calls} of {days} made live since {formats.date(ledger.since)}{opened}"


def _walls(past: PastLedger) -> str:
    """Did the put walls hold? As far as chains were kept."""
    if not past.wall_sessions:
        return "Put walls: none yet, for no chain of a session before is kept."
    rate = past.put_walls
    days = "1 session" if past.wall_sessions == 1 else f"{past.wall_sessions} sessions"
    return f"Put walls of {days} with a kept chain: {rate.tested} tested, {_rate_text(rate)}."


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
        "origin": row.origin,
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


def _data(rows: Sequence[LedgerRow]) -> panels.Data:
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
            ("Called", "text"),
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
                row.origin,
            )
            for row in rows
        ],
        quotation=[row.quotation for row in rows],
    )


def show_rates(
    state: LedgerState, ledger: CallLedger, before: Answer[CallLedger] | None = None
) -> panels.View:
    """How often tested levels held: live and reconstructed, all, by level, by symbol."""
    found = before.result if before is not None else None
    rates = _listed(ledger, found.past if found is not None else None)
    if not rates:
        return panels.nothing(
            "No hit rate yet",
            "A rate counts calls that the close has decided and whose level was touched: held "
            "or broken. There is no such call yet.",
        )
    return panels.View(
        title=_rates_title(rates),
        basis="Held / (held + broken), by the close",
        figure=hit_rates(rates=rates, revision="hit-rates"),
        data=panels.Data(
            (
                ("Calls", "text"),
                ("Held", "count"),
                ("Broken", "count"),
                ("Sessions", "count"),
                ("Held %", "share"),
                ("Low %", "share"),
                ("High %", "share"),
                ("Chance %", "share"),
                ("p", "p"),
                ("q", "p"),
            ),
            [
                (
                    r.name,
                    r.held,
                    r.broken,
                    r.sessions,
                    r.rate_pct,
                    r.low_pct,
                    r.high_pct,
                    r.null_rate_pct,
                    r.p_value,
                    r.q_value,
                )
                for r in rates
            ],
        ),
        note=(
            "Bars: 95% by drawing whole sessions again, for the calls of one session move "
            "together; under ten sessions of tested calls only the counts are given. Chance: the "
            "same calls on courses rebuilt from whole sessions of all symbols together; of a put "
            "wall, levels as far below any close before. Calls whose day opened at or under the "
            "level stand apart as gap-downs."
        ),
    )


def _listed(ledger: CallLedger, past: PastLedger | None) -> list[HitRate]:
    """Every rate with a tested call, named by how its calls were made."""
    named = []
    for kind, one in (("live", ledger), ("reconstructed", past)):
        if one is None:
            continue
        found = [one.overall, *one.by_level, *one.by_symbol, one.gap_downs]
        named += [replace(rate, name=f"{kind}: {rate.name}") for rate in found]
    if past is not None:
        named.append(replace(past.put_walls, name="reconstructed: put wall"))
    return [rate for rate in named if rate.tested]


def _as_title(name: str) -> str:
    """``SPY (reconstructed)`` of ``reconstructed: SPY``."""
    kind, _, of = name.partition(": ")
    return f"{of} ({kind})"


def _rates_title(rates: Sequence[HitRate]) -> str:
    rated = [rate for rate in rates if rate.rate_pct is not None and rate.q_value is not None]
    if not rated:
        return "Too few sessions with a tested call for a rate: the counts so far"
    sure = [_as_title(rate.name) for rate in rated if rate.beats_chance]
    if not sure:
        return f"Chance may explain each of {len(rated)} rates"
    of = f"Of {len(rated)} rates {len(sure)} {'is' if len(sure) == 1 else 'are'}"
    return f"{of} higher than chance explains: {joined(sure)}"
