"""Cboe's delayed chains: two clocks, zeros, expired rows, roots; and the source's failures."""

from __future__ import annotations

import datetime as dt
import json
from collections import defaultdict
from collections.abc import Iterator
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from analytics.model.question import Inputs, Symbol
from analytics.model.vocabulary import Moment, NotAvailable, OptionChain, Phase, SourceFailure
from analytics.options.analysis import analyse
from analytics.options.published_iv import iv_agreement
from analytics.options.question import OPTIONS, OptionsParameters
from analytics.options.view import OptionsView
from analytics.settings_reader import load_settings
from analytics.sources.cboe.delayed_chain import UnknownShape, cboe_name, read_chain
from analytics.sources.cboe.source import CboeSource
from analytics.sources.guards import RateLimiter
from analytics.sources.http_client import Limits
from tests.support.loopback import bodies
from tests.support.loopback.providers import ProviderServer, Trouble, provider_server
from tests.support.loopback.server import yahoo_server
from tests.support.shared_data import SHARED, needs_shared_data

RECORDED = SHARED / "providers" / "cboe"
FRIDAY, MONDAY = "260724", "260727"
SATURDAY = dt.datetime(2026, 7, 25, 16, 0, tzinfo=dt.UTC)
AFTER_CLOSE, IN_SESSION = "2026-07-25 03:44:38", "2026-07-24 17:00:00"


def row(symbol: str, **more: Any) -> dict[str, Any]:
    return {
        "option": symbol,
        "bid": 1.0,
        "ask": 1.2,
        "iv": 0.25,
        "open_interest": 10.0,
        "volume": 5.0,
        "delta": 0.5,
        "gamma": 0.02,
        "change": 0.1,
        "last_trade_price": 1.1,
        "last_trade_time": "2026-07-24T15:59:59",
        "prev_day_close": 1.0,
        "tick": "up",
        **more,
    }


def body(*rows: dict[str, Any], stamp: str = AFTER_CLOSE, **more: Any) -> bytes:
    data = {
        "symbol": "TEST",
        "current_price": 100.0,
        "price_change": 1.0,
        "prev_day_close": 100.0,
        "last_trade_time": "2026-07-24T15:59:59",
        "options": list(rows),
    }
    return json.dumps({"timestamp": stamp, "symbol": "TEST", "data": {**data, **more}}).encode()


CALL = f"TEST{MONDAY}C00100000"


class TestClocks:
    def test_trades_are_new_yorks_and_the_stamp_is_utc(self) -> None:
        """03:44 UTC is the evening of Friday's session, whose last trade was at 19:59:59 UTC."""
        chain = read_chain(body(row(CALL)), "TEST")
        assert chain.session == dt.date(2026, 7, 24)
        assert chain.last_trade.astype(str).tolist() == ["2026-07-24T19:59:59"]
        assert chain.time == dt.datetime(2026, 7, 24, 20, 0, tzinfo=dt.UTC)

    def test_in_session_the_chain_is_of_its_stamp(self) -> None:
        content = body(row(CALL), stamp=IN_SESSION, last_trade_time="2026-07-24T12:59:00")
        chain = read_chain(content, "TEST")
        assert chain.time == dt.datetime(2026, 7, 24, 17, 0, tzinfo=dt.UTC)

    def test_a_file_made_anew_is_not_of_a_new_session(self) -> None:
        """Made on Saturday evening, with Friday's trades."""
        chain = read_chain(body(row(CALL), stamp="2026-07-25 21:02:04"), "TEST")
        assert chain.session == dt.date(2026, 7, 24)

    def test_in_winter_new_york_is_five_hours_behind(self) -> None:
        trade = row("TEST260220C00100000", last_trade_time="2026-01-23T10:00:00")
        content = body(trade, stamp="2026-01-24 02:00:00", last_trade_time="2026-01-23T15:59:59")
        traded = read_chain(content, "TEST").last_trade
        assert traded.astype(str).tolist() == ["2026-01-23T15:00:00"]


class TestNone:
    def test_a_zero_volatility_is_none_and_so_are_its_greeks(self) -> None:
        chain = read_chain(body(row(CALL, iv=0.0, delta=1.0, gamma=0.0)), "TEST")
        assert np.isnan([chain.iv[0], chain.delta[0], chain.gamma[0]]).all()

    def test_an_untraded_contract_has_no_last_price(self) -> None:
        untraded = row(CALL, last_trade_price=0.0, last_trade_time=None, volume=0.0)
        chain = read_chain(body(untraded), "TEST")
        assert np.isnan(chain.last[0])
        assert np.isnat(chain.last_trade[0])

    def test_no_bid_stays_0(self) -> None:
        assert read_chain(body(row(CALL, bid=0.0)), "TEST").bid.tolist() == [0.0]


class TestExpired:
    ROWS = (row(f"TEST{FRIDAY}C00100000"), row(CALL), row("TEST260717C00100000"))

    def test_after_the_close_the_session_s_own_expiry_is_left_out(self) -> None:
        chain = read_chain(body(*self.ROWS), "TEST")
        assert chain.expiry.tolist() == [dt.date(2026, 7, 27)]

    def test_during_the_session_it_is_alive(self) -> None:
        chain = read_chain(body(*self.ROWS, stamp=IN_SESSION), "TEST")
        assert chain.expiry.tolist() == [dt.date(2026, 7, 24), dt.date(2026, 7, 27)]


class TestRoots:
    def test_morning_and_evening_series_of_one_date_and_strike_stay_apart(self) -> None:
        rows = (row("SPX260918C06500000"), row("SPXW260918C06500000"))
        chain = read_chain(body(*rows, symbol="^SPX"), "^GSPC")
        assert chain.root.tolist() == ["SPX", "SPXW"]
        assert chain.strike.tolist() == [6500.0, 6500.0]

    def test_an_adjusted_series_is_no_contract_of_the_underlying_s_own(self) -> None:
        chain = read_chain(body(row(CALL), row(f"TEST1{MONDAY}C00100000")), "TEST")
        assert chain.root.tolist() == ["TEST", "TEST1"]
        assert chain.expiry.tolist() == [dt.date(2026, 7, 27)] * 2

    @pytest.mark.parametrize(
        ("symbol", "name"),
        [("AAPL", "AAPL"), ("^VIX", "_VIX"), ("^GSPC", "_SPX"), ("BRK-B", None)],
    )
    def test_names(self, symbol: str, name: str | None) -> None:
        assert cboe_name(symbol) == name


class TestShape:
    @pytest.mark.parametrize(
        "content",
        [
            b"{}",
            b'{"timestamp": "2026-07-25 03:44:38", "data": {"symbol": "TEST"}}',
            body(row(CALL), symbol="OTHER"),
            body(row(CALL, bid="1.0")),
            body(row(CALL), stamp="yesterday"),
            body(row(CALL))[:-40],
        ],
    )
    def test_another_answer_is_refused(self, content: bytes) -> None:
        with pytest.raises(UnknownShape):
            read_chain(content, "TEST")


@pytest.fixture
def server() -> Iterator[ProviderServer]:
    with provider_server() as server:
        server.bodies["/api/global/delayed_quotes/options/TEST.json"] = body(row(CALL))
        yield server


def source(server: ProviderServer, now: dt.datetime = SATURDAY) -> CboeSource:
    limits = Limits(seconds=0.5, most_bytes=1 << 20, hosts=("cdn.cboe.com",))
    limiter = RateLimiter(1000.0, 100)
    return CboeSource(server.url, limiter=limiter, limits=limits, clock=lambda: now)


class TestAsking:
    def test_one_request_for_all_expiries(self, server: ProviderServer) -> None:
        assert len(source(server).chain("TEST", None)) == 1
        assert server.paths == ["/api/global/delayed_quotes/options/TEST.json"]

    def test_an_unchanged_chain_is_not_sent_again(self, server: ProviderServer) -> None:
        server.etag = 'W/"1"'
        cboe = source(server)
        first = cboe.chain("TEST", None)
        assert cboe.chain("TEST", None) is first
        assert server.requests[-1][1]["if-none-match"] == 'W/"1"'

    def test_data_that_did_not_move_on_is_said(self, server: ProviderServer) -> None:
        """The old host went on answering with an old file."""
        tuesday = dt.datetime(2026, 7, 28, 16, 0, tzinfo=dt.UTC)
        with pytest.raises(SourceFailure, match="still those of 2026-07-24"):
            source(server, tuesday).chain("TEST", None)

    def test_past_sessions_it_has_none_of(self, server: ProviderServer) -> None:
        with pytest.raises(NotAvailable, match="no past chains"):
            source(server).chain("TEST", dt.date(2026, 7, 23))
        assert server.requests == []

    def test_a_symbol_without_options(self, server: ProviderServer) -> None:
        with pytest.raises(NotAvailable, match="no delayed options of NONE"):
            source(server).chain("NONE", None)

    def test_it_says_who_asks_and_is_no_browser(self, server: ProviderServer) -> None:
        source(server).chain("TEST", None)
        assert server.requests[0][1]["user-agent"] == "Holdline"

    @pytest.mark.parametrize(
        ("trouble", "sentence"),
        [
            (Trouble.FORBIDDEN, "Cboe refused the request"),
            (Trouble.LIMITED, "Cboe is limiting requests"),
            (Trouble.BROKEN, "Cboe has a fault of its own"),
            (Trouble.WEB_PAGE, "a web page or other text"),
            (Trouble.CUT_OFF, "cut off|could not be reached"),
            (Trouble.SLOW, "did not answer within"),
            (Trouble.HUGE, "larger than 1 MB"),
            (Trouble.ELSEWHERE, "169.254.1.1, which is not on the list"),
        ],
    )
    def test_every_failure_is_one_sentence(
        self, server: ProviderServer, trouble: Trouble, sentence: str
    ) -> None:
        server.trouble = trouble
        with pytest.raises(SourceFailure, match=sentence):
            source(server).chain("TEST", None)

    def test_it_is_off_until_it_is_named(self) -> None:
        assert load_settings([], {}).providers_asked()["chains"] == ("yahoo",)
        named = load_settings([], {"HOLDLINE_CHAINS": "cboe,yahoo"})
        assert named.providers_asked()["chains"] == ("cboe", "yahoo")


def recorded(name: str, symbol: str) -> OptionChain:
    return read_chain((RECORDED / f"options-{name}.json").read_bytes(), symbol)


@needs_shared_data
class TestRecorded:
    def test_apples_chain_without_the_154_expired_contracts(self) -> None:
        chain = recorded("AAPL", "AAPL")
        assert len(chain) == 1310 - 154
        assert chain.underlying_price == 333.80
        assert chain.session == dt.date(2026, 7, 24)

    def test_the_volatility_index_has_two_roots(self) -> None:
        assert set(recorded("_VIX", "^VIX").root.tolist()) == {"VIX", "VIXW"}

    @pytest.mark.parametrize(("symbol", "least"), [("AAPL", 400), ("CLX", 100)])
    def test_our_volatilities_lie_beside_the_published_ones(self, symbol: str, least: int) -> None:
        found = iv_agreement(analyse(recorded(symbol, symbol), None))
        assert found is not None
        assert found.contracts > least
        assert abs(found.median_points) < 0.5
        assert found.typical_points < 0.75

    def test_a_shift_of_all_published_volatilities_shows(self) -> None:
        content = json.loads((RECORDED / "options-AAPL.json").read_bytes())
        for contract in content["data"]["options"]:
            contract["iv"] += 0.05 if contract["iv"] else 0.0
        before = iv_agreement(analyse(recorded("AAPL", "AAPL"), None))
        after = iv_agreement(analyse(read_chain(json.dumps(content).encode(), "AAPL"), None))
        assert before is not None
        assert after is not None
        assert after.median_points == pytest.approx(before.median_points - 5.0)


def from_yahoo(chain_rows: list[dict[str, Any]], price: float) -> OptionChain:
    """The same contracts as Yahoo would print them, fetched by an unmodified yfinance."""
    sides: dict[str, dict[str, list[dict[str, Any]]]] = defaultdict(lambda: {"C": [], "P": []})
    for one in chain_rows:
        name, day, side = one["option"], one["option"][-15:-9], one["option"][-9]
        contract: dict[str, Any] = {
            "contractSymbol": name,
            "strike": int(name[-8:]) / 1000,
            "bid": one["bid"],
            "ask": one["ask"],
            "lastPrice": one["last_trade_price"],
            "change": one["change"],
            "volume": one["volume"],
            "openInterest": one["open_interest"],
            "impliedVolatility": one["iv"],
        }
        if one["last_trade_time"]:
            local = dt.datetime.fromisoformat(one["last_trade_time"])
            traded = local.replace(tzinfo=ZoneInfo("America/New_York"))
            contract["lastTradeDate"] = int(traded.timestamp())
        sides[f"20{day[:2]}-{day[2:4]}-{day[4:]}"][side].append(contract)
    with yahoo_server() as server:
        days = sorted(sides)
        for day in days:
            answer = bodies.options(days, day, sides[day]["C"], sides[day]["P"], price)
            epoch = bodies.at(day, "00:00", ZoneInfo("UTC"))
            server.bodies[f"options/AAPL?{epoch}"] = answer
            if day == days[0]:
                server.bodies["options/AAPL"] = answer
        return server.source(clock=lambda: SATURDAY).chain("AAPL", None)


@needs_shared_data
class TestBesideYahoo:
    """One symbol's chain of one day from both: what agrees, and why what differs does."""

    @pytest.fixture(scope="class")
    def both(self) -> tuple[OptionsView, OptionsView]:
        answer = json.loads((RECORDED / "options-AAPL.json").read_bytes())
        listed = [one for one in answer["data"]["options"] if one["option"][-15:-9] != FRIDAY]
        cboe = recorded("AAPL", "AAPL")
        yahoo = from_yahoo(listed, answer["data"]["current_price"])
        return self.view(cboe), self.view(yahoo)

    def view(self, chain: OptionChain) -> OptionsView:
        friday = dt.date(2026, 7, 24)
        moment = Moment(SATURDAY, friday, Phase.CLOSED, live=True)
        parameters = OptionsParameters(Symbol("AAPL"))
        return OPTIONS.compute(parameters, Inputs(moment, chains={"AAPL": chain}))

    def test_walls_and_max_pain_agree(self, both: tuple[OptionsView, OptionsView]) -> None:
        cboe, yahoo = (view.levels for view in both)
        for name in ("call_wall", "put_wall", "absolute_gamma"):
            wall, other = getattr(cboe, name), getattr(yahoo, name)
            assert wall.strike is not None
            assert wall.strike == other.strike, name
        assert [one.strike for one in cboe.max_pain] == [one.strike for one in yahoo.max_pain]

    def test_put_call_ratios_agree(self, both: tuple[OptionsView, OptionsView]) -> None:
        cboe, yahoo = both
        assert cboe.contracts == yahoo.contracts
        assert cboe.put_call == yahoo.put_call

    def test_deltas_are_published_by_cboe_and_ours_beside_yahoo(
        self, both: tuple[OptionsView, OptionsView]
    ) -> None:
        cboe, yahoo = both
        assert "Cboe" in cboe.delta_basis
        assert "Cboe" not in yahoo.delta_basis
