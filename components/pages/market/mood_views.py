"""The sentiment index on Market now: its number, a week ago, and its last months as a line."""

from __future__ import annotations

from dash import html

from analytics.model.question import Answer
from analytics.studies.sentiment.breadth import Breadth
from analytics.studies.sentiment.index import Sentiment
from analytics.studies.sentiment.words import mood, week_ago
from components.frame import panels, widgets
from components.frame.likely import ask_again
from components.frame.sparks import spark
from components.pages.market.state import MarketState

SHOWN = 126


def show_mood(state: MarketState, breadth: Breadth, mooded: Answer[Sentiment]) -> panels.View:
    """Beside breadth, whose sectors it is made of; a link to the tab that explains it."""
    index = mooded.result
    if index is None or index.value is None:
        waits = ask_again(mooded)
        reason = (index.reason if index is not None else mooded.reason) or "not known"
        said = "The mood is being computed" if waits else f"Mood not known: {reason.rstrip('.')}"
        return panels.View(
            title="Mood", summary=f"{said}.", body=widgets.absence_note(f"{said}."), again=waits
        )
    week = week_ago(index)
    title = f"Mood {index.value:.0f} of 100: {mood(index.value)}"
    before = "" if week is None else f"{week:.0f} a week ago"
    drawn = [value for value in index.history.values[-SHOWN:] if value is not None]
    return panels.View(
        title=title,
        summary=f"{title}{', ' if before else ''}{before}.",
        basis=index.basis.capitalize(),
        body=[
            html.Div(
                [
                    widgets.figure_value(f"{index.value:.0f}", before),
                    spark(drawn, label=f"{len(drawn)} sessions, 0 crash to 100 euphoria"),
                ],
                className="mood",
            ),
            html.A("What it is made of", href="/sentiment"),
        ],
    )
