"""Yahoo's calendars through an unmodified yfinance on a loopback server."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator
from typing import Any

import pytest

from analytics.model.vocabulary import EventKind, HoldlineError, NotAvailable, SourceFailure
from analytics.sources.yahoo.calendar import company_events, kind_of
from analytics.studies.calendar.results import earnings_results
from tests.support.loopback.server import Fault, YahooServer, yahoo_server
from tests.support.shared_data import needs_shared_data

WEEK = dt.date(2025, 11, 10), dt.date(2025, 11, 16)


@pytest.fixture(scope="module")
def shared_server() -> Iterator[YahooServer]:
    with yahoo_server() as server:
        yield server


@pytest.fixture
def server(shared_server: YahooServer) -> Iterator[YahooServer]:
    yield shared_server
    shared_server.fault = None


def table(columns: list[tuple[str, str]], rows: list[list[Any]]) -> bytes:
    document = {"columns": [{"label": n, "type": t} for n, t in columns], "rows": rows}
    return json.dumps({"finance": {"result": [{"documents": [document]}], "error": None}}).encode()


ECONOMY = [
    ("Event", "STRING"), ("Country Code", "STRING"), ("Event Time", "DATE"), ("For", "STRING"),
    ("Actual", "NUMBER"), ("Market Expectation", "NUMBER"), ("Prior to This", "NUMBER"),
    ("Revised from", "NUMBER"),
]  # fmt: skip
EARNINGS = [
    ("Symbol", "STRING"), ("Company Name", "STRING"), ("Market Cap (Intraday)", "NUMBER"),
    ("Event Name", "STRING"), ("Event Start Date", "DATE"), ("Event Start Date", "STRING"),
    ("EPS Estimate", "NUMBER"), ("Reported EPS", "NUMBER"), ("Surprise (%)", "NUMBER"),
]  # fmt: skip


class TestCompany:
    @needs_shared_data
    def test_the_recorded_answer_of_meta(self, server: YahooServer) -> None:
        got = {event.kind: event for event in server.source().events("META")}
        earnings = got[EventKind.EARNINGS]
        assert (earnings.day, earnings.timing) == (dt.date(2025, 10, 29), "after the close")
        assert earnings.expected == pytest.approx(8.03834)
        assert earnings.confirmed
        assert got[EventKind.EX_DIVIDEND].day == dt.date(2025, 9, 22)

    def test_two_dates_are_one_estimated_entry(self) -> None:
        dates = [1761768000, 1762200000]  # bare seconds, as Yahoo sends them unformatted
        body = {"calendarEvents": {"earnings": {"earningsDate": dates}}}
        [event] = company_events("A", {"quoteSummary": {"result": [body]}})
        assert not event.confirmed
        assert event.detail == "estimated: 2025-10-29 to 2025-11-03"
        assert event.timing == ""

    def test_a_fund_has_none_and_is_not_unknown(self, server: YahooServer) -> None:
        error = {"code": "Not Found", "description": "No fundamentals data found for SPY"}
        server.bodies["quoteSummary/SPY"] = json.dumps(
            {"quoteSummary": {"result": None, "error": error}}
        ).encode()
        for symbol in ("SPY", "XLK"):  # of XLK the server knows nothing: 404
            with pytest.raises(NotAvailable) as raised:
                server.source().events(symbol)
            assert str(raised.value) == (
                f"Yahoo has no earnings calendar of {symbol}: there is none for funds."
            )


class TestAgenda:
    def test_us_releases_and_large_earnings(
        self, server: YahooServer, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        asked: list[dict[str, Any]] = []
        economy = table(
            ECONOMY,
            [
                ["CPI YY", "US", "2025-11-13T13:30:00.000Z", "Oct", None, 3.0, 2.9, None],
                ["GDP", "DE", "2025-11-13T09:00:00.000Z", "Q3", None, 0.1, 0.2, None],
            ],
        )
        earnings = table(
            EARNINGS,
            [
                [
                    "CSCO",
                    "Cisco",
                    2.8e11,
                    "Q1",
                    "2025-11-12T21:05:00.000Z",
                    "AMC",
                    0.98,
                    None,
                    None,
                ],
                [
                    "AMAT",
                    "Applied",
                    1.8e11,
                    "Q4",
                    "2025-11-13T21:01:00.000Z",
                    "AMC",
                    2.0,
                    2.2,
                    10.0,
                ],
            ],
        )
        import yfinance

        post = yfinance.data.YfData.post

        def recording(self: Any, url: str, **options: Any) -> Any:
            asked.append(options["body"])
            kind = options["body"]["entityIdType"]
            server.bodies["visualization"] = economy if kind == "economic_event" else earnings
            return post(self, url, **options)

        monkeypatch.setattr(yfinance.data.YfData, "post", recording)
        cpi, *reports = server.source().agenda(*WEEK)
        cisco, applied = sorted(reports, key=lambda event: event.day)
        assert (cpi.kind, cpi.title, cpi.expected, cpi.previous, cpi.actual) == (
            EventKind.CPI,
            "CPI YY (Oct)",
            3.0,
            2.9,
            None,
        )
        assert cpi.time == dt.datetime(2025, 11, 13, 13, 30, tzinfo=dt.UTC)
        assert (cisco.symbol, cisco.timing, cisco.market_cap_musd) == (
            "CSCO",
            "after the close",
            2.8e5,
        )
        [result] = earnings_results([cisco, applied], {})
        assert (result.symbol, result.reported_eps, result.expected_eps) == ("AMAT", 2.2, 2.0)
        assert result.surprise_pct == pytest.approx(10.0)
        assert [body["entityIdType"] for body in asked] == ["economic_event", "sp_earnings"]

    @pytest.mark.parametrize("fault", [Fault.HTML_500, Fault.CUT_JSON, Fault.NULL_RESULT])
    def test_a_failing_calendar_raises_one_sentence(
        self, server: YahooServer, fault: Fault
    ) -> None:
        server.fault = fault
        with pytest.raises(HoldlineError) as raised:
            server.source().agenda(*WEEK)
        assert isinstance(raised.value, SourceFailure)
        assert str(raised.value).endswith(".")


@pytest.mark.parametrize(
    ("title", "kind"),
    [
        ("Core PCE Price Index MM", EventKind.PCE),
        ("Non-Farm Payrolls", EventKind.JOBS),
        ("CPI YY, NSA", EventKind.CPI),
        ("Fed Funds Tgt Rate", EventKind.FOMC),
        ("Durable Goods", EventKind.RELEASE),
    ],
)
def test_a_release_is_known_by_its_title(title: str, kind: EventKind) -> None:
    assert kind_of(title) is kind
