"""Events on the days of a price chart: decisions, releases, reports, ex-dates and splits."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from analytics.indicators.series import YEAR_SESSIONS
from analytics.model.listings import DEFAULT_WATCHLIST, sectors
from analytics.model.quarters import first_reports
from analytics.model.question import Inputs, Needs, Question, Symbol
from analytics.model.vocabulary import Event, EventKind, Moment, Quarter
from analytics.studies.calendar.events import arrange
from analytics.studies.calendar.exchange_rules import ex_dividend_events, split_events
from analytics.studies.calendar.release_lists import calendar_lists, fomc_events, release_events

_MARKED_RELEASES = (EventKind.CPI, EventKind.PCE, EventKind.JOBS)


@dataclass(frozen=True)
class ChartEventsParameters:
    """Which symbol's chart, and how many sessions back from its newest bar."""

    symbol: Symbol
    sessions: int = field(default=2 * YEAR_SESSIONS, metadata={"min": 20, "max": 10_000})


@dataclass(frozen=True)
class ChartEvents:
    """Events between the first and the last session of a chart, by day.

    Attributes:
        events: none carries what a release or a report brought, only that it was.
        first: oldest day that was looked at.
    """

    symbol: str
    first: dt.date
    last: dt.date
    events: tuple[Event, ...]


def reports_earnings(symbol: str) -> bool:
    """Whether earnings are to be asked for: neither an index nor one of the known funds."""
    return not symbol.startswith("^") and symbol not in (*DEFAULT_WATCHLIST, *sectors())


def _needs(parameters: ChartEventsParameters, moment: Moment) -> Needs:
    company = (parameters.symbol,) if reports_earnings(parameters.symbol) else ()
    return Needs(
        bars=(parameters.symbol,),
        full_history=parameters.sessions > 2 * YEAR_SESSIONS,
        events=company,
        quarters=company,
        lists=calendar_lists(),
    )


def _compute(parameters: ChartEventsParameters, inputs: Inputs) -> ChartEvents:
    symbol = parameters.symbol
    bars = inputs.require_bars(symbol)
    days = bars.sessions[-parameters.sessions :].tolist()
    first, last = days[0], days[-1]
    scheduled = [e for e in inputs.events.get(symbol, ()) if e.kind is EventKind.EARNINGS]
    found = [
        *fomc_events(first, last),
        *(e for e in release_events(first, last) if e.kind in _MARKED_RELEASES),
        *_bare(e for e in scheduled if first <= e.day <= last),
        *_reported(symbol, inputs.quarters.get(symbol, ()), first, last),
        *split_events(bars, first, last),
        *ex_dividend_events(bars, first, last),
    ]
    return ChartEvents(
        symbol=symbol,
        first=first,
        last=last,
        events=arrange(found, inputs.moment.session),
    )


def _bare(events: Iterable[Event]) -> list[Event]:
    """Without figures: a mark says that there was a report, and so can never tell too early."""
    return [replace(event, expected=None, previous=None, actual=None) for event in events]


def _reported(
    symbol: str, quarters: Iterable[Quarter], first: dt.date, last: dt.date
) -> list[Event]:
    """The days on which quarters were first reported, where the source tells them.

    Where it is a filing that it dates, the mark says so: results may be out some days before.
    """
    return [
        Event(
            day,
            EventKind.EARNINGS,
            f"{symbol} files its {quarter.form}" if quarter.form else f"{symbol} earnings",
            symbol=symbol,
            detail=quarter.label,
            source=quarter.source or "reported quarters",
        )
        for day, quarter in first_reports(quarters).items()
        if first <= day <= last
    ]


CHART_EVENTS = Question(
    name="chart-events",
    about="decisions, releases, earnings, ex-dividends and splits on one symbol's chart",
    parameters=ChartEventsParameters,
    result=ChartEvents,
    needs=_needs,
    compute=_compute,
)
