"""Beside the calendar's days: earnings by size, and what the calendar does not cover."""

from __future__ import annotations

from collections import Counter
from typing import Any

from dash import html
from dash.development.base_component import Component

from analytics.model.listings import index_weights
from analytics.model.question import Answer
from analytics.model.vocabulary import Event, EventKind, Moment
from analytics.studies.calendar.events import Calendar, ahead, with_market_values
from analytics.studies.calendar.results import EarningsResult
from analytics.studies.valuation.market_values import MarketValues
from components.frame import formats, panels, widgets
from components.frame.widgets import Column
from components.pages.calendar import words
from components.pages.calendar.days import short_source
from components.pages.calendar.state import CalendarState

LEFT_OUT = (
    "The days of buy-backs: companies report only what they paid by quarter (Valuation). "
    "Blackouts are estimated from earnings dates; plans set up before may go on buying.",
    "Ex-dividends and splits ahead: only those that prices already show are listed, of the ten "
    "largest companies and SPY, QQQ, DIA and IWM.",
)
"""What no calendar here ever holds."""

EARNINGS_COLUMNS = (
    Column("company", "Company", "node"),
    Column("day", widgets.term("earnings-date", "Day"), "text"),
    Column("when", "When", "text"),
    Column("value", widgets.term("market-value", "Market value, bn"), "count"),
    Column("valued", "Value of", "text"),
    Column("weight", "S&P 500 %", "share"),
    Column("certainty", "Date", "text"),
)
RESULT_COLUMNS = (
    Column("reported", "Reported, $ a share", "ratio"),
    Column("expected", "Expected", "ratio"),
    Column("surprise", widgets.term("earnings-surprise", "Surprise %"), "pct"),
    Column("reaction", widgets.term("earnings-reaction", "Price then %"), "pct"),
)
"""Shown once a report of these days is out."""

_KINDS = {
    EventKind.FOMC: ("fomc-decision", "Fed decisions"),
    EventKind.CPI: ("release", "CPI"),
    EventKind.PCE: ("release", "PCE"),
    EventKind.JOBS: ("release", "Jobs"),
    EventKind.RELEASE: ("release", "Other releases"),
    EventKind.EARNINGS: ("earnings-date", "Earnings"),
    EventKind.BLACKOUT: ("buyback-blackout", "Buy-back blackouts"),
    EventKind.EX_DIVIDEND: ("ex-dividend", "Ex-dividends"),
    EventKind.EXPIRY: ("options-expiry", "Options expiries"),
}


def show_earnings(
    state: CalendarState,
    found: Calendar,
    moment: Moment,
    values: Answer[MarketValues] | None = None,
) -> panels.View:
    """Who reports, by day, the largest first; companies followed with the value that Value has."""
    if values is not None and values.result is not None:
        found = with_market_values(found, values.result)
    events = [event for event in found.events if event.kind is EventKind.EARNINGS]
    if not events:
        return panels.nothing("No earnings are known", _why_none(found))
    weights = index_weights("company", found.session)
    largest = max(events, key=lambda event: words.size(event, found.session))
    name = weights.names.get(largest.symbol, largest.symbol)
    title = f"{name} alone reports, {formats.date(largest.day)}"
    if len(events) > 1:
        title = (
            f"{len(events)} companies report; the largest is {name}, {formats.date(largest.day)}"
        )
    results = {(one.symbol, one.day): one for one in found.results}
    table = widgets.table(
        (*EARNINGS_COLUMNS, *(RESULT_COLUMNS if results else ())),
        [_row(event, found, moment, results.get((event.symbol, event.day))) for event in events],
        caption="Earnings by day, the largest first",
        sortable=True,
    )
    return panels.View(
        title=title,
        basis=words.span_text(found.start, found.end),
        body=html.Div(table, className="tall-list"),
        data=panels.Data(
            (
                ("Date", "date"),
                ("When", "text"),
                ("Symbol", "text"),
                ("Market value, m USD", "count"),
                ("Market value of", "text"),
                ("S&P 500 weight %", "share"),
                ("Date is", "text"),
                ("Reported, $ a share", "ratio"),
                ("Expected, $ a share", "ratio"),
                ("Surprise %", "pct"),
                ("Price then %", "pct"),
                ("Source", "text"),
            ),
            [
                (
                    event.day.isoformat(),
                    event.timing,
                    event.symbol,
                    event.market_cap_musd,
                    _valued(event, found),
                    weights.weights_pct.get(event.symbol),
                    _certainty(event),
                    *_outcome(results.get((event.symbol, event.day))).values(),
                    event.source,
                )
                for event in events
            ],
        ),
        note=(
            "Market values: the price of the day named times the shares last reported, as on "
            "Value; the source\u2019s own are undated. "
            f"Weights of the ten largest as of {formats.short_date(weights.as_of)}."
        ),
    )


def _why_none(found: Calendar) -> str:
    reasons = [f"{what}: {why}" for what, why in found.absences.items() if "earnings" in what]
    return " ".join(reasons) or "No company followed reports in these days."


def _certainty(event: Event) -> str:
    return "published" if event.confirmed else "estimated"


def _outcome(result: EarningsResult | None) -> dict[str, float | None]:
    """What the results' columns hold; nothing of a report that is not out."""
    return {
        "reported": None if result is None else result.reported_eps,
        "expected": None if result is None else result.expected_eps,
        "surprise": None if result is None else result.surprise_pct,
        "reaction": None if result is None else result.reaction_pct,
    }


def _valued(event: Event, found: Calendar) -> str | None:
    """Of which day a market value is, or whose it is."""
    if event.market_cap_musd is None:
        return None
    if event.symbol in found.valued and found.valued_on is not None:
        return formats.short_date(found.valued_on)
    return "source\u2019s own"


def _row(
    event: Event, found: Calendar, moment: Moment, result: EarningsResult | None
) -> dict[str, Any]:
    weights = index_weights("company", moment.session).weights_pct
    return {
        "company": html.A(event.symbol, href=widgets.supports_link(event.symbol)),
        "day": formats.date(event.day),
        "when": event.timing or None,
        "value": None if event.market_cap_musd is None else event.market_cap_musd / 1000,
        "valued": _valued(event, found),
        "weight": weights.get(event.symbol),
        "certainty": _certainty(event),
        **_outcome(result),
        "_class": "" if ahead(event, moment) else "is-muted",
    }


def show_coverage(state: CalendarState, found: Calendar) -> panels.View:
    """What is missing, with its reason, and whose word the rest is."""
    gaps = [*found.warnings, *(f"{_capital(w)}: {why}" for w, why in found.absences.items())]
    title = "Every list asked for these days answered"
    if gaps:
        title = "1 gap" if len(gaps) == 1 else f"{len(gaps)} gaps"
        title = f"{title} in what is known of these days"
    body: list[Component] = []
    if gaps:
        body.append(html.Ul([html.Li(gap) for gap in gaps], className="cal-gaps"))
    body += [
        html.H3("Never in this calendar", className="cal-small"),
        html.Ul([html.Li(text) for text in LEFT_OUT], className="cal-gaps is-standing"),
    ]
    if found.events:
        body += [html.H3("Whose dates these are", className="cal-small"), _sources(found)]
    return panels.View(title=title, summary=f"{title}. {' '.join(gaps)}".strip(), body=body)


def _sources(found: Calendar) -> Component:
    counted = Counter((event.kind, short_source(event.source)) for event in found.events)
    rows = [
        html.Li([_kind(kind), f" ({count}): {source or 'not told'}"])
        for (kind, source), count in counted.items()
    ]
    return html.Ul(rows, className="cal-gaps is-standing")


def _kind(kind: EventKind) -> Component | str:
    if kind in _KINDS:
        return widgets.term(*_KINDS[kind])
    return _capital(kind.value.replace("-", " ") + "s")


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
