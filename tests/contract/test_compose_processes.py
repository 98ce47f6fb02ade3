"""The parts of deploy/compose.yaml, run as processes by that file's own commands and settings.

No container engine is needed: addresses of the compose network become those of this machine, and
places in a container become folders of the test. PostgreSQL is the test's own, for its command is
its image's.
"""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import re
import shlex
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine, text

from analytics.store.database import Database
from analytics.store.records import Records
from benchmarks.server import free_port
from tests.support.accounts import AS_OWNER, let_owner_in
from tests.support.servers import nginx, postgres_server
from tests.support.waiting import until

yaml = pytest.importorskip("yaml", reason="PyYAML is not installed")

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"
RULE = {"kind": "crossing", "symbol": "SPY", "does": "loses", "sessions": 50, "by_close": True}


def of_the_image() -> tuple[dict[str, str], list[str]]:
    """The settings and the command that the Containerfile gives."""
    read = (DEPLOY / "Containerfile").read_text().replace("\\\n", " ")
    (given,) = re.findall(r"^ENV (.+)$", read, re.M)
    (command,) = re.findall(r"^CMD (.+)$", read, re.M)
    return dict(word.split("=", 1) for word in given.split()), json.loads(command)


@dataclass
class Deployment:
    """The compose file's services as processes of this machine."""

    folder: Path
    database_url: str
    running: contextlib.ExitStack

    def __post_init__(self) -> None:
        self.services: dict[str, Any] = yaml.safe_load((DEPLOY / "compose.yaml").read_text())[
            "services"
        ]
        self.app_port, self.redis_port, self.port = free_port(), free_port(), free_port()
        subprocess.run([str(DEPLOY / "secrets.sh"), str(self.folder)], check=True, timeout=30)
        secrets = self.folder / "secrets"
        for name in ("cache_url", "broker_url"):
            self._write(secrets / name, self.secret(name).replace("redis:6379", self.redis))
        self._write(secrets / "database_url", self.database_url)

    @property
    def redis(self) -> str:
        return f"127.0.0.1:{self.redis_port}"

    def secret(self, name: str) -> str:
        return (self.folder / "secrets" / name).read_text()

    def settings(self, service: str) -> dict[str, str]:
        """The image's, then the compose file's, with nothing set outside."""
        (self.folder / service).mkdir(exist_ok=True)
        given = of_the_image()[0] | self.services[service]["environment"]
        there = {
            "HOLDLINE_SOURCE": "demo",
            "HOLDLINE_HOST": "127.0.0.1",
            "HOLDLINE_PORT": str(self.app_port),
            "HOLDLINE_HOME": str(self.folder / service),
            "NUMBA_CACHE_DIR": str(self.folder / service),
            "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
            "HOSTNAME": os.uname().nodename,
        }
        defaults = {
            key: re.sub(r"\$\{\w+:-([^}]*)\}", r"\1", str(value)) for key, value in given.items()
        }
        return {key: self.place(value) for key, value in (defaults | there).items()}

    def place(self, words: str) -> str:
        """Text of the compose file with a container's places made this machine's."""
        there = {
            "$$": "$",
            "/run/secrets": str(self.folder / "secrets"),
            "redis-server - ": f"redis-server - --port {self.redis_port} --bind 127.0.0.1 ",
            "redis-cli ": f"redis-cli -p {self.redis_port} ",
            "--dir /data": f"--dir {self.folder}",
            "/tmp/beat": str(self.folder / "beat.db"),
        }
        for old, new in there.items():
            words = words.replace(old, new)
        return words

    def start(self, service: str) -> subprocess.Popen[bytes]:
        """Run a service's command, or the image's, in its settings."""
        command = self.services[service].get("command") or of_the_image()[1]
        environ = self.settings(service) if "environment" in self.services[service] else None
        log = self.running.enter_context((self.folder / f"{service}.log").open("wb"))
        process = subprocess.Popen(
            [self.place(word) for word in command],
            cwd=ROOT,
            env=environ,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
        self.running.callback(self._end, process)
        return process

    def healthy(self, service: str) -> bool:
        """What the service's own health check says."""
        words = self.services[service]["healthcheck"]["test"]
        assert words[0] == "CMD-SHELL"
        environ = self.settings(service) if "environment" in self.services[service] else None
        checked = subprocess.run(
            ["sh", "-c", self.place(words[1])], cwd=ROOT, env=environ, capture_output=True
        )
        return checked.returncode == 0

    def ask(
        self, port: int, method: str, path: str, body: object = None, **headers: str
    ) -> tuple[int, str]:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        sent = {"Content-Type": "application/json", **headers}
        with contextlib.closing(connection):
            try:
                connection.request(method, path, json.dumps(body) if body else None, sent)
                answer = connection.getresponse()
            except OSError:
                return 0, ""
            return answer.status, answer.read().decode()

    @staticmethod
    def _write(path: Path, value: str) -> None:
        path.unlink()
        path.write_text(value)

    @staticmethod
    def _end(process: subprocess.Popen[bytes]) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGTERM)
        try:
            process.wait(40)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait(10)


@pytest.fixture(scope="module")
def deployment(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    pytest.importorskip("celery", reason="celery is not installed (requirements-served.txt)")
    folder = tmp_path_factory.mktemp("compose")
    with postgres_server() as server, contextlib.ExitStack() as running:
        made = Deployment(folder, server.url.replace("+psycopg", ""), running)
        made.start("redis")
        until(lambda: made.healthy("redis"), "Redis")
        made.start("app")
        (folder / "nginx").mkdir()
        app = f"127.0.0.1:{made.app_port}"
        running.enter_context(nginx(folder / "nginx", made.port, **{"app:8050": app}))
        alive = "the pages"
        until(lambda: made.ask(made.app_port, "GET", "/healthz")[0] == 200, alive, seconds=120)
        until(lambda: made.ask(made.port, "GET", "/supports")[0] == 200, "nginx")
        yield made


class TestPages:
    def test_they_share_cache_and_store_and_say_so_to_who_shows_the_token(
        self, deployment: Deployment
    ) -> None:
        bearer = {"Authorization": f"Bearer {deployment.secret('scrape_token')}"}
        status, body = deployment.ask(deployment.app_port, "GET", "/readyz", **bearer)
        ready = json.loads(body)
        assert (status, ready["cache"], ready["store"]) == (200, "ok", "ok")
        assert (
            "holdline_store_working 1"
            in deployment.ask(deployment.app_port, "GET", "/metrics", **bearer)[1]
        )

    def test_an_edit_through_nginx_arrives_in_postgres(self, deployment: Deployment) -> None:
        records = Records(Database(deployment.database_url))
        let_owner_in(records, "owner@desk.example")  # there are accounts: a laptop's is nobody
        records.close()
        assert deployment.ask(deployment.port, "POST", "/alerts/rules", RULE)[0] == 403
        assert deployment.ask(deployment.port, "POST", "/alerts/rules", RULE, **AS_OWNER)[0] == 200
        engine = create_engine(
            deployment.database_url.replace("postgresql:", "postgresql+psycopg:")
        )
        with engine.connect() as connection:
            assert connection.execute(text("SELECT count(*) FROM alert_rules")).scalar() == 1
        engine.dispose()

    def test_operators_paths_are_closed_to_who_comes_by_another_way(
        self, deployment: Deployment
    ) -> None:
        forwarded = {"X-Forwarded-For": "203.0.113.9"}
        assert deployment.ask(deployment.app_port, "GET", "/metrics", **forwarded)[0] == 403


class TestRedis:
    def test_it_answers_nobody_without_the_password(self, deployment: Deployment) -> None:
        words = ["redis-cli", "-p", str(deployment.redis_port), "ping"]
        asked = subprocess.run(words, capture_output=True, text=True, timeout=30, check=False)
        assert "NOAUTH" in asked.stdout + asked.stderr

    def test_no_process_shows_the_password(self, deployment: Deployment) -> None:
        shown = subprocess.run(["ps", "axww", "-o", "args"], capture_output=True, text=True).stdout
        assert "redis-server" in shown
        assert deployment.secret("redis_password") not in shown


class TestWorkers:
    def test_worker_and_beat_run_and_the_worker_is_healthy(self, deployment: Deployment) -> None:
        worker, beat = deployment.start("worker"), deployment.start("beat")
        until(lambda: deployment.healthy("worker"), "the worker's health check")
        assert (worker.poll(), beat.poll()) == (None, None)
        assert shlex.join(deployment.services["beat"]["command"]).startswith("celery -A")
