"""Pages of a library given back: it works on, and what was changed in them stays."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
SCRIPT = """
import json
import numba
from analytics.runtime import library_pages

def resident():
    lines = open("/proc/self/status").read().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS"))

@numba.njit("float64(float64)")
def twice(x):
    return 2.0 * x

before = resident()
given = library_pages.give_back("libllvmlite")
after = resident()

@numba.njit("float64(float64)")
def thrice(x):
    return 3.0 * x

print(json.dumps([before - after, given, twice(2.0) + thrice(1.0)]))
"""


@pytest.mark.skipif(sys.platform != "linux", reason="/proc is Linux's")
class TestGiveBack:
    def test_the_compiler_s_pages_go_and_it_compiles_on(self) -> None:
        done = subprocess.run(
            [sys.executable, "-c", SCRIPT], cwd=ROOT, capture_output=True, text=True, check=True
        )
        gone, given, value = map(float, done.stdout.strip("[]\n").split(","))
        assert value == 7.0
        assert gone > 20_000  # KiB
        assert abs(gone - given) < 4_000

    def test_so_do_those_of_the_tables_and_they_are_read_on(self) -> None:
        script = """
import json
import pyarrow.parquet
from analytics.runtime import library_pages
from analytics.runtime.kernels import TABLES

given = sum(library_pages.give_back(library) for library in TABLES)
print(json.dumps([given, sum(pyarrow.array([1, 2, 4]).to_pylist())]))
"""
        done = subprocess.run(
            [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True
        )
        given, total = map(int, done.stdout.strip("[]\n").split(","))
        assert total == 7
        assert given > 10_000  # KiB

    def test_one_that_is_not_loaded_gives_nothing(self) -> None:
        from analytics.runtime import library_pages

        assert library_pages.give_back("libnothingofthekind") == 0
