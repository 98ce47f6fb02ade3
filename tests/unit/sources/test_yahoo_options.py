"""Option chains from a loopback Yahoo, through the real yfinance."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator

import numpy as np
import pytest

from analytics.model.vocabulary import NotAvailable, SourceFailure
from analytics.options.contracts import clean_contracts
from tests.support.loopback import bodies
from tests.support.loopback.server import YahooServer, yahoo_server
from tests.support.shared_data import SHARED, needs_shared_data

NOW = dt.datetime(2025, 1, 27, 16, 30, tzinfo=dt.UTC)  # 11:30 in New York
EXPIRIES = ["2025-01-31", "2025-02-07", "2025-06-20"]


@pytest.fixture
def server() -> Iterator[YahooServer]:
    with yahoo_server() as running:
        yield running


def epoch(day: str) -> int:
    return int(dt.datetime.fromisoformat(f"{day}T00:00+00:00").timestamp())


def put_chain(server: YahooServer) -> None:
    """Three expiries: two contracts in the first, one each in the others."""
    early, late = bodies.at("2025-01-24", "15:00"), bodies.at("2025-01-27", "11:15")
    bare = {"contractSymbol": "X", "strike": 97.5, "lastTradeDate": early}
    sides = {
        "2025-01-31": ([bodies.contract(100.0, late, volume=7)], [bare]),
        "2025-02-07": ([bodies.contract(101.0, early)], []),
        "2025-06-20": ([], [bodies.contract(90.0, early, volume=3)]),
    }
    for day, (calls, puts) in sides.items():
        answer = bodies.options(EXPIRIES, day, calls, puts, price=99.5)
        server.bodies[f"options/TEST?{epoch(day)}"] = answer
    server.bodies["options/TEST"] = server.bodies[f"options/TEST?{epoch('2025-01-31')}"]


class TestChain:
    def test_all_expiries_become_one_chain(self, server: YahooServer) -> None:
        put_chain(server)
        chain = server.source(clock=lambda: NOW).chain("TEST", None)
        days = ["2025-01-31", "2025-01-31", "2025-02-07", "2025-06-20"]
        assert chain.expiry.astype(str).tolist() == days
        assert chain.is_call.tolist() == [True, False, True, False]
        assert chain.strike.tolist() == [100.0, 97.5, 101.0, 90.0]
        np.testing.assert_array_equal(chain.volume, [7.0, np.nan, np.nan, 3.0])
        np.testing.assert_array_equal(chain.bid, [1.4, np.nan, 1.4, 1.4])
        np.testing.assert_array_equal(chain.ask, [1.6, np.nan, 1.6, 1.6])
        np.testing.assert_array_equal(chain.last, [1.5, np.nan, 1.5, 1.5])
        np.testing.assert_array_equal(chain.change, [0.1, np.nan, 0.1, 0.1])
        np.testing.assert_array_equal(chain.open_interest, [10.0, np.nan, 10.0, 10.0])
        np.testing.assert_array_equal(chain.iv, [0.25, np.nan, 0.25, 0.25])
        assert np.isnan(chain.delta).all()
        assert np.isnan(chain.gamma).all()
        assert chain.underlying_price == 99.5
        assert chain.vendor == "Yahoo"

    def test_its_time_is_the_fetch_s_and_its_session_the_clock_s(self, server: YahooServer) -> None:
        put_chain(server)
        chain = server.source(clock=lambda: NOW).chain("TEST", None)
        assert chain.time == NOW
        assert chain.session == dt.date(2025, 1, 27)
        assert chain.last_trade[1] == np.datetime64("2025-01-24T20:00:00", "s")

    def test_the_near_expiries_are_shown_while_the_others_come(self, server: YahooServer) -> None:
        put_chain(server)
        shown: list[tuple[list[str], int]] = []
        whole = server.source(clock=lambda: NOW).chain(
            "TEST",
            None,
            lambda chain: shown.append(
                (sorted(set(chain.expiry.astype(str))), chain.expiries_left)
            ),
        )
        assert shown == [(EXPIRIES[:2], 1)]
        assert whole.expiries_left == 0

    def test_one_request_an_expiry(self, server: YahooServer) -> None:
        put_chain(server)
        server.source(clock=lambda: NOW).chain("TEST", None)
        assert server.count("options/TEST") == 3

    def test_far_expiries_are_left_out_on_request(self, server: YahooServer) -> None:
        put_chain(server)
        chain = server.source(clock=lambda: NOW, chain_days=30).chain("TEST", None)
        assert sorted(set(chain.expiry.astype(str))) == EXPIRIES[:2]
        assert server.count("options/TEST") == 2

    def test_without_any_trade_its_time_is_now(self, server: YahooServer) -> None:
        untraded = {"contractSymbol": "X", "strike": 5.0}
        server.bodies["options/TEST"] = bodies.options(["2025-01-31"], "2025-01-31", [untraded])
        chain = server.source(clock=lambda: NOW).chain("TEST", None)
        assert chain.time == NOW
        assert np.isnat(chain.last_trade).all()

    @pytest.mark.parametrize(
        ("day", "clock"),
        [("2025-01-27", "08:00"), ("2025-01-25", "12:00"), ("2025-01-24", "20:00")],
    )
    def test_before_the_open_it_is_the_last_session_s(
        self, server: YahooServer, day: str, clock: str
    ) -> None:
        print_at_night = bodies.at("2025-01-27", "03:15")
        calls = [bodies.contract(100.0, print_at_night, volume=5)]
        calls += [bodies.contract(101.0, bodies.at("2025-01-24", "16:10"), volume=9)]
        server.bodies["options/TEST"] = bodies.options(["2025-01-31"], "2025-01-31", calls)
        now = dt.datetime.fromtimestamp(bodies.at(day, clock), dt.UTC)
        chain = server.source(clock=lambda: now).chain("TEST", None)
        assert chain.session == dt.date(2025, 1, 24)
        assert clean_contracts(chain).volume.tolist() == [0, 9]

    def test_adjusted_and_mini_contracts_are_told(self, server: YahooServer) -> None:
        traded = bodies.at("2025-01-27", "11:15")
        calls = [
            bodies.contract(100.0, traded, contractSymbol="TEST250131C00100000"),
            bodies.contract(100.0, traded, contractSymbol="TEST1250131C00100000"),
            bodies.contract(
                101.0, traded, contractSymbol="TEST250131C00101000", contractSize="MINI"
            ),
        ]
        server.bodies["options/TEST"] = bodies.options(["2025-01-31"], "2025-01-31", calls)
        chain = server.source(clock=lambda: NOW).chain("TEST", None)
        assert chain.root.tolist() == ["TEST", "TEST1", "TEST"]
        assert chain.multiplier.tolist() == [100.0, 100.0, 10.0]
        assert len(clean_contracts(chain)) == 2

    def test_todays_session_may_be_named(self, server: YahooServer) -> None:
        put_chain(server)
        source = server.source(clock=lambda: NOW)
        assert len(source.chain("TEST", dt.date(2025, 1, 27))) == 4

    def test_a_past_one_is_not_available_and_not_asked_for(self, server: YahooServer) -> None:
        source = server.source(clock=lambda: NOW)
        with pytest.raises(NotAvailable, match=r"^Yahoo has no past chains; "):
            source.chain("TEST", dt.date(2025, 1, 24))
        assert server.requests == []

    def test_no_listed_options(self, server: YahooServer) -> None:
        server.bodies["options/BARE"] = bodies.options([])
        for symbol in ("BARE", "NOPE"):
            with pytest.raises(NotAvailable, match=f"^{symbol} has no listed options at Yahoo"):
                server.source().chain(symbol, None)

    def test_a_failure_half_way_leaves_no_part_of_a_chain(self, server: YahooServer) -> None:
        put_chain(server)
        server.bodies[f"options/TEST?{epoch('2025-02-07')}"] = b"{"
        with pytest.raises(SourceFailure, match="cut off"):
            server.source().chain("TEST", None)

    def test_too_slow_a_chain_fails(self, server: YahooServer) -> None:
        put_chain(server)
        with pytest.raises(SourceFailure, match="for TEST's chain"):
            server.source(chain_seconds=-1.0).chain("TEST", None)


@needs_shared_data
class TestRecordedChains:
    @pytest.mark.parametrize(
        ("symbol", "file", "rows", "price", "time", "requests"),
        [
            ("AAPL", "options_v7_AAPL.json", 112, 269.7, 1761767999, 20),
            ("QQQ", "options_QQQ_2025-02-21.json", 180, 526.12, 1740172499, 30),
        ],
    )
    def test_every_number_is_yahoos(
        self,
        server: YahooServer,
        symbol: str,
        file: str,
        rows: int,
        price: float,
        time: int,
        requests: int,
    ) -> None:
        # The server has one recorded expiry and repeats it for each date: it counts once.
        moment = dt.datetime.fromtimestamp(time, dt.UTC)
        chain = server.source(clock=lambda: moment).chain(symbol, None)
        recorded = json.loads((SHARED / "yahoo" / file).read_text())["optionChain"]["result"][0]
        table = recorded["options"][0]
        contracts = table["calls"] + table["puts"]
        for field, key in (
            ("strike", "strike"),
            ("bid", "bid"),
            ("ask", "ask"),
            ("last", "lastPrice"),
            ("change", "change"),
            ("volume", "volume"),
            ("open_interest", "openInterest"),
            ("iv", "impliedVolatility"),
        ):
            expected = [contract.get(key, np.nan) for contract in contracts]
            np.testing.assert_array_equal(getattr(chain, field), expected)
        assert chain.last_trade.astype(int).tolist() == [c["lastTradeDate"] for c in contracts]
        assert chain.is_call.sum() == len(table["calls"])
        assert (len(chain), chain.underlying_price) == (rows, price)
        assert chain.time.timestamp() == time
        assert server.count(f"options/{symbol}") == requests

    def test_qqq_has_calls_without_a_volume(self, server: YahooServer) -> None:
        taken = dt.datetime(2025, 2, 21, 21, 5, tzinfo=dt.UTC)
        chain = server.source(clock=lambda: taken).chain("QQQ", None)
        assert np.isnan(chain.volume[chain.is_call]).sum() == 7
        assert chain.session == dt.date(2025, 2, 21)
