"""The Options page's past: what was shown on each session, and where today stands in it."""

from __future__ import annotations

from typing import Any

from dash import html

from analytics.model.absences import BRING_HISTORY
from analytics.options.history import FigureHistory, HistoryRank, OptionsHistory
from components.figures.lines import Line, line_chart
from components.frame import formats, panels, widgets
from components.frame.widgets import Column
from components.pages.options.state import OptionsState

DRAWN: dict[str, tuple[tuple[str, str, str], ...]] = {
    "put-call": (
        ("put_call_volume", "@series", "solid"),
        ("put_call_open_interest", "@muted", "dash"),
    ),
    "bullish": (
        ("short_call_share", "@ink", "solid"),
        ("short_quote", "@series", "dash"),
        ("short_residual", "@benchmark", "dot"),
    ),
    "iv30": (("iv30", "@series", "solid"),),
    "walls": (
        ("spot", "@ink", "solid"),
        ("call_wall", "@series", "dash"),
        ("put_wall", "@benchmark", "dash"),
        ("gamma_flip", "@accent", "dot"),
    ),
}
"""Choice of the page -> (figure, colour token, dash) of each line."""


SHORT_NAMES = {
    "put_call_volume": "volume",
    "put_call_open_interest": "OI",
    "short_call_share": "call share",
    "short_quote": "quote",
    "short_residual": "residual",
}
"""At the ends of lines, where there is little room; the title and the table have the long ones."""


def show_history(state: OptionsState, history: OptionsHistory) -> panels.View:
    """The chosen figures over the recorded sessions."""
    named = {figure.key: figure for figure in history.figures}
    drawn = [(named[key], token, dash) for key, token, dash in DRAWN[state.figure]]
    first = drawn[0][0]
    if len(history.sessions) < 2:
        reason = f"A line needs 2 sessions, has {len(history.sessions)}: {BRING_HISTORY}"
        return panels.nothing(reason, f"{reason}. {history.note}")
    title = _title(history, first)
    return panels.View(
        title=title,
        summary=f"{title}.",
        basis=f"{len(history.sessions)} sessions",
        figure=line_chart(
            lines=[
                Line(
                    SHORT_NAMES.get(figure.key, figure.name),
                    history.sessions,
                    figure.values,
                    token,
                    dash,
                )
                for figure, token, dash in drawn
            ],
            unit=first.unit,
            revision=f"{history.symbol}|{state.figure}",
        ),
        data=_data(history),
        note=history.note,
    )


def _title(history: OptionsHistory, figure: FigureHistory) -> str:
    known = [value for value in figure.values if value is not None]
    if not known:
        return f"{history.symbol}: {figure.name} was absent on every session"
    now = f"{known[-1]:.2f}"
    return (
        f"{history.symbol}: {figure.name} {now}, between {min(known):.2f} and {max(known):.2f} "
        f"over {len(known)} sessions"
    )


def _data(history: OptionsHistory) -> panels.Data:
    heads: list[tuple[str, panels.Kind]] = [("Session", "date")]
    heads += [(f"{figure.name}, {figure.unit}", "ratio") for figure in history.figures]
    columns = [figure.values for figure in history.figures]
    rows: list[tuple[Any, ...]] = [
        (day.isoformat(), *(column[i] for column in columns))
        for i, day in enumerate(history.sessions)
    ]
    return panels.Data(tuple(heads), rows)


STANDING_COLUMNS = (
    Column("name", "Figure", "text"),
    Column("value", "Now", "ratio"),
    Column("rank", "Rank %", "share"),
    Column("percentile", "Percentile %", "share"),
    Column("n", "n", "count"),
)


def show_standing(state: OptionsState, history: OptionsHistory) -> panels.View:
    """IV rank and percentile, and the call share's percentile, or how many days are missing."""
    pairs = (("IV30", history.iv30), ("Short-term call share", history.call_share))
    rows = [_row(name, history_rank) for name, history_rank in pairs]
    iv30 = history.iv30
    title = (
        f"IV rank {iv30.reason}"
        if iv30.reason or iv30.rank_pct is None
        else f"IV30 stands at {formats.share(iv30.rank_pct, 0)} of its range"
    )
    reasons = {
        f"{name}: {history_rank.reason}" for name, history_rank in pairs if history_rank.reason
    }
    return panels.View(
        title=title,
        basis="Up to 252 sessions",
        body=[
            widgets.table(STANDING_COLUMNS, rows, caption="Where today stands"),
            html.Ul([html.Li(f"{text}.") for text in sorted(reasons)], className="conventions"),
            *([widgets.history_help()] if any(BRING_HISTORY in text for text in reasons) else []),
        ],
        note=history.note,
    )


def _row(name: str, history_rank: HistoryRank) -> dict[str, Any]:
    return {
        "name": name,
        "value": history_rank.value,
        "rank": history_rank.rank_pct,
        "percentile": history_rank.percentile_pct,
        "n": history_rank.n,
    }
