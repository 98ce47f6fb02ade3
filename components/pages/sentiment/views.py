"""The sentiment index, drawn: now, its parts, its history, what followed its crashes."""

from __future__ import annotations

from typing import Any

from dash import html
from dash.development.base_component import Component

from analytics.indicators.forward_returns import Outcome
from analytics.model.absences import BRING_HISTORY
from analytics.studies.sentiment.index import Sentiment
from analytics.studies.sentiment.words import mood, week_ago
from components.figures.bars import Bar, ranked_bars
from components.figures.lines import Line, Marks, line_chart
from components.frame import formats, panels, widgets
from components.frame.widgets import Column
from components.pages.sentiment.state import SentimentState


def show_index(state: SentimentState, index: Sentiment) -> panels.View:
    """The index now, against a week ago."""
    if index.value is None:
        reason = index.reason or "n/a"
        return panels.View(
            title=f"Sentiment: {reason}",
            body=[widgets.absence_note(reason), *_missing(index)],
            note=index.method,
        )
    week = week_ago(index)
    change = "" if week is None else f", {week:.0f} a week ago"
    title = f"Sentiment {index.value:.0f} of 100: {mood(index.value)}{change}"
    figures = [
        widgets.figure_value(f"{index.value:.0f}", "0 crash to 100 euphoria"),
        widgets.figure_value("" if week is None else f"{week:.0f}", "a week ago"),
        widgets.figure_value(index.coverage, "parts used"),
    ]
    return panels.View(
        title=title,
        summary=f"{title}.",
        basis=index.basis.capitalize(),
        body=[
            html.Div(figures, className="figures"),
            *_missing(index),
        ],
        note=" ".join([index.method, *(f"{p.name}: {p.of}." for p in index.parts if p.of)]),
    )


def _missing(index: Sentiment) -> list[Component]:
    """Why parts are absent, and the help where a past would fill one."""
    missing = [f"{p.name}: {p.reason.rstrip('.')}." for p in index.parts if p.reason]
    helps = any(BRING_HISTORY in text for text in missing)
    listed = html.Ul([html.Li(text) for text in missing], className="conventions")
    return [listed, *([widgets.history_help()] if helps else [])]


def show_parts(state: SentimentState, index: Sentiment) -> panels.View:
    """Each part's percentile, most bullish first."""
    known = [part for part in index.parts if part.percentile is not None]
    if not known:
        return panels.View(title="No part of the index is known", summary=index.reason or "")
    known.sort(key=lambda part: -(part.percentile or 0))
    title = f"{known[0].name} is most bullish, {known[-1].name} most bearish"
    return panels.View(
        title=title,
        summary=f"{title}.",
        basis="Mid-rank percentile over all earlier sessions",
        figure=ranked_bars(
            bars=[
                Bar(
                    name=part.name,
                    value=part.percentile or 0.0,
                    text=f"{part.percentile:.0f}",
                    hover=f"{part.value:.2f} {part.unit}, {part.n} sessions since {part.since}",
                    token="@up" if (part.percentile or 0) >= 50 else "@down",
                )
                for part in known
            ],
            unit="percentile, 0 bearish to 100 bullish",
            revision="parts",
        ),
        data=panels.Data(
            (("Part", "text"), ("Value", "ratio"), ("Unit", "text"), ("Percentile", "ratio")),
            [(part.name, part.value, part.unit, part.percentile) for part in index.parts],
        ),
    )


def show_history(state: SentimentState, index: Sentiment) -> panels.View:
    """The index over time, previous lows marked."""
    if not index.history.sessions:
        return panels.View(title="No history yet", summary=index.reason or "No history yet.")
    lows = index.lows
    title = f"{len(lows)} previous lows since {index.history.sessions[0].year}"
    if lows:
        title += f"; the last on {formats.short_date(lows[-1].session)} at {lows[-1].value:.0f}"
    return panels.View(
        title=title,
        summary=f"{title}.",
        basis=index.basis.capitalize(),
        figure=line_chart(
            lines=[Line("index", index.history.sessions, index.history.values, "@ink", width=1.1)],
            marks=[
                Marks(
                    "previous low",
                    [low.session for low in lows],
                    [low.value for low in lows],
                    "@down",
                    "triangle-up",
                    [f"{formats.date(low.session)}: {low.value:.0f}" for low in lows],
                )
            ],
            unit="sentiment, 0 to 100",
            bounds=(0, 100),
            level=50,
            revision="sentiment",
        ),
        data=panels.Data(
            (("Date", "date"), ("Sentiment", "ratio")),
            [
                (day.isoformat(), value)
                for day, value in zip(index.history.sessions, index.history.values, strict=True)
            ],
        ),
        note=f"{index.low_rule} {index.note}".strip(),
    )


OUTCOME_COLUMNS = (
    Column("sessions", "Sessions", "count"),
    Column("n", "n", "count"),
    Column("mean", "Mean %", "pct"),
    Column("interval", "95% interval", "node"),
    Column("all", "All days %", "pct"),
    Column("p", widgets.term("mean-after", "p"), "p"),
    Column("q", widgets.term("q-value", "q"), "p"),
)


def outcome_row(outcome: Outcome, all_days: float | None) -> dict[str, Any]:
    """A table row of what followed."""
    low_high = outcome.interval95_pct
    return {
        "sessions": outcome.sessions,
        "n": outcome.n,
        "mean": outcome.mean_pct,
        "interval": f"{formats.pct(low_high[0])} to {formats.pct(low_high[1])}"
        if low_high
        else "n/a (under 10)",
        "all": all_days,
        "p": outcome.p_value,
        "q": outcome.q_value,
    }


def show_after(state: SentimentState, index: Sentiment) -> panels.View:
    """What SPY did after past crashes of sentiment."""
    rows = [outcome_row(after.outcome, after.all_days_mean_pct) for after in index.after_crash]
    longest = index.after_crash[-1] if index.after_crash else None
    title = f"{len(index.crashes)} crashes of sentiment: too few for a mean"
    if longest is not None and longest.outcome.mean_pct is not None:
        title = (
            f"{longest.sessions} sessions after a crash of sentiment SPY stood "
            f"{formats.pct(longest.outcome.mean_pct, 1)} on average, after any session "
            f"{formats.pct(longest.all_days_mean_pct, 1)}: {difference(longest.outcome)}"
        )
    return panels.View(
        title=title,
        summary=f"{title}.",
        basis=f"{index.basis.capitalize()}; {len(index.crashes)} crashes",
        body=widgets.table(OUTCOME_COLUMNS, rows, caption="After crashes of sentiment"),
        note=f"{index.crash_rule} {CHANCE_NOTE}",
    )


CHANCE_NOTE = (
    "n: events whose windows do not overlap. p: how often a mean lies as far from that of all "
    "days when the sessions are put in another order, in blocks; q: p corrected for the rows of "
    "the table (Benjamini-Hochberg)."
)


def difference(outcome: Outcome) -> str:
    """What may be said of a mean against chance."""
    if outcome.differs:
        return "more than chance explains"
    p = "" if outcome.p_value is None else f" ({formats.p_words('p', outcome.p_value)})"
    return f"chance may explain the difference{p}"
