"""The desk from the shell: exit codes, one clear line, stable JSON names, a readable table."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from analytics.__main__ import main
from analytics.assembly import open_desk
from analytics.cli import build_parser, parse_request
from analytics.desk.desk import Desk
from analytics.desk.questions import QUESTIONS
from analytics.model.question import Question
from analytics.model.vocabulary import BadInput
from analytics.settings_reader import load_settings
from tests.support.builders import make_frame, walk

ROOT = Path(__file__).parents[2]
TEN = ("AAPL", "NVDA", "MSFT")


@pytest.fixture(autouse=True)
def _plain_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("HOLDLINE_SOURCE", "HOLDLINE_DATA", "HOLDLINE_AS_OF"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOLDLINE_HOME", str(tmp_path / "home"))


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = tmp_path_factory.mktemp("data")
    (folder / "prices").mkdir()
    for seed, symbol in enumerate(("SPY", "XLK", "XLE", *TEN)):
        frame = make_frame(walk(300, seed)).drop(columns="splits")
        frame.to_csv(folder / "prices" / f"{symbol}.csv", index_label="date")
    return str(folder)


@pytest.fixture(scope="module")
def demo() -> Iterator[Desk]:
    """One demo for many commands: each would simulate its market anew."""
    desk = open_desk(load_settings(["--demo"], {}))
    really_close, desk.close = desk.close, lambda: None  # type: ignore[method-assign]
    yield desk
    really_close()


def ask_json(capsys: pytest.CaptureFixture[str], *words: str) -> dict[str, Any]:
    code = main([*words, "--json"])
    printed = capsys.readouterr()
    assert (code, printed.err) == (0, "")
    got: dict[str, Any] = json.loads(printed.out)
    return got


class TestJsonNames:
    def test_supports(self, capsys: pytest.CaptureFixture[str], data: str) -> None:
        got = ask_json(capsys, "supports", "SPY", "--source", "files", "--data", data)
        promised = {"symbol", "as_of", "price", "levels", "support", "next_support", "provenance"}
        assert promised <= set(got)
        assert {
            "name",
            "price",
            "session_level",
            "distance_pct",
            "distance_atr",
            "distance_sigma",
            "status",
            "gap_down",
            "close_needed",
        } <= set(got["levels"][0])
        assert {"20-DMA", "50-DMA", "100-DMA", "200-DMA"} <= {one["name"] for one in got["levels"]}
        for one in (got["support"], got["next_support"]):
            assert one is None or {"name", "price", "distance_pct"} <= set(one)
        assert got["as_of"] == "2025-01-24T16:00:00-05:00"
        assert got["provenance"]["source"] == "Files"

    def test_group_drawdown(self, capsys: pytest.CaptureFixture[str], data: str) -> None:
        got = ask_json(capsys, "group-drawdown", *TEN, "--exclude", "AAPL", "NVDA", "--data", data)
        assert {"mean_pct", "n", "members", "already_below"} <= set(got)
        listed = got["members"] + got["already_below"]
        assert [set(one) for one in listed] == [{"symbol", "distance_pct"}]
        assert [one["symbol"] for one in listed] == ["MSFT"]
        assert {one["symbol"] for one in got["excluded"]} == {"AAPL", "NVDA"}

    def test_sectors(self, capsys: pytest.CaptureFixture[str], data: str) -> None:
        got = ask_json(capsys, "sectors", "--data", data)
        assert {
            "symbol",
            "dma50_distance_pct",
            "dma100_distance_pct",
            "drawdown_pct",
        } <= set(got["rows"][0])
        assert (len(got["rows"]), got["expected"], len(got["missing"])) == (2, 11, 9)

    def test_afloat(self, capsys: pytest.CaptureFixture[str], data: str) -> None:
        got = ask_json(capsys, "afloat", "XLK", "XLE", "--data", data)
        assert set(got["ranking"][0]) == {
            "symbol",
            "return_pct",
            "beta",
            "residual_pct",
            "residual_z",
            "n",
        }
        assert got["basis"] == "total-return closes"

    def test_options(self, capsys: pytest.CaptureFixture[str]) -> None:
        got = ask_json(capsys, "options", "NVDA", "--demo", "--as-of", "2025-01-24")
        assert {"spot", "put_call", "bullish_share", "rejected"} <= set(got)
        for method in ("call-share", "quote", "residual"):
            assert {"share_pct", "coverage_pct"} <= set(got["bullish_share"]["short"][method])


class TestBadInput:
    @pytest.mark.parametrize(
        ("words", "sentence"),
        [
            ([], "the following arguments are required: QUESTION"),
            (["weather"], "invalid choice: 'weather'"),
            (["scan-events", "--family", "zzz", "--demo"], "family is 'zzz': dma, "),
            (
                ["alert", "QQQ", "--demo", "--rule", '{"kind":"touch","symbol":"SPY","at":"x"}'],
                "The rule is on SPY, not on QQQ: name one of them.",
            ),
            (["supports"], "the following arguments are required: SYMBOL"),
            (["supports", "../etc/passwd"], "'../etc/passwd' is not a symbol"),
            (["supports", "SPY", "QQQ"], "unrecognized arguments: QQQ"),
            (["supports", "SPY", "--as-of", "yesterday"], "--as-of is 'yesterday': a date such as"),
            (["supports", "SPY", "--data", "/no/such/folder"], "no folder /no/such/folder"),
            (["supports", "SPY", "--source", "files"], "--source files needs a folder"),
            (["supports", "SPY", "--source", "moon"], "--source is 'moon': accepted are"),
            (["sectors", "--start", "1.1.2025"], "start is '1.1.2025': a date such as"),
            (["group-drawdown", "--level", "55"], "level is '55': accepted are 20, 50, 100, 200"),
            (["price-history", "SPY", "--sessions", "five"], "sessions is 'five': a whole number"),
        ],
    )
    def test_exit_2_and_one_line(
        self, capsys: pytest.CaptureFixture[str], words: list[str], sentence: str
    ) -> None:
        assert main(words) == 2
        printed = capsys.readouterr()
        assert sentence in printed.err
        assert printed.err.count("\n") == 1
        assert printed.out == ""

    @pytest.mark.parametrize(
        ("words", "sentence"),
        [
            (["scan", "--universe", "nope"], "There is no universe 'nope': sp500, "),
            (
                [
                    *("alert", "--rule"),
                    '{"kind":"scan","stands":"under","universe":"nope"}',
                ],
                "There is no universe 'nope': sp500, ",
            ),
            (["supports", "ZZZ"], "the data folder has no prices of 'ZZZ'."),
            (["supports", "SPY", "--as-of", "2025-02-03"], "as-of 2025-02-03 has not closed yet"),
            (["supports", "SPY", "--as-of", "2099-01-01"], "outside the exchange's calendar"),
            (
                ["sectors", "--start", "2025-01-09", "--end", "2025-01-02"],
                "the date range is empty: it starts 2025-01-09 and ends 2025-01-02.",
            ),
            (["options", "SPY"], "no SPY chain of 2025-01-24 in the folder"),
        ],
    )
    def test_no_such_data_likewise(
        self, capsys: pytest.CaptureFixture[str], data: str, words: list[str], sentence: str
    ) -> None:
        assert main([*words, "--data", data]) == 2
        printed = capsys.readouterr()
        assert sentence in printed.err
        assert printed.err.count("\n") == 1
        assert "Traceback" not in printed.out + printed.err
        assert main([*words, "--data", data, "--json"]) == 2
        assert sentence in json.loads(capsys.readouterr().out)["reason"]

    def test_a_folder_of_nothing_readable(
        self, capsys: pytest.CaptureFixture[str], tmp_path: Path
    ) -> None:
        (tmp_path / "prices").mkdir()
        (tmp_path / "prices" / "SPY.csv").write_bytes(b"\xff\xfe")
        assert main(["supports", "SPY", "--data", str(tmp_path)]) == 2
        assert "prices/SPY.csv: not a readable CSV file" in capsys.readouterr().err

    def test_a_folder_without_prices(
        self, capsys: pytest.CaptureFixture[str], tmp_path: Path
    ) -> None:
        assert main(["supports", "SPY", "--data", str(tmp_path)]) == 2
        assert "has no prices" in capsys.readouterr().err


class TestFailure:
    def test_exit_1_when_it_is_our_fault_or_the_source_s(
        self,
        capsys: pytest.CaptureFixture[str],
        caplog: pytest.LogCaptureFixture,
        monkeypatch: pytest.MonkeyPatch,
        data: str,
    ) -> None:
        def broken(*_: object) -> None:
            raise ZeroDivisionError("secret")

        question: Question[Any, Any] = dataclasses.replace(QUESTIONS["supports"], compute=broken)
        monkeypatch.setitem(QUESTIONS, "supports", question)
        assert main(["supports", "SPY", "--data", data]) == 1
        printed = capsys.readouterr()
        assert "supports could not be computed; it was logged." in printed.err
        assert "secret" not in printed.out


class TestText:
    def test_a_readable_table(self, capsys: pytest.CaptureFixture[str], data: str) -> None:
        assert main(["supports", "SPY", "--data", data]) == 0
        lines = capsys.readouterr().out.splitlines()
        assert lines[0] == "supports  as of 2025-01-24 16:00 EST"
        assert lines[1] == "source  Files, CLOSED"
        at = lines.index("levels")
        assert lines[at + 1].split()[:3] == ["name", "family", "price"]
        assert len({len(line) for line in lines[at + 1 : at + 6]}) == 1  # columns align
        assert any(line.split()[0] == "50-DMA" for line in lines[at + 2 : at + 8])

    def test_the_demo_says_that_it_is_simulated(self, capsys: pytest.CaptureFixture[str]) -> None:
        assert main(["sectors", "--demo", "--as-of", "2025-01-24"]) == 0
        assert "SIMULATED - not market prices" in capsys.readouterr().out

    def test_who_is_missing_is_said(self, capsys: pytest.CaptureFixture[str], data: str) -> None:
        assert main(["sectors", "XLK", "XLV", "--data", data]) == 0
        assert "XLV: the data folder has no prices of 'XLV'." in capsys.readouterr().out

    @pytest.mark.parametrize("name", QUESTIONS)
    def test_every_question_prints(
        self,
        capsys: pytest.CaptureFixture[str],
        monkeypatch: pytest.MonkeyPatch,
        demo: Desk,
        name: str,
    ) -> None:
        monkeypatch.setattr("analytics.__main__.open_desk", lambda settings: demo)
        names = QUESTIONS[name].parameters.__dataclass_fields__
        words = [name, *(["NVDA"] if "symbol" in names else [])]
        words += ["--paths", "100"] if "paths" in names else []
        words += ["--share-bp", "5700"] if "share_bp" in names else []  # none is kept here
        assert main([*words, "--demo", "--as-of", "2025-01-24"]) == 0
        out = capsys.readouterr().out
        assert out.startswith(f"{name}  as of 2025-01-24 16:00 EST")
        assert not [word for word in ("Traceback", "<object", "dataclass", "array(") if word in out]


class TestHelp:
    def test_lists_every_question(self, capsys: pytest.CaptureFixture[str]) -> None:
        with pytest.raises(SystemExit) as ended:
            main(["--help"])
        assert ended.value.code == 0
        out = capsys.readouterr().out
        assert [name for name in QUESTIONS if name not in out] == []

    @pytest.mark.parametrize("name", QUESTIONS)
    def test_every_parameter_is_an_option(self, name: str) -> None:
        question = QUESTIONS[name]
        words = [name, *(["SPY"] if "symbol" in question.parameters.__dataclass_fields__ else [])]
        options = vars(build_parser().parse_args(words))
        assert set(question.parameters.__dataclass_fields__) <= set(options)

    def test_options_of_the_source_go_to_the_settings(self, data: str) -> None:
        request = parse_request(["supports", "spy", "--data", data, "--as-of", "2025-01-24"])
        assert (request.settings.source, str(request.settings.as_of)) == ("files", "2025-01-24")
        assert request.parameters.symbol == "SPY"
        with pytest.raises(BadInput, match="exclude each other"):
            parse_request(["supports", "SPY", "--demo", "--source", "yahoo"])
