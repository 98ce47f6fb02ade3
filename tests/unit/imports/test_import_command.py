"""The commands: what they print, what they refuse, and with which status they end."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from analytics.__main__ import main
from tests.support.chain_files import CBOE_HEAD, cboe_line, write, year_of_days


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("HOLDLINE_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("DATABASE_URL", raising=False)
    # kernels of this process, which tests compile where they are needed
    monkeypatch.setattr("analytics.runtime.kernels.read_lightly", lambda home: None)
    return tmp_path / "home"


class TestChains:
    def test_a_dry_run_shows_and_writes_nothing(
        self, tmp_path: Path, home: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        path = write(tmp_path / "a.csv", [cboe_line("105", bid="", ask=""), cboe_line("-1")])
        assert main(["import-chains", str(path), "--mapping", "cboe-eod", "--dry-run"]) == 0
        said = capsys.readouterr().out
        assert "strike                   strike" in said
        assert "bid                      bid_1545" in said
        assert "left out 1: no strike above zero" in said
        assert "TEST of 2025-01-06: 1 contracts, underlying 100.00" in said
        assert "TEST 2025-02-21 105 call: bid none, ask none, volume 10, OI 100, IV none" in said
        assert main(["import-chains", str(path), "--mapping", "cboe-eod"]) == 0
        assert "1 contracts stored\n" in capsys.readouterr().out  # the dry run stored nothing

    def test_what_was_imported_is_summed_up(
        self, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        lines = year_of_days(sessions=3)
        adjusted = [line.replace(",TEST,2024", ",TEST1,2024") for line in lines[:5]]
        path = write(tmp_path / "a.csv", [*lines, *adjusted, cboe_line(side="")])
        words = ["import-chains", str(path), "--mapping", "cboe-eod"]
        assert main(words) == 0
        said = capsys.readouterr().out
        assert "a.csv: 258 rows read, 257 contracts stored" in said
        assert "left out 1: neither call nor put" in said
        assert "Figures of 3 days computed" in said
        assert "in no figure 5: adjusted contract of another deliverable (root TEST1)" in said
        assert main(words) == 0
        assert "257 contracts stored (imported before)" in capsys.readouterr().out

    def test_a_file_that_ends_early_is_a_failure_and_is_summed_up(
        self, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        path = tmp_path / "a.csv.gz"
        packed = gzip.compress("\n".join([CBOE_HEAD, *year_of_days(sessions=3)]).encode())
        path.write_bytes(packed[:-200])
        assert main(["import-chains", str(path), "--mapping", "cboe-eod"]) != 0
        assert "a.csv.gz cannot be read on after row" in capsys.readouterr().err

    @pytest.mark.parametrize(
        ("words", "said"),
        [
            (["--mapping", "cboe-eod", "--source", "demo"], "The demo has a simulated past"),
            (["--mapping", "bloomberg"], "'bloomberg' is not a mapping"),
            (["--mapping", "cboe-eod", "--date", "soon"], "--date 'soon' is not a date"),
            (["--mapping", "cboe-eod", "--symbol", "S PY"], "is not a symbol"),
            ([], "--mapping; --help lists"),
        ],
    )
    def test_what_is_refused(
        self, tmp_path: Path, capsys: pytest.CaptureFixture[str], words: list[str], said: str
    ) -> None:
        path = write(tmp_path / "a.csv", [cboe_line()])
        assert main(["import-chains", str(path), *words]) == 2
        assert said in capsys.readouterr().err


class TestPutCall:
    def test_days_and_what_was_left_out(
        self, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        path = tmp_path / "totalpc.csv"
        path.write_text("DATE,CALL,PUT,TOTAL,P/C Ratio\n10/2/2019,10,9,19,0.9\n10/6/2019,1,1,2,1\n")
        assert main(["import-put-call", str(path)]) == 0
        said = capsys.readouterr().out
        assert "totalpc.csv: 1 days of all options, 2019-10-02 to 2019-10-02" in said
        assert "left out 1: dated on no session of New York" in said

    def test_an_absent_file(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        assert main(["import-put-call", str(tmp_path / "totalpc.csv")]) == 2
        assert "cannot be read: No such file" in capsys.readouterr().err
