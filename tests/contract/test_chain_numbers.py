"""Chain files written in other ways, and thin chains, from the file to the figures."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.contract.test_chain_cases import LINES, figures
from tests.support.chain_folders import COLUMNS, SOUND, changed, options_of, write_folder


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    return options_of(write_folder(tmp_path_factory.mktemp("sound"), LINES))


class TestNumbers:
    @pytest.mark.parametrize(
        ("cell", "reason"),
        [
            ('"2,44"', "line 7: bid '2,44' is not a number; use a point"),
            ('"2,440"', "line 7: bid '2,440' may be 2440 or 2.440; leave out the comma"),
            ("$2.44", "line 7: bid '$2.44' is not a number; leave out the $"),
            (
                "244%",
                "line 7: bid '244%' is not a number; write 25% as 0.25",
            ),
            ("2\u00a0444.0", "line 7: bid '2\\xa0444.0' is not a number; leave out the space"),
        ],
    )
    def test_one_cell_is_refused_by_line(self, tmp_path: Path, cell: str, reason: str) -> None:
        spoilt = LINES[5].replace(",2.4400000000000004,", f",{cell},")
        assert spoilt != LINES[5]
        got = options_of(write_folder(tmp_path, [*LINES[:5], spoilt, *LINES[6:]]))
        assert got["reason"] == f"TEST_2025-01-27_yahoo.csv, {reason}."
        assert "levels" not in got

    def test_whole_columns_are_refused_by_name(self, tmp_path: Path) -> None:
        lines = [
            replace(c, bid=f'"{c.bid:.2f}"'.replace(".", ","), ask='"0,14"').line()  # type: ignore[arg-type]
            for c in SOUND
        ]
        assert options_of(write_folder(tmp_path, lines))["reason"] == (
            "TEST_2025-01-27_yahoo.csv, columns bid, ask: none of the 10 cells is a number "
            "(line 2: '10,39' is not a number; use a point)."
        )

    def test_thousands_that_cannot_be_mistaken_are_read(self, tmp_path: Path) -> None:
        quoted = [c.line().replace(",100,1000,", ',100,"1,000",') for c in SOUND]
        got = options_of(write_folder(tmp_path, quoted))
        assert got["put_call"]["call_open_interest"] == 5000

    def test_a_thousand_with_a_point_is_no_count(self, tmp_path: Path) -> None:
        line = SOUND[0].line().replace(",100,1000,", ",100,2.000,")
        got = options_of(write_folder(tmp_path, [line, *LINES[1:]]))
        sentence = "openInterest '2.000' may be 2000 or 2; leave out the point."
        assert got["reason"].endswith(f"line 2: {sentence}")

    def test_half_a_contract_is_no_count(self, tmp_path: Path) -> None:
        line = SOUND[0].line().replace(",100,1000,", ",100,1.5,")
        got = options_of(write_folder(tmp_path, [line, *LINES[1:]]))
        assert got["reason"].endswith("line 2: openInterest '1.5' is not a whole number.")

    def test_points_that_other_cells_show_to_be_decimal_are_read(self, tmp_path: Path) -> None:
        lines = [c.line().replace(",100,1000,", ",100.000,1000.000,") for c in SOUND]
        lines[0] = lines[0].replace(",100.000,", ",0.000,")
        got = options_of(write_folder(tmp_path, lines))
        assert got["put_call"]["call_open_interest"] == 5000
        assert (got["put_call"]["call_volume"], got["put_call"]["put_volume"]) == (400, 500)

    def test_a_count_below_zero_is_refused(self, tmp_path: Path) -> None:
        lines = [*LINES[:4], changed(SOUND[4], interest=-1000).line(), *LINES[5:]]
        got = options_of(write_folder(tmp_path, lines))
        assert got["reason"].endswith("line 6: openInterest '-1000' is below zero.")

    @pytest.mark.parametrize(("sign", "name"), [(";", "';'"), ("\t", "tabs"), ("|", "'|'")])
    def test_other_separators_are_named(self, tmp_path: Path, sign: str, name: str) -> None:
        lines = [line.replace(",", sign) for line in LINES]
        got = options_of(write_folder(tmp_path, lines, columns=COLUMNS.replace(",", sign)))
        assert got["reason"] == (
            f"TEST_2025-01-27_yahoo.csv: cells are separated by {name}; use ',' and decimal points."
        )

    @pytest.mark.parametrize(("call", "put"), [("C", "P"), ("CALL", "PUT"), ("Calls", "Puts")])
    def test_sides_by_their_letter(
        self, tmp_path: Path, sound: dict[str, Any], call: str, put: str
    ) -> None:
        lines = [x.replace(",call,", f",{call},").replace(",put,", f",{put},") for x in LINES]
        assert figures(options_of(write_folder(tmp_path, lines))) == figures(sound)


class TestThinChains:
    def test_a_strike_far_from_the_money_has_no_straddle(self, tmp_path: Path) -> None:
        # without a quote at 100 the nearest straddle is 105's: 6.60, most of it distance
        lines = [(changed(c, bid=0, ask=0) if c.strike == 100 else c).line() for c in SOUND]
        move = options_of(write_folder(tmp_path, lines))["levels"]["expected_move"][0]
        assert move["straddle_usd"] is None
        assert move["sigma_usd"] == pytest.approx(100 * 0.25 * (25 / 365) ** 0.5, rel=0.03)

    def test_puts_without_bids_still_give_a_wall(
        self, tmp_path: Path, sound: dict[str, Any]
    ) -> None:
        lines = [(c if c.call else changed(c, bid=0)).line() for c in SOUND]
        levels = options_of(write_folder(tmp_path, lines))["levels"]
        assert levels["put_wall"]["strike"] == sound["levels"]["put_wall"]["strike"]
        assert levels["max_pain"] == sound["levels"]["max_pain"]
