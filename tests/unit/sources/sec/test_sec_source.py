"""SEC EDGAR asked over the loopback: recorded companies, and every way it can fail."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator
from itertools import pairwise

import pytest

from analytics.model.vocabulary import NotAvailable, Quarter, SourceFailure
from analytics.sources.http_client import Limits
from analytics.sources.sec.source import SecSource, read_ciks
from analytics.studies.valuation.fundamentals import (
    gross_margin_pct,
    gross_margins,
    known_quarters,
)
from tests.support.loopback.providers import ProviderServer, Trouble, provider_server
from tests.support.sec_facts import entry, revenue, tickers
from tests.support.shared_data import SHARED, needs_shared_data

FACTS = "/api/xbrl/companyfacts/CIK{:010d}.json"
CONTACT = "desk@example.org"
RECORDED = SHARED / "providers" / "sec-edgar"
CIKS = {
    "NVDA": 1_045_810,
    "AAPL": 320_193,
    "GOOGL": 1_652_044,
    "MRVL": 1_835_632,
    "SNOW": 1_640_147,
    "LPA": 1_997_711,
}


@pytest.fixture
def server() -> Iterator[ProviderServer]:
    with provider_server() as server:
        server.bodies["/files/company_tickers.json"] = tickers(SMALL=7, BRK_B=8, GONE=9)
        small = revenue(entry("2024-01-01", "2024-03-31", 10e6, "2024-05-01"))
        server.bodies[FACTS.format(7)] = json.dumps(small).encode()
        server.bodies[FACTS.format(8)] = json.dumps(small | {"cik": 8}).encode()
        yield server


def source(server: ProviderServer, contact: str = CONTACT) -> SecSource:
    return SecSource(contact, server.url, limits=Limits(seconds=0.5, most_bytes=1 << 20))


class TestAsking:
    def test_it_says_who_asks(self, server: ProviderServer) -> None:
        source(server).quarters("SMALL")
        assert {headers["user-agent"] for _, headers in server.requests} == {
            "Holdline desk@example.org"
        }

    def test_without_a_contact_nothing_is_sent(self, server: ProviderServer) -> None:
        with pytest.raises(NotAvailable, match="HOLDLINE_CONTACT names no address"):
            source(server, contact="").quarters("SMALL")
        assert server.requests == []

    def test_the_filers_are_asked_for_once(self, server: ProviderServer) -> None:
        sec = source(server)
        sec.quarters("SMALL")
        sec.quarters("BRK-B")
        assert server.paths.count("/files/company_tickers.json") == 1

    def test_a_ticker_without_a_filer(self, server: ProviderServer) -> None:
        with pytest.raises(NotAvailable, match=r"no filer with the ticker SAP\.DE"):
            source(server).quarters("SAP.DE")

    def test_a_filer_without_facts(self, server: ProviderServer) -> None:
        with pytest.raises(NotAvailable, match="has no figures of GONE"):
            source(server).quarters("GONE")

    def test_another_filers_facts_are_refused(self, server: ProviderServer) -> None:
        server.bodies[FACTS.format(7)] = server.bodies[FACTS.format(8)]
        with pytest.raises(SourceFailure, match="unknown shape"):
            source(server).quarters("SMALL")


class TestFailing:
    @pytest.mark.parametrize(
        ("trouble", "sentence"),
        [
            (Trouble.FORBIDDEN, r"SEC EDGAR refused the request \(HTTP 403\)"),
            (Trouble.LIMITED, "SEC EDGAR is limiting requests; next try in 600 s"),
            (Trouble.BROKEN, r"a fault of its own \(HTTP 503\)"),
            (Trouble.WEB_PAGE, "answered with a web page"),
            (Trouble.CUT_OFF, "SEC EDGAR's answer was cut off|could not be reached"),
            (Trouble.CUT_JSON, "cut off or has an unknown shape"),
            (Trouble.SLOW, "did not answer within 0.5 s"),
            (Trouble.DRIP, "did not answer within 0.5 s"),
            (Trouble.HUGE, "larger than 1 MB"),
            (Trouble.ELSEWHERE, "sends the request on to 169.254.1.1, which is not on the list"),
            (Trouble.ROUND_IN_CIRCLES, "round in circles"),
        ],
    )
    def test_every_failure_is_one_sentence(
        self, server: ProviderServer, trouble: Trouble, sentence: str
    ) -> None:
        server.trouble = trouble
        with pytest.raises(SourceFailure, match=sentence):
            source(server).quarters("SMALL")

    def test_after_a_refusal_for_too_many_requests_nothing_more_is_sent(
        self, server: ProviderServer
    ) -> None:
        sec, server.trouble = source(server), Trouble.LIMITED
        for _ in range(3):
            with pytest.raises(SourceFailure, match="is limiting requests"):
                sec.quarters("SMALL")
        assert len(server.requests) == 1

    def test_three_failures_in_a_row_stop_the_asking(self, server: ProviderServer) -> None:
        sec, server.trouble = source(server), Trouble.BROKEN
        for _ in range(5):
            with pytest.raises(SourceFailure):
                sec.quarters("SMALL")
        assert len(server.requests) == 3

    def test_what_is_not_there_is_no_failure(self, server: ProviderServer) -> None:
        sec = source(server)
        for _ in range(5):
            with pytest.raises(NotAvailable):
                sec.quarters("GONE")
        assert sec.breaker.state == "closed"


def recorded(symbol: str, day: str = "2026-11-01") -> tuple[Quarter, ...]:
    """The quarters of a recorded company as known on a day, asked over the loopback."""
    with provider_server() as server:
        server.bodies["/files/company_tickers.json"] = tickers(**CIKS)
        path = RECORDED / f"companyfacts-CIK{CIKS[symbol]:010d}.json"
        server.bodies[FACTS.format(CIKS[symbol])] = path.read_bytes()
        found = SecSource(CONTACT, server.url).quarters(symbol)
    return known_quarters(found, dt.date.fromisoformat(day))


@needs_shared_data
class TestRecorded:
    def test_the_newsletters_margin_of_nvidia_comes_out_as_of_27_january_2025(self) -> None:
        """72% on average, 74.56% of the newest quarter, 74.16% pooled."""
        quarters = recorded("NVDA", "2025-01-27")
        mean, pooled, absence = gross_margins(quarters)
        newest = gross_margin_pct(quarters[-1])
        assert absence is None
        found = [round(one, 2) for one in (mean, newest, pooled) if one is not None]
        assert found == [72.00, 74.56, 74.16]

    @pytest.mark.parametrize(
        ("symbol", "label", "millions"),
        [
            ("NVDA", "Q4 FY2026", 68_127),
            ("AAPL", "Q4 FY2025", 102_466),
            ("GOOGL", "Q4 FY2025", 113_829),
            ("GOOGL", "Q4 FY2024", 96_469),
            ("MRVL", "Q4 FY2026", 2_218.7),
            ("SNOW", "Q4 FY2025", 986.770),
        ],
    )
    def test_fourth_quarters(self, symbol: str, label: str, millions: float) -> None:
        [found] = [one for one in recorded(symbol) if one.label == label]
        assert found.revenue_musd == pytest.approx(millions, abs=1e-9)

    def test_a_misfiled_half_year_spoils_no_quarter(self) -> None:
        """NVIDIA's third quarter of fiscal 2018: 6,803 less 4,167, not less 2,230."""
        quarters = {str(one.period_end): one.revenue_musd for one in recorded("NVDA", "2018-03-01")}
        assert (quarters["2017-07-30"], quarters["2017-10-29"]) == (2230, 2636)

    def test_apple_restated_a_quarter_of_2009(self) -> None:
        before = {str(one.period_end): one for one in recorded("AAPL", "2010-07-20")}
        after = {str(one.period_end): one for one in recorded("AAPL", "2010-07-21")}
        assert before["2009-06-27"].revenue_musd == 8_337
        assert after["2009-06-27"].revenue_musd == 9_734

    def test_apples_buy_backs_of_fiscal_2025_by_quarter(self) -> None:
        found = [one.repurchases_musd for one in recorded("AAPL") if "FY2025" in one.label]
        assert found == [23_606, 25_898, 21_075, 20_132]

    def test_share_counts_are_of_the_cover_and_of_their_own_split(self) -> None:
        counts = {one.label: one.shares_m for one in recorded("NVDA")}
        assert (counts["Q1 FY2025"], counts["Q2 FY2025"]) == (2_460, 24_530)

    def test_a_filer_with_several_share_classes_states_no_count(self) -> None:
        assert {one.shares_m for one in recorded("GOOGL")} == {None}

    def test_fiscal_2024_of_marvell_has_53_weeks(self) -> None:
        ends = {one.label: one.period_end for one in recorded("MRVL")}
        assert (ends["Q4 FY2024"] - ends["Q4 FY2023"]).days == 371

    def test_every_quarter_follows_the_one_before(self) -> None:
        for symbol in ("NVDA", "AAPL", "GOOGL", "MRVL"):
            ends = [one.period_end for one in recorded(symbol)][-20:]
            gaps = {(b - a).days for a, b in pairwise(ends)}
            assert gaps <= set(range(88, 100)), symbol

    def test_the_recorded_list_of_filers(self) -> None:
        ciks = read_ciks(json.loads((RECORDED / "company_tickers-slice.json").read_bytes()))
        assert (ciks["NVDA"], ciks["BRK-B"], len(ciks)) == (1_045_810, 1_067_983, 127)

    def test_a_yearly_filer_says_why_it_has_none(self) -> None:
        with pytest.raises(NotAvailable, match="it files form 20-F"):
            recorded("LPA")
