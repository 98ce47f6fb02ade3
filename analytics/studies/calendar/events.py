"""Calendar of a span of days: decisions, releases, earnings, expiries, ex-dates, closures."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from analytics.model.baskets import class_order, share_class
from analytics.model.dated_lists import DatedList
from analytics.model.listings import (
    DEFAULT_WATCHLIST,
    index_weights,
    ten_largest,
    ten_largest_list,
)
from analytics.model.question import AGENDA, FollowUp, Inputs, Needs, Question, Symbol
from analytics.model.sessions import NEW_YORK, is_session, session_on_or_before, session_open
from analytics.model.vocabulary import BadInput, Event, EventKind, Moment
from analytics.studies.calendar.blackouts import blackout_events
from analytics.studies.calendar.exchange_rules import (
    closure_events,
    ex_dividend_events,
    expiry_events,
    split_events,
)
from analytics.studies.calendar.release_lists import (
    calendar_lists,
    fomc_events,
    fomc_meetings,
    list_warnings,
    release_events,
    release_warnings,
    releases_cover,
)
from analytics.studies.calendar.results import (
    BEFORE_THE_OPEN,
    EarningsResult,
    earnings_results,
)
from analytics.studies.valuation.market_values import (
    MARKET_VALUES,
    MarketValues,
    MarketValuesParameters,
)

LONGEST_WINDOW = 370
MOST_VALUED = 50
"""Companies whose market values are worked out for one span of days."""

_ORDER = {kind: i for i, kind in enumerate(EventKind)}
_RELEASES = (EventKind.CPI, EventKind.PCE, EventKind.JOBS, EventKind.RELEASE)


@dataclass(frozen=True)
class CalendarParameters:
    """The days shown (none: the week of the moment's session) and the companies followed.

    Without ``symbols``: the ten largest companies and the watchlist's funds.
    """

    start: dt.date | None = None
    end: dt.date | None = None
    symbols: tuple[Symbol, ...] = ()


@dataclass(frozen=True)
class EarningsDay:
    """Who reports on one day, the largest first."""

    day: dt.date
    symbols: tuple[str, ...]


@dataclass(frozen=True)
class Calendar:
    """All that is known of a span of days.

    Attributes:
        events: by day, then by kind, the largest company first.
        earnings: the same for the days with earnings.
        results: of the earnings that are out, in the events' order.
        warnings: what a shipped list does not cover, or that it runs out.
        absences: what could not be had ("earnings of META", "releases") -> why.
        valued_on: the day of the market values of ``valued``; other events' are the source's own.
        valued: symbols whose market value is the price of that day times the shares last reported.
    """

    session: dt.date
    start: dt.date
    end: dt.date
    events: tuple[Event, ...]
    earnings: tuple[EarningsDay, ...]
    warnings: tuple[str, ...]
    absences: Mapping[str, str]
    results: tuple[EarningsResult, ...] = ()
    valued_on: dt.date | None = None
    valued: tuple[str, ...] = ()


def week_of(day: dt.date) -> tuple[dt.date, dt.date]:
    """Monday and Sunday of the week that ``day`` lies in."""
    monday = day - dt.timedelta(days=day.weekday())
    return monday, monday + dt.timedelta(days=6)


def window(parameters: CalendarParameters, moment: Moment) -> tuple[dt.date, dt.date]:
    """The days asked for; a single bound takes the week that begins or ends with it."""
    start, end = parameters.start, parameters.end
    if start is None and end is None:
        return week_of(moment.session)
    six = dt.timedelta(days=6)
    return (start or (end or moment.session) - six), (end or (start or moment.session) + six)


def _symbols(parameters: CalendarParameters, moment: Moment) -> tuple[str, ...]:
    listed = (*ten_largest(moment.session).symbols, *DEFAULT_WATCHLIST)
    return parameters.symbols or listed


def _companies(parameters: CalendarParameters, moment: Moment) -> tuple[str, ...]:
    return tuple(s for s in _symbols(parameters, moment) if s not in DEFAULT_WATCHLIST)


def _needs(parameters: CalendarParameters, moment: Moment) -> Needs:
    return Needs(
        bars=_symbols(parameters, moment),
        events=_companies(parameters, moment),
        agenda=window(parameters, moment),
        lists=_lists(parameters, moment),
    )


def _lists(parameters: CalendarParameters, moment: Moment) -> tuple[DatedList, ...]:
    weights = index_weights("company", moment.session).dated
    ten = () if parameters.symbols else (ten_largest_list(moment.session),)
    return (*ten, weights, *calendar_lists())


def _compute(parameters: CalendarParameters, inputs: Inputs) -> Calendar:
    start, end = window(parameters, inputs.moment)
    _check(start, end)
    announced = [
        event
        for events in inputs.events.values()
        for event in events
        if start <= event.day <= end and not _same_fact_in_list(event)
    ]
    found = [
        *fomc_events(start, end),
        *_not_announced(release_events(start, end), announced),
        *announced,
        *closure_events(start, end),
        *expiry_events(start, end),
        *blackout_events(_next_reports(parameters, inputs), start, end),
    ]
    for symbol in _symbols(parameters, inputs.moment):
        if symbol in inputs.bars:
            found += split_events(inputs.bars[symbol], start, end)
            found += ex_dividend_events(inputs.bars[symbol], start, end)
    session = inputs.moment.session
    events = arrange((_without_outcome(event, inputs.moment) for event in found), session)
    return Calendar(
        session=inputs.moment.session,
        start=start,
        end=end,
        events=events,
        earnings=earnings_by_day(events),
        warnings=(
            *list_warnings(inputs.moment.session, start, end),
            *release_warnings(inputs.moment.session, start, end),
        ),
        absences=_absences(_companies(parameters, inputs.moment), inputs, start, end),
        results=earnings_results(events, inputs.bars),
    )


def _next_reports(parameters: CalendarParameters, inputs: Inputs) -> list[Event]:
    """Earnings dates known of the companies followed, whether in the window or not."""
    asked = _companies(parameters, inputs.moment)
    return [event for symbol in asked for event in inputs.events.get(symbol, ())]


def _check(start: dt.date, end: dt.date) -> None:
    """Refuse a window that is upside down, endless, or outside the exchange's calendar.

    Raises:
        BadInput: it is one of these.
    """
    if not 0 <= (end - start).days <= LONGEST_WINDOW:
        raise BadInput(f"{start} to {end}: a span of 1 to {LONGEST_WINDOW + 1} days is accepted.")
    # an expiry is looked for up to the Friday of the window's last week
    for day in (start, end + dt.timedelta(days=7)):
        session_on_or_before(day)


def _same_fact_in_list(event: Event) -> bool:
    """The Fed's decisions come from the shipped list, with the projections marked, to its end."""
    return event.kind is EventKind.FOMC and event.day <= fomc_meetings()[-1].decision_day


def _not_announced(listed: Iterable[Event], announced: Sequence[Event]) -> list[Event]:
    """Listed releases that the source does not give itself (it may know what is expected)."""
    given = {(event.day, event.kind) for event in announced}
    return [event for event in listed if (event.day, event.kind) not in given]


def _without_outcome(event: Event, moment: Moment) -> Event:
    """No look-ahead: what came out after the moment is not shown."""
    if event.actual is None or event.kind in (EventKind.SPLIT, EventKind.EX_DIVIDEND):
        return event
    known = event.time <= moment.time if event.time else event.day < moment.session
    return event if known else replace(event, actual=None)


def ahead(event: Event, moment: Moment) -> bool:
    """Whether an event is still to come at the moment."""
    if event.time is not None:
        return event.time > moment.time
    if event.timing == BEFORE_THE_OPEN and is_session(event.day):
        return session_open(event.day) > moment.time
    return event.day >= moment.time.astimezone(NEW_YORK).date()


def arrange(events: Iterable[Event], session: dt.date) -> tuple[Event, ...]:
    """By day, kind, size on ``session`` and time; a fact listed twice becomes one entry."""
    weights = index_weights("company", session).weights_pct
    merged: dict[tuple[object, ...], Event] = {}
    for event in events:
        key = (event.day, event.kind, _named(event))
        merged[key] = _merge(merged[key], event) if key in merged else event
    return tuple(sorted(merged.values(), key=lambda event: _place(event, weights)))


def _named(event: Event) -> object:
    """What makes two entries of a day one: two classes of a company report once."""
    if event.kind is EventKind.EARNINGS and event.symbol:
        return share_class(event.symbol).company
    return event.symbol or (event.title, event.time)


def _merge(first: Event, second: Event) -> Event:
    """The first event with what only the second knows; of two classes the one listed first."""
    if class_order(second.symbol) < class_order(first.symbol):
        first, second = second, first
    if first.kind is EventKind.OWN:
        return first
    gained = {
        name: getattr(second, name)
        for name in ("time", "timing", "detail", "expected", "previous", "actual", "unit")
        if not getattr(first, name) and getattr(second, name)
    }
    if first.market_cap_musd is None:
        gained["market_cap_musd"] = second.market_cap_musd
    return replace(first, confirmed=first.confirmed or second.confirmed, **gained)


def _place(event: Event, weights: Mapping[str, float]) -> tuple[object, ...]:
    weight = weights.get(event.symbol, 0.0)
    clock = event.time.timestamp() if event.time else 0.0
    size = -(event.market_cap_musd or 0.0), -weight
    if event.kind in _RELEASES:
        return (event.day, _ORDER[event.kind], clock, 0.0, event.title)
    return (event.day, _ORDER[event.kind], *size, event.symbol or event.title)


def earnings_by_day(events: Iterable[Event]) -> tuple[EarningsDay, ...]:
    """Days with earnings, each with its companies in the events' order."""
    days: dict[dt.date, list[str]] = {}
    for event in events:
        if event.kind is EventKind.EARNINGS:
            days.setdefault(event.day, []).append(event.symbol)
    return tuple(EarningsDay(day, tuple(symbols)) for day, symbols in sorted(days.items()))


def _absences(
    companies: Sequence[str], inputs: Inputs, start: dt.date, end: dt.date
) -> dict[str, str]:
    reasons: dict[str, list[str]] = {}
    for symbol in companies:
        error = inputs.absent.get(("events", symbol))
        if error is not None:
            reasons.setdefault(str(error), []).append(symbol)
    absences = {f"earnings of {', '.join(names)}": reason for reason, names in reasons.items()}
    agenda = inputs.absent.get(("agenda", AGENDA))
    if agenda is not None and not releases_cover(start, end):
        absences["releases"] = str(agenda)
    return absences


def reporting(
    parameters: CalendarParameters, found: Calendar, is_local: bool
) -> MarketValuesParameters | None:
    """The market values to ask for: of companies that report in these days.

    Of a remote source only of those that are followed, for each takes a request of its own.
    """
    followed = parameters.symbols or ten_largest(found.session).symbols
    report = (event.symbol for event in found.events if event.kind is EventKind.EARNINGS)
    symbols = [Symbol(one) for one in dict.fromkeys(report) if is_local or one in followed]
    return MarketValuesParameters(tuple(symbols[:MOST_VALUED])) if symbols else None


def with_market_values(found: Calendar, values: MarketValues) -> Calendar:
    """The calendar with dated market values of companies in place of the source's own."""
    known = values.in_musd()
    events = tuple(
        replace(event, market_cap_musd=known[event.symbol])
        if event.kind is EventKind.EARNINGS and event.symbol in known
        else event
        for event in found.events
    )
    return replace(
        found,
        events=arrange(events, found.session),
        valued_on=values.session,
        valued=tuple(known),
    )


CALENDAR = Question(
    name="calendar",
    about="decisions, releases, earnings, expiries, ex-dividends, splits and closures by day",
    parameters=CalendarParameters,
    result=Calendar,
    needs=_needs,
    compute=_compute,
    stands_alone=True,
    follow_up=FollowUp(
        MARKET_VALUES,
        reporting,
        with_market_values,
    ),
)
