"""The day's log in a few words: when a level was last touched, lost or regained."""

from __future__ import annotations

from dash import html
from dash.development.base_component import Component

from analytics.model.level_calls import Happening
from analytics.model.levels import LevelId
from analytics.model.sessions import NEW_YORK
from analytics.model.status import Status
from analytics.watch.day_log import LevelLog, LogLine
from components.frame import formats
from components.frame.attributes import attributes

SIGN = {
    Happening.OPENED_UNDER: ("\u25bd", "down"),
    Happening.BROKE: ("\u25bd", "down"),
    Happening.OPENED_OVER: ("\u25b3", "up"),
    Happening.RECLAIMED: ("\u25b3", "up"),
    Happening.TOUCHED: ("\u25d0", "near"),
}


def crossed(log: LevelLog, asked: LevelId) -> Component:
    """``Reclaimed 11:31 at 596.38.``, or that the level was not touched."""
    last = last_met(log, asked)
    if last is None:
        words = not_touched(log, asked)
        return html.Span(f"{words[:1].upper()}{words[1:]}.")
    said = str(last.happening)
    at = f"{last.at.astimezone(NEW_YORK):%H:%M}"
    words = f"{said[:1].upper()}{said[1:]} {at} at {log.quotation.text(last.price)}."
    return html.Span(words)


def not_touched(log: LevelLog, asked: LevelId) -> str:
    """Why the log has no line of a level: ``not touched today``, or ``near, not touched today``."""
    day = "on that day" if log.final else "today"
    level = next((one for one in log.levels if one.id == asked), None)
    if level is not None and level.touched:
        return "touched, no crossing logged"
    near = level is not None and level.status is Status.TESTING
    return f"{'near, ' * near}not touched {day}"


def last_cross_short(log: LevelLog, asked: LevelId) -> Component:
    """``11:31`` with the sign of what happened, as a table has room for it."""
    last = last_met(log, asked)
    if last is None:
        why = log.missing or not_touched(log, asked)
        return html.Span(formats.ABSENT, title=why, className="muted")
    sign, kind = SIGN[last.happening]
    mark = html.Span(sign, className=f"log-sign {kind}", **attributes(aria_hidden="true"))
    at = f"{last.at.astimezone(NEW_YORK):%H:%M} "
    return html.Span([at, mark], title=str(last.happening), className="num")


def last_met(log: LevelLog, asked: LevelId) -> LogLine | None:
    """The last line of the log in which the level was touched, lost or regained."""
    lines = [line for line in log.lines if line.level_id == asked and line.happening in SIGN]
    return lines[-1] if lines else None
