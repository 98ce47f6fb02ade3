"""Machine code on disk, and what happens where it cannot be kept."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from analytics.indicators import compiled
from analytics.indicators.compiled import Kernel, Policy


def _twice(values: np.ndarray) -> None:
    for i in range(len(values)):
        values[i] *= 2.0


@pytest.fixture
def twice(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Kernel[..., Any]:
    """One kernel in a house of its own, kept under ``tmp_path``."""
    monkeypatch.setattr(compiled, "_kernels", [])
    monkeypatch.setattr(compiled, "_note", None)
    monkeypatch.setattr(compiled, "_policy", Policy.COMPILE)
    monkeypatch.setattr(compiled, "_folder", tmp_path / "code")
    return compiled.kernel("void(float64[::1])")(_twice)


def result_of(kernel: Kernel[..., Any]) -> float:
    values = np.array([1.5])
    kernel(values)
    return float(values[0])


def files_under(folder: Path) -> list[Path]:
    return sorted(folder.rglob("*.nb[ci]"))


class TestCompiledElsewhere:
    """A call that cannot be interpreted while another process is at work."""

    @pytest.mark.parametrize("names", [["_twice"], []], ids=["made", "died before"])
    def test_it_waits_and_has_its_result_either_way(
        self, twice: Kernel[..., Any], monkeypatch: pytest.MonkeyPatch, names: list[str]
    ) -> None:
        monkeypatch.setattr(compiled, "_policy", Policy.INTERPRET)
        twice.interpretable = False
        results: list[float] = []
        caller = threading.Thread(target=lambda: results.append(result_of(twice)))

        def said() -> Iterator[str]:
            caller.start()
            yield "a kernel of another version"
            assert not twice.is_compiled
            yield from names

        compiled.read_each(said())
        caller.join()
        assert results == [3.0]

    def test_it_is_needed_once_for_these_sources(self, twice: Kernel[..., Any]) -> None:
        assert compiled.must_be_made()
        assert list(compiled.compile_each()) == ["_twice"]
        assert not compiled.must_be_made()


class TestKept:
    def test_machine_code_is_kept_under_the_folder(
        self, twice: Kernel[..., Any], tmp_path: Path
    ) -> None:
        assert result_of(twice) == 3.0
        assert files_under(tmp_path / "code")
        assert compiled.readiness() == compiled.Readiness(True, None)

    def test_a_damaged_file_is_replaced(self, twice: Kernel[..., Any], tmp_path: Path) -> None:
        twice.compile()
        for path in files_under(tmp_path / "code"):
            path.write_bytes(path.read_bytes()[:40])
        again = Kernel(twice.interpreted, twice.signature)
        assert result_of(again) == 3.0
        assert compiled.readiness().note is None
        assert all(path.stat().st_size > 40 for path in files_under(tmp_path / "code"))

    @pytest.mark.parametrize("folder", ["file", "missing/below/a/file"])
    def test_where_it_cannot_be_written_it_is_said_and_works(
        self, twice: Kernel[..., Any], tmp_path: Path, folder: str, caplog: pytest.LogCaptureFixture
    ) -> None:
        (tmp_path / folder.split("/")[0]).write_text("not a folder")
        compiled.keep_in(tmp_path / folder)
        assert result_of(twice) == 3.0
        assert "every start compiles them again" in (compiled.readiness().note or "")
        assert len(caplog.records) == 1

    def test_without_a_folder_nothing_is_kept(
        self, twice: Kernel[..., Any], tmp_path: Path
    ) -> None:
        compiled.keep_in(None)
        assert result_of(twice) == 3.0
        assert not files_under(tmp_path)


class TestInterpreted:
    def test_a_server_interprets_until_the_kernels_are_compiled(
        self, twice: Kernel[..., Any]
    ) -> None:
        compiled.interpret_until_compiled()
        assert result_of(twice) == 3.0
        assert not twice.is_compiled
        assert not compiled.readiness().ready
        assert compiled.compile_all().ready
        assert result_of(twice) == 3.0

    def test_a_command_reads_what_is_whole_on_disk(self, twice: Kernel[..., Any]) -> None:
        compiled.read_or_interpret()
        result_of(twice)
        assert not twice.is_compiled
        compiled.compile_all()
        again = Kernel(twice.interpreted, twice.signature)
        compiled.read_or_interpret()
        result_of(again)
        assert again.is_compiled
