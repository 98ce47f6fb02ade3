"""Events on a price chart: what is marked, where, in which words, and never with an outcome."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any

from analytics.model.question import Inputs, Symbol
from analytics.model.sessions import session_close
from analytics.model.vocabulary import Bars, Event, EventKind, Moment, Phase, Quarter
from analytics.studies.calendar.chart_events import CHART_EVENTS, ChartEvents, ChartEventsParameters
from analytics.studies.calendar.release_lists import at_new_york
from analytics.studies.supports.supports import build_ladder
from components.figures.event_marks import MARK_SIZE, OWN_META, event_marks
from components.figures.price_chart import price_chart
from tests.support.builders import FRIDAY, make_bars, walk
from tests.support.figure_checks import check_figure, named
from tests.support.small_bars import bars_of
from tests.unit.components.test_figures_price import history_of

D = dt.date
DAYS = ["2025-01-22", "2025-01-23", "2025-01-24", "2025-01-27", "2025-01-28", "2025-01-29"]
FULL = make_bars(walk(320), symbol="NVDA")


def found_in(bars: Bars, *events: Event, quarters: tuple[Quarter, ...] = ()) -> ChartEvents:
    symbol = bars.symbol
    moment = Moment(session_close(FRIDAY), FRIDAY, Phase.CLOSED, False)
    given = Inputs(moment, {symbol: bars}, events={symbol: events}, quarters={symbol: quarters})
    return CHART_EVENTS.compute(ChartEventsParameters(Symbol(symbol), 252), given)


def drawn_chart(bars: Bars, events: tuple[Event, ...] | None) -> dict[str, Any]:
    return price_chart(
        history=history_of(bars),
        ladder=build_ladder(bars),
        shown=126,
        log=False,
        channel=False,
        events=events,
    )


class TestWhatIsKnown:
    def test_meetings_and_releases_come_from_the_lists(self) -> None:
        kinds = {event.kind for event in found_in(FULL).events}
        assert {EventKind.FOMC, EventKind.CPI, EventKind.PCE, EventKind.JOBS} <= kinds
        assert EventKind.RELEASE not in kinds

    def test_a_restated_quarter_is_marked_on_the_day_of_its_first_filing_alone(self) -> None:
        end = D(2024, 9, 30)
        rows = (
            Quarter(end, 10.0, 7.0, "Q3", D(2024, 11, 14), form="10-Q"),
            Quarter(end, 11.0, 7.0, "Q3", D(2025, 1, 22), form="10-Q/A"),
        )
        marks = [e for e in found_in(FULL, quarters=rows).events if e.kind is EventKind.EARNINGS]
        assert [(e.day, e.title) for e in marks] == [(D(2024, 11, 14), "NVDA files its 10-Q")]

    def test_a_reported_quarter_and_the_source_s_date_are_one_mark(self) -> None:
        day = D(2025, 1, 22)
        quarter = Quarter(D(2024, 12, 31), 10.0, 7.0, "Q4", day)
        event = Event(
            day,
            EventKind.EARNINGS,
            "NVDA earnings",
            timing="after the close",
            symbol="NVDA",
            expected=0.8,
            previous=0.7,
            actual=0.9,
        )
        got = [e for e in found_in(FULL, event, quarters=(quarter,)).events if e.symbol == "NVDA"]
        assert [(e.day, e.timing, e.detail) for e in got] == [(day, "after the close", "Q4")]
        assert (got[0].expected, got[0].previous, got[0].actual) == (None, None, None)

    def test_nothing_after_the_last_bar_nor_before_the_first(self) -> None:
        ahead = Event(D(2025, 1, 29), EventKind.EARNINGS, "NVDA earnings", symbol="NVDA")
        old = replace(ahead, day=D(2010, 1, 4))
        got = found_in(FULL, ahead, old)
        assert got.last == FRIDAY
        assert all(got.first <= event.day <= got.last for event in got.events)
        assert not [event for event in got.events if event.kind is EventKind.EARNINGS]

    def test_an_index_and_a_fund_are_not_asked_for_earnings(self) -> None:
        moment = Moment(session_close(FRIDAY), FRIDAY, Phase.CLOSED, False)
        for symbol, asked in (("^VIX", ()), ("SPY", ()), ("XLK", ()), ("NVDA", ("NVDA",))):
            needs = CHART_EVENTS.needs(ChartEventsParameters(Symbol(symbol)), moment)
            assert (needs.events, needs.quarters) == (asked, asked)


def labels(trace: dict[str, Any]) -> dict[str, str]:
    """Day -> words of the marks that can be seen."""
    seen = zip(trace["x"], trace["text"], trace["marker"]["size"], trace["hoverinfo"], strict=True)
    marks = list(seen)
    assert all((size, info) == ((MARK_SIZE, "text") if text else (0, "none"))
               for _, text, size, info in marks)  # fmt: skip
    return {day: text for day, text, _, _ in marks if text}


class TestMarks:
    def test_one_mark_a_session_tells_all_of_it(self) -> None:
        events = [
            Event(
                D(2025, 1, 29),
                EventKind.EARNINGS,
                "MSFT earnings",
                symbol="MSFT",
                timing="after the close",
                confirmed=False,
            ),
            Event(
                D(2025, 1, 29),
                EventKind.FOMC,
                "FOMC decision",
                at_new_york(D(2025, 1, 29), dt.time(14)),
                detail="without new projections",
            ),
        ]
        marks, own = event_marks(events=events, days=DAYS)
        assert marks["marker"]["symbol"][-1] == "diamond"
        assert labels(marks) == {
            "2025-01-29": "14:00 FOMC decision, without new projections<br>"
            "MSFT earnings, after the close, date estimated"
        }
        assert own["meta"] == OWN_META
        assert own["x"] == []

    def test_a_saturday_stands_at_the_next_session(self) -> None:
        saturday = Event(D(2025, 1, 25), EventKind.EARNINGS, "BRK-B earnings", symbol="BRK-B")
        assert list(labels(event_marks(events=[saturday], days=DAYS)[0])) == ["2025-01-27"]

    def test_every_session_has_a_point_so_that_no_day_tells_its_neighbour_s(self) -> None:
        event = Event(D(2025, 1, 24), EventKind.CPI, "CPI")
        marks = event_marks(events=[event], days=DAYS)[0]
        assert marks["x"] == DAYS
        assert labels(marks) == {"2025-01-24": "CPI"}

    def test_other_days_and_other_kinds_are_not_drawn(self) -> None:
        events = [
            Event(D(2025, 1, 21), EventKind.CPI, "before"),
            Event(D(2025, 1, 30), EventKind.CPI, "after"),
            Event(D(2025, 1, 24), EventKind.EXPIRY, "weekly"),
        ]
        assert labels(event_marks(events=events, days=DAYS)[0]) == {}
        assert event_marks(events=events, days=[])[0]["x"] == []

    def test_hostile_words_are_text(self) -> None:
        event = Event(D(2025, 1, 24), EventKind.CPI, '<a href="javascript:1">x</a>')
        (text,) = labels(event_marks(events=[event], days=DAYS)[0]).values()
        assert "<" not in text
        assert "&lt;a" in text


class TestChart:
    def test_the_marks_have_a_row_of_their_own(self) -> None:
        figure = drawn_chart(FULL, found_in(FULL).events)
        check_figure(figure)
        marks = named(figure, "events")
        candles = named(figure, "NVDA")
        assert labels(marks)
        assert marks["x"] == candles["x"]
        assert figure["layout"]["hoversubplots"] == "axis"
        low, high = figure["layout"]["yaxis3"]["domain"]
        assert figure["layout"]["yaxis2"]["domain"][1] <= low < high
        assert high <= figure["layout"]["yaxis"]["domain"][0]
        assert figure["layout"]["meta"]["symbol"] == "NVDA"

    def test_closes_alone_leave_room_for_them_too(self) -> None:
        bars = bars_of("WMT", walk(200))
        figure = drawn_chart(bars, ())
        check_figure(figure)
        assert figure["layout"]["yaxis3"]["domain"][0] == 0
        assert figure["layout"]["yaxis"]["domain"][0] > 0

    def test_without_them_the_chart_is_as_it_was(self) -> None:
        figure = drawn_chart(FULL, None)
        assert "yaxis3" not in figure["layout"]
        assert not [t for t in figure["data"] if t.get("name") in ("events", "own events")]
