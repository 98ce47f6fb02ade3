"""``gunicorn app:server`` with two workers: one day, one feed and one end for both."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from benchmarks.server import free_port
from tests.support.servers import redis_server
from tests.support.waiting import until

ROOT = Path(__file__).parents[2]

pytestmark = pytest.mark.skipif(os.name != "posix", reason="gunicorn is for POSIX systems")


@dataclass(frozen=True)
class Seen:
    """What one worker told on one connection."""

    process: int
    leads: bool
    snapshot: dict[str, Any]


class Deployment:
    """A gunicorn with the demo source and two workers."""

    def __init__(self, folder: Path, **environ: str) -> None:
        self.port = free_port()
        words = [sys.executable, "-m", "gunicorn", "app:server", "--log-level", "warning"]
        given = {
            "HOLDLINE_SOURCE": "demo",
            "HOLDLINE_WORKERS": "2",
            "HOLDLINE_PORT": str(self.port),
            "HOLDLINE_HOME": str(folder),
        }
        self.process = subprocess.Popen(words, cwd=ROOT, env={**os.environ, **given, **environ})

    def connect(self) -> http.client.HTTPConnection:
        """A new connection: the kernel picks its worker."""
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)

    def look(self) -> Seen | None:
        """What the worker of a new connection tells; None while there is none."""
        connection = self.connect()
        try:
            ready = json.loads(ask(connection, "GET", "/readyz")[1])
            snapshot = json.loads(ask(connection, "GET", "/live.json")[1])
            metrics = ask(connection, "GET", "/metrics")[1].decode()
        except (OSError, http.client.HTTPException):
            return None
        finally:
            connection.close()
        return Seen(ready["process"], "\nholdline_feed_leads 1\n" in metrics, snapshot)

    def look_at_all(self, workers: int = 2) -> dict[int, Seen]:
        """What each worker tells."""
        seen: dict[int, Seen] = {}

        def enough() -> bool:
            if found := self.look():
                seen[found.process] = found
            return len(seen) >= workers

        until(enough, f"an answer of {workers} workers", 60.0)
        return seen

    def agree(self) -> bool:
        """Whether one worker leads and all show what it published."""
        seen = self.look_at_all().values()
        epochs = {each.snapshot["epoch"] for each in seen}
        streams = all(each.snapshot["feed"]["mode"] == "stream" for each in seen)
        priced = all("SPY" in each.snapshot["quotes"] for each in seen)
        return len(epochs) == 1 and streams and priced and sum(each.leads for each in seen) == 1

    def end(self) -> None:
        """Kill whatever still runs."""
        with contextlib.suppress(ProcessLookupError):
            children = subprocess.run(
                ["ps", "-o", "pid=", "--ppid", str(self.process.pid)],
                capture_output=True,
                text=True,
                check=False,
            ).stdout.split()
            self.process.kill()
            for child in children:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(int(child), signal.SIGKILL)
        self.process.wait(30)


def lives(process: int) -> bool:
    with contextlib.suppress(ProcessLookupError):
        os.kill(process, 0)
        return True
    return False


def ask(
    connection: http.client.HTTPConnection, method: str, path: str, body: object = None
) -> tuple[int, bytes]:
    sent = None if body is None else json.dumps(body)
    connection.request(method, path, sent, {"Content-Type": "application/json"})
    answer = connection.getresponse()
    return answer.status, answer.read()


@pytest.fixture
def home() -> Iterator[Path]:
    """A home folder that is not under the system's temporary one, which the cache refuses."""
    under_temporary = ROOT.is_relative_to(Path(tempfile.gettempdir()).resolve())
    where = Path.home() if under_temporary else ROOT / "artefacts"
    folder = where / f".holdline-workers-{os.getpid()}"
    folder.mkdir(parents=True, mode=0o700)
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(params=["disk", "redis"])
def deployment(request: pytest.FixtureRequest, home: Path, tmp_path: Path) -> Iterator[Deployment]:
    pytest.importorskip("gunicorn", reason="gunicorn is not installed")
    with contextlib.ExitStack() as stack:
        environ = {}
        if request.param == "redis":
            environ["CACHE_URL"] = stack.enter_context(redis_server(tmp_path)).url
        running = Deployment(home, **environ)
        stack.callback(running.end)
        until(running.look, "the first answer", 60.0)
        yield running


class TestTwoWorkers:
    def test_they_play_one_day_and_a_killed_leader_is_replaced(
        self, deployment: Deployment
    ) -> None:
        until(deployment.agree, "one leader that all follow", 60.0)
        connection = deployment.connect()
        assert ask(connection, "POST", "/live/clock", {"speed": 0}) == (200, b'{"speed": 0.0}')

        def stand_still() -> bool:
            shown = [each.snapshot for each in deployment.look_at_all().values()]
            return {each["speed"] for each in shown} == {0.0}

        until(stand_still, "the pause in every worker", 60.0)
        (leader,) = (each for each in deployment.look_at_all().values() if each.leads)
        connection.close()
        os.kill(leader.process, signal.SIGKILL)

        def replaced() -> bool:
            epochs = {each.snapshot["epoch"] for each in deployment.look_at_all().values()}
            return deployment.agree() and leader.snapshot["epoch"] not in epochs

        until(replaced, "another leader that all follow", 60.0)
        after = deployment.look_at_all()
        assert leader.process not in after
        assert {each.snapshot["speed"] for each in after.values()} == {0.0}
        prices = {each.snapshot["quotes"]["SPY"]["price"] for each in after.values()}
        assert prices == {leader.snapshot["quotes"]["SPY"]["price"]}


class TestEnd:
    def test_an_idle_worker_goes_at_once_a_busy_one_when_it_has_answered(self, home: Path) -> None:
        pytest.importorskip("gunicorn", reason="gunicorn is not installed")
        running = Deployment(home)
        try:
            until(running.look, "the first answer", 60.0)
            body = b'{"speed": 2}'
            with socket.create_connection(("127.0.0.1", running.port), 30) as slow:
                head = "POST /live/clock HTTP/1.1\r\nHost: localhost\r\n"
                head += "Content-Type: application/json\r\n"
                slow.sendall(f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body[:4])
                seen = running.look_at_all()
                assert len(seen) == 2  # both have had their turn, so the slow one has begun
                running.process.send_signal(signal.SIGTERM)
                until(lambda: sum(map(lives, seen)) == 1, "the end of the idle worker")
                slow.sendall(body[4:])
                assert b'{"speed": 2.0}' in b"".join(iter(lambda: slow.recv(65536), b""))
            assert running.process.wait(30) == 0
        finally:
            running.end()


class TestRefusals:
    def test_a_bad_setting_is_one_sentence(self, home: Path) -> None:
        pytest.importorskip("gunicorn", reason="gunicorn is not installed")
        ended = subprocess.run(
            [sys.executable, "-m", "gunicorn", "--check-config", "app:server"],
            cwd=ROOT,
            env={**os.environ, "HOLDLINE_HOME": str(home), "CACHE_URL": "memcached://x"},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert ended.returncode != 0
        assert "gunicorn: CACHE_URL is not the address of a Redis" in ended.stderr
        assert "Traceback" not in ended.stderr
