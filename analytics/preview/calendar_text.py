"""The days ahead in sentences."""

from __future__ import annotations

from collections.abc import Iterator

from analytics.model.question import Answer
from analytics.model.vocabulary import Event, EventKind, Moment
from analytics.preview.model import Answers, Part, Section, Sentence
from analytics.preview.writing import Cite, clock, long_day, names, say, section, words
from analytics.studies.calendar.events import Calendar, ahead

MAX_REPORTERS = 5
MAX_RELEASES = 3

_HEADLINE = (EventKind.CPI, EventKind.PCE, EventKind.JOBS)
_HALVES = ("before the open", "after the close", "")
_MONDAY = 0


def calendar_section(answers: Answers) -> Section | None:
    """The calendar of the days ahead: None when it was not asked for."""
    answer = answers.calendar
    if answer is None or answer.result is None:
        return None
    calendar = answer.result
    weekly = calendar.start.weekday() == _MONDAY
    title = "The week ahead" if weekly else "The rest of the week"
    return section("calendar", title, _sentences(calendar, answer, answers.moment), answer)


def calendar_cite(answer: Answer[Calendar], calendar: Calendar) -> Cite:
    """References to the calendar's page at these days."""
    return Cite(answer, "/calendar", start=str(calendar.start), end=str(calendar.end))


def _sentences(
    calendar: Calendar, answer: Answer[Calendar], moment: Moment
) -> Iterator[Sentence | None]:
    cite = calendar_cite(answer, calendar)
    of_kind: dict[EventKind, list[Event]] = {}
    for event in calendar.events:
        if not ahead(event, moment):
            continue
        of_kind.setdefault(event.kind, []).append(event)
    for event in of_kind.get(EventKind.FOMC, ()):
        yield fomc_sentence(event, cite)
    due = [event for kind in _HEADLINE for event in of_kind.get(kind, ())[:MAX_RELEASES]]
    due += of_kind.get(EventKind.RELEASE, ())[:MAX_RELEASES]
    for event in sorted(due, key=lambda one: (one.day, one.title)):
        yield _release(event, cite)
    yield from _earnings(of_kind.get(EventKind.EARNINGS, []), calendar, cite)
    for event in of_kind.get(EventKind.EX_DIVIDEND, ()):
        yield say(f"{event.title} on ", cite.day(event.day, "ex-dividend"), ".")
    for event in of_kind.get(EventKind.EXPIRY, ()):
        yield say(
            f"The {event.detail} options expire on ", cite.day(event.day, "options-expiry"), "."
        )
    for event in (*of_kind.get(EventKind.HOLIDAY, ()), *of_kind.get(EventKind.HALF_DAY, ())):
        yield say(f"{event.title} on ", cite.day(event.day, "session"), ".")
    for event in of_kind.get(EventKind.OWN, ()):
        yield say(f"{event.title} on ", cite.day(event.day, "calendar-entry"), ".")


def fomc_sentence(event: Event, cite: Cite) -> Sentence | None:
    """When the Fed decides, and whether with new projections."""
    at = f" at {clock(event.time)} New York" if event.time else ""
    return say(
        "The Federal Reserve decides on ",
        cite.day(event.day, "fomc-decision"),
        f"{at}, {event.detail}.",
    )


def _release(event: Event, cite: Cite) -> Sentence | None:
    at = f" at {clock(event.time)}" if event.time else ""
    parts: list[Part] = [f"{event.title}: due on ", cite.day(event.day, "release"), at]
    unit = event.unit if event.unit.startswith("%") else f" {event.unit}".rstrip()
    expected, previous = (
        cite.number(value, "release", event.unit or "as printed", 1, suffix=unit)
        for value in (event.expected, event.previous)
    )
    if expected is not None:
        parts += [", with ", expected, " expected"]
        if previous is not None:
            parts += [" after ", previous]
    return say(*parts, ".")


def _earnings(events: list[Event], calendar: Calendar, cite: Cite) -> Iterator[Sentence | None]:
    for one in calendar.earnings:
        on_day = [event for event in events if event.day == one.day]
        for half in _HALVES:
            reporters = [event.symbol for event in on_day if event.timing == half]
            if reporters:
                yield _report(reporters, half, cite.day(one.day, "earnings-date"))
    unknown = [absence for absence in calendar.absences if absence.startswith("earnings")]
    if not events and unknown:
        yield words("This source gives no earnings dates for the days ahead.")
    elif not events:
        span = f"{long_day(calendar.start)} and {long_day(calendar.end)}"
        yield words(f"No company that is followed reports between {span}.")


def _report(reporters: list[str], half: str, day: Part) -> Sentence | None:
    shown = reporters[:MAX_REPORTERS]
    more = len(reporters) - len(shown)
    who = names([*shown, f"{more} smaller"] if more else shown)
    verb = "reports" if len(reporters) == 1 else "report"
    return say(f"{who} {verb} on ", day, f", {half}." if half else ".")
