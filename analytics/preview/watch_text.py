"""Section on what to watch: the closes that decide, and the decisions and figures that are due."""

from __future__ import annotations

from collections.abc import Iterator

from analytics.model.sessions import next_session
from analytics.model.vocabulary import Event, EventKind
from analytics.preview.calendar_text import calendar_cite
from analytics.preview.model import Answers, Section, Sentence
from analytics.preview.prices_text import ladder_cite
from analytics.preview.writing import Cite, Draft, listed, say, section
from analytics.studies.calendar.events import ahead
from analytics.studies.supports.supports import SupportLadder

_DECIDING = {
    EventKind.FOMC: ("the Federal Reserve's decision", "fomc-decision"),
    EventKind.CPI: ("consumer prices", "release"),
    EventKind.PCE: ("PCE prices", "release"),
    EventKind.JOBS: ("the jobs report", "release"),
}


def watch_section(answers: Answers) -> Section | None:
    """What would change the picture next."""
    return section("watch", "What to watch", _watch(answers))


def _watch(answers: Answers) -> Iterator[Sentence | None]:
    for answer in answers.supports.values():
        if answer.result is not None:
            yield deciding_close(answer.result, ladder_cite(answer))
    yield _due(answers)


def deciding_close(ladder: SupportLadder, cite: Cite) -> Sentence | None:
    """The close that keeps the support in focus, and the one that wins the next average back."""
    levels = [level for level in ladder.levels if level.id.is_headline]
    above = [level for level in levels if level.price > ladder.price]
    below = [level for level in levels if level.price <= ladder.price]
    when: list[Draft] = [" today"]
    if not ladder.provisional:
        when = [" on ", cite.day(next_session(ladder.session), "session")]
    next_below = max(below, key=lambda level: level.price, default=None)
    if above:
        lost = min(above, key=lambda level: level.price)
        won = cite.price(lost.close_needed, "close-needed")
        opening = [f"{ladder.symbol} wins its {lost.name} back", *when, " with a close of "]
        if next_below is None:
            return say(*opening, won, " or more.")
        floor = cite.price(next_below.close_needed, "close-needed")
        return say(
            *opening, won, " or more; under ", floor, f" it loses its {next_below.name} too."
        )
    if next_below is None:
        return None
    needed = cite.price(next_below.close_needed, "close-needed")
    opening = [f"{ladder.symbol} keeps its {next_below.name}", *when, " with a close of "]
    return say(*opening, needed, " or more.")


def _due(answers: Answers) -> Sentence | None:
    answer = answers.calendar
    if answer is None or answer.result is None:
        return None
    cite = calendar_cite(answer, answer.result)
    first: dict[EventKind, Event] = {}
    for event in answer.result.events:
        if event.kind in _DECIDING and ahead(event, answers.moment):
            first.setdefault(event.kind, event)
    parts = listed(
        (f"{_DECIDING[kind][0]} on ", cite.day(event.day, _DECIDING[kind][1]))
        for kind, event in first.items()
    )
    return say("Due: ", *parts, ".") if parts else None
