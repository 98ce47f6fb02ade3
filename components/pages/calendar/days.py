"""The calendar's days: a column each, with what is known, from whom and how surely."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

from dash import html
from dash.development.base_component import Component

from analytics.model.sessions import NEW_YORK
from analytics.model.vocabulary import Event, EventKind, Moment
from analytics.studies.calendar.events import Calendar, ahead
from analytics.studies.calendar.release_lists import WITH_PROJECTIONS
from analytics.studies.calendar.results import AFTER_THE_CLOSE, BEFORE_THE_OPEN
from components.frame import formats, panels, widgets
from components.frame.attributes import attributes
from components.pages.calendar import words
from components.pages.calendar.routes import ICS_PATH
from components.pages.calendar.state import CalendarState
from components.pages.calendar.words import Span

PATH = "/calendar"
MAX_REPORTERS = 8
_SATURDAY = 5

_HALVES = {BEFORE_THE_OPEN: 0, "": 1, AFTER_THE_CLOSE: 2}

_MARKS = {
    EventKind.FOMC: "\u25c6",
    EventKind.CPI: "\u25b2",
    EventKind.PCE: "\u25b2",
    EventKind.JOBS: "\u25b2",
    EventKind.RELEASE: "\u25b3",
    EventKind.EARNINGS: "\u25cf",
    EventKind.BLACKOUT: "\u25cc",
    EventKind.EX_DIVIDEND: "\u25a1",
    EventKind.SPLIT: "\u25a0",
    EventKind.EXPIRY: "\u25c7",
    EventKind.HOLIDAY: "\u2715",
    EventKind.HALF_DAY: "\u25d0",
}
"""The signs of the chart's marks, where a kind is marked there."""


def show_days(state: CalendarState, found: Calendar, moment: Moment) -> panels.View:
    """The span by day; the title is what is still to come of it."""
    today = moment.time.astimezone(NEW_YORK).date()
    title = words.finding(found, moment)
    long = (found.end - found.start).days >= words.WEEK
    rows = [
        html.Div(
            [_day(found, day, today, moment, whole=long) for day in week],
            className="cal-week",
        )
        for week in words.weeks(found.start, found.end)
    ]
    return panels.View(
        title=title,
        summary=f"{title}. {len(found.events)} entries.",
        basis=f"{words.span_text(found.start, found.end)}, New York times",
        body=[
            _navigation(state, found),
            html.Div(
                rows,
                className="cal is-long" if long else "cal",
                **attributes(data_today=today.isoformat()),
            ),
        ],
        data=_data(found),
        note=(
            "What is over is grey. \u201cestimated\u201d marks a date its source only guesses; "
            "all others are published. The Fed\u2019s meetings ahead are tentative until the one "
            "before."
        ),
    )


def _navigation(state: CalendarState, found: Calendar) -> Component:
    before, after = words.previous_and_next(found.start, found.end)
    monthly = words.is_month(found.start, found.end)
    what = "month" if monthly else "week" if (found.end - found.start).days == 6 else "days"
    view = state.only("as_of")
    middle = found.start + (found.end - found.start) / 2
    other = words.month_of(middle)
    quick: list[Component] = [
        html.A(f"\u2039 Previous {what}", href=_link(view, before)),
        html.A("This week", href=view.link(PATH)),
        html.A(f"Next {what} \u203a", href=_link(view, after)),
    ]
    if not monthly:
        quick.append(html.A(f"All of {other.start:%B}", href=_link(view, other)))
    file = view.link(ICS_PATH, start=found.start, end=found.end)
    return html.Div(
        [
            html.Div(quick, className="quick"),
            html.B(words.span_text(found.start, found.end), className="cal-span"),
            html.A(
                "Calendar file (.ics)",
                href=file,
                download="",
                className="cal-file",
                title="The market\u2019s events of these days for your own calendar",
            ),
        ],
        className="cal-nav",
    )


def _link(view: CalendarState, span: Span) -> str:
    return view.link(PATH, start=span.start, end=span.end)


def _day(
    found: Calendar, day: dt.date, today: dt.date, moment: Moment, *, whole: bool
) -> Component:
    """One day's column; ``whole`` weeks keep an empty weekend so that the columns align."""
    inside = found.start <= day <= found.end
    events = [event for event in found.events if event.day == day]
    weekend = day.weekday() >= _SATURDAY
    classes = ["cal-day"]
    classes += [
        name
        for name, holds in (
            ("is-today", day == today),
            ("is-over", day < today),
            ("is-outside", not inside),
            ("is-weekend", weekend),
            ("is-shut", any(event.kind is EventKind.HOLIDAY for event in events)),
            ("is-empty", not events),
        )
        if holds
    ]
    head: list[Any] = [html.Span(f"{day:%a}", className="cal-weekday"), f" {day.day} {day:%b}"]
    if day == today:
        head.append(html.Span(" today", className="cal-today"))
    children: list[Component] = [html.H3(head)]
    if inside:
        children += [
            html.Ul(_entries(events, moment), className="cal-list"),
            html.Ul(className="cal-list cal-own", **attributes(data_own_day=day.isoformat())),
        ]
    return html.Section(
        children,
        className=" ".join(classes),
        hidden=weekend and not events and not whole,
        **attributes(aria_label=formats.date(day)),
    )


def _entries(events: Sequence[Event], moment: Moment) -> list[Component]:
    """A day's events, in the calendar's order; the companies of one half of a day together."""
    halves: dict[str, list[Event]] = {}
    for event in events:
        if event.kind is EventKind.EARNINGS:
            halves.setdefault(event.timing, []).append(event)
    entries: list[Component] = []
    if not events:
        return [html.Li("Nothing known", className="cal-none")]
    reported = False
    for event in events:
        if event.kind is not EventKind.EARNINGS:
            entries.append(_entry(event, moment))
        elif not reported:
            reported = True
            entries += [
                _reporters(timing, halves[timing], moment)
                for timing in sorted(halves, key=lambda half: _HALVES.get(half, 1))
            ]
    return entries


def _entry(event: Event, moment: Moment) -> Component:
    lines: list[Any] = [
        html.Div([_sign(event.kind), _when(event), html.Span(_title(event)), *_chips(event)])
    ]
    detail = event.detail if event.kind not in (EventKind.FOMC, EventKind.EXPIRY) else ""
    figures = [text for text in (_figures(event), detail) if text]
    if figures:
        lines.append(html.Div("; ".join(figures), className="cal-figures"))
    lines.append(_source([event]))
    return html.Li(lines, className=_class(event, moment), title=_hover(event))


def _reporters(timing: str, events: Sequence[Event], moment: Moment) -> Component:
    """Who reports before the open, or after the close: the largest first."""
    shown = events[:MAX_REPORTERS]
    names: list[Any] = []
    for event in shown:
        names += [
            html.A(event.symbol, href=widgets.supports_link(event.symbol), title=_hover(event)),
            html.Span("estimated ", className="cal-guess") if not event.confirmed else "",
        ]
    if len(events) > len(shown):
        names.append(html.Span(f"and {len(events) - len(shown)} more", className="muted"))
    when = timing or _clock(events[0]) or "time not told"
    lines = [
        html.Div(
            [
                _sign(EventKind.EARNINGS),
                "Earnings ",
                html.Span(when, className="cal-when"),
            ]
        ),
        html.Div(names, className="cal-names"),
        _source(events),
    ]
    return html.Li(lines, className=_class(events[0], moment))


def _sign(kind: EventKind) -> Component:
    return html.Span(
        f"{_MARKS.get(kind, '')} ",
        className="cal-sign",
        **attributes(aria_hidden="true"),
    )


def _clock(event: Event) -> str:
    return f"{event.time.astimezone(NEW_YORK):%H:%M}" if event.time else ""


def _when(event: Event) -> Component | str:
    when = _clock(event) or event.timing
    # the entry itself states a closing time
    if not when or event.kind in (EventKind.HALF_DAY, EventKind.EXPIRY):
        return ""
    return html.Span(f"{when} ", className="cal-when")


def _is_large_expiry(event: Event) -> bool:
    return event.kind is EventKind.EXPIRY and event.detail in ("monthly", "quarterly")


def _title(event: Event) -> str:
    """A monthly or quarterly expiry carries that word as its chip, not twice."""
    return event.title.split(" (")[0] if _is_large_expiry(event) else event.title


def _chips(event: Event) -> list[Component]:
    chips = []
    if event.kind is EventKind.FOMC and event.detail == WITH_PROJECTIONS:
        chips.append(widgets.chip("dot plot", "accent"))
    if _is_large_expiry(event):
        chips.append(widgets.chip(event.detail, "near"))
    if not event.confirmed:
        chips.append(widgets.chip("estimated", "near"))
    return chips


def figure_text(value: float | None, unit: str) -> str:
    """``2.6%``, ``170 thousand``, or empty."""
    if value is None:
        return ""
    written = f"{value:g}".replace("-", formats.MINUS)
    return f"{written}{unit}" if unit.startswith("%") else f"{written} {unit}".strip()


def _figures(event: Event) -> str:
    if event.kind in (EventKind.SPLIT, EventKind.EX_DIVIDEND):
        amount = event.actual
        dividend = event.kind is EventKind.EX_DIVIDEND and amount is not None
        return f"{amount:.2f} {event.unit}" if dividend else ""
    named = (("expected", event.expected), ("before", event.previous), ("came in", event.actual))
    return ", ".join(f"{name} {figure_text(v, event.unit)}" for name, v in named if v is not None)


def _source(events: Sequence[Event]) -> Component:
    """Who says so, in the width of a column: the part before the first comma."""
    sources = dict.fromkeys(short_source(event.source) for event in events if event.source)
    return html.Div(", ".join(sources), className="cal-source")


def short_source(source: str) -> str:
    """``Federal Reserve Board`` of the whole citation."""
    return source.split(",")[0].strip()


def _hover(event: Event) -> str:
    parts = [event.title, event.detail, "" if event.confirmed else "date estimated", event.source]
    return "; ".join(part for part in parts if part)


def _class(event: Event, moment: Moment) -> str:
    over = "" if ahead(event, moment) else " is-past"
    return f"cal-event kind-{event.kind.value}{over}"


def _data(found: Calendar) -> panels.Data:
    return panels.Data(
        (
            ("Date", "date"),
            ("New York", "text"),
            ("Kind", "text"),
            ("What", "text"),
            ("Detail", "text"),
            ("Expected", "ratio"),
            ("Previous", "ratio"),
            ("Actual", "ratio"),
            ("Unit", "text"),
            ("Certainty", "text"),
            ("Source", "text"),
        ),
        [
            (
                event.day.isoformat(),
                _clock(event) or event.timing,
                event.kind.value,
                event.title,
                event.detail,
                event.expected,
                event.previous,
                event.actual,
                event.unit,
                "published" if event.confirmed else "estimated",
                event.source,
            )
            for event in found.events
        ],
    )
