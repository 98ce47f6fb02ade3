"""Trading calendars of listings."""

from __future__ import annotations

import pytest

from analytics.model.calendars import calendar_named
from analytics.model.listing_calendars import (
    BY_EXCHANGE,
    BY_INDEX,
    BY_SUFFIX,
    BY_ZONE,
    calendar_of,
)


class TestCalendarOf:
    @pytest.mark.parametrize(
        ("symbol", "code"),
        [
            ("SPY", "XNYS"),
            ("BRK-B", "XNYS"),
            ("^GSPC", "XNYS"),
            ("^VIX", "XNYS"),
            ("VOD.L", "XLON"),
            ("SAP.DE", "XETR"),
            ("SAP.F", "XFRA"),
            ("AIR.PA", "XPAR"),
            ("ASML.AS", "XAMS"),
            ("ENI.MI", "XMIL"),
            ("SAN.MC", "XMAD"),
            ("EQNR.OL", "XOSL"),
            ("VOLV-B.ST", "XSTO"),
            ("NOVO-B.CO", "XCSE"),
            ("NOKIA.HE", "XHEL"),
            ("NESN.SW", "XSWX"),
            ("7203.T", "XTKS"),
            ("0700.HK", "XHKG"),
            ("BHP.AX", "XASX"),
            ("PETR4.SA", "BVMF"),
            ("RY.TO", "XTSE"),
            ("RELIANCE.NS", "XBOM"),
            ("RELIANCE.BO", "XBOM"),
            ("005930.KS", "XKRX"),
            ("2330.TW", "XTAI"),
            ("D05.SI", "XSES"),
            ("600519.SS", "XSHG"),
            ("000001.SZ", "XSHG"),
            ("^FTSE", "XLON"),
            ("^GDAXI", "XETR"),
            ("^N225", "XTKS"),
            ("^HSI", "XHKG"),
            ("^TNX", "US-BONDS"),
            ("EURUSD=X", "24/5"),
            ("BTC-USD", "24/7"),
            ("ES=F", "CME"),
            ("DX-Y.NYB", "CME"),
        ],
    )
    def test_by_symbol(self, symbol: str, code: str) -> None:
        assert calendar_of(symbol).code == code

    @pytest.mark.parametrize(
        ("exchange", "timezone", "code"),
        [
            ("NMS", "America/New_York", "XNYS"),
            ("LSE", "Europe/London", "XLON"),
            ("IOB", "", "XLON"),
            ("CCY", "Europe/London", "24/5"),
            ("CCC", "UTC", "24/7"),
            ("NSI", "Asia/Kolkata", "XBOM"),
            ("NMS", "Europe/London", "XLON"),  # contradicts the zone: not believed
            ("", "Asia/Tokyo", "XTKS"),
            ("???", "Australia/Sydney", "XASX"),
        ],
    )
    def test_by_exchange_and_zone(self, exchange: str, timezone: str, code: str) -> None:
        assert calendar_of("AAA", exchange, timezone).code == code

    def test_a_suffix_that_contradicts_the_stated_zone_is_not_believed(self) -> None:
        assert calendar_of("AAA.L", "", "America/New_York").code == "XNYS"

    def test_where_only_the_zone_and_the_hours_are_known(self) -> None:
        calendar = calendar_of("AAA.XX", "", "Africa/Nairobi", (9 * 60, 15 * 60))
        assert calendar.zone.key == "Africa/Nairobi"
        assert calendar_of("COMI.CA").zone.key == "Africa/Cairo"

    def test_every_code_in_the_tables_has_a_calendar(self) -> None:
        for table in (BY_EXCHANGE, BY_INDEX, BY_SUFFIX, BY_ZONE):
            for code in table.values():
                assert calendar_named(code).code == code

    def test_every_zone_leads_to_a_calendar_of_that_zone(self) -> None:
        aliases = {"Asia/Calcutta", "America/Buenos_Aires", "Asia/Istanbul"}
        for zone, code in BY_ZONE.items():
            assert zone in aliases or calendar_named(code).zone.key == zone
