"""The desk as an operator opens it, its providers on the loopback: who is asked and named."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import pytest

from analytics.assembly import open_desk
from analytics.desk.desk import Desk
from analytics.model.question import Symbol
from analytics.settings_reader import load_settings
from analytics.studies.valuation.fundamentals import VALUATION, ValuationParameters
from tests.support.loopback.providers import ProviderServer, Trouble, provider_server
from tests.support.sec_facts import tickers
from tests.support.shared_data import SHARED, needs_shared_data

RECORDED = SHARED / "providers" / "sec-edgar" / "companyfacts-CIK0001045810.json"
NVDA = ValuationParameters(Symbol("NVDA"))
NEWSLETTER = dt.date(2025, 1, 27)


@pytest.fixture
def server() -> Iterator[ProviderServer]:
    with provider_server() as server:
        server.bodies["/files/company_tickers.json"] = tickers(NVDA=1_045_810)
        yield server


def opened(server: ProviderServer, home: Path, **more: str) -> Desk:
    environ = {
        "HOLDLINE_HOME": str(home),
        "HOLDLINE_CONTACT": "desk@example.org",
        "HOLDLINE_QUARTERS": "sec",
        "HOLDLINE_HOSTS": f"sec={server.url}",
        **more,
    }
    return open_desk(load_settings(["--source", "yahoo"], environ))


@needs_shared_data
class TestFilings:
    def test_the_newsletters_margin_comes_out_and_the_sec_is_named(
        self, server: ProviderServer, tmp_path: Path
    ) -> None:
        path = "/api/xbrl/companyfacts/CIK0001045810.json"
        server.bodies[path] = RECORDED.read_bytes()
        desk = opened(server, tmp_path)
        try:
            answer = desk.ask(VALUATION, NVDA, NEWSLETTER)
            assert answer.result is not None
            assert answer.result.gross_margin_mean_pct == pytest.approx(72.00, abs=0.005)
            assert answer.provenance.providers == {"quarters": "SEC EDGAR"}
            desk.ask(VALUATION, NVDA, dt.date(2024, 6, 3))
            assert server.paths.count(path) == 1  # a day's facts serve every moment of the past
        finally:
            desk.close()


class TestFailing:
    def test_a_refusal_is_the_answers_reason(self, server: ProviderServer, tmp_path: Path) -> None:
        server.trouble = Trouble.FORBIDDEN
        desk = opened(server, tmp_path)
        try:
            answer = desk.ask(VALUATION, NVDA, NEWSLETTER)
            assert answer.result is None
            assert answer.reason == "SEC EDGAR refused the request (HTTP 403)."
        finally:
            desk.close()

    def test_without_a_contact_nothing_is_sent(
        self, server: ProviderServer, tmp_path: Path
    ) -> None:
        desk = opened(server, tmp_path, HOLDLINE_CONTACT="")
        try:
            answer = desk.ask(VALUATION, NVDA, NEWSLETTER)
            assert "HOLDLINE_CONTACT names no address" in str(answer.reason)
            assert server.requests == []
        finally:
            desk.close()
