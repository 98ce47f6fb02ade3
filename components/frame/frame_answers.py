"""What the frame asks while a page is open: its status strip, suggestions, data health."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from dash import Dash, Input, html, no_update
from dash.development.base_component import Component

from analytics.desk.desk import Desk
from analytics.feed import Feed
from analytics.model.question import DEFAULT_BENCHMARK, Answer, Symbol
from analytics.model.vocabulary import HoldlineError
from analytics.studies.supports.watchlist import WATCHLIST, Watchlist, WatchlistParameters
from components.frame import client, exchange, formats, panels, provenance, widgets
from components.frame import data_health as health
from components.frame.attributes import attributes
from components.frame.state import PageState

MAX_SUGGESTIONS = 10
STRIP, SEARCH = "strip", "search"
"""Names of the frame's exchanges with the browser."""
MOUNTED = "mounted"


def register(app: Dash, desk: Desk, feed: Feed) -> None:
    """Declare what the frame asks: the status strip, suggestions, data health."""
    app.clientside_callback(client.mounted(), Input(MOUNTED, "id"))
    health.register(app, desk, feed)
    exchange.register(app, SEARCH, lambda asked: suggestions(desk, asked))

    def strip(asked: dict[str, Any]) -> Any:
        content = status_strip(desk, feed, asked.get("state"))
        return no_update if content is None else panels.plain(content)

    exchange.register(app, STRIP, strip)


def suggestions(desk: Desk, query: Any) -> dict[str, Any]:
    """What the search dialog lists for ``{"text", "sequence"}``, which is client data."""
    text = query.get("text") if isinstance(query, dict) else None
    sequence = query.get("sequence") if isinstance(query, dict) else None
    if not isinstance(text, str) or not isinstance(sequence, int):
        return {"sequence": 0, "matches": [], "message": "Type a symbol or a company's name."}
    matches = desk.search(text.strip()[:40])[:MAX_SUGGESTIONS]
    return {
        "sequence": sequence,
        "matches": [{"symbol": match.symbol, "name": match.name} for match in matches],
        "message": "No suggestion from the source; Enter opens the symbol as typed.",
    }


@dataclass(frozen=True)
class FrameState(PageState):
    """What all tabs share: the moment, and the symbol they pass on to each other."""

    symbol: Symbol = DEFAULT_BENCHMARK


def status_strip(desk: Desk, feed: Feed, raw: Any) -> list[Component] | None:
    """Quotes, the exchange's phase and where the figures come from."""
    try:
        state = FrameState.parse(raw)
        moment = desk.moment(state.as_of)
    except HoldlineError as error:
        return [html.Span(str(error), className="is-error")]
    answer = desk.ask(WATCHLIST, WatchlistParameters(health.STRIP_SYMBOLS), state.as_of)
    phase = html.Span(
        health.phase_line(moment),
        className="phase",
        **attributes(data_phase=str(moment.phase) if moment.live else "past"),
    )
    source = html.Span(provenance.source_line(answer.provenance), className="origin")
    shown = provenance.badge(answer.freshness, answer.provenance, answer.moment.time)
    return [*_quotes(answer), phase, source, health.opener(shown, health.troubles(desk, feed))]


def _quotes(answer: Answer[Watchlist]) -> list[Component]:
    if answer.result is None:
        return [html.Span(answer.reason, className="is-error")]
    quotes: list[Component] = []
    for row in answer.result.rows:
        shown = [
            html.B(row.symbol.lstrip("^")),
            widgets.ticking(row.quotation.text(row.price), f"{row.symbol}.price", "last"),
            widgets.ticking(
                formats.pct(row.change_pct),
                f"{row.symbol}.change_pct",
                formats.direction(row.change_pct),
            ),
        ]
        href = widgets.supports_link(row.symbol)
        quotes.append(html.A(shown, href=href, className="quote"))
    return quotes
