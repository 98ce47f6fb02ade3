"""Memory that threads let go is used again: few heaps in glibc, and Arrow among them."""

from __future__ import annotations

import os
import platform
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
THREADS = 12
OWN_CHOICE = ("MALLOC_ARENA_MAX", "GLIBC_TUNABLES", "ARROW_DEFAULT_MEMORY_POOL")
SCRIPT = f"""
import ctypes, pathlib, sys, threading
import app
from components.server import process_limits
if sys.argv[2] == "steady":
    process_limits.steady_memory()
met = threading.Barrier({THREADS})
def hold():
    held = bytearray(5000)
    met.wait()
threads = [threading.Thread(target=hold) for _ in range({THREADS})]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
libc = ctypes.CDLL(None)
libc.fopen.restype = ctypes.c_void_p
told = libc.fopen(sys.argv[1].encode(), b"w")
libc.malloc_info(0, ctypes.c_void_p(told))
libc.fclose(ctypes.c_void_p(told))
import pyarrow
heaps = pathlib.Path(sys.argv[1]).read_text().count("<heap nr=")
print(heaps, pyarrow.default_memory_pool().backend_name)
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="another C library than glibc")
class TestSteadyMemory:
    def heaps_and_pool(self, tmp_path: Path, how: str) -> tuple[int, str]:
        """Of a process of its own, for it cannot be undone, after threads held memory at once."""
        words = [sys.executable, "-c", SCRIPT, str(tmp_path / "told.xml"), how]
        bare = {k: v for k, v in os.environ.items() if k not in OWN_CHOICE}
        done = subprocess.run(words, cwd=ROOT, env=bare, capture_output=True, text=True, check=True)
        heaps, pool = done.stdout.split()
        return int(heaps), pool

    def test_threads_share_two_heaps_and_arrow_allocates_there(self, tmp_path: Path) -> None:
        assert self.heaps_and_pool(tmp_path, "steady") == (2, "system")

    def test_by_themselves_they_have_more(self, tmp_path: Path) -> None:
        assert self.heaps_and_pool(tmp_path, "as it comes")[0] > 2


LARGE = """
import sys
import numpy as np
from components.server import process_limits
def resident():
    lines = open("/proc/self/status").read().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS")) >> 10
if sys.argv[1] == "steady":
    process_limits.steady_memory()
np.ones(3_000_000)  # freed at once: from now on glibc by itself keeps what is smaller
before = resident()
held = [np.ones(120_000) for _ in range(100)]
last = held[-1]
del held
print(resident() - before)
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="another C library than glibc")
class TestLargeArrays:
    @pytest.mark.parametrize(
        ("how", "kept"), [("steady", range(20)), ("as it comes", range(70, 200))]
    )
    def test_ninety_megabytes_go_back_although_the_last_array_stays(
        self, how: str, kept: range
    ) -> None:
        words = [sys.executable, "-c", LARGE, how]
        done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=True)
        assert int(done.stdout) in kept
