"""Hundreds of browsers hold their connections open: the next viewer is answered all the same."""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest

from components.server import process_limits

ROOT = Path(__file__).parents[2]
VIEWERS = 300


def test_the_next_viewer_is_answered_beside_300_idle_connections(tmp_path: Path) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    process = subprocess.Popen(
        [sys.executable, "app.py", "--demo", "--port", str(port)],
        cwd=ROOT,
        env=os.environ | {"HOLDLINE_HOME": str(tmp_path)},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    try:
        assert process.stdout is not None
        assert process.stdout.readline().startswith("Holdline on")
        with contextlib.ExitStack() as connections:
            for _ in range(VIEWERS):
                connections.enter_context(socket.create_connection(("127.0.0.1", port), timeout=20))
            for path in ("/healthz", "/live.json"):
                with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=20) as reply:
                    assert reply.status == 200
    finally:
        process.terminate()
        process.wait(20)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no limit on files")
class TestLimit:
    def test_it_stays_under_what_the_process_may_open(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        import resource

        asked: list[tuple[int, int]] = []
        monkeypatch.setattr(resource, "getrlimit", lambda _: (256, 1024))
        monkeypatch.setattr(resource, "setrlimit", lambda _, pair: asked.append(pair))
        assert process_limits.connections() == 1024 - process_limits.FILES_BESIDE
        assert asked == [(1024, 1024)]

    def test_where_the_limit_may_not_be_raised_the_soft_one_counts(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        import resource

        def refuses(*_: object) -> None:
            raise ValueError("not allowed")

        monkeypatch.setattr(resource, "getrlimit", lambda _: (512, 4096))
        monkeypatch.setattr(resource, "setrlimit", refuses)
        assert process_limits.connections() == 512 - process_limits.FILES_BESIDE

    def test_without_a_limit_there_is_still_a_bound(self, monkeypatch: pytest.MonkeyPatch) -> None:
        import resource

        unlimited = (resource.RLIM_INFINITY, resource.RLIM_INFINITY)
        monkeypatch.setattr(resource, "getrlimit", lambda _: unlimited)
        assert process_limits.connections() == process_limits.MAX_CONNECTIONS
