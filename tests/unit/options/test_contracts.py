"""Contracts of a chain: the rows that count, their lives, and the session's volume.

The session is Monday 2025-01-06; its close 16:00 New York (21:00 UTC), the chain's moment.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import numpy as np
import pytest

from analytics.model.sessions import NEW_YORK
from analytics.options import contracts
from analytics.options.contracts import Contracts, clean_contracts
from tests.support.small_chains import NAN, SESSION, Row, chain_of, shuffled

NOON = dt.datetime(2025, 1, 6, 12, 0, tzinfo=NEW_YORK)


def cleaned(
    *rows: Row, symbol: str = "TEST", time: dt.datetime | None = None, spot: float | None = 100.0
) -> Contracts:
    return clean_contracts(chain_of(*rows, symbol=symbol, time=time), spot)


class TestRoots:
    def test_only_the_underlying_s_own_count(self) -> None:
        found = cleaned(
            *(Row(4, True, 100.0, root=root) for root in ("TEST", "TEST1", "TEST7", "2TEST")),
            Row(4, True, 100.0, root="OTHER"),
            Row(4, False, 100.0, root="TEST1"),
        )
        assert found.chain.root.tolist() == ["TEST"]
        assert found.left_out == {
            "adjusted contract of another deliverable (root TEST1)": 2,
            "adjusted contract of another deliverable (root TEST7)": 1,
            "adjusted contract of another deliverable (root 2TEST)": 1,
            "contract of another underlying (root OTHER)": 1,
        }

    @pytest.mark.parametrize(
        ("symbol", "roots"),
        [
            ("^SPX", ["SPX", "SPXW"]),
            ("^GSPC", ["SPX", "SPXW"]),
            ("^NDX", ["NDX", "NDXP"]),
            ("^RUT", ["RUT", "RUTW"]),
            ("^VIX", ["VIX", "VIXW"]),
            ("BRK-B", ["BRKB"]),
        ],
    )
    def test_roots_of_indices_and_of_share_classes(self, symbol: str, roots: list[str]) -> None:
        others = ("TEST", "SPXL", "NDX1")
        found = cleaned(
            *(Row(4, True, 100.0, root=root) for root in (*roots, *others)), symbol=symbol
        )
        assert found.chain.root.tolist() == roots
        assert sum(found.left_out.values()) == len(others)

    def test_a_row_without_a_symbol_is_the_underlying_s(self) -> None:
        assert len(cleaned(Row(4, True, 100.0))) == 1

    def test_a_source_without_symbols_and_multipliers(self) -> None:
        bare = replace(
            chain_of(Row(4, True, 100.0)),
            root=np.empty(0, "U6"),
            multiplier=np.empty(0),
            quoted_at=np.empty(0, "M8[s]"),
        )
        found = clean_contracts(bare)
        assert (found.chain.root.tolist(), found.chain.multiplier.tolist()) == ([""], [100.0])


class TestRepeatedRows:
    def test_the_newest_trade_wins(self) -> None:
        found = cleaned(
            Row(4, True, 100.0, volume=9, last_trade="2025-01-06T20:00:00"),
            Row(4, True, 100.0, volume=5, last_trade="2025-01-06T15:00:00"),
        )
        assert found.volume.tolist() == [9]
        assert found.left_out == {contracts.DUPLICATE: 1}

    def test_a_later_quote_wins_over_a_later_trade(self) -> None:
        found = cleaned(
            Row(4, True, 100.0, bid=1.0, quoted_at="2025-01-06T15:00:00"),
            Row(4, True, 100.0, bid=1.1, quoted_at="2025-01-06T20:59:00"),
        )
        assert found.chain.bid.tolist() == [1.1]

    def test_the_larger_volume_wins_where_the_times_are_the_same(self) -> None:
        found = cleaned(Row(4, True, 100.0, volume=9), Row(4, True, 100.0, volume=5))
        assert found.volume.tolist() == [9]

    def test_a_row_traded_after_the_moment_loses(self) -> None:
        found = cleaned(
            Row(4, True, 100.0, volume=9, last_trade="2025-01-07T15:00:00"),
            Row(4, True, 100.0, volume=5, last_trade="2025-01-06T15:00:00"),
        )
        assert found.volume.tolist() == [5]
        assert found.volume_notes == {}

    def test_a_row_quoted_after_the_moment_is_left_out(self) -> None:
        found = cleaned(
            Row(4, True, 100.0, quoted_at="2025-01-07T03:00:00"),  # 22:00, before the next open
            Row(4, True, 101.0, quoted_at="2025-01-07T15:00:00"),
        )
        assert found.chain.strike.tolist() == [100.0]
        assert found.left_out == {contracts.AHEAD: 1}

    def test_two_roots_at_one_strike_are_two_contracts(self) -> None:
        found = cleaned(
            Row(11, True, 100.0, root="SPX"), Row(11, True, 100.0, root="SPXW"), symbol="^SPX"
        )
        assert (len(found), found.left_out) == (2, {})


def test_columns_are_its_own_where_the_cache_s_are_read_only() -> None:
    chain = chain_of(Row(4, True, 100.0), Row(4, False, 100.0))
    for value in vars(chain).values():
        if isinstance(value, np.ndarray):
            value.flags.writeable = False
    for name, value in vars(clean_contracts(chain).chain).items():
        assert not isinstance(value, np.ndarray) or value.flags.writeable, name


class TestLeftovers:
    def test_no_quote_and_a_strike_far_beyond_spot(self) -> None:
        found = cleaned(
            Row(4, True, 1000.0, bid=0.0, ask=0.0, interest=5000),
            Row(4, False, 33.0, bid=NAN, ask=NAN),
            Row(4, True, 301.0, bid=0.0, ask=0.01),  # quoted: it lives
            Row(4, True, 300.0, bid=0.0, ask=0.0),  # three times: not beyond
        )
        assert found.chain.strike.tolist() == [300.0, 301.0]
        assert found.left_out == {contracts.LEFTOVER: 2}

    def test_without_a_spot_the_pair_that_costs_the_same_tells_it(self) -> None:
        rows = [
            *(Row(4, call, 100.0, bid=1.0, ask=1.1) for call in (True, False)),
            Row(4, True, 90.0, bid=10.0, ask=10.2),
            Row(4, False, 90.0, bid=0.1, ask=0.2),
            Row(4, True, 1000.0, bid=0.0, ask=0.0),
        ]
        assert cleaned(*rows, spot=None).left_out == {contracts.LEFTOVER: 1}
        assert cleaned(rows[-1], spot=None).left_out == {}


class TestSettlement:
    """The third Friday of January 2025 is the 17th; Good Friday's monthly is Thursday 17 April."""

    @pytest.mark.parametrize(
        ("symbol", "root", "days", "expires"),
        [
            ("^SPX", "SPX", 11, "2025-01-17T14:30:00"),
            ("^SPX", "SPXW", 11, "2025-01-17T21:00:00"),
            ("^SPX", "SPX", 101, "2025-04-17T13:30:00"),
            ("^NDX", "NDX", 11, "2025-01-17T14:30:00"),
            ("^NDX", "NDXP", 11, "2025-01-17T21:00:00"),
            ("^RUT", "RUT", 11, "2025-01-17T14:30:00"),
            ("^RUT", "RUTW", 11, "2025-01-17T21:00:00"),
            ("^VIX", "VIX", 16, "2025-01-22T14:30:00"),
            ("^VIX", "VIXW", 9, "2025-01-15T14:30:00"),
            ("^SPX", "SPXW", 326, "2025-11-28T18:00:00"),  # a half-day
            ("SPY", "SPY", 11, "2025-01-17T21:00:00"),
            ("TEST", "", 3, "2025-01-08T21:00:00"),  # the 9th was a day of mourning
        ],
    )
    def test_when_a_contract_expires(self, symbol: str, root: str, days: int, expires: str) -> None:
        found = cleaned(Row(days, True, 100.0, root=root), symbol=symbol)
        assert found.expires_at[0] == np.datetime64(expires)
        assert found.morning_settled[0] == (root in ("SPX", "NDX", "RUT", "VIX", "VIXW"))

    @pytest.mark.parametrize(("clock", "alive"), [("09:29", True), ("09:30", False)])
    def test_a_morning_series_is_gone_from_the_open_on(self, clock: str, alive: bool) -> None:
        time = dt.datetime.fromisoformat(f"2025-01-17T{clock}").replace(tzinfo=NEW_YORK)
        rows = (
            Row(11, True, 100.0, root="SPX", interest=20_000),
            Row(11, True, 100.0, root="SPXW", interest=100),
        )
        chain = replace(chain_of(*rows, symbol="^SPX", time=time), session=time.date())
        found = clean_contracts(chain, 100.0)
        assert found.open_interest.sum() == (20_100 if alive else 100)
        assert found.left_out == ({} if alive else {contracts.SETTLED_AT_OPEN: 1})

    def test_the_evening_before_it_has_the_night_left(self) -> None:
        time = dt.datetime(2025, 1, 16, 16, 0, tzinfo=NEW_YORK)
        chain = chain_of(Row(11, True, 100.0, root="SPX"), symbol="^SPX", time=time)
        found = clean_contracts(replace(chain, session=dt.date(2025, 1, 16)), 100.0)
        assert found.seconds_left.tolist() == [17.5 * 3600]
        assert found.days.tolist() == [1]


class TestVolume:
    def test_counts_only_when_traded_in_the_session_by_the_moment(self) -> None:
        found = cleaned(
            Row(4, True, 100.0, volume=1, last_trade="2025-01-06T14:31:00"),
            Row(4, True, 101.0, volume=2, last_trade="2025-01-03T20:59:00"),
            Row(4, True, 102.0, volume=NAN, last_trade="2025-01-06T14:31:00"),
            Row(4, True, 103.0, volume=8),  # no trade time: the session's own
            Row(4, True, 104.0, volume=16, last_trade="2025-01-07T00:30:00"),  # 19:30 NY
            Row(4, True, 105.0, volume=32, last_trade="2025-01-07T14:30:00"),  # next day
        )
        assert found.volume.tolist() == [1, 0, 0, 8, 16, 0]
        assert found.volume_notes == {
            contracts.OLD_VOLUME: 1,
            contracts.LATE_VOLUME: 1,
            contracts.EMPTY_VOLUME: 1,
        }

    @pytest.mark.parametrize(
        ("trade", "counted"),
        [
            ("2025-01-06T08:15:00", True),  # 03:15 of the session itself
            ("2025-01-06T01:30:00", True),  # Sunday 20:30
            ("2025-01-04T17:00:00", True),  # Saturday noon
            ("2025-01-03T22:00:00", False),  # Friday 17:00
            ("2025-01-07T01:30:00", False),  # Monday 20:30: Tuesday's
            ("2025-01-07T08:15:00", False),
        ],
    )
    def test_the_night_and_the_weekend_before_belong_to_a_session(
        self, trade: str, counted: bool
    ) -> None:
        found = cleaned(Row(4, True, 100.0, volume=5, last_trade=trade))
        assert found.volume.tolist() == [5 if counted else 0]

    def test_in_session_a_trade_of_a_later_minute_is_not_seen(self) -> None:
        found = cleaned(
            Row(4, True, 100.0, volume=5, last_trade="2025-01-06T17:00:01"),
            Row(4, True, 101.0, volume=7, last_trade="2025-01-06T17:00:00"),
            time=NOON,
        )
        assert found.volume.tolist() == [0, 7]
        assert found.volume_notes == {contracts.LATE_VOLUME: 1}


class TestOpenInterest:
    def test_every_unexpired_contract_whatever_its_quote(self) -> None:
        found = cleaned(
            Row(0, True, 100.0, interest=7),
            Row(4, True, 100.0, interest=5, bid=0, ask=0),
            Row(4, False, 100.0, interest=NAN),
        )
        assert found.open_interest.tolist() == [0, 5, 0]
        assert found.unexpired.tolist() == [False, True, True]


class TestOrderOfRows:
    @pytest.mark.parametrize("seed", range(5))
    def test_never_changes_anything(self, seed: int) -> None:
        draw = np.random.default_rng(7)
        rows = [
            Row(
                int(draw.choice([0, 4, 11])),
                bool(draw.integers(2)),
                float(draw.choice([30.0, 95.0, 100.0, 400.0])),
                bid=float(draw.choice([0.0, 1.0])),
                ask=float(draw.choice([0.0, 1.5])),
                volume=float(draw.integers(0, 9)),
                root=str(draw.choice(["SPX", "SPXW", "SPX1"])),
                last_trade=str(draw.choice(["2025-01-06T15:00:00", "2025-01-07T15:00:00", "NaT"])),
            )
            for _ in range(200)
        ]
        chain = chain_of(*rows, symbol="^SPX")
        first, second = (clean_contracts(c, 100.0) for c in (chain, shuffled(chain, seed)))
        assert second.left_out == first.left_out
        assert second.volume_notes == first.volume_notes
        for ours, theirs in ((first, second), (first.chain, second.chain)):
            for name, value in vars(ours).items():
                if isinstance(value, np.ndarray):
                    np.testing.assert_array_equal(getattr(theirs, name), value)
        assert first.chain.session == SESSION
