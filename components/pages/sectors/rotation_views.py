"""Rotation: tails, leaders and laggards, what led after past falls, capture, correlation."""

from __future__ import annotations

from typing import Any

from dash import html
from dash.development.base_component import Component

from analytics.model.question import Answer
from analytics.studies.sectors.correlation import Correlation
from analytics.studies.sectors.downside import Downside
from analytics.studies.sectors.follow_through import FollowThrough
from analytics.studies.sectors.rotation import Rotation
from components.figures.lines import rotation_tails
from components.frame import formats, panels, widgets
from components.frame.findings import absences, joined
from components.frame.widgets import Column
from components.pages.sectors.state import SectorsState


def show_rotation(state: SectorsState, rotation: Rotation) -> panels.View:
    """Ratio against momentum with weekly tails."""
    if not rotation.members:
        reason = absences(rotation.missing) or "No member can be placed."
        return panels.nothing("No member can be placed", reason)
    leading = [m.symbol for m in rotation.members if m.quadrant == "leading"]
    lagging = [m.symbol for m in rotation.members if m.quadrant == "lagging"]
    parts = [f"{joined(leading)} lead" if leading else "No sector leads"]
    if lagging:
        parts.append(f"{joined(lagging)} lag{'s' if len(lagging) == 1 else ''}")
    if len(leading) == 1:
        parts[0] += "s"
    title = ", ".join(parts)
    return panels.View(
        title=title,
        summary=f"{title}.",
        basis=(
            f"{rotation.basis.capitalize()} against {rotation.benchmark}, a point a {rotation.step}"
        ),
        figure=rotation_tails(members=rotation.members, revision="rotation"),
        data=panels.Data(
            (
                ("Symbol", "text"),
                ("Name", "text"),
                ("Ratio", "ratio"),
                ("Momentum", "ratio"),
                ("Quadrant", "text"),
                ("A step earlier", "text"),
            ),
            [
                (m.symbol, m.name, m.ratio, m.momentum, m.quadrant, m.previous_quadrant)
                for m in rotation.members
            ],
        ),
        note=" ".join(filter(None, (rotation.method, rotation.note, absences(rotation.missing)))),
    )


CAPITAL_COLUMNS = (
    Column("sessions", "Sessions", "count"),
    Column("benchmark", "SPY %", "pct"),
    Column("entered", "Leaders", "text"),
    Column("entered_pct", "points", "signed"),
    Column("left", "Laggards", "text"),
    Column("left_pct", "points", "signed"),
)


def show_capital(state: SectorsState, rotation: Rotation) -> panels.View:
    """From the lagging to the leading third over four windows."""
    rows = [
        {
            "sessions": move.sessions,
            "benchmark": move.benchmark_return_pct,
            "left": " ".join(move.moved_from),
            "left_pct": move.from_pct,
            "entered": " ".join(move.moved_to),
            "entered_pct": move.to_pct,
        }
        for move in rotation.capital
    ]
    now = next((move for move in rotation.capital if move.sessions == 1), None)
    title = "Leaders and laggards"
    if now is not None and now.moved_to:
        lead, lag = ("leads", "lags") if len(now.moved_to) == 1 else ("lead", "lag")
        title = f"This session {joined(now.moved_to)} {lead} and {joined(now.moved_from)} {lag}"
    return panels.View(
        title=title,
        basis=f"{rotation.basis.capitalize()}, returns less {rotation.benchmark}\u2019s",
        body=widgets.table(CAPITAL_COLUMNS, rows, caption="Leaders and laggards"),
        note=" ".join(filter(None, (rotation.capital_method, absences(_lacking(rotation))))),
    )


def _lacking(rotation: Rotation) -> dict[str, str]:
    """Who has no return over a window, and why, the shortest window first."""
    lacking: dict[str, str] = {}
    for move in rotation.capital:
        for symbol, reason in move.missing.items():
            lacking.setdefault(symbol, f"{reason}, over {move.sessions} sessions")
    return {s: r for s, r in lacking.items() if s not in rotation.missing}


FOLLOW_COLUMNS = (
    Column("sessions", "Sessions", "count"),
    Column("n", "n", "count"),
    Column("lead", "Lead, points", "signed"),
    Column("interval", "95% interval", "node"),
    Column("positive", "Led", "node"),
    Column("chance", "Chance, points", "signed"),
    Column("p", widgets.term("mean-after", "p"), "p"),
    Column("q", widgets.term("q-value", "q"), "p"),
)


def show_follow_through(state: SectorsState, study: FollowThrough) -> panels.View:
    """Whether the top third of past falls went on to lead."""
    rows = []
    for horizon in study.horizons:
        outcome = horizon.outcome
        interval = outcome.interval95_pct
        rows.append(
            {
                "sessions": horizon.sessions,
                "n": outcome.n,
                "lead": outcome.mean_pct,
                "interval": f"{formats.signed(interval[0])} to {formats.signed(interval[1])}"
                if interval
                else "n/a (under 10)",
                "positive": f"{outcome.positive} of {outcome.n}",
                "chance": outcome.null_mean_pct,
                "p": outcome.p_value,
                "q": outcome.q_value,
            }
        )
    far = study.horizons[-1].outcome if study.horizons else None
    title = f"{study.falls} falls: too few to say whether leaders of a fall go on to lead"
    if far is not None and far.mean_pct is not None:
        verb = "led" if far.mean_pct > 0 else "trailed"
        verdict = "more than chance explains" if far.differs else "which chance may explain"
        title = (
            f"After {far.n} falls the leaders {verb} by {formats.ratio(abs(far.mean_pct))} points "
            f"over the next {far.sessions} sessions, {verdict}"
        )
    return panels.View(
        title=title,
        summary=f"{title}.",
        basis=(
            f"{study.falls} sessions on which {study.benchmark} fell "
            f"{formats.pct(abs(study.threshold_pct), 1, sign=False)} or more"
        ),
        body=widgets.table(FOLLOW_COLUMNS, rows, caption="Follow-through"),
        note=(
            "The top third by residual less the other members; n: falls whose windows do not "
            "overlap. Chance: the same falls and top thirds with the sessions after them put in "
            "another order, in blocks; q: p corrected for the rows of the table. "
            f"{study.note}"
        ).strip(),
    )


CAPTURE_COLUMNS = (
    Column("symbol", "Symbol", "node"),
    Column("capture", widgets.term("downside-capture", "Downside capture %"), "share"),
    Column("days", "Down days", "count"),
    Column("to_benchmark", "Correlation to SPY", "ratio"),
    Column("sector", "Its sector", "text"),
    Column("to_sector", "to it", "ratio"),
)


def show_capture(
    state: SectorsState, falls: Downside, correlation: Answer[Correlation]
) -> panels.View:
    """How much of the benchmark's falls each name takes, and how closely it moves with it."""
    moves = correlation.result
    tied = {row.symbol: row for row in (moves.rows if moves else ())}
    rows: list[dict[str, Any]] = []
    for row in falls.rows:
        other = tied.get(row.symbol)
        rows.append(
            {
                "symbol": html.A(row.symbol, href=f"/supports?symbol={row.symbol}"),
                "capture": row.capture_pct,
                "days": row.down_days,
                "to_benchmark": other.to_benchmark if other else None,
                "sector": other.sector if other else None,
                "to_sector": other.to_sector if other else None,
            }
        )
    known = [row for row in falls.rows if row.capture_pct is not None]
    title = "Downside capture"
    if known:
        least = min(known, key=lambda row: row.capture_pct or 0.0)
        most = max(known, key=lambda row: row.capture_pct or 0.0)
        title = (
            f"On SPY\u2019s down days {least.symbol} fell {formats.share(least.capture_pct, 0)} as "
            f"far on average, {most.symbol} {formats.share(most.capture_pct, 0)}"
        )
    body: list[Component] = [
        html.Div(
            widgets.table(CAPTURE_COLUMNS, rows, caption="Downside capture", sortable=True),
            className="tall-list",
        )
    ]
    if moves is None and correlation.reason:
        body.append(widgets.absence_note(correlation.reason))
    return panels.View(
        title=title,
        basis=f"{falls.basis.capitalize()}; capture over 252 sessions, correlation over 90",
        body=body,
        note=absences(falls.missing),
    )
