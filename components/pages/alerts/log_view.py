"""The list of notices on the Alerts page, those of a simulated market by its runs."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, TypeAlias

from dash import html
from dash.development.base_component import Component

from analytics.alerts.evaluate import run_of
from analytics.alerts.model import Notice
from components.frame import formats, panels, widgets
from components.frame.attributes import attributes
from components.frame.widgets import Column
from components.pages.alerts.rule_views import sign_in
from components.pages.alerts.state import AlertsState

NOTICE_KINDS = {"rule": "alert", "preview": "preview", "trade": "portfolio", "test": "test"}

LOG_COLUMNS = (
    Column("when", "When", "node"),
    Column("what", "What", "node"),
    Column("kind", "Kind", "node"),
    Column("sent", "Sent", "node"),
)


SAME_RUN = dt.timedelta(minutes=5)
"""A message of no run, such as a test, is of the one in which it was written as soon as that; at
60 times the speed of a real clock it is five seconds."""

ShownTime: TypeAlias = Callable[[dt.datetime], dt.datetime]
"""From the wall clock to the one that is shown."""


class RunClock(Protocol):
    """The clock of a simulated market."""

    @property
    def run(self) -> str: ...  # noqa: D102

    def time_in_run(self, run: str, at: dt.datetime) -> dt.datetime | None: ...  # noqa: D102


@dataclass(frozen=True)
class Log:
    """The newest notices, newest first; a stranger has none.

    Attributes:
        withheld: how many are of a plan that their person no longer has.
        earlier: of another run of the simulated market, or of one where the market is real.
    """

    notices: tuple[Notice, ...]
    signed_in: bool = True
    withheld: int = 0
    earlier: tuple[Notice, ...] = ()


def by_run(
    notices: Sequence[Notice], clock: RunClock | None
) -> tuple[tuple[Notice, ...], tuple[Notice, ...]]:
    """The notices of the market that is shown now, and those of other runs.

    One that is of no run, as a test message, goes with those that were written when it was.

    Args:
        notices: newest first.
        clock: the simulated market's; None of a real one.
    """
    now: list[Notice] = []
    earlier: list[Notice] = []
    present = None if clock is None else clock.run
    for notice in notices:
        run = run_of(notice.message)
        is_other = bool(earlier) if run is None else run != present
        (earlier if is_other else now).append(notice)
    return tuple(now), tuple(earlier)


def clock_of(notice: Notice, clock: RunClock | None) -> ShownTime | None:
    """From the wall clock to the clock that a notice tells its time by; None where it is unknown.

    That is the simulated one while its run plays: a delivery is shown by the clock of its notice.
    """
    if not notice.message.simulated:
        return lambda at: at
    if clock is None:
        return None
    known = run_of(notice.message)
    run = known or clock.run
    written = clock.time_in_run(run, notice.recorded_at)
    if written is None:
        return None
    if known is None and abs(written - notice.message.happened_at) > SAME_RUN:
        return None
    return lambda at: clock.time_in_run(run, at) or at


def show_log(state: AlertsState, log: Log) -> panels.View:
    """The notices, newest first; how far each got on its channels is filled in later."""
    if not log.signed_in:
        return sign_in("Sign in to see your notices", "Notices are each person's own.")
    if not log.notices and not log.earlier:
        return panels.nothing("No notice yet", _withheld(log) or "Notices will be listed here.")
    title = summary = "No notice in this run yet"
    if log.notices:
        newest = log.notices[0].message.title
        title = f"Latest notice: {newest}"
        summary = f"{len(log.notices)} notices. Latest: {newest}"
    return panels.View(
        title=title,
        summary=f"{summary}.",
        body=html.Div(_tables(log)),
        note=_withheld(log),
        data=panels.Data(
            (("When", "date"), ("Kind", "text"), ("Title", "text"), ("Text", "text")),
            [
                (
                    n.message.happened_at.isoformat(),
                    n.message.kind,
                    n.message.title,
                    n.message.text,
                )
                for n in (*log.notices, *log.earlier)
            ],
        ),
    )


def _tables(log: Log) -> list[Component]:
    """The notices of now, and folded those of earlier runs."""
    found = [_table(log.notices, "Notices")] if log.notices else []
    if log.earlier:
        n = len(log.earlier)
        said = f"{n} {'notice' if n == 1 else 'notices'} of earlier runs of the simulated market"
        fold = [html.Summary(said), _table(log.earlier, "Notices of earlier runs")]
        found.append(html.Details(fold, className="alert-earlier"))
    return found


def _table(notices: Sequence[Notice], caption: str) -> Component:
    rows = [_log_row(notice) for notice in notices]
    return widgets.table(LOG_COLUMNS, rows, caption=caption, class_name="alert-log")


def _withheld(log: Log) -> str:
    """That there are notices of a plan which their person no longer has; "" where there are not."""
    if not log.withheld:
        return ""
    one = log.withheld == 1
    are, they = ("notice is", "it is") if one else ("notices are", "they are")
    return f"{log.withheld} {are} of a plan that has ended; {they} shown again with it."


def _log_row(notice: Notice) -> dict[str, Any]:
    message = notice.message
    what: list[Any] = [html.A(message.title, href=message.link)]
    if message.simulated:
        what.append(widgets.chip("SIMULATED", "warn"))
    if message.text:
        what.append(html.Span(message.text, className="alert-text"))
    return {
        "when": formats.moment(message.happened_at),
        "what": html.Div(what, className="alert-what"),
        "kind": NOTICE_KINDS.get(message.kind, message.kind),
        "sent": html.Span("this page", **attributes(data_notice=str(notice.number))),
    }
