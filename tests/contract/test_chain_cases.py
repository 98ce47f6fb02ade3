"""Chains that mislead, from the file to the figures: the recorded cases, and others of their kind.

Every figure here is as of the sound chain, whose answers are known by hand.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from analytics.model.question import Symbol
from analytics.options import contracts
from analytics.options.question import OPTIONS, OptionsParameters
from tests.support.chain_folders import (
    COLUMNS,
    SOUND,
    Contract,
    asking,
    options_of,
    write_folder,
)
from tests.support.fault_stage import YahooStage, new_york, yahoo_stage
from tests.support.loopback import bodies
from tests.support.shared_data import CASES, needs_shared_cases

LINES = [contract.line() for contract in SOUND]


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    return options_of(write_folder(tmp_path_factory.mktemp("sound"), LINES))


def figures(answer: dict[str, Any]) -> dict[str, Any]:
    """What must not move: shares, ratios, levels, exposures and volatilities."""
    names = ("put_call", "bullish_share", "gex", "skew", "term_structure", "by_strike", "spot")
    return {name: answer[name] for name in names} | {
        "levels": {k: v for k, v in answer["levels"].items() if k != "profile"}
    }


def left_out(answer: dict[str, Any], sound: dict[str, Any]) -> dict[str, int]:
    """Rows rejected beyond those of the sound chain, by reason."""
    return {k: n for k, n in answer["rejected"].items() if n != sound["rejected"].get(k)}


class TestSound:
    def test_its_figures(self, sound: dict[str, Any]) -> None:
        levels = sound["levels"]
        assert levels["call_wall"]["strike"] == levels["put_wall"]["strike"] == 100
        assert levels["max_pain"][0]["strike"] == 100
        assert levels["expected_move"][0]["straddle_usd"] == pytest.approx(5.21)
        assert sound["put_call"]["volume"] == 1.0
        assert sound["bullish_share"]["short"]["call-share"]["share_pct"] == 50.0
        assert sound["volume_notes"] == {}
        assert sound["chain_time"] == "2025-01-27T20:55:00Z"


class TestRowsThatAreNotItsOwn:
    """However many rows are added, the figures are the sound chain's, and the rows are counted."""

    def added(self, tmp_path: Path, *rows: Contract) -> dict[str, Any]:
        return options_of(write_folder(tmp_path, [*LINES, *(row.line() for row in rows)]))

    @pytest.mark.parametrize("root", ["TEST1", "TEST7", "2TEST", "OTHER"])
    def test_contracts_of_another_root(
        self, tmp_path: Path, sound: dict[str, Any], root: str
    ) -> None:
        rows = [replace(c, root=root, interest=50_000, volume=3000, bid=0.01) for c in SOUND]
        got = self.added(tmp_path, *rows)
        assert figures(got) == figures(sound)
        assert got["contracts"] == len(SOUND)
        ((reason, count),) = left_out(got, sound).items()
        assert (count, f"(root {root})" in reason) == (len(rows), True)

    def test_leftovers_of_before_a_split(self, tmp_path: Path, sound: dict[str, Any]) -> None:
        old = [replace(c, strike=c.strike * 10, bid=0.0, ask=0.0, interest=70_000) for c in SOUND]
        got = self.added(tmp_path, *old)
        assert figures(got) == figures(sound)
        assert left_out(got, sound) == {contracts.LEFTOVER: len(old)}

    def test_leftovers_of_before_a_reverse_split(
        self, tmp_path: Path, sound: dict[str, Any]
    ) -> None:
        old = [replace(c, strike=c.strike / 10, bid=0.0, ask=0.0, interest=70_000) for c in SOUND]
        got = self.added(tmp_path, *old)
        assert figures(got) == figures(sound)
        assert left_out(got, sound) == {contracts.LEFTOVER: len(old)}

    def test_every_row_twice(self, tmp_path: Path, sound: dict[str, Any]) -> None:
        got = options_of(write_folder(tmp_path, [*LINES, *LINES]))
        assert figures(got) == figures(sound)
        assert left_out(got, sound) == {contracts.DUPLICATE: len(LINES)}

    @pytest.mark.parametrize("newest_first", [True, False])
    def test_an_earlier_snapshot_in_the_same_file(
        self, tmp_path: Path, sound: dict[str, Any], newest_first: bool
    ) -> None:
        ten = "2025-01-27T15:00:00+00:00"
        # the first does not trade again: only the price beside it tells its snapshots apart
        evening = [replace(SOUND[0], traded=ten), *SOUND[1:]]
        morning = [replace(c, traded=ten, price=97.0, bid=c.bid + 1.5, volume=7) for c in evening]
        morning[0] = replace(morning[0], volume=evening[0].volume)
        rows = [*evening, *morning] if newest_first else [*morning, *evening]
        got = options_of(write_folder(tmp_path, [c.line() for c in rows]))
        assert figures(got) == figures(sound)
        assert left_out(got, sound) == {contracts.DUPLICATE: len(morning)}

    def test_the_next_day_s_snapshot_in_the_same_file(
        self, tmp_path: Path, sound: dict[str, Any]
    ) -> None:
        later = [
            replace(c, traded="2025-01-28T20:00:00+00:00", price=90.0, volume=999, interest=9)
            for c in SOUND
        ]
        got = self.added(tmp_path, *later)
        assert figures(got) == figures(sound)

    def test_snapshots_with_their_times(self, tmp_path: Path, sound: dict[str, Any]) -> None:
        times = ("2025-01-27 15:00:00+00:00", "2025-01-27 20:56:00+00:00", "2025-01-28T15:00Z")
        figures_then: tuple[dict[str, Any], ...] = (
            {"volume": 7, "price": 97.0},
            {},
            {"volume": 999, "price": 90.0},
        )
        lines = [
            f"{replace(c, **then).line()},{time}"
            for c in SOUND
            for time, then in zip(times, figures_then, strict=True)
        ]
        folder = write_folder(tmp_path, lines, columns=f"{COLUMNS},quoteTime")
        got = options_of(folder)
        assert got["chain_time"] == "2025-01-27T20:56:00Z"
        assert got["put_call"] == sound["put_call"]
        assert got["spot"] == sound["spot"]
        assert left_out(got, sound) == {contracts.AHEAD: 10, contracts.DUPLICATE: 10}

    def test_rows_in_any_order(self, tmp_path: Path, sound: dict[str, Any]) -> None:
        assert figures(options_of(write_folder(tmp_path, LINES[::-1]))) == figures(sound)

    def test_parts_with_a_header_each(self, tmp_path: Path, sound: dict[str, Any]) -> None:
        assert figures(options_of(write_folder(tmp_path, [*LINES[:4], COLUMNS, *LINES[4:]]))) == (
            figures(sound)
        )

    def test_an_index_filed_without_its_caret(self, tmp_path: Path) -> None:
        lines = [replace(c, root="SPXW").line() for c in SOUND]
        got = options_of(write_folder(tmp_path, lines, symbol="SPX"), "^SPX")
        assert (got["symbol"], got["put_call"]["call_volume"]) == ("^SPX", 500)

    def test_symbols_padded_to_21_characters(self, tmp_path: Path, sound: dict[str, Any]) -> None:
        padded = [c.line(c.symbol.replace("TEST", "TEST  ")) for c in SOUND]
        assert figures(options_of(write_folder(tmp_path, padded))) == figures(sound)

    def test_no_row_of_its_own(self, tmp_path: Path) -> None:
        folder = write_folder(tmp_path, [replace(c, root="OTHER").line() for c in SOUND])
        assert options_of(folder)["reason"] == (
            "TEST: the chain of 2025-01-27 holds no contract that counts "
            "(10 contract of another underlying (root OTHER))."
        )

    def test_a_contract_without_interest_or_volume(
        self, tmp_path: Path, sound: dict[str, Any]
    ) -> None:
        got = self.added(tmp_path, Contract(102.5, True, 1.71, 1.73, 1.72, volume=0, interest=0))
        for name in ("put_call", "bullish_share"):
            assert got[name] == sound[name]
        assert got["gex"]["net_usd_per_pct"] == sound["gex"]["net_usd_per_pct"]
        assert got["levels"]["call_wall"] == sound["levels"]["call_wall"]


class TestOnePrint:
    @pytest.mark.parametrize(
        ("traded", "note"),
        [
            ("2025-01-28T14:31:00+00:00", contracts.LATE_VOLUME),  # the next day
            ("2025-01-28T08:15:00+00:00", contracts.LATE_VOLUME),  # 03:15 in the night after
            ("2025-01-28T01:30:00+00:00", contracts.LATE_VOLUME),  # 20:30, the next day's
            ("2025-02-01T17:00:00+00:00", contracts.LATE_VOLUME),  # a Saturday
            ("2025-01-24T21:05:00+00:00", contracts.OLD_VOLUME),
        ],
    )
    def test_outside_the_session_moves_no_other_row(
        self, tmp_path: Path, traded: str, note: str
    ) -> None:
        one = replace(SOUND[1], traded=traded, volume=5)
        got = options_of(write_folder(tmp_path, [LINES[0], one.line(), *LINES[2:]]))
        assert got["session"] == "2025-01-27"
        assert got["chain_time"] == "2025-01-27T20:55:00Z"
        assert (got["put_call"]["call_volume"], got["put_call"]["put_volume"]) == (500, 400)
        assert got["volume_notes"] == {note: 1}

    def test_trades_with_a_date_alone_are_that_day_s(self, tmp_path: Path) -> None:
        days = ("2025-01-27", "2025-01-24", "2025-01-28")
        lines = [replace(c, traded=day).line() for c, day in zip(SOUND, days * 4, strict=False)]
        got = options_of(write_folder(tmp_path, lines))
        assert got["chain_time"] == "2025-01-27T21:00:00Z"
        assert got["volume_notes"] == {contracts.OLD_VOLUME: 3, contracts.LATE_VOLUME: 3}

    @pytest.mark.parametrize("day", ["2025-01-25", "2025-01-26"])
    def test_a_file_saved_on_the_weekend_is_the_friday_s(self, tmp_path: Path, day: str) -> None:
        friday = [replace(c, traded="2025-01-24T20:55:00+00:00").line() for c in SOUND]
        folder = write_folder(tmp_path, friday, day="2025-01-24")
        file = folder / "chains" / "TEST_2025-01-24_yahoo.csv"
        file.rename(file.with_name(f"TEST_{day}_yahoo.csv"))
        got = options_of(folder)
        assert (got["session"], got["put_call"]["call_volume"]) == ("2025-01-24", 500)

    def test_all_of_an_earlier_day_is_said(self, tmp_path: Path) -> None:
        friday = [replace(c, traded="2025-01-24T20:55:00+00:00").line() for c in SOUND]
        got = options_of(write_folder(tmp_path, friday))
        assert got["session"] == "2025-01-27"
        assert got["bullish_share"]["short"]["call-share"]["share_pct"] is None
        assert got["volume_notes"] == {contracts.OLD_VOLUME: len(SOUND)}


class TestMorningSettled:
    """Third Friday, noon: the morning's series is dead, the afternoon's lives."""

    @pytest.mark.parametrize(
        ("symbol", "dead", "alive"),
        [("^SPX", "SPX", "SPXW"), ("^NDX", "NDX", "NDXP"), ("^RUT", "RUT", "RUTW")],
    )
    def test_only_the_afternoon_s_series_counts(
        self, tmp_path: Path, sound: dict[str, Any], symbol: str, dead: str, alive: str
    ) -> None:
        noon, evening = "2025-02-21T17:00:00+00:00", "2025-02-20T21:10:00+00:00"
        rows = [replace(c, root=alive, traded=noon) for c in SOUND] + [
            replace(c, root=dead, traded=evening, bid=0, ask=0, volume=5000, interest=20_000)
            for c in SOUND
        ]
        lines = [row.line() for row in rows]
        got = options_of(write_folder(tmp_path, lines, symbol=symbol, day="2025-02-21"), symbol)
        assert got["expiries"][0]["open_interest"] == 10_000
        assert got["put_call"]["volume"] == 1.0
        assert got["levels"]["expected_move"][0]["straddle_usd"] == pytest.approx(5.21)
        assert got["rejected"][contracts.SETTLED_AT_OPEN] == len(SOUND)

    def test_a_day_of_morning_settled_contracts_alone(self, tmp_path: Path) -> None:
        wednesday = "2025-01-22T17:00:00+00:00"
        rows = [
            replace(c, root="VIX", expiry=expiry, traded=wednesday).line()
            for c in SOUND
            for expiry in ("2025-01-22", "2025-02-19")
        ]
        folder = write_folder(tmp_path, rows, symbol="^VIX", day="2025-01-22")
        got = options_of(folder, "^VIX")
        assert [row["expiry"] for row in got["expiries"]] == ["2025-02-19"]
        assert got["rejected"][contracts.SETTLED_AT_OPEN] == len(SOUND)


@needs_shared_cases
class TestRecordedCases:
    @pytest.fixture(scope="class")
    def case(self) -> Any:
        found: dict[str, Any] = {}

        def of(number: str, symbol: str = "TEST") -> dict[str, Any]:
            if number not in found:
                (folder,) = CASES.glob(f"{number}-*")
                found[number] = options_of(folder, symbol)
            answer: dict[str, Any] = found[number]
            return answer

        return of

    def test_00_the_sound_chain(self, case: Any) -> None:
        got = case("00")
        levels = got["levels"]
        assert [levels[name]["strike"] for name in ("call_wall", "put_wall")] == [100, 100]
        assert levels["max_pain"][0]["strike"] == 100
        assert levels["expected_move"][0]["straddle_usd"] == pytest.approx(5.21)
        assert got["put_call"]["volume"] == 1.0

    def test_06_adjusted_contracts(self, case: Any) -> None:
        assert figures(case("06")) == figures(case("00"))
        (count,) = left_out(case("06"), case("00")).values()
        assert count == 18

    def test_08_a_morning_settled_index(self, case: Any) -> None:
        got = case("08", "^SPX")
        first = got["expiries"][0]
        assert (first["expiry"], first["days"], first["open_interest"]) == ("2025-02-21", 0, 1800)
        assert got["levels"]["expected_move"][0]["straddle_usd"] == pytest.approx(15.34)
        assert got["skew"][0]["expiry"] == "2025-02-21"

    def test_09_one_late_print(self, case: Any) -> None:
        got = case("09")
        assert got["session"] == "2025-01-27"
        assert (got["put_call"]["call_volume"], got["put_call"]["put_volume"]) == (900, 800)
        assert {**got["levels"], "peaks": None} == {**case("00")["levels"], "peaks": None}
        assert got["volume_notes"] == {contracts.LATE_VOLUME: 1}

    def test_11_a_decimal_comma(self, case: Any) -> None:
        assert case("11")["reason"] == (
            "TEST_2025-01-27_yahoo.csv, columns lastPrice, bid, ask, impliedVolatility: none of "
            "the 18 cells is a number (line 2: '20,25' is not a number; use a point)."
        )


class TestLive:
    """Monday 08:00, before the open: Yahoo's tables still hold Friday's volume."""

    def ask(self, stage: YahooStage, put_trade: int, put_volume: int) -> Any:
        friday = bodies.at("2025-01-24", "16:10")
        sides = {
            side: [
                bodies.contract(
                    strike,
                    friday,
                    contractSymbol=f"TEST250221{side}{strike * 1000:08.0f}",
                    volume=volume,
                )
                for strike in (95.0, 100.0, 105.0)
            ]
            for side, volume in (("C", 10_000), ("P", 4000))
        }
        sides["P"][1] |= {"lastTradeDate": put_trade, "volume": put_volume}
        stage.server.bodies["options/TEST"] = bodies.options(
            ["2025-02-21"], "2025-02-21", sides["C"], sides["P"]
        )
        stage.desk.forget_chain("TEST")
        return stage.desk.ask(OPTIONS, OptionsParameters(symbol=Symbol("TEST"))).result

    def test_one_print_of_the_night_turns_no_sentiment(self) -> None:
        with yahoo_stage() as stage:
            stage.clock.time = new_york("2025-01-27", "08:00")
            friday = self.ask(stage, bodies.at("2025-01-24", "16:10"), 4000)
            night = self.ask(stage, bodies.at("2025-01-27", "03:15"), 5)
        assert (friday.put_call.call_volume, friday.put_call.put_volume) == (30_000, 12_000)
        assert friday.bullish_share["short"]["call-share"].share_pct == pytest.approx(
            71.43, abs=0.01
        )
        assert night.session == friday.session == dt.date(2025, 1, 24)
        assert (night.put_call.call_volume, night.put_call.put_volume) == (30_000, 8000)
        assert night.volume_notes == {contracts.LATE_VOLUME: 1}


def test_another_day_has_no_chain(tmp_path: Path) -> None:
    with asking(write_folder(tmp_path, LINES)) as ask:
        assert "no TEST chain of 2025-01-24" in ask("options", "TEST", "2025-01-24")["reason"]
