"""The recorded market of 24 and 27 January 2025: every published figure, to its printed digits.

Each is asked twice: of the desk over the files source, and of ``python -m analytics ... --json``.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from analytics.__main__ import main
from analytics.assembly import open_desk
from analytics.desk.desk import Desk
from analytics.desk.questions import QUESTIONS
from analytics.model.parameters import parse_parameters
from analytics.settings_reader import load_settings
from tests.support.shared_data import SHARED, needs_shared_data

pytestmark = needs_shared_data

FRIDAY, MONDAY = "2025-01-24", "2025-01-27"
TEN = ["AAPL", "NVDA", "MSFT", "AMZN", "GOOGL", "META", "TSLA", "AVGO", "BRK-B", "WMT"]
Ask = Callable[..., dict[str, Any]]

PER_NAME = {
    "MSFT": "-3.068",
    "AMZN": "-6.706",
    "GOOGL": "-7.424",
    "META": "-7.366",
    "TSLA": "-3.779",
    "AVGO": "-16.583",
    "BRK-B": "-0.195",
    "WMT": "-3.629",
}
SECTORS = {
    "XLB": ("0.163", "3.145"),
    "XLC": ("-2.165", "-6.402"),
    "XLE": ("-0.567", "-1.371"),
    "XLF": ("-2.602", "-6.034"),
    "XLI": ("-2.364", "-3.510"),
    "XLK": ("-1.639", "-3.956"),
    "XLP": ("2.655", "4.001"),
    "XLRE": ("1.500", "3.790"),
    "XLU": ("-1.489", "-0.840"),
    "XLV": ("-1.515", "2.108"),
    "XLY": ("-1.898", "-8.172"),
}
BY_Z = {
    "XLP": "5.25",
    "XLV": "4.86",
    "AAPL": "4.00",
    "BRK-B": "3.85",
    "XLC": "3.26",
    "XLY": "3.22",
    "WMT": "3.19",
    "XLF": "3.04",
}
BY_RETURN = {
    "AAPL": "3.18",
    "WMT": "2.79",
    "XLP": "2.71",
    "BRK-B": "2.48",
    "XLV": "2.25",
    "META": "1.91",
    "XLF": "1.10",
}


@pytest.fixture(scope="module")
def desk() -> Iterator[Desk]:
    desk = open_desk(load_settings(["--data", str(SHARED)], {}))
    yield desk
    desk.close()


@pytest.fixture(params=["desk", "shell"])
def ask(request: pytest.FixtureRequest, desk: Desk, capsys: pytest.CaptureFixture[str]) -> Ask:
    """Ask by name, date, positional symbols and options; the answer as JSON."""

    def of_desk(name: str, day: str, *symbols: str, **options: list[str]) -> dict[str, Any]:
        question = QUESTIONS[name]
        single = "symbol" in question.parameters.__dataclass_fields__
        raw: dict[str, object] = {"symbol": symbols[0]} if single else {"symbols": list(symbols)}
        parameters = parse_parameters(question.parameters, raw | dict(options))
        answer = desk.ask(question, parameters, dt.date.fromisoformat(day))
        got: dict[str, Any] = json.loads(answer.to_json())
        return got

    def of_shell(name: str, day: str, *symbols: str, **options: list[str]) -> dict[str, Any]:
        words = [name, *symbols, "--as-of", day, "--data", str(SHARED), "--json"]
        for option, values in options.items():
            words += [f"--{option}", *values]
        assert main(words) == 0
        got: dict[str, Any] = json.loads(capsys.readouterr().out)
        return got

    return of_desk if request.param == "desk" else of_shell


def levels(answer: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {level["name"]: level for level in answer["levels"]}


class TestFriday:
    def test_spy(self, ask: Ask) -> None:
        got = ask("supports", FRIDAY, "SPY")
        rungs = levels(got)
        assert f"{rungs['50-DMA']['price']:.3f}" == "596.548"
        assert f"{rungs['50-DMA']['distance_pct']:.3f}" == "-1.879"
        assert f"{rungs['100-DMA']['price']:.3f}" == "583.922"
        assert f"{rungs['100-DMA']['distance_pct']:.3f}" == "-3.956"

    def test_support_in_focus_and_next(self, ask: Ask) -> None:
        got = ask("supports", FRIDAY, "SPY")
        assert (got["support"]["name"], got["next_support"]["name"]) == ("50-DMA", "100-DMA")
        # the 20-DMA lies between them and is neither
        between = levels(got)["20-DMA"]["price"]
        assert f"{between:.2f}" == "593.76"
        assert got["next_support"]["price"] < between < got["support"]["price"]

    @pytest.mark.parametrize(
        ("symbol", "fifty", "hundred"),
        [("QQQ", "-2.373", "-5.436"), ("XLK", "-1.639", "-3.956"), ("NVDA", "-2.160", None)],
    )
    def test_other_distances(self, ask: Ask, symbol: str, fifty: str, hundred: str | None) -> None:
        rungs = levels(ask("supports", FRIDAY, symbol))
        assert f"{rungs['50-DMA']['distance_pct']:.3f}" == fifty
        if hundred:
            assert f"{rungs['100-DMA']['distance_pct']:.3f}" == hundred

    def test_the_ten_largest_without_apple(self, ask: Ask) -> None:
        got = ask("group-drawdown", FRIDAY, *TEN, exclude=["AAPL"])
        assert (f"{got['mean_pct']:.3f}", got["n"]) == ("-5.657", 9)
        distances = {one["symbol"]: f"{one['distance_pct']:.3f}" for one in got["members"]}
        assert distances == {**PER_NAME, "NVDA": "-2.160"}
        assert got["already_below"] == []

    def test_apple_is_already_below_and_never_averaged_in(self, ask: Ask) -> None:
        got = ask("group-drawdown", FRIDAY, *TEN)
        (apple,) = got["already_below"]
        assert (apple["symbol"], f"{apple['distance_pct']:+.3f}") == ("AAPL", "+7.345")
        assert (f"{got['mean_pct']:.3f}", got["n"]) == ("-5.657", 9)

    def test_the_ten_are_the_default_list(self, ask: Ask) -> None:
        assert (
            ask("group-drawdown", FRIDAY)["members"]
            == (ask("group-drawdown", FRIDAY, *TEN)["members"])
        )

    def test_the_eleven_sectors(self, ask: Ask) -> None:
        got = ask("sectors", FRIDAY)
        printed = {
            row["symbol"]: (
                f"{row['dma50_distance_pct']:.3f}",
                f"{row['dma100_distance_pct']:.3f}",
            )
            for row in got["rows"]
        }
        assert printed == SECTORS
        assert (len(got["rows"]), got["missing"]) == (11, {})
        assert {row["high_sessions"] for row in got["rows"]} == {125}


class TestMonday:
    def test_spy_lost_the_level_at_the_open_and_held_it_by_the_close(self, ask: Ask) -> None:
        got = ask("supports", MONDAY, "SPY")
        fifty = levels(got)["50-DMA"]
        assert (got["open"], got["low"], got["price"]) == (594.81, 594.64, 599.37)
        assert f"{got['change_pct']:.2f}" == "-1.41"
        assert f"{fifty['session_level']:.3f}" == "596.548"
        assert f"{fifty['price']:.3f}" == "596.560"
        assert (fifty["status"], fifty["gap_down"]) == ("held", True)

    @pytest.mark.parametrize(
        ("symbol", "close", "change", "fifty", "hundred"),
        [
            ("NVDA", 118.42, "-16.97", "139.54", "133.40"),
            ("XLK", 227.57, "-4.90", "235.378", "229.833"),
        ],
    )
    def test_both_averages_broken(
        self, ask: Ask, symbol: str, close: float, change: str, fifty: str, hundred: str
    ) -> None:
        got = ask("supports", MONDAY, symbol)
        assert (got["price"], f"{got['change_pct']:.2f}") == (close, change)
        for name, printed in (("50-DMA", fifty), ("100-DMA", hundred)):
            level = levels(got)[name]
            digits = len(printed.split(".")[1])
            assert f"{level['session_level']:.{digits}f}" == printed
            assert level["status"] == "broken"

    def test_qqq_broken(self, ask: Ask) -> None:
        got = ask("supports", MONDAY, "QQQ")
        fifty = levels(got)["50-DMA"]
        assert (got["price"], f"{got['change_pct']:.2f}") == (514.21, "-2.91")
        assert (f"{fifty['session_level']:.3f}", fifty["status"]) == ("517.062", "broken")

    def test_closes_only_say_so_and_still_tell_a_break(self, ask: Ask) -> None:
        got = ask("supports", MONDAY, "XLK")
        assert got["close_only"] is True
        assert {level["gap_down"] for level in got["levels"]} == {None}
        staples = ask("supports", MONDAY, "XLV")
        assert "close only" in {level["status"] for level in staples["levels"]}

    def test_what_stayed_afloat_by_residual_z(self, ask: Ask) -> None:
        got = ask("afloat", MONDAY)
        leaders = {row["symbol"]: f"{row['residual_z']:.2f}" for row in got["ranking"][:8]}
        assert list(leaders.items()) == list(BY_Z.items())
        assert {row["n"] for row in got["ranking"]} == {124}
        assert (len(got["ranking"]), got["basis"]) == (21, "traded closes")
        assert f"{got['benchmark_return_pct']:.2f}" == "-1.41"

    def test_what_stayed_afloat_by_return(self, ask: Ask) -> None:
        rows = sorted(ask("afloat", MONDAY)["ranking"], key=lambda row: -row["return_pct"])
        leaders = {row["symbol"]: f"{row['return_pct']:.2f}" for row in rows[:7]}
        assert list(leaders.items()) == list(BY_RETURN.items())


class TestChain:
    def test_nvda_s_bullish_share_by_three_methods_that_disagree(self, ask: Ask) -> None:
        got = ask("options", "2025-01-06", "NVDA")
        short = got["bullish_share"]["short"]
        assert f"{short['call-share']['share_pct']:.2f}" == "71.26"
        assert short["call-share"]["bullish_volume"] == 2_734_567
        assert short["call-share"]["bearish_volume"] == 1_103_092
        assert f"{short['quote']['share_pct']:.2f}" == "23.90"
        assert f"{short['quote']['coverage_pct']:.2f}" == "92.86"
        assert f"{short['quote-strict']['share_pct']:.2f}" == "13.55"
        assert f"{short['quote-strict']['coverage_pct']:.1f}" == "68.0"
        assert f"{short['residual']['share_pct']:.1f}" == "26.5"
        assert short["residual"]["coverage_pct"] == 100.0
        assert got["spot"] == 149.43

    def test_the_chain_is_not_shown_on_another_date(self, desk: Desk) -> None:
        question = QUESTIONS["options"]
        parameters = parse_parameters(question.parameters, {"symbol": "NVDA"})
        got = desk.ask(question, parameters, dt.date(2025, 1, 7))
        assert got.result is None
        assert "no NVDA chain of 2025-01-07 in the folder" in str(got.reason)


class TestWherePricesEnd:
    def test_a_weekend_is_its_friday(self, ask: Ask) -> None:
        sunday, friday = ask("supports", "2025-01-26", "SPY"), ask("supports", FRIDAY, "SPY")
        assert sunday["levels"] == friday["levels"]
        assert sunday["as_of"] == friday["as_of"] == "2025-01-24T16:00:00-05:00"

    def test_without_a_date_a_symbol_that_ended_earlier_is_missing_and_said(
        self, desk: Desk
    ) -> None:
        question = QUESTIONS["watchlist"]
        parameters = parse_parameters(question.parameters, {"symbols": "SPY XLK"})
        got = desk.ask(question, parameters)
        assert got.result is not None
        assert [row.symbol for row in got.result.rows] == ["SPY"]
        assert got.result.missing == {
            "XLK": "XLK: no bar of 2025-06-30 (its newest is of 2025-01-31)."
        }
