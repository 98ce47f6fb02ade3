"""Chains of which a part is not live: a stale quote, a missing column, an older snapshot."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path
from statistics import NormalDist
from typing import Any

import pytest

from analytics.options import contracts
from tests.support.chain_folders import COLUMNS, Contract, options_of, write_folder

INDEX = "^SPX"
"""European contracts: parity holds to the cent."""


def black(strike: float, call: bool) -> float:
    """Black (1976) at a forward of 100.3, a quarter's volatility, 25 days, 4.4%: by hand."""
    years, sigma, forward = 25 / 365, 0.25, 100.3
    deviation = sigma * math.sqrt(years)
    d1 = math.log(forward / strike) / deviation + deviation / 2
    below = NormalDist().cdf
    value = forward * below(d1) - strike * below(d1 - deviation)
    return math.exp(-0.044 * years) * (value if call else value - forward + strike)


NINE = tuple(
    Contract(
        strike,
        call,
        root="SPXW",
        bid=round(mid - 0.01, 2),
        ask=round(mid + 0.01, 2),
        last=round(mid, 2),
    )
    for strike in (80.0, 85.0, 90.0, 95.0, 100.0, 105.0, 110.0, 115.0, 120.0)
    for call in (True, False)
    for mid in [black(strike, call)]
)
LINES = [contract.line() for contract in NINE]
CALL, PUT = (
    next(i for i, c in enumerate(NINE) if (c.strike, c.call) == (100.0, side))
    for side in (True, False)
)
"""Places of the contracts at the money."""


def index_folder(folder: Path, lines: list[str], columns: str = COLUMNS) -> Path:
    return write_folder(folder, lines, symbol=INDEX, columns=columns)


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    return options_of(index_folder(tmp_path_factory.mktemp("sound"), LINES), INDEX)


def with_quote(at: int, bid: float, ask: float) -> list[str]:
    """The sound chain with another quote of one contract."""
    return [*LINES[:at], replace(NINE[at], bid=bid, ask=ask).line(), *LINES[at + 1 :]]


class TestLegsThatDisagree:
    @pytest.mark.parametrize("factor", [1.3, 1.6, 0.6])
    def test_a_stale_put_at_the_money_moves_no_volatility(
        self, tmp_path: Path, sound: dict[str, Any], factor: float
    ) -> None:
        put = NINE[PUT]
        lines = with_quote(PUT, round(put.bid * factor, 2), round(put.ask * factor, 2))
        got = options_of(index_folder(tmp_path, lines), INDEX)
        now, then = got["term_structure"][0]["atm_iv"], sound["term_structure"][0]["atm_iv"]
        assert now == pytest.approx(then, abs=0.003)
        gross = sound["gex"]["gross_usd_per_pct"]
        assert got["gex"]["gross_usd_per_pct"] == pytest.approx(gross, rel=0.01)
        assert got["levels"]["expected_move"][0]["straddle_usd"] is None

    @pytest.mark.parametrize(("bid", "ask"), [(8.27, 8.29), (0.01, 20.0), (2.75, 99_999.0)])
    def test_a_straddle_is_not_printed_off_a_quote_that_is_not_live(
        self, tmp_path: Path, sound: dict[str, Any], bid: float, ask: float
    ) -> None:
        got = options_of(index_folder(tmp_path, with_quote(CALL, bid, ask)), INDEX)
        move, then = (answer["levels"]["expected_move"][0] for answer in (got, sound))
        assert move["straddle_usd"] is None
        assert move["sigma_usd"] == pytest.approx(then["sigma_usd"], rel=0.005)

    @pytest.mark.parametrize("factor", [100.0, 10.0, 0.1])
    def test_quotes_in_another_unit_than_the_strikes_are_refused(
        self, tmp_path: Path, factor: float
    ) -> None:
        lines = [replace(c, bid=c.bid * factor, ask=c.ask * factor).line() for c in NINE]
        got = options_of(index_folder(tmp_path, lines), INDEX)
        assert "are in another unit than its strikes" in got["reason"]


class TestOneSideOfOpenInterest:
    @pytest.mark.parametrize(("calls", "side"), [(True, "calls"), (False, "puts")])
    def test_nothing_is_netted_where_a_side_has_none(
        self, tmp_path: Path, calls: bool, side: str
    ) -> None:
        lines = [replace(c, interest=0 if c.call == calls else 1000).line() for c in NINE]
        got = options_of(index_folder(tmp_path, lines), INDEX)
        reason = f"no open interest in any of 9 {side}"
        assert got["gex"]["net_usd_per_pct"] is None
        assert got["gex"]["reason"] == f"n/a ({reason} of 2025-02-21)"
        assert got["levels"]["gamma_flip"]["text"] == got["gex"]["reason"]
        pain = got["levels"]["max_pain"][0]
        assert (pain["strike"], pain["reason"]) == (None, f"n/a ({reason})")

    def test_a_few_contracts_of_a_side_may_have_none(self, tmp_path: Path) -> None:
        few = [replace(c, interest=0) for c in NINE if not c.call][:2]
        lines = [c.line() for c in NINE if c.call] + [c.line() for c in few]
        got = options_of(index_folder(tmp_path, lines), INDEX)
        assert got["gex"]["net_usd_per_pct"] > 0


class TestOneSideOfVolume:
    @pytest.mark.parametrize(("calls", "side"), [(True, "calls"), (False, "puts")])
    def test_no_share_of_volume_where_a_side_has_none(
        self, tmp_path: Path, calls: bool, side: str
    ) -> None:
        rows = [replace(c, volume=500) for c in NINE]
        lines = [
            c.line().replace(",500,1000,", ",,1000,") if c.call == calls else c.line() for c in rows
        ]
        got = options_of(index_folder(tmp_path, lines), INDEX)
        told = f"n/a (no volume in any of 9 {side})"
        for method in got["bullish_share"]["short"].values():
            assert (method["share_pct"], method["reason"]) == (None, told)
        assert (got["put_call"]["volume"], got["put_call"]["volume_reason"]) == (None, told)
        assert got["levels"]["max_pain"][0]["strike"] == 100

    def test_a_side_that_is_not_listed(self, tmp_path: Path) -> None:
        lines = [replace(c, volume=500).line() for c in NINE if c.call]
        got = options_of(index_folder(tmp_path, lines), INDEX)
        share = got["bullish_share"]["short"]["call-share"]
        assert (share["share_pct"], share["reason"]) == (None, "n/a (no puts are listed)")
        assert got["levels"]["max_pain"][0]["reason"] == "n/a (no puts are listed)"

    def test_a_side_that_did_not_trade_is_a_fact(self, tmp_path: Path) -> None:
        lines = [replace(c, volume=500 if c.call else 0).line() for c in NINE]
        got = options_of(index_folder(tmp_path, lines), INDEX)
        assert got["bullish_share"]["short"]["call-share"]["share_pct"] == 100
        assert got["put_call"]["volume"] == 0


class TestAnEarlierSnapshotsOwnContracts:
    MORNING = "2025-01-27T15:00:00+00:00"

    @pytest.mark.parametrize("with_times", [True, False])
    def test_they_are_in_no_figure(
        self, tmp_path: Path, sound: dict[str, Any], with_times: bool
    ) -> None:
        extra = [
            Contract(strike, call, root="SPXW", volume=7000, interest=9000)
            for strike in (60.0, 140.0)
            for call in (True, False)
        ]
        morning = [
            replace(c, traded=self.MORNING, price=97.0, bid=c.bid + 0.5, ask=c.ask + 0.5)
            for c in (*NINE, *extra)
        ]
        rows = [(c, "2025-01-27T15:01:00Z") for c in morning]
        rows += [(c, "2025-01-27T20:56:00Z") for c in NINE]
        if with_times:
            lines = [f"{c.line()},{time}" for c, time in rows]
            folder = index_folder(tmp_path, lines, columns=f"{COLUMNS},quoteTime")
        else:
            folder = index_folder(tmp_path, [c.line() for c, _ in rows])
        got = options_of(folder, INDEX)
        assert got["put_call"] == sound["put_call"]
        assert got["levels"]["max_pain"] == sound["levels"]["max_pain"]
        assert got["rejected"][contracts.EARLIER_SNAPSHOT] == len(extra)


class TestTimesThatContradict:
    def test_a_later_days_chain_under_an_earlier_date(self, tmp_path: Path) -> None:
        lines = [replace(c, traded="2025-01-28T20:55:00+00:00", price=90.0).line() for c in NINE]
        assert options_of(index_folder(tmp_path, lines), INDEX)["reason"] == (
            "^SPX_2025-01-27_yahoo.csv: most of its trades are later than 2025-01-27, the newest "
            "of 2025-01-28: it is not the chain of 2025-01-27."
        )

    def test_quotes_before_the_trades_beside_them(self, tmp_path: Path) -> None:
        """New York's 15:56, written without its offset, would be 10:56."""
        lines = [f"{line},2025-01-27 15:56:00" for line in LINES]
        folder = index_folder(tmp_path, lines, columns=f"{COLUMNS},quoteTime")
        assert options_of(folder, INDEX)["reason"].endswith(
            "line 2: its last trade is later than its quote, as in most lines: times without an "
            "offset are UTC."
        )

    def test_trades_of_new_york_without_their_offset(self, tmp_path: Path) -> None:
        lines = [
            replace(c, root="TEST", traded=f"2025-01-27 1{i % 4}:45:00").line()
            for i, c in enumerate(NINE)
        ]
        assert options_of(write_folder(tmp_path, lines))["reason"].endswith(
            "line 2: lastTradeDate is before the open, as in most lines: times without an offset "
            "are UTC."
        )

    def test_trades_in_utc_without_their_offset(
        self, tmp_path: Path, sound: dict[str, Any]
    ) -> None:
        lines = [replace(c, traded="2025-01-27 20:55:00").line() for c in NINE]
        got = options_of(index_folder(tmp_path, lines), INDEX)
        assert (got["chain_time"], got["put_call"]) == (sound["chain_time"], sound["put_call"])
