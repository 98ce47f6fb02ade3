"""A demo server in a process of its own, for the benchmarks that need one."""

from __future__ import annotations

import contextlib
import functools
import os
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import platformdirs

ROOT = Path(__file__).parents[1]
PATIENCE_SECONDS = 60.0
COMPILE = (
    "import sys, pathlib; from analytics.runtime import kernels;"
    "kernels.warm_up(pathlib.Path(sys.argv[1]), delay_seconds=0.0).join()"
)


def free_port() -> int:
    """A port that nobody listens on just now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def wait_for_200(url: str) -> None:
    """Return once ``url`` answers 200.

    Raises:
        TimeoutError: when it does not within `PATIENCE_SECONDS`.
    """
    ends = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < ends:
        try:
            with urllib.request.urlopen(url, timeout=5) as answer:
                if answer.status == 200:
                    return
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            pass  # not listening yet
        time.sleep(0.01)
    raise TimeoutError(f"{url} gave no 200 within {PATIENCE_SECONDS:g} s")


@functools.cache
def compiled_kernels() -> Path:
    """Machine code for every server of a run: the first compiles its own for half a minute, and
    would be measured with it."""
    home = platformdirs.user_cache_path("holdline-benchmarks", ensure_exists=True)
    subprocess.run(
        [sys.executable, "-c", COMPILE, str(home)], cwd=ROOT, check=True, stdout=subprocess.DEVNULL
    )
    return home / "compiled"


def demo_process(*options: str) -> contextlib.AbstractContextManager[tuple[str, int]]:
    """Start ``app.py --demo`` on a free port; give its address and process id; stop it at last."""
    port = free_port()
    return server_process(["app.py", "--demo", "--port", str(port), *options], port)


@contextlib.contextmanager
def server_process(words: list[str], port: int, **settings: str) -> Iterator[tuple[str, int]]:
    """Start Python with ``words``, which serve on ``port``; give address and process id; stop it.

    Args:
        settings: environment variables beside those of this process.
    """
    with tempfile.TemporaryDirectory() as home:
        (Path(home) / "compiled").symlink_to(compiled_kernels())
        process = subprocess.Popen(
            [sys.executable, *words],
            cwd=ROOT,
            env={**os.environ, "HOLDLINE_HOME": home, **settings},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            address = f"http://127.0.0.1:{port}"
            wait_for_200(address)
            yield address, process.pid
        finally:
            process.terminate()
            process.wait(timeout=30)


@contextlib.contextmanager
def demo_server(*options: str) -> Iterator[str]:
    """`demo_process` for those who need its address only."""
    with demo_process(*options) as (address, _):
        yield address
