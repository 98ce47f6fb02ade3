"""The day's log on the Supports page: its lines, and the day by the minute with their marks."""

from __future__ import annotations

from typing import Any

from dash import html
from dash.development.base_component import Component

from analytics.model.level_calls import Happening
from analytics.model.levels import OWN
from analytics.model.question import Answer
from analytics.model.quotation import Quotation
from analytics.model.sessions import NEW_YORK
from analytics.studies.supports.how_likely import level_in_question
from analytics.studies.supports.supports import SupportLadder
from analytics.watch.day_log import MINUTES, LevelLog, LogLine
from components.figures.day import day_chart
from components.frame import formats, panels, widgets
from components.frame.attributes import attributes
from components.frame.findings import STATUS_KIND, STATUS_SIGN
from components.pages.supports.state import SupportsState

SIGN = {
    Happening.OPENED_UNDER: ("\u25bd", "down"),
    Happening.BROKE: ("\u25bd", "down"),
    Happening.OPENED_OVER: ("\u25b3", "up"),
    Happening.RECLAIMED: ("\u25b3", "up"),
    Happening.TOUCHED: ("\u25d0", "near"),
    Happening.RESUMED: ("\u2026", ""),
}
MAX_LINES = 60
_RULE = (
    "A crossing is written when the price is 0.05 ATR beyond the level or a minute beyond it; "
    "only the close decides."
)


def show_log(state: SupportsState, log: LevelLog) -> panels.View:
    """When each moving average was touched, lost or regained, newest line first."""
    when = formats.date(log.session)
    if log.missing is not None:
        return panels.nothing(f"No log of {when}", f"The day was not watched, and {log.missing}")
    lines = log.lines[-MAX_LINES:]
    rows: list[Component] = [
        html.Li(_line(line, log.quotation), className="log-line") for line in reversed(lines)
    ]
    basis = "From one-minute bars" if log.basis == MINUTES else "As prices came in"
    body: list[Component] = [_log(rows)] if rows else []
    body.append(html.Div(_standing(log), className="day-standing"))
    return panels.View(
        title=_title(log),
        summary=" ".join(f"{_said(line, log.quotation)}." for line in lines) or _title(log),
        basis=f"{basis}, {when}",
        body=body,
        data=_log_data(log),
        note=f"{_behind(log)}{_RULE}",
    )


def _log(rows: list[Component]) -> Component:
    """The lines in a list of limited height, which the keyboard reaches to scroll it."""
    lines = html.Ol(rows, className="day-log")
    name = attributes(aria_label="The day's log, newest first")
    return html.Div(lines, className="day-scroll", role="region", tabIndex="0", **name)


def _behind(log: LevelLog) -> str:
    if log.watched_until is None:
        return ""
    return f"Watched up to {formats.clock(log.watched_until)}: no later price is in the log. "


def _title(log: LevelLog) -> str:
    lines = [line for line in log.lines if line.happening is not Happening.RESUMED]
    day = f"on {formats.date(log.session)}" if log.final else "today"
    if not lines:
        seen = ", as far as it was watched" if log.lines or log.watched_until else ""
        name = f"{log.symbol}\u2019s moving averages"
        return f"No touch or crossing of {name} is logged {day}{seen}"
    last = lines[-1]
    return (
        f"{formats.clock(last.at)[:5]}: {log.symbol} {last.happening} its "
        f"{formats.level_name(last.level)} at {log.quotation.text(last.price)}"
    )


def _line(line: LogLine, quotation: Quotation) -> list[Any]:
    sign, kind = SIGN[line.happening]
    time = html.Time(
        f"{line.at.astimezone(NEW_YORK):%H:%M}", dateTime=line.at.isoformat(timespec="minutes")
    )
    mark = html.Span(sign, className=f"log-sign {kind}".strip(), **attributes(aria_hidden="true"))
    if line.happening is Happening.RESUMED:
        words: list[Any] = [
            f" {formats.level_name(line.level)} watched again at {quotation.text(line.price)}"
        ]
    else:
        words = [
            f" {line.happening} the {formats.level_name(line.level)} at ",
            html.B(quotation.text(line.price)),
        ]
    level = html.Small(f"level {quotation.text(line.level_price)}")
    return [time, mark, html.Span(words), level]


def _said(line: LogLine, quotation: Quotation) -> str:
    return (
        f"{formats.clock(line.at)} {line.happening} the {formats.level_name(line.level)} "
        f"at {quotation.text(line.price)}"
    )


def _standing(log: LevelLog) -> list[Component]:
    """Where each level stands now, in chips that follow the feed."""
    return [
        html.Span(
            [
                widgets.term("session-level", formats.level_name(level.name)),
                f" {log.quotation.text(level.price)} ",
                widgets.chip(
                    f"{STATUS_SIGN[level.status]} {level.status}",
                    STATUS_KIND[level.status],
                    live="" if log.final else f"{log.symbol}.status:{level.name}",
                ),
            ],
            className="day-level",
        )
        for level in log.levels
    ]


def _log_data(log: LevelLog) -> panels.Data:
    return panels.Data(
        (
            ("Time (New York)", "text"),
            ("Level", "text"),
            ("What", "text"),
            ("Price", "price"),
            ("Level price", "price"),
        ),
        [
            (
                f"{line.at.astimezone(NEW_YORK):%Y-%m-%d %H:%M}",
                line.level,
                line.happening,
                line.price,
                line.level_price,
            )
            for line in log.lines
        ],
        quotation=log.quotation,
    )


def show_day(
    state: SupportsState, log: LevelLog, ladder: Answer[SupportLadder] | None = None
) -> panels.View:
    """The session by the minute, with the log's moments marked."""
    return day_view(log, None if ladder is None else ladder.result)


def day_view(log: LevelLog, ladder: SupportLadder | None) -> panels.View:
    """The same for any page; ``ladder`` says which level is in question and what an ATR is."""
    when = formats.date(log.session)
    if not log.prices:
        return panels.nothing(
            f"No minutes of {when}", f"The day cannot be drawn: {answer_reason(log)}"
        )
    crossings = sum(line.happening is not Happening.TOUCHED for line in log.lines)
    return panels.View(
        title=_day_title(log, crossings),
        basis=f"One-minute closes, {when}",
        figure=day_chart(
            log=log,
            asked=None if ladder is None else level_in_question(ladder),
            atr=None if ladder is None else ladder.atr,
            own=[]
            if ladder is None
            else [level for level in ladder.levels if level.id.family == OWN.key],
        ),
        data=panels.Data(
            (("Minute (New York)", "text"), ("Close", "price")),
            [
                (f"{time.astimezone(NEW_YORK):%H:%M}", price)
                for time, price in zip(log.times, log.prices, strict=True)
            ],
            quotation=log.quotation,
        ),
        note="Levels are those known before the open. Triangles: lost, regained; circles: touched.",
    )


def answer_reason(log: LevelLog) -> str:
    """Why there are no minutes."""
    return log.missing or "the source has no one-minute bars of it."


def _day_title(log: LevelLog, crossings: int) -> str:
    if log.previous_close is None:
        return f"{log.symbol} by the minute"
    change = formats.pct((log.price / log.previous_close - 1) * 100)
    count = {0: "no crossing", 1: "one crossing"}.get(crossings, f"{crossings} crossings")
    return f"{log.symbol} by the minute: {change}, {count}"
