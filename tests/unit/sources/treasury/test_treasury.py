"""The Treasury's rates: both written forms trap by trap, and the source over the loopback."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterator

import numpy as np
import pytest

from analytics.model.rates import rate_curve
from analytics.model.vocabulary import NotAvailable, SourceFailure
from analytics.sources.guards import RateLimiter
from analytics.sources.http_client import Limits
from analytics.sources.treasury.rates_file import Kind, UnknownShape, read_feed, read_table
from analytics.sources.treasury.source import TreasurySource
from tests.support.loopback.providers import ProviderServer, Trouble, provider_server
from tests.support.shared_data import SHARED, needs_shared_data

RECORDED = SHARED / "providers" / "treasury"
D = dt.date

SPACES = (
    'xmlns:x="http://schemas.microsoft.com/ado/2007/08/dataservices" '
    'xmlns:y="http://schemas.microsoft.com/ado/2007/08/dataservices/metadata" '
    'xmlns="http://www.w3.org/2005/Atom"'
)
"""Other letters than the Treasury's for the same spaces."""


def feed(*entries: str) -> bytes:
    inside = "".join(
        f"<entry><content><y:properties>{entry}</y:properties></content></entry>"
        for entry in entries
    )
    return f'<?xml version="1.0"?><feed {SPACES}>{inside}</feed>'.encode()


def par(day: str, **rates: str) -> str:
    cells = "".join(f"<x:BC_{name}>{rate}</x:BC_{name}>" for name, rate in rates.items())
    return f"<x:NEW_DATE>{day}T00:00:00</x:NEW_DATE>{cells}"


def bills(day: str, **rates: str) -> str:
    cells = "".join(
        f"<x:ROUND_B1_CLOSE_{weeks[1:]}WK_2>9.99</x:ROUND_B1_CLOSE_{weeks[1:]}WK_2>"
        f"<x:ROUND_B1_YIELD_{weeks[1:]}WK_2>{rate}</x:ROUND_B1_YIELD_{weeks[1:]}WK_2>"
        f"<x:CS_{weeks[1:]}WK_YIELD_AVG>8.88</x:CS_{weeks[1:]}WK_YIELD_AVG>"
        for weeks, rate in rates.items()
    )
    return f"<x:INDEX_DATE>{day}T00:00:00</x:INDEX_DATE>{cells}"


class TestFeed:
    def test_entries_by_their_date_with_months_and_years_as_days(self) -> None:
        content = feed(
            par("2026-10-01", **{"1MONTH": "4.06", "1_5MONTH": "4.10", "3MONTH": "4.17"}),
            par("2026-10-02", **{"1YEAR": "4.46"}),
        )
        assert read_feed(content, "par") == {
            D(2026, 10, 1): {30: 4.06, 46: 4.10, 91: 4.17},
            D(2026, 10, 2): {365: 4.46},
        }

    def test_the_display_helper_of_30_years_is_no_tenor(self) -> None:
        content = feed(par("2010-01-04", **{"30YEARDISPLAY": "0", "2YEAR": "1.09"}))
        assert read_feed(content, "par") == {D(2010, 1, 4): {730: 1.09}}

    def test_an_empty_or_null_element_is_no_rate_and_0_is_one(self) -> None:
        null = '<x:BC_4MONTH y:null="true">0</x:BC_4MONTH>'
        content = feed(par("2020-03-25", **{"1MONTH": "0.00", "2MONTH": ""}) + null)
        assert read_feed(content, "par") == {D(2020, 3, 25): {30: 0.0}}

    def test_a_day_without_any_rate_is_no_row(self) -> None:
        assert read_feed(feed(par("2010-10-11", **{"1MONTH": ""})), "par") == {}

    def test_bills_by_their_coupon_equivalent(self) -> None:
        """Neither the bank discount nor the averages that repeat them."""
        content = feed(bills("2026-01-02", w4="3.64", w52="3.47"))
        assert read_feed(content, "bills") == {D(2026, 1, 2): {28: 3.64, 364: 3.47}}

    def test_a_month_that_has_only_begun_is_empty(self) -> None:
        assert read_feed(feed(), "par") == {}

    @pytest.mark.parametrize(
        "content",
        [
            b"<?xml version='1.0'?><html><body>Maintenance</body></html>",
            b"<?xml version='1.0'?><pre><entry/></pre>",
            feed(par("2026-10-01", **{"1MONTH": "4.06"}))[:-20],
            feed(par("soon", **{"1MONTH": "4.06"})),
            feed(par("2026-10-01", **{"1MONTH": "406"})),
            feed(par("2026-10-01", **{"1MONTH": "four"})),
        ],
    )
    def test_another_document_is_refused(self, content: bytes) -> None:
        with pytest.raises(UnknownShape):
            read_feed(content, "par")


class TestTable:
    def test_columns_by_name_newest_first_or_not(self) -> None:
        content = (
            b'Date,"1 Mo","1.5 Month","2 Mo","1 Yr"\n'
            b"02/18/2025,4.37,4.38,4.35,4.24\n01/02/2025,4.45,,4.36,4.17\n"
        )
        assert read_table(content, "par") == {
            D(2025, 2, 18): {30: 4.37, 46: 4.38, 61: 4.35, 365: 4.24},
            D(2025, 1, 2): {30: 4.45, 61: 4.36, 365: 4.17},
        }

    def test_as_a_spreadsheet_saves_it(self) -> None:
        content = b"\xef\xbb\xbfDate,1 Mo,1.5 Mo\r\n6/8/2026,3.7,3.7\r\n"
        assert read_table(content, "par") == {D(2026, 6, 8): {30: 3.7, 46: 3.7}}

    def test_bills_by_their_coupon_equivalent(self) -> None:
        content = (
            b'Date,"4 WEEKS BANK DISCOUNT","4 WEEKS COUPON EQUIVALENT"\n06/05/2026,3.62,3.68\n'
        )
        assert read_table(content, "bills") == {D(2026, 6, 5): {28: 3.68}}

    @pytest.mark.parametrize(
        "content", [b"Day,1 Mo\n1,2\n", b"Date,1 Mo\n2026-06-08,3.7\n", b"Date,1 Mo\n6/8/2026,x\n"]
    )
    def test_another_table_is_refused(self, content: bytes) -> None:
        with pytest.raises(UnknownShape):
            read_table(content, "par")


@needs_shared_data
class TestRecorded:
    def read(self, name: str, kind: Kind) -> dict[dt.date, dict[int, float]]:
        reader = read_feed if name.endswith(".xml") else read_table
        return reader((RECORDED / name).read_bytes(), kind)

    def test_the_feed_of_october_2026(self) -> None:
        found = self.read("xml-yield_curve-202610.xml", "par")
        assert list(found) == [D(2026, 10, 1), D(2026, 10, 2)]
        assert found[D(2026, 10, 1)][46] == 4.10
        assert len(found[D(2026, 10, 1)]) == 14

    def test_the_bills_of_2_january_2026(self) -> None:
        assert self.read("xml-bill_rates-2026-01-02.xml", "bills") == {
            D(2026, 1, 2): {
                28: 3.64, 42: 3.63, 56: 3.64, 91: 3.62, 119: 3.63, 182: 3.61, 364: 3.47
            }
        }  # fmt: skip

    def test_the_old_feed_has_the_same_spaces(self) -> None:
        found = self.read("legacy-feed.svc-2020-03_2020-10.xml", "par")
        assert len(found) == 43
        assert found[D(2020, 3, 2)][91] == 1.13

    def test_the_table_and_the_resaved_one(self) -> None:
        assert self.read("daily-treasury-rates-par-2025.csv", "par")[D(2025, 1, 2)].get(46) is None
        resaved = self.read("daily-treasury-rates-par-2026-06.resaved.csv", "par")
        assert resaved[D(2026, 6, 8)][30] == 3.7

    def test_30_years_had_no_bond_in_2005(self) -> None:
        found = self.read("daily-treasury-rates-par-history-excerpt.csv", "par")
        assert 30 * 365 not in found[D(2005, 1, 3)]
        assert 30 * 365 in found[D(2020, 1, 2)]

    def test_a_day_on_which_exchanges_were_closed_has_a_row_and_columbus_day_none(self) -> None:
        assert D(2025, 1, 9) in self.read("daily-treasury-rates-par-2025.csv", "par")
        bills_ = self.read("daily-treasury-rates-bills-2024.csv", "bills")
        assert not {D(2024, 10, 14), D(2024, 3, 29)} & set(bills_)


FEED = (
    "/resource-center/data-chart-center/interest-rates/pages/xml"
    "?data=daily_treasury_{}&field_tdr_date_value_month={}"
)
TABLE = "/resource-center/data-chart-center/interest-rates/daily-treasury-rates.csv/all/{}"
PAR, BILLS = "yield_curve", "bill_rates"


@pytest.fixture
def server() -> Iterator[ProviderServer]:
    with provider_server() as server:
        for month in ("202609", "202610", "202611"):
            for kind in (PAR, BILLS):
                server.bodies[FEED.format(kind, month)] = feed()
        curve = {"1MONTH": "4.04", "1YEAR": "4.46", "2YEAR": "4.83"}
        server.bodies[FEED.format(PAR, "202610")] = feed(
            par("2026-10-01", **{"1MONTH": "4.06"}), par("2026-10-02", **curve)
        )
        server.bodies[FEED.format(BILLS, "202610")] = feed(
            bills("2026-10-01", w4="4.01"), bills("2026-10-02", w4="4.05", w13="4.21")
        )
        yield server


def source(server: ProviderServer) -> TreasurySource:
    return TreasurySource(
        server.url,
        limiter=RateLimiter(1000.0, 100),
        limits=Limits(seconds=0.5, most_bytes=1 << 20),
    )


class TestAsking:
    def test_bills_to_a_year_and_par_yields_beyond(self, server: ProviderServer) -> None:
        found = source(server).rates(D(2026, 10, 2))
        assert (found.day, found.source) == (D(2026, 10, 2), "US Treasury")
        assert found.by_days == {28: 4.05, 91: 4.21, 730: 4.83}

    def test_nothing_later_than_the_session_is_used(self, server: ProviderServer) -> None:
        assert source(server).rates(D(2026, 10, 1)).by_days == {28: 4.01}

    def test_a_weekend_has_fridays_and_says_their_day(self, server: ProviderServer) -> None:
        assert source(server).rates(D(2026, 10, 5)).day == D(2026, 10, 2)

    def test_rates_are_not_carried_for_weeks(self, server: ProviderServer) -> None:
        with pytest.raises(NotAvailable, match="no rates of the days up to 2026-10-10"):
            source(server).rates(D(2026, 10, 10))

    def test_on_the_first_of_a_month_the_month_before_is_asked(
        self, server: ProviderServer
    ) -> None:
        server.bodies[FEED.format(PAR, "202610")] = feed(par("2026-10-30", **{"1MONTH": "4.00"}))
        server.bodies[FEED.format(BILLS, "202610")] = feed()
        assert source(server).rates(D(2026, 11, 2)).by_days == {30: 4.00}

    def test_a_month_is_asked_for_once(self, server: ProviderServer) -> None:
        treasury = source(server)
        for day in (1, 2, 5, 6):
            treasury.rates(D(2026, 10, day))
        assert len(server.paths) == 2

    def test_without_bills_the_par_curve_stands_alone(self, server: ProviderServer) -> None:
        del server.bodies[FEED.format(BILLS, "202610")]
        assert source(server).rates(D(2026, 10, 2)).by_days == {30: 4.04, 365: 4.46, 730: 4.83}

    def test_where_the_feed_is_a_maintenance_page_the_table_is_read(
        self, server: ProviderServer
    ) -> None:
        page = b"<?xml version='1.0'?><html><body>Maintenance</body></html>"
        for kind in (PAR, BILLS):
            server.bodies[FEED.format(kind, "202610")] = page
        server.bodies[TABLE.format("202610")] = b"Date,1 Mo,2 Yr\n10/02/2026,4.04,4.83\n"
        assert source(server).rates(D(2026, 10, 2)).by_days == {30: 4.04, 730: 4.83}

    def test_the_rate_of_an_expiry_by_hand(self, server: ProviderServer) -> None:
        """60 days lie 32/63 of the way from 28 to 91: of the two continuous rates."""
        curve = rate_curve(D(2026, 10, 2), source(server).rates(D(2026, 10, 2)))
        four, thirteen = 2 * math.log(1 + 0.0405 / 2), 2 * math.log(1 + 0.0421 / 2)
        expected = four + (thirteen - four) * 32 / 63
        assert curve.at(np.array([60 / 365]))[0] == pytest.approx(expected, abs=1e-12)
        assert curve.basis == "Treasury rates of 2026-10-02 (US Treasury)"

    @pytest.mark.parametrize(
        "trouble",
        [
            Trouble.FORBIDDEN,
            Trouble.NOT_FOUND,
            Trouble.LIMITED,
            Trouble.BROKEN,
            Trouble.WEB_PAGE,
            Trouble.CUT_OFF,
            Trouble.SLOW,
            Trouble.DRIP,
            Trouble.HUGE,
        ],
    )
    def test_every_failure_is_one_sentence(self, server: ProviderServer, trouble: Trouble) -> None:
        server.trouble = trouble
        with pytest.raises(SourceFailure, match=r"^US Treasury.*\.$"):
            source(server).rates(D(2026, 10, 2))
