"""Failures of Yahoo: what the source says, and when it stops asking; quarters and search."""

from __future__ import annotations

import datetime as dt
import re
import socket
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any, ClassVar

import pytest
from curl_cffi import CurlECode
from curl_cffi.requests import Session
from curl_cffi.requests.exceptions import DNSError

from analytics.model.vocabulary import NotAvailable, Quarter, SourceFailure, SymbolMatch
from analytics.sources.guards import CircuitBreaker
from analytics.sources.yahoo.source import YahooSource
from tests.support.loopback import bodies
from tests.support.loopback.server import Fault, YahooServer, yahoo_server
from tests.support.shared_data import needs_shared_data

pytestmark = pytest.mark.filterwarnings("ignore::pandas.errors.Pandas4Warning:(yfinance|pandas)")

QUESTIONS: dict[str, Callable[[YahooSource], object]] = {
    "bars": lambda source: source.bars("TEST", None),
    "chain": lambda source: source.chain("TEST", None),
    "quarters": lambda source: source.quarters("TEST"),
    "search": lambda source: source.search("test"),
}
SILENT = r"Yahoo did not answer within 0\.[0-3]\d* s\."
"""The request's 0.2 s, or of the call's 0.35 s what a busy machine leaves of them."""

SENTENCES = {
    Fault.LIMITED: "Yahoo is limiting requests; next try in 60 s.",
    Fault.HTML_500: "Yahoo has a fault of its own (HTTP 500).",
    Fault.JSON_503: "Yahoo has a fault of its own (HTTP 503).",
    Fault.UNAUTHORIZED: "Yahoo refused the request (HTTP 401).",
    Fault.FORBIDDEN: "Yahoo refused the request (HTTP 403).",
    Fault.REDIRECT_LOOP: "Yahoo sends the request round in circles (too many redirects).",
    Fault.EMPTY_OBJECT: "Yahoo's answer has an unknown shape.",
    Fault.HANG: SILENT,
    Fault.DRIP: SILENT,
    Fault.CUT_BODY: "Yahoo's answer was cut off on the way.",
    Fault.CUT_JSON: "Yahoo's answer was cut off or is not JSON.",
    Fault.CONSENT: "Yahoo asks for its consent page to be accepted first.",
}


@pytest.fixture
def server() -> Iterator[YahooServer]:
    with yahoo_server() as running:
        running.bodies["chart/TEST"] = bodies.chart([("2025-01-24", 100.0)])
        running.bodies["chart/SPY"] = running.bodies["chart/TEST"]
        yield running


@pytest.fixture
def closed_port() -> str:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{unused.getsockname()[1]}"


class NoNames(Session[Any]):
    """A network whose name service is down."""

    def request(self, *_: Any, **__: Any) -> Any:
        raise DNSError(
            "Could not resolve host: query2.finance.yahoo.com", CurlECode.COULDNT_RESOLVE_HOST
        )


class TestEachFault:
    @pytest.mark.parametrize("question", QUESTIONS)
    @pytest.mark.parametrize("fault", SENTENCES, ids=lambda fault: fault.name)
    def test_has_its_sentence(self, server: YahooServer, fault: Fault, question: str) -> None:
        server.fault = fault
        slow = fault in (Fault.HANG, Fault.DRIP)
        source = server.source(timeout=0.2 if slow else 5.0)
        with pytest.raises(SourceFailure) as caught:
            QUESTIONS[question](source)
        if slow:
            assert re.fullmatch(SILENT, str(caught.value))
        else:
            assert str(caught.value) == SENTENCES[fault]

    @pytest.mark.parametrize("question", QUESTIONS)
    def test_refused_connection(self, server: YahooServer, closed_port: str, question: str) -> None:
        source = server.source(session=server.session(closed_port))
        with pytest.raises(SourceFailure, match=r"^Yahoo could not be reached"):
            QUESTIONS[question](source)

    @pytest.mark.parametrize("question", QUESTIONS)
    def test_no_name_service(self, server: YahooServer, question: str) -> None:
        with pytest.raises(SourceFailure, match=r"^Yahoo's address could not be looked up"):
            QUESTIONS[question](server.source(session=NoNames()))

    def test_a_sound_answer_of_another_shape(self, server: YahooServer) -> None:
        server.bodies["chart/TEST"] = b'{"chart": {"result": [{"meta": 3}], "error": null}}'
        with pytest.raises(SourceFailure, match="could not be read"):
            server.source().bars("TEST", None)
        server.bodies["chart/TEST"] = b"[1, 2]"
        with pytest.raises(SourceFailure, match="unknown shape"):
            server.source().bars("TEST", None)

    def test_empty_results_are_not_failures(self, server: YahooServer) -> None:
        server.fault = Fault.NULL_RESULT
        for question in ("bars", "chain", "quarters"):
            with pytest.raises(NotAvailable):
                QUESTIONS[question](server.source())
        assert server.source().search("test") == ()

    def test_a_span_before_the_first_trade(self, server: YahooServer) -> None:
        server.bodies["chart/TEST"] = (
            b'{"chart": {"result": null, "error": {"code": "Bad Request", '
            b'"description": "Data doesn\'t exist for startDate = 1, endDate = 2"}}}'
        )
        with pytest.raises(NotAvailable, match="no prices of TEST in that span"):
            server.source().bars("TEST", None)

    def test_the_consent_form_is_filled_in_and_the_data_read(self, server: YahooServer) -> None:
        server.fault = Fault.CONSENT_FORM
        raw = server.source().bars("TEST", None)
        assert raw.frame["close"].tolist() == [100.0]
        assert ("consent.yahoo.com", True) in [
            (host, path.startswith("/v2/collectConsent")) for host, path in server.requests
        ]

    def test_a_worn_out_crumb_is_renewed_once(self, server: YahooServer) -> None:
        server.fault = Fault.UNAUTHORIZED
        with pytest.raises(SourceFailure):
            server.source().bars("TEST", None)
        assert server.count("chart/TEST") == 2


class TestTheBreaker:
    def test_the_first_refusal_ends_all_requests_until_the_pause_is_over(
        self, server: YahooServer
    ) -> None:
        time_now = [0.0]
        source = server.source(breaker=CircuitBreaker("Yahoo", lambda: time_now[0]))
        source.bars("TEST", None)
        server.fault = Fault.LIMITED
        sent = len(server.requests)
        with pytest.raises(SourceFailure, match="limiting requests"):
            source.bars("TEST", None)
        assert len(server.requests) == sent + 1
        server.fault = None
        for question in QUESTIONS.values():
            with pytest.raises(SourceFailure, match="next try in 60 s"):
                question(source)
        assert len(server.requests) == sent + 1
        time_now[0] = 60.0
        assert source.bars("TEST", None).frame["close"].tolist() == [100.0]

    @pytest.mark.parametrize("status", [429, 401, 403, 500])
    def test_a_refused_crumb_stops_no_chart(self, server: YahooServer, status: int) -> None:
        server.crumb_status = status
        source = server.source()
        for _ in range(5):
            assert source.bars("TEST", None).frame["close"].tolist() == [100.0]
        assert source.breaker.state == "closed"
        assert server.count("getcrumb") == 1
        assert not any("crumb=" in path for _, path in server.requests)

    def test_what_needs_a_crumb_says_so_and_stops_no_chart(self, server: YahooServer) -> None:
        server.crumb_status = 429
        server.fault, server.only = Fault.UNAUTHORIZED, "v7/finance/quote"
        source = server.source()
        for _ in range(4):
            with pytest.raises(SourceFailure, match="wants a crumb and gives none"):
                source.quotes(("TEST",))
        assert len(source.bars("TEST", None).frame) == 1

    def test_a_cookie_that_cannot_be_had_stops_no_chart(self, server: YahooServer) -> None:
        class NoCookie(type(server.session())):  # type: ignore[misc]
            asked = 0

            def request(self, method: Any, url: str, **options: Any) -> Any:
                if "fc.yahoo.com" in url or "guce" in url:
                    NoCookie.asked += 1
                    raise DNSError(
                        "Could not resolve host: fc.yahoo.com", CurlECode.COULDNT_RESOLVE_HOST
                    )
                return super().request(method, url, **options)

        source = server.source(session=NoCookie(server.url))
        for _ in range(5):
            assert len(source.bars("TEST", None).frame) == 1
        assert NoCookie.asked <= 2

    @pytest.mark.parametrize(
        ("fault", "sentence"),
        [
            (Fault.HTML_500, "does not answer"),
            (Fault.JSON_503, "does not answer"),
            (Fault.UNAUTHORIZED, "refuses requests"),
            (Fault.FORBIDDEN, "refuses requests"),
            (Fault.REDIRECT_LOOP, "refuses requests"),
            (Fault.CONSENT, "refuses requests"),
        ],
        ids=lambda given: given.name if isinstance(given, Fault) else "",
    )
    def test_three_refusals_of_any_kind_in_a_row_open_it(
        self, server: YahooServer, fault: Fault, sentence: str
    ) -> None:
        source = server.source()
        server.fault = fault
        for _ in range(3):
            with pytest.raises(SourceFailure):
                source.bars("TEST", None)
        sent = len(server.requests)
        with pytest.raises(SourceFailure, match=f"{sentence}; next try in"):
            source.bars("TEST", None)
        assert len(server.requests) == sent

    def test_a_dead_network_opens_it(self, server: YahooServer, closed_port: str) -> None:
        source = server.source(session=server.session(closed_port))
        sentences = []
        for _ in range(4):
            with pytest.raises(SourceFailure) as caught:
                source.bars("TEST", None)
            sentences.append(str(caught.value))
        assert "does not answer" in sentences[-1]

    def test_unknown_symbols_are_answers_and_never_open_it(self, server: YahooServer) -> None:
        source = server.source()
        for number in range(8):
            with pytest.raises(Exception, match="does not know"):
                source.bars(f"NOPE{number}", None)
        assert len(source.bars("TEST", None).frame) == 1


class TestReachable:
    def test_yes_with_an_answer(self, server: YahooServer) -> None:
        assert server.source().reachable(5.0)

    @pytest.mark.parametrize("fault", [Fault.LIMITED, Fault.HTML_500, Fault.HANG, Fault.CONSENT])
    def test_no_with_a_fault(self, server: YahooServer, fault: Fault) -> None:
        server.fault = fault
        assert not server.source().reachable(0.2)

    def test_no_without_a_network(self, server: YahooServer, closed_port: str) -> None:
        assert not server.source(session=server.session(closed_port)).reachable()
        assert not server.source(session=NoNames()).reachable()

    def test_a_name_look_up_that_never_ends_is_not_waited_for(self, server: YahooServer) -> None:
        ended = threading.Event()

        class Stuck(Session[Any]):
            def request(self, *_: Any, **__: Any) -> Any:
                ended.wait(10.0)
                raise DNSError("gave up", CurlECode.COULDNT_RESOLVE_HOST)

        assert not server.source(session=Stuck()).reachable(0.1)
        assert not ended.is_set()
        ended.set()


class TestQuarters:
    ITEMS: ClassVar[dict[str, dict[str, float]]] = {
        "TotalRevenue": {"2024-09-30": 3.0e9, "2024-06-30": 2.5e9},
        "GrossProfit": {"2024-09-30": 1.5e9},
    }

    def test_oldest_first_in_millions_without_a_report_date(self, server: YahooServer) -> None:
        server.bodies["timeseries/TEST"] = bodies.timeseries(self.ITEMS, "EUR")
        assert server.source().quarters("TEST") == (
            Quarter(dt.date(2024, 6, 30), 2500.0, None, currency="EUR"),
            Quarter(dt.date(2024, 9, 30), 3000.0, 1500.0, currency="EUR"),
        )

    def test_a_company_without_gross_profit(self, server: YahooServer) -> None:
        items = {"TotalRevenue": {"2024-09-30": 3.0e9}}
        server.bodies["timeseries/BANK"] = bodies.timeseries(items)
        assert [q.gross_profit_musd for q in server.source().quarters("BANK")] == [None]

    def test_a_fund_has_none(self, server: YahooServer) -> None:
        server.bodies["timeseries/SPY"] = bodies.timeseries({"EBIT": {"2024-09-30": 1.0}})
        for symbol in ("SPY", "NOPE"):
            with pytest.raises(NotAvailable, match=f"no quarterly revenue of {symbol}"):
                server.source().quarters(symbol)

    def test_a_later_question_sees_newer_quarters(self, server: YahooServer) -> None:
        source = server.source()
        server.bodies["timeseries/TEST"] = bodies.timeseries(self.ITEMS)
        assert len(source.quarters("TEST")) == 2
        more = {"TotalRevenue": {**self.ITEMS["TotalRevenue"], "2024-12-31": 4.0e9}}
        server.bodies["timeseries/TEST"] = bodies.timeseries(more)
        assert len(source.quarters("TEST")) == 3

    @needs_shared_data
    def test_recorded_statements(self, server: YahooServer) -> None:
        apple = server.source().quarters("AAPL")
        assert [quarter.period_end.isoformat() for quarter in apple] == [
            "2024-06-30",
            "2024-09-30",
            "2024-12-31",
            "2025-03-31",
            "2025-06-30",
        ]
        assert (apple[2].revenue_musd, apple[2].gross_profit_musd) == (124_300.0, 58_275.0)
        google = server.source().quarters("GOOG")
        assert [(q.revenue_musd, q.gross_profit_musd) for q in google] == [
            (74_604.0, 42_688.0),
            (76_693.0, 43_464.0),
            (86_310.0, 48_735.0),
        ]


class TestSearch:
    def test_usable_symbols_with_their_names(self, server: YahooServer) -> None:
        server.bodies["search"] = bodies.search(
            ("AAPL", "Apple Inc."), ("a strange thing", "No symbol"), ("APLE", "")
        )
        found = server.source().search("  apple ")
        assert found == (SymbolMatch("AAPL", "Apple Inc."), SymbolMatch("APLE", ""))
        assert "q=apple&" in server.requests[-1][1]

    def test_at_most_ten(self, server: YahooServer) -> None:
        server.bodies["search"] = bodies.search(*((f"S{n}", "") for n in range(30)))
        assert len(server.source().search("s")) == 10

    def test_nothing_asked_for_nothing(self, server: YahooServer) -> None:
        assert server.source().search("   ") == ()
        assert server.requests == []


class TestClock:
    def test_wall_time_in_utc(self) -> None:
        source = YahooSource()
        assert abs(source.now().timestamp() - time.time()) < 60.0
        assert source.now().tzinfo is dt.UTC
        assert source.latest() >= source.now() - dt.timedelta(minutes=1)
