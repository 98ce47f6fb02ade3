from __future__ import annotations

import gzip
import json
import logging
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from dash import Dash
from flask.testing import FlaskClient

import app as holdline
from analytics.assembly import open_feed
from analytics.cache import Cache, Codec, NoBackend
from analytics.desk.desk import Desk
from analytics.desk.fetching import CACHED_TYPES
from analytics.feed import Feed
from analytics.model.vocabulary import SourceFailure
from analytics.runtime.logs import JsonLines
from analytics.settings_reader import load_settings
from analytics.sources.demo import DemoClock, DemoSource
from analytics.sources.guards import CircuitBreaker
from components.frame.findings import STATUS_KIND, STATUS_SIGN
from components.server import serving
from components.server.admission import Admission
from components.server.wsgi_in_threads import WsgiInThreads
from tests.support.builders import FakeSource
from tests.support.waiting import until

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Dash, Feed]]:
    """The app over a paused demo, and its feed once that has published."""
    home = tmp_path_factory.mktemp("home")
    source = DemoSource(clock=DemoClock(speed=0.0))
    desk = Desk(source, Cache(NoBackend(), Codec(CACHED_TYPES)))
    feed = open_feed(desk)
    app = holdline.create_app(load_settings(["--demo"], {"HOLDLINE_HOME": str(home)}), desk, feed)
    ends = time.monotonic() + 20
    while "SPY" not in feed.watch().content.quotes and time.monotonic() < ends:
        time.sleep(0.05)
    yield app, feed
    feed.close()
    desk.close()


@pytest.fixture
def client(served: tuple[Dash, Feed]) -> FlaskClient:
    client: FlaskClient = served[0].server.test_client()
    return client


class TestSnapshotRoute:
    def test_the_body_is_the_feeds_own_bytes(
        self, client: FlaskClient, served: tuple[Dash, Feed]
    ) -> None:
        answer = client.get("/live.json")
        assert answer.status_code == 200
        assert "SPY" in answer.get_json()["quotes"]
        assert answer.headers["ETag"].startswith(f'"{answer.get_json()["sequence"]}-')

    def test_who_accepts_gzip_gets_the_body_zipped_once(self, client: FlaskClient) -> None:
        answer = client.get("/live.json", headers={"Accept-Encoding": "gzip, br"})
        assert answer.headers["Content-Encoding"] == "gzip"
        assert "SPY" in json.loads(gzip.decompress(answer.data))["quotes"]

    def test_who_has_it_gets_nothing(self, client: FlaskClient) -> None:
        for _ in range(20):  # a heartbeat may come between
            first = client.get("/live.json")
            again = client.get(f"/live.json?since={first.get_json()['sequence']}")
            if again.status_code == 204:
                break
        assert (again.status_code, again.data) == (204, b"")

    def test_an_etag_is_honoured(self, client: FlaskClient) -> None:
        for _ in range(20):
            etag = client.get("/live.json").headers["ETag"]
            again = client.get("/live.json", headers={"If-None-Match": etag})
            if again.status_code == 304:
                break
        assert again.status_code == 304

    def test_caches_may_keep_it_for_a_second(self, client: FlaskClient) -> None:
        cache_control = client.get("/live.json").headers["Cache-Control"]
        assert cache_control == "public, max-age=0, s-maxage=1"

    @pytest.mark.parametrize("symbols", ["<b>", "S PY", ",".join(f"S{n}" for n in range(25))])
    def test_malformed_or_too_many_symbols_are_refused(
        self, client: FlaskClient, symbols: str
    ) -> None:
        answer = client.get("/live.json", query_string={"symbols": symbols})
        assert answer.status_code == 400
        assert answer.get_json()["error"].endswith(".")

    @pytest.mark.parametrize("since", ["", "-1", "NaN", "9" * 400, "x"])
    def test_any_since_is_answered(self, client: FlaskClient, since: str) -> None:
        assert client.get("/live.json", query_string={"since": since}).status_code == 200


class TestAdmission:
    def test_few_compute_at_once_and_polls_pass_by(self) -> None:
        at_once, most, gate = [0], [0], threading.Event()
        lock = threading.Lock()

        def application(environ: Any, start_response: Any) -> list[bytes]:
            with lock:
                at_once[0] += 1
                most[0] = max(most[0], at_once[0])
            if environ["PATH_INFO"] == "/page":
                gate.wait(10)
            with lock:
                at_once[0] -= 1
            return [b""]

        guarded = Admission(application, 2)
        threads = [
            threading.Thread(target=guarded, args=({"PATH_INFO": "/page"}, None)) for _ in range(5)
        ]
        for thread in threads:
            thread.start()
        until(lambda: at_once[0] == 2)
        guarded({"PATH_INFO": "/live.json"}, lambda *_: lambda _: None)
        guarded({"PATH_INFO": "/healthz"}, lambda *_: lambda _: None)
        gate.set()
        for thread in threads:
            thread.join(10)
        assert most[0] == 3  # two of the page's, and one that needs no turn


class TestClockRoute:
    def test_a_viewer_sets_the_pace(self, client: FlaskClient) -> None:
        assert client.post("/live/clock", json={"speed": 10}).get_json() == {"speed": 10.0}
        assert client.post("/live/clock", json={"speed": 0}).get_json() == {"speed": 0.0}

    @pytest.mark.parametrize(
        "body", [{}, {"speed": "10"}, {"speed": True}, {"speed": 61}, [], 1, {"speed": 10**400}]
    )
    def test_nonsense_is_refused(self, client: FlaskClient, body: Any) -> None:
        assert client.post("/live/clock", json=body).status_code == 400

    def test_a_form_of_another_site_is_refused(self, client: FlaskClient) -> None:
        sent = client.post("/live/clock", data='{"speed": 60}', content_type="text/plain")
        assert sent.status_code == 400
        there = {"Origin": "https://evil.example"}
        assert client.post("/live/clock", json={"speed": 60}, headers=there).status_code == 403

    def test_a_real_market_has_no_speed(self, tmp_path: Path) -> None:
        client = app_over(FakeSource({}), tmp_path).server.test_client()
        assert client.post("/live/clock", json={"speed": 2}).status_code == 400


def app_over(source: Any, home: Path) -> Dash:
    desk = Desk(source, Cache(NoBackend(), Codec(CACHED_TYPES)), deadline_seconds=1.0)
    return holdline.create_app(load_settings(["--demo"], {"HOLDLINE_HOME": str(home)}), desk)


class TestHealth:
    def test_a_living_process_says_so(self, client: FlaskClient) -> None:
        assert client.get("/healthz").get_json() == {"status": "ok"}

    def test_a_desk_that_answers_is_ready(self, client: FlaskClient) -> None:
        answer = client.get("/readyz")
        assert answer.status_code == 200
        assert answer.get_json()["ready"] is True
        assert answer.get_json()["cache"] == "ok"

    def test_a_source_that_is_down_is_not_ready_but_alive(self, tmp_path: Path) -> None:
        source = FakeSource({}, errors={"*": SourceFailure("Yahoo did not answer within 8 s.")})
        client = app_over(source, tmp_path).server.test_client()
        answer = client.get("/readyz")
        assert answer.status_code == 503
        assert "did not answer" in answer.get_json()["reason"]
        assert client.get("/healthz").status_code == 200

    def test_a_process_that_shuts_down_is_not_ready(self, tmp_path: Path) -> None:
        app = app_over(DemoSource(), tmp_path)
        app.server.extensions["draining"].set()
        assert app.server.test_client().get("/readyz").status_code == 503


class TestMetrics:
    LINE = re.compile(r'[a-z_]+(\{[a-z]+="[^"]*"(,[a-z]+="[^"]*")*\})? -?[0-9.e+]+(inf)?')

    def test_every_line_is_in_the_text_format(self, client: FlaskClient) -> None:
        answer = client.get("/metrics")
        assert answer.headers["Content-Type"].startswith("text/plain; version=0.0.4")
        for line in answer.text.splitlines():
            assert line.startswith(("# HELP ", "# TYPE ")) or self.LINE.fullmatch(line), line

    def test_callbacks_are_counted_by_status(self, client: FlaskClient) -> None:
        def refused() -> float:
            found = re.search(
                r'holdline_callbacks_total\{status="400"\} (\d+)', client.get("/metrics").text
            )
            return float(found[1]) if found else 0.0

        before = refused()
        client.post("/_dash-update-component", json={"output": "nothing"})
        assert refused() == before + 1

    def test_the_feed_the_cache_and_the_rows_are_told(self, client: FlaskClient) -> None:
        text = client.get("/metrics").text
        assert "holdline_feed_connected 1" in text
        assert "holdline_feed_leads 1" in text
        assert 'holdline_cache_lookups_total{result="miss"}' in text
        assert "# TYPE holdline_rejected_rows_total counter" in text

    def test_a_guarded_source_tells_its_calls(self, tmp_path: Path) -> None:
        source = FakeSource({})
        source.breaker = CircuitBreaker("Yahoo")
        source.breaker.limited()
        text = app_over(source, tmp_path).server.test_client().get("/metrics").text
        assert 'holdline_upstream_calls_total{outcome="limited"} 1' in text
        assert 'holdline_breaker_state{state="open"} 1' in text


class TestLogLines:
    def test_a_record_is_one_line_of_json(self) -> None:
        record = logging.makeLogRecord(
            {"name": "x", "levelname": "INFO", "msg": "a\nb %s", "args": ("c",)}
        )
        record.fields = {"status": 200}
        line = JsonLines().format(record)
        assert "\n" not in line
        assert json.loads(line)["message"] == "a\nb c"
        assert json.loads(line)["status"] == 200

    def test_an_error_brings_its_traceback(self) -> None:
        try:
            raise ValueError("why")
        except ValueError:
            record = logging.makeLogRecord({"msg": "failed", "exc_info": sys.exc_info()})
        assert "ValueError: why" in json.loads(JsonLines().format(record))["error"]


class TestScript:
    def test_statuses_are_written_as_the_pages_write_them(self) -> None:
        script = (ROOT / "assets" / "core" / "live_values.mjs").read_text(encoding="utf-8")
        table = re.search(r"const STATUS = \{(.*?)\n\};", script, re.DOTALL)
        assert table
        found = re.findall(r'"?([a-z ]+)"?: \["(.)", "([a-z]*)"\]', table[1])
        wanted = {(str(s), STATUS_SIGN[s], STATUS_KIND[s]) for s in STATUS_SIGN}
        assert {(name.strip(), sign, kind) for name, sign, kind in found} == wanted


@pytest.mark.skipif(sys.platform == "win32", reason="signals are POSIX's")
class TestShutdown:
    def test_sigterm_ends_the_server_in_order(self, tmp_path: Path) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        process = subprocess.Popen(
            [sys.executable, "app.py", "--demo", "--port", str(port)],
            cwd=ROOT,
            env=os.environ | {"HOLDLINE_HOME": str(tmp_path), "HOLDLINE_LOG_FORMAT": "json"},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        try:
            assert process.stdout is not None
            assert process.stdout.readline().startswith("Holdline on")
            urllib.request.urlopen(f"http://127.0.0.1:{port}/live.json", timeout=20).read()
            process.send_signal(signal.SIGTERM)
            _, err = process.communicate(timeout=20)
        finally:
            process.kill()
        assert process.returncode == 0
        logged = [json.loads(line) for line in err.splitlines() if line]
        assert any(entry.get("path") == "/live.json" for entry in logged)
        assert not [entry for entry in logged if entry["level"] == "ERROR"]

    def test_an_answer_under_way_is_finished(self) -> None:
        """Stopped while an answer is made, the server still sends it whole."""
        begun, stopping = threading.Event(), threading.Event()

        def slow(environ: Any, start: Any) -> list[bytes]:
            begun.set()
            stopping.wait(10)
            time.sleep(0.3)
            start("200 OK", [("Content-Length", "300000")])
            return [b"x" * 300_000]

        listener = socket.create_server(("127.0.0.1", 0))
        port = listener.getsockname()[1]
        bodies: list[bytes] = []

        def stop() -> None:
            begun.wait(10)
            stopping.set()

        def visit() -> None:
            bodies.append(urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=20).read())

        visitor = threading.Thread(target=visit)
        visitor.start()
        threading.Thread(target=stop).start()
        serving.serve(WsgiInThreads(slow, 2), listener, stopping.is_set)
        visitor.join(10)
        assert [len(body) for body in bodies] == [300_000]
