from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def run(*arguments: str, home: Path, **environ: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "app.py", *arguments],
        cwd=ROOT,
        env=os.environ | {"HOLDLINE_HOME": str(home)} | environ,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


class TestBadCommandLine:
    @pytest.mark.parametrize(
        ("arguments", "said"),
        [
            (("--dmeo",), "--dmeo"),
            (("--port", "http"), "--port is 'http'"),
            (("--as-of", "2025-02-30"), "--as-of is '2025-02-30'"),
            (("--source", "files", "--data", "/no/such/folder"), "no folder /no/such/folder"),
        ],
    )
    def test_one_clear_line_and_exit_2(
        self, tmp_path: Path, arguments: tuple[str, ...], said: str
    ) -> None:
        done = run(*arguments, home=tmp_path)
        assert done.returncode == 2
        assert said in done.stderr
        assert len(done.stderr.strip().splitlines()) == 1
        assert done.stdout == ""

    def test_a_taken_port_is_said(self, tmp_path: Path) -> None:
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            taken.listen()
            port = taken.getsockname()[1]
            done = run("--demo", "--port", str(port), home=tmp_path)
        assert done.returncode == 2
        assert f"Port {port}" in done.stderr
        assert len(done.stderr.strip().splitlines()) == 1

    def test_a_date_the_source_does_not_know_is_said(self, tmp_path: Path) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        done = run("--demo", "--as-of", "2098-01-02", "--port", str(port), home=tmp_path)
        assert done.returncode == 2
        assert "outside the exchange's calendar" in done.stderr
        assert len(done.stderr.strip().splitlines()) == 1


class TestStart:
    def test_it_imports_nothing_that_only_an_answer_needs(self, tmp_path: Path) -> None:
        script = (
            "import sys, app\n"
            "from analytics.settings_reader import load_settings\n"
            "client = app.create_app(load_settings(['--demo'])).server.test_client()\n"
            "assert client.get('/').status_code == 200\n"
            "late = {'scipy', 'numba', 'QuantLib', 'icalendar', 'markdown_it'}\n"
            "late |= {'yfinance', 'curl_cffi', 'redis', 'celery', 'authlib', 'webauthn'}\n"
            "sys.exit(' '.join(sorted(late & set(sys.modules))))\n"
        )
        done = subprocess.run(
            [sys.executable, "-c", script],
            cwd=ROOT,
            env=os.environ | {"HOLDLINE_HOME": str(tmp_path)},
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert done.stderr.strip() == ""
