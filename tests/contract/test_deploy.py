"""The deploy files against the tools that read them, where these are installed."""

from __future__ import annotations

import contextlib
import http.client
import os
import re
import shutil
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from analytics.settings import Settings
from benchmarks.server import demo_server, free_port
from tests.support.servers import Answering, NameServer, nginx
from tests.support.waiting import until

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"


def settings_named(text: str) -> set[str]:
    return set(
        re.findall(
            r"\b(?:HOLDLINE_[A-Z_]+|CACHE_URL|DATABASE_URL|CELERY_BROKER_URL)(?:_FILE)?\b", text
        )
    )


def known_settings() -> set[str]:
    return {variable for _, variable, *_ in Settings.describe()} | {"HOLDLINE_SECRET_KEY"}


class TestSettingsTheyName:
    @pytest.mark.parametrize(
        "path", [p for p in sorted(DEPLOY.iterdir()) if p.is_file()], ids=lambda path: path.name
    )
    def test_all_exist(self, path: Path) -> None:
        named = settings_named(path.read_text()) - {"HOLDLINE_PUBLIC_PORT"}
        assert {name.removesuffix("_FILE") for name in named} - known_settings() == set()


class TestCompose:
    @pytest.fixture
    def services(self) -> dict[str, Any]:
        yaml = pytest.importorskip("yaml", reason="PyYAML is not installed")
        read: dict[str, Any] = yaml.safe_load((DEPLOY / "compose.yaml").read_text())["services"]
        return read

    def test_it_has_every_part(self, services: dict[str, Any]) -> None:
        assert set(services) == {"app", "worker", "beat", "redis", "postgres", "nginx"}

    def test_pages_and_workers_are_given_every_setting(self, services: dict[str, Any]) -> None:
        of_the_image = {"HOLDLINE_HOME", "HOLDLINE_HOST", "HOLDLINE_PORT"}
        of_a_past_or_a_folder = {"HOLDLINE_AS_OF", "HOLDLINE_DATA"}
        for name in ("app", "worker", "beat"):
            given = {key.removesuffix("_FILE") for key in services[name]["environment"]}
            assert known_settings() - given == of_the_image | of_a_past_or_a_folder

    def test_secrets_come_by_files_that_the_script_makes(
        self, services: dict[str, Any], tmp_path: Path
    ) -> None:
        script = str(DEPLOY / "secrets.sh")
        subprocess.run([script, str(tmp_path)], check=True, timeout=30)
        made = {path.name: path.read_text() for path in (tmp_path / "secrets").iterdir()}
        wanted = {one for service in services.values() for one in service.get("secrets", ())}
        assert set(made) == wanted
        assert made["cache_url"] == f"redis://:{made['redis_password']}@redis:6379/0"
        assert len({value for value in made.values() if value}) == 7
        assert stat.S_IMODE((tmp_path / "secrets").stat().st_mode) == 0o700
        subprocess.run([script, str(tmp_path)], check=True, timeout=30)
        again = {path.name: path.read_text() for path in (tmp_path / "secrets").iterdir()}
        assert again == made

    def test_every_part_is_hardened_and_limited(self, services: dict[str, Any]) -> None:
        for service in services.values():
            assert service["read_only"] is True
            assert service["cap_drop"] == ["ALL"]
            assert service["security_opt"] == ["no-new-privileges:true"]
            assert service["mem_limit"]
            assert service["cpus"]
            assert service["pids_limit"]

    def test_no_image_is_of_a_moving_tag(self, services: dict[str, Any]) -> None:
        images = [services[name]["image"] for name in ("redis", "postgres", "nginx")]
        assert all(
            re.fullmatch(r"\$\{[A-Z]+_IMAGE:-\w+:\d+\.[\d.]+-alpine}", one) for one in images
        )

    def test_only_nginx_is_reached_from_outside(self, services: dict[str, Any]) -> None:
        assert [name for name, service in services.items() if "ports" in service] == ["nginx"]

    def test_the_queue_is_never_evicted_and_outlives_a_restart(
        self, services: dict[str, Any]
    ) -> None:
        assert "volatile-lru" in services["redis"]["command"][-1]
        assert "--appendonly yes" in services["redis"]["command"][-1]

    def test_what_the_image_copies_is_there(self) -> None:
        copied = re.findall(r"^COPY (.+) \S+$", (DEPLOY / "Containerfile").read_text(), re.M)
        assert copied
        for name in " ".join(copied).split():
            assert (ROOT / name).exists()


class TestGunicorn:
    def test_its_configuration_is_accepted(self, tmp_path: Path) -> None:
        pytest.importorskip("gunicorn", reason="gunicorn is not installed")
        checked = subprocess.run(
            [sys.executable, "-m", "gunicorn", "--check-config", "app:server"],
            cwd=ROOT,
            env={**os.environ, "HOLDLINE_HOME": str(tmp_path), "HOLDLINE_SOURCE": "demo"},
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert checked.returncode == 0, checked.stderr


class TestUnits:
    @pytest.mark.parametrize("name", ["holdline.service", "holdline-worker.service"])
    def test_systemd_finds_no_fault(self, name: str, tmp_path: Path) -> None:
        if shutil.which("systemd-analyze") is None:
            pytest.skip("no systemd-analyze on this machine")
        # The program it starts is not installed here.
        text = re.sub(
            r"^ExecStart=\S+", "ExecStart=/bin/true", (DEPLOY / name).read_text(), flags=re.M
        )
        text = text.replace("file:///opt/holdline/docs/serving.md", "https://example.org/serving")
        (tmp_path / name).write_text(text)
        checked = subprocess.run(
            ["systemd-analyze", "verify", "--man=no", str(tmp_path / name)],
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        mine = [line for line in checked.stderr.splitlines() if name in line]
        assert mine == []


@pytest.fixture(scope="module")
def proxied(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[int, str]]:
    """The port of a real nginx with the project's configuration, before a demo; and its host."""
    folder, port = tmp_path_factory.mktemp("nginx"), free_port()
    with demo_server() as address:
        host = address.removeprefix("http://")
        with nginx(folder, port, **{"app:8050": host}):
            until(lambda: get(port, "/healthz")[0] == 200, "nginx's start")
            yield port, host


def get(port: int, path: str, **headers: str) -> tuple[int, http.client.HTTPMessage, bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    with contextlib.closing(connection):
        try:
            connection.request("GET", path, headers=headers)
            answer = connection.getresponse()
        except OSError:
            return 0, http.client.HTTPMessage(), b""
        return answer.status, answer.headers, answer.read()


class TestNginx:
    def test_viewers_who_ask_the_same_share_an_answer(self, proxied: tuple[int, str]) -> None:
        seen = []

        def shared() -> bool:
            seen.append(get(proxied[0], "/live.json?since=0")[1]["X-Cache"])
            return "HIT" in seen

        until(shared, "a shared answer")

    def test_an_empty_answer_is_shared_too(self, proxied: tuple[int, str]) -> None:
        def shared() -> bool:
            sequence = get(proxied[0], "/live.json")[2].split(b":")[1].split(b",")[0].decode()
            answers = [get(proxied[0], f"/live.json?since={sequence}") for _ in range(2)]
            return [answer[0] for answer in answers] == [204, 204] and (
                answers[1][1]["X-Cache"] == "HIT"
            )

        until(shared, "a shared empty answer")

    def test_each_coding_has_its_own_copy(self, proxied: tuple[int, str]) -> None:
        path = "/live.json?since=-1"
        get(proxied[0], path, **{"Accept-Encoding": "gzip"})
        status, headers, body = get(proxied[0], path)
        assert status == 200
        assert headers["Content-Encoding"] is None
        assert body.startswith(b"{")

    def test_fingerprinted_files_are_kept(self, proxied: tuple[int, str]) -> None:
        path = "/assets/css/2-frame.css?m=1"
        get(proxied[0], path)
        _, headers, _ = get(proxied[0], path)
        assert headers["X-Cache"] == "HIT"
        assert "immutable" in headers["Cache-Control"]

    def test_pages_are_compressed_and_hardened(self, proxied: tuple[int, str]) -> None:
        status, headers, _ = get(proxied[0], "/supports", **{"Accept-Encoding": "gzip"})
        assert (status, headers["Content-Encoding"]) == (200, "gzip")
        assert "default-src 'self'" in headers["Content-Security-Policy"]

    def test_a_stranger_is_not_taken_for_the_owner(self, proxied: tuple[int, str]) -> None:
        for port in (proxied[0], int(proxied[1].split(":")[1])):
            assert b'"staff": false' in get(port, "/me")[2]


class TestBehindAnotherProxy:
    @pytest.fixture
    def behind(self, tmp_path: Path) -> Iterator[tuple[int, Answering]]:
        """The port of an nginx that trusts a proxy on this machine, and what it passes on to."""
        port = free_port()
        with Answering("127.0.0.1") as app:
            there = {"app:8050": f"127.0.0.1:{app.port}", "# set_real": "set_real"}
            with nginx(tmp_path, port, **there, **{"192.0.2.0/24": "127.0.0.1"}):
                until(lambda: get(port, "/x")[0] == 200, "nginx's start")
                yield port, app

    def test_limits_are_the_viewers_own(self, behind: tuple[int, Answering]) -> None:
        def statuses(viewer: str, count: int) -> set[int]:
            sent = {"X-Forwarded-For": viewer}
            return {get(behind[0], "/x", **sent)[0] for _ in range(count)}

        assert 429 in statuses("203.0.113.1", 200)
        assert statuses("203.0.113.2", 1) == {200}

    def test_the_viewer_and_the_scheme_are_passed_on(self, behind: tuple[int, Answering]) -> None:
        get(behind[0], "/x", **{"X-Forwarded-For": "203.0.113.7", "X-Forwarded-Proto": "https"})
        seen = behind[1].seen[-1]
        assert (seen["X-Forwarded-For"], seen["X-Forwarded-Proto"]) == ("203.0.113.7", "https")

    def test_a_proxy_that_is_not_listed_is_not_believed(self, tmp_path: Path) -> None:
        port = free_port()
        with (
            Answering("127.0.0.1") as app,
            nginx(tmp_path, port, **{"app:8050": f"127.0.0.1:{app.port}"}),
        ):
            until(lambda: get(port, "/x")[0] == 200, "nginx's start")
            get(port, "/x", **{"X-Forwarded-For": "203.0.113.7", "X-Forwarded-Proto": "https"})
            seen = app.seen[-1]
        assert (seen["X-Forwarded-For"], seen["X-Forwarded-Proto"]) == ("127.0.0.1", "http")


class TestItsUpstream:
    def test_is_looked_up_again(self, tmp_path: Path) -> None:
        port = free_port()
        with (
            Answering("127.0.0.1") as old,
            Answering("127.0.0.2", old.port) as new,
            NameServer("127.0.0.1") as names,
        ):
            there = {
                "app:8050": f"app:{old.port}",
                "127.0.0.11 valid=5s": f"127.0.0.1:{names.port} valid=1s",
            }
            with nginx(tmp_path, port, **there):
                until(lambda: get(port, "/x")[0] == 200, "nginx's start")
                assert (len(old.seen), len(new.seen)) == (1, 0)
                names.address = "127.0.0.2"

                def moved() -> bool:
                    get(port, "/x")
                    return bool(new.seen)

                until(moved, "the new address")
